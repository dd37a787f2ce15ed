//! What is allowed: the arrows of `docs/architecture.md`, all of them.

/// A crate of the architecture.
#[derive(Debug)]
pub(crate) struct Layer {
    /// The package's name.
    pub(crate) name: &'static str,
    /// The packages of the project that it may depend on.
    pub(crate) may_use: Siblings,
    /// Whether an async runtime may be found in it.
    pub(crate) runtime: Runtime,
}

/// Which crates of the project a crate may depend on.
#[derive(Debug)]
pub(crate) enum Siblings {
    /// These; the ones marked optional only behind a feature.
    These(&'static [Arrow]),
    /// All of them but the tools.
    Any,
}

/// One arrow.
#[derive(Debug)]
pub(crate) struct Arrow {
    pub(crate) to: &'static str,
    pub(crate) only_optional: bool,
}

/// Where tokio may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    /// Nowhere in the crate's tree, whatever the features.
    Never,
    /// Behind a feature that is off by default or can be switched off.
    Feature,
    /// Anywhere.
    Free,
}

const fn to(to: &'static str) -> Arrow {
    Arrow {
        to,
        only_optional: false,
    }
}

const fn behind_a_feature(to: &'static str) -> Arrow {
    Arrow {
        to,
        only_optional: true,
    }
}

const fn layer(name: &'static str, runtime: Runtime, arrows: &'static [Arrow]) -> Layer {
    Layer {
        name,
        may_use: Siblings::These(arrows),
        runtime,
    }
}

/// The crate that may hold `unsafe` code.
pub(crate) const UNSAFE_CRATE: &str = "rejoinder-pty";

/// Every crate of the workspace. The tools at the end stand outside of the layers: the project's
/// commands know none of its crates, and the benchmarks, the conformance suite's server, the replay
/// of fuzzing and the soak may use any.
pub(crate) const LAYERS: &[Layer] = &[
    layer("rejoinder-pty", Runtime::Feature, &[]),
    layer("rejoinder-ansi", Runtime::Never, &[]),
    layer("rejoinder-policy", Runtime::Never, &[]),
    layer("mcp-proto", Runtime::Never, &[]),
    layer("rejoinder-screen", Runtime::Never, &[to("rejoinder-ansi")]),
    layer(
        "rejoinder-expect",
        Runtime::Feature,
        &[behind_a_feature("rejoinder-pty")],
    ),
    layer(
        "rejoinder-session",
        Runtime::Free,
        &[
            to("rejoinder-pty"),
            to("rejoinder-expect"),
            to("rejoinder-ansi"),
            to("rejoinder-screen"),
            to("rejoinder-policy"),
        ],
    ),
    layer(
        "rejoinder-automation",
        Runtime::Free,
        &[
            to("rejoinder-session"),
            to("rejoinder-policy"),
            to("rejoinder-ansi"),
        ],
    ),
    layer(
        "rejoinder-diagnostics",
        Runtime::Free,
        &[to("rejoinder-pty"), to("rejoinder-policy")],
    ),
    Layer {
        name: "mcp-server",
        may_use: Siblings::Any,
        runtime: Runtime::Free,
    },
    layer("xtask", Runtime::Never, &[]),
    Layer {
        name: "rejoinder-bench",
        may_use: Siblings::Any,
        runtime: Runtime::Free,
    },
    Layer {
        name: "rejoinder-conformance-server",
        may_use: Siblings::Any,
        runtime: Runtime::Free,
    },
    Layer {
        name: "rejoinder-bench-ours",
        may_use: Siblings::Any,
        runtime: Runtime::Free,
    },
    Layer {
        name: "rejoinder-replay",
        may_use: Siblings::Any,
        runtime: Runtime::Free,
    },
    Layer {
        name: "rejoinder-soak",
        may_use: Siblings::Any,
        runtime: Runtime::Free,
    },
];

/// The crates that stand outside of the layers: nothing depends on them.
pub(crate) const TOOLS: &[&str] = &[
    "xtask",
    "rejoinder-bench",
    "rejoinder-conformance-server",
    "rejoinder-bench-ours",
    "rejoinder-replay",
    "rejoinder-soak",
];

/// The layer of a package.
pub(crate) fn layer_of(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| layer.name == name)
}
