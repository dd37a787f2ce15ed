//! Features only add: every crate that has any also compiles with none and with each alone.

use serde_json::Value;

use crate::process;
use crate::workspace::Workspace;

/// Lints each combination.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    for (package, features) in combinations(workspace.metadata()) {
        let mut command = workspace.cargo();
        command.args([
            "clippy",
            "--locked",
            "--quiet",
            "--package",
            &package,
            "--no-default-features",
        ]);
        if let Some(feature) = features {
            command.args(["--features", &feature]);
        }
        process::run(command.args(["--", "-Dwarnings"]))?;
    }
    Ok(())
}

/// Every crate with features, once without and once with each that is not merely the default.
fn combinations(metadata: &Value) -> Vec<(String, Option<String>)> {
    let mut combinations = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let features = package["features"].as_object().into_iter().flatten();
        let features: Vec<&String> = features
            .map(|(name, _)| name)
            .filter(|name| *name != "default")
            .collect();
        let Some(name) = package["name"].as_str().filter(|_| !features.is_empty()) else {
            continue;
        };
        combinations.push((name.to_owned(), None));
        combinations.extend(
            features
                .into_iter()
                .map(|f| (name.to_owned(), Some(f.clone()))),
        );
    }
    combinations
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::combinations;

    /// A crate with features is checked bare and with each, one without any not at all.
    #[test]
    fn each_feature_is_checked_alone() {
        let metadata = json!({ "packages": [
            { "name": "a", "features": {} },
            { "name": "b", "features": { "default": ["x"], "x": [], "y": ["x"] } },
        ]});
        let expected = [None, Some("x"), Some("y")].map(|f| ("b".to_owned(), f.map(str::to_owned)));
        assert_eq!(combinations(&metadata), expected);
    }
}
