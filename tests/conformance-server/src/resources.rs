//! The resources.

use mcp_proto::{
    Answer, CatalogueBuilder, Resource, ResourceBody, ResourceContents, ResourceTemplate, RpcError,
};
use serde_json::json;

use crate::tools::content::PNG;

const TEXT: &str = "test://static-text";
const BINARY: &str = "test://static-binary";

/// The resource that changes, with `test_touch_watched_resource`.
pub(crate) const WATCHED: &str = "test://watched-resource";

/// The form of the resources that there are without end.
pub(crate) const TEMPLATE: &str = "test://template/{id}/data";

/// Lists the resources.
pub(crate) fn offer(builder: CatalogueBuilder) -> CatalogueBuilder {
    builder
        .resource(
            Resource::new(TEXT, "static-text")
                .with_title("Text")
                .with_description("A text that never changes.")
                .with_mime_type("text/plain"),
        )
        .resource(
            Resource::new(BINARY, "static-binary")
                .with_title("Bytes")
                .with_description("An image that never changes.")
                .with_mime_type("image/png"),
        )
        .resource(
            Resource::new(WATCHED, "watched-resource")
                .with_title("Watched")
                .with_description("A text that says how often it changed.")
                .with_mime_type("text/plain"),
        )
        .template(template())
}

fn template() -> ResourceTemplate {
    ResourceTemplate::new(TEMPLATE, "template-data")
        .with_title("Data")
        .with_description("Data of an id.")
        .with_mime_type("application/json")
}

/// Reads a resource; the watched one has been changed `edition` times.
pub(crate) fn read(uri: &str, edition: u64) -> Answer {
    let body = match uri {
        TEXT => ResourceBody::text(uri, "This is the content of the static text resource.")
            .with_mime_type("text/plain"),
        BINARY => ResourceBody::blob(uri, PNG).with_mime_type("image/png"),
        WATCHED => ResourceBody::text(uri, format!("This has changed {edition} times."))
            .with_mime_type("text/plain"),
        _ => match data(uri) {
            Some(body) => body,
            None => return RpcError::resource_not_found(uri).into(),
        },
    };
    ResourceContents::one(body).into()
}

fn data(uri: &str) -> Option<ResourceBody> {
    let template = template();
    let named = template.matches(uri)?;
    let (_, id) = named.first()?;
    let data = json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")});
    Some(ResourceBody::text(uri, data.to_string()).with_mime_type("application/json"))
}
