//! The checks that need no more than the manifests, as `cargo metadata` gives them.

use anyhow::Context;
use serde_json::Value;

use super::arrows::{Runtime, Siblings, TOOLS, layer_of};

/// The names under which the async runtime is depended on.
const RUNTIME: &[&str] = &["tokio", "tokio-util", "tokio-stream", "async-std", "smol"];

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// The root file of its library and of each of its binaries.
    pub(crate) roots: Vec<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Debug)]
struct Dependency {
    name: String,
    kind: Kind,
    optional: bool,
    in_workspace: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Linked into the crate, or run to build it.
    Normal,
    /// For tests and examples.
    Dev,
}

/// Reads the packages out of the output of `cargo metadata --no-deps`.
pub(crate) fn packages(metadata: &Value) -> anyhow::Result<Vec<Package>> {
    let packages = metadata["packages"]
        .as_array()
        .context("`cargo metadata` lists no packages")?;
    packages.iter().map(package).collect()
}

fn package(package: &Value) -> anyhow::Result<Package> {
    let name = package["name"]
        .as_str()
        .context("a package has no name")?
        .to_owned();
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    let targets = package["targets"].as_array().into_iter().flatten();
    Ok(Package {
        name,
        roots: targets
            .filter(|target| is_library_or_binary(target))
            .filter_map(|target| target["src_path"].as_str().map(str::to_owned))
            .collect(),
        dependencies: dependencies
            .map(dependency)
            .collect::<anyhow::Result<_>>()?,
    })
}

fn is_library_or_binary(target: &Value) -> bool {
    let kinds = target["kind"].as_array().into_iter().flatten();
    kinds
        .filter_map(Value::as_str)
        .any(|kind| kind == "bin" || kind == "proc-macro" || kind.ends_with("lib"))
}

fn dependency(dependency: &Value) -> anyhow::Result<Dependency> {
    Ok(Dependency {
        name: dependency["name"]
            .as_str()
            .context("a dependency has no name")?
            .to_owned(),
        kind: if dependency["kind"] == "dev" {
            Kind::Dev
        } else {
            Kind::Normal
        },
        optional: dependency["optional"].as_bool().unwrap_or(false),
        in_workspace: dependency["path"].is_string(),
    })
}

/// Every dependency between crates of the project that is not an arrow of the architecture.
pub(crate) fn arrows(packages: &[Package]) -> Vec<String> {
    let mut violations = Vec::new();
    for package in packages {
        let Some(layer) = layer_of(&package.name) else {
            violations.push(format!(
                "{} is not a crate of the architecture",
                package.name
            ));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|d| d.in_workspace) {
            let violation = match (dependency.kind, &layer.may_use) {
                _ if TOOLS.contains(&dependency.name.as_str()) => Some("nothing depends on a tool"),
                (_, Siblings::Any) => None,
                (Kind::Dev, _) if reaches(&package.name, &dependency.name) => None,
                (Kind::Dev, _) => Some("not even for tests: it is not below"),
                (Kind::Normal, Siblings::These(arrows)) => {
                    match arrows.iter().find(|arrow| arrow.to == dependency.name) {
                        None => Some("there is no such arrow"),
                        Some(arrow) if arrow.only_optional && !dependency.optional => {
                            Some("only as an optional dependency, behind a feature")
                        }
                        Some(_) => None,
                    }
                }
            };
            if let Some(why) = violation {
                violations.push(format!("{} → {}: {why}", package.name, dependency.name));
            }
        }
    }
    violations
}

/// Whether there is a way down from one crate to another, or they are the same.
fn reaches(from: &str, to: &str) -> bool {
    from == to
        || layer_of(from).is_some_and(|layer| match &layer.may_use {
            Siblings::Any => true,
            Siblings::These(arrows) => arrows.iter().any(|arrow| reaches(arrow.to, to)),
        })
}

/// Every direct dependency on an async runtime in a crate that has no business with one.
pub(crate) fn runtime_dependencies(packages: &[Package]) -> Vec<String> {
    let mut violations = Vec::new();
    for package in packages {
        let Some(layer) = layer_of(&package.name) else {
            continue;
        };
        let runtimes = package.dependencies.iter().filter(|dependency| {
            dependency.kind == Kind::Normal && RUNTIME.contains(&dependency.name.as_str())
        });
        for dependency in runtimes {
            let why = match layer.runtime {
                Runtime::Free => continue,
                Runtime::Feature if dependency.optional => continue,
                Runtime::Feature => "only as an optional dependency, behind a feature",
                Runtime::Never => "this crate has no runtime",
            };
            violations.push(format!("{} → {}: {why}", package.name, dependency.name));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::arrows::LAYERS;
    use super::*;

    fn sibling(name: &str) -> Value {
        json!({ "name": name, "kind": null, "optional": false, "path": format!("/w/{name}") })
    }

    fn metadata(name: &str, dependencies: &[Value]) -> Value {
        json!({ "packages": [{ "name": name, "targets": [], "dependencies": dependencies }] })
    }

    /// Checks one package that has one dependency against what is said about it, if anything.
    #[track_caller]
    fn check(name: &str, dependency: Value, expected: Option<&str>) {
        let packages = packages(&metadata(name, &[dependency])).unwrap();
        let mut found = arrows(&packages);
        found.extend(runtime_dependencies(&packages));
        assert_eq!(found, Vec::from_iter(expected.map(str::to_owned)));
    }

    fn with(mut dependency: Value, key: &str, value: impl Into<Value>) -> Value {
        dependency[key] = value.into();
        dependency
    }

    /// An arrow that the architecture does not have is reported, and one that it has is not.
    #[test]
    fn only_declared_arrows_pass() {
        check("rejoinder-session", sibling("rejoinder-pty"), None);
        check("rejoinder-screen", sibling("rejoinder-ansi"), None);
        check("rejoinder-automation", sibling("rejoinder-ansi"), None);
        check("mcp-server", sibling("rejoinder-diagnostics"), None);
        check("rejoinder-bench", sibling("mcp-server"), None);
        check(
            "rejoinder-policy",
            sibling("rejoinder-session"),
            Some("rejoinder-policy → rejoinder-session: there is no such arrow"),
        );
        check(
            "rejoinder-pty",
            sibling("rejoinder-ansi"),
            Some("rejoinder-pty → rejoinder-ansi: there is no such arrow"),
        );
        check(
            "rejoinder-diagnostics",
            sibling("rejoinder-session"),
            Some("rejoinder-diagnostics → rejoinder-session: there is no such arrow"),
        );
        check(
            "xtask",
            sibling("rejoinder-policy"),
            Some("xtask → rejoinder-policy: there is no such arrow"),
        );
        check(
            "mcp-server",
            sibling("xtask"),
            Some("mcp-server → xtask: nothing depends on a tool"),
        );
    }

    /// A build dependency is an arrow like any other.
    #[test]
    fn build_dependencies_count() {
        check(
            "rejoinder-ansi",
            with(sibling("rejoinder-pty"), "kind", "build"),
            Some("rejoinder-ansi → rejoinder-pty: there is no such arrow"),
        );
    }

    /// Some arrows exist behind a feature only.
    #[test]
    fn optional_arrows_are_optional() {
        check(
            "rejoinder-expect",
            with(sibling("rejoinder-pty"), "optional", true),
            None,
        );
        check(
            "rejoinder-expect",
            sibling("rejoinder-pty"),
            Some(
                "rejoinder-expect → rejoinder-pty: only as an optional dependency, behind a feature",
            ),
        );
    }

    /// Tests may use what is below, however far, and nothing that is above or beside.
    #[test]
    fn dev_dependencies_point_down() {
        let dev = |name| with(sibling(name), "kind", "dev");
        check("rejoinder-automation", dev("rejoinder-pty"), None);
        check("rejoinder-expect", dev("rejoinder-pty"), None);
        check("rejoinder-expect", dev("rejoinder-expect"), None);
        check(
            "rejoinder-pty",
            dev("rejoinder-expect"),
            Some("rejoinder-pty → rejoinder-expect: not even for tests: it is not below"),
        );
        check(
            "rejoinder-session",
            dev("mcp-server"),
            Some("rejoinder-session → mcp-server: not even for tests: it is not below"),
        );
    }

    /// A new crate has to be put into the architecture first.
    #[test]
    fn unknown_crates_are_reported() {
        check(
            "rejoinder-extra",
            sibling("rejoinder-pty"),
            Some("rejoinder-extra is not a crate of the architecture"),
        );
    }

    /// An async runtime is found where the architecture has one.
    #[test]
    fn the_runtime_stays_where_it_belongs() {
        let tokio = json!({ "name": "tokio", "kind": null, "optional": false });
        check("rejoinder-session", tokio.clone(), None);
        check("rejoinder-pty", with(tokio.clone(), "optional", true), None);
        check("rejoinder-policy", with(tokio.clone(), "kind", "dev"), None);
        check(
            "rejoinder-pty",
            tokio.clone(),
            Some("rejoinder-pty → tokio: only as an optional dependency, behind a feature"),
        );
        check(
            "mcp-proto",
            with(tokio, "optional", true),
            Some("mcp-proto → tokio: this crate has no runtime"),
        );
    }

    /// The table itself has no circle, and every arrow in it leads to a crate of the table.
    #[test]
    fn the_architecture_has_no_circle() {
        for layer in LAYERS {
            let Siblings::These(arrows) = &layer.may_use else {
                continue;
            };
            for arrow in *arrows {
                assert!(
                    layer_of(arrow.to).is_some(),
                    "{} → {}",
                    layer.name,
                    arrow.to
                );
                assert!(
                    !reaches(arrow.to, layer.name),
                    "{} ⇄ {}",
                    layer.name,
                    arrow.to
                );
            }
        }
    }
}
