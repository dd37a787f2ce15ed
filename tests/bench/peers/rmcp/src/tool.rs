//! The tool, as the SDK's macros make it.

use std::sync::OnceLock;

use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{Implementation, ServerCapabilities, ServerConfig, SubscriptionFilter};
use rmcp::{ServerHandler, schemars, tool, tool_handler, tool_router};

/// What the tool takes: the rules of the schema are those of the project's own server.
#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// what to say
    text: String,
    /// how often
    #[schemars(range(min = 1, max = 1000))]
    #[serde(default = "once")]
    times: u16,
}

fn once() -> u16 {
    1
}

/// The server: cloned for each request over HTTP, where the tools are made once.
#[derive(Clone)]
pub(crate) struct Echo {
    tool_router: ToolRouter<Self>,
}

impl Echo {
    pub(crate) fn new() -> Self {
        static MADE: OnceLock<Echo> = OnceLock::new();
        let make = || Self {
            tool_router: Self::tool_router(),
        };
        MADE.get_or_init(make).clone()
    }
}

#[tool_router]
impl Echo {
    #[tool(description = "Says what you say, as often as you like.")]
    async fn echo(
        &self,
        Parameters(Arguments { text, times }): Parameters<Arguments>,
    ) -> Result<String, rmcp::ErrorData> {
        // The derived schema is listed, not checked.
        if !(1..=1000).contains(&times) {
            return Err(rmcp::ErrorData::invalid_params("times: 1 to 1000", None));
        }
        Ok(text.repeat(times.into()))
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Echo {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        ServerConfig::new(capabilities).with_server_info(Implementation::new("echo", "1.0.0"))
    }

    fn accepted_subscription_filter(&self, wanted: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(wanted.supported_by(&self.get_info().capabilities))
    }
}
