//! From the arguments of an alias to those of the canonical tool that serves it.
//!
//! Almost everything is a table: names that differ, and times that the replaced system
//! has other defaults for. The arguments have been checked against the alias's schema.

use serde_json::{Map, Value, json};

/// Characters of a session's name at most.
const MAX_NAME: usize = 60;

/// How a call is made one of the canonical tool.
pub(crate) struct Translation {
    /// Parameters that have another name there: here, there.
    pub(crate) renamed: &'static [(&'static str, &'static str)],
    /// What the call says unless its caller did: canonical names and seconds.
    pub(crate) seconds: &'static [(&'static str, u64)],
    /// Whether the call starts a program, whose arguments may be an empty list and whose
    /// session's name may be any text.
    pub(crate) starts: bool,
}

impl Translation {
    /// The same names and the same defaults.
    pub(crate) const NONE: Self = Self {
        renamed: &[],
        seconds: &[],
        starts: false,
    };

    /// Translates.
    pub(crate) fn apply(&self, arguments: &mut Map<String, Value>) {
        for (here, there) in self.renamed {
            if let Some(value) = arguments.remove(*here) {
                arguments.insert((*there).to_owned(), value);
            }
        }
        for (name, seconds) in self.seconds {
            arguments
                .entry((*name).to_owned())
                .or_insert_with(|| json!(seconds));
        }
        if self.starts {
            for_start(arguments);
        }
    }
}

/// No arguments are as good as an empty list of them, and then the command is a command
/// line. A name is for people in the replaced systems: any text, and as often as one likes.
fn for_start(arguments: &mut Map<String, Value>) {
    if arguments.get("args") == Some(&json!([])) {
        arguments.remove("args");
    }
    let Some(name) = arguments.remove("name") else {
        return;
    };
    let name = session_name(name.as_str().unwrap_or_default());
    if !name.is_empty() {
        arguments.insert("name".to_owned(), json!(name));
        arguments.insert("numbered".to_owned(), json!(true));
    }
}

/// The text as a session's name, with what a name may not have replaced.
fn session_name(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    text.chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .take(MAX_NAME)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiles::{Alias, PROFILES};

    /// What a call of this alias is to the canonical tool.
    #[track_caller]
    fn check(profile: &str, alias: &str, given: &Value, expected: &Value) {
        let profile = PROFILES.iter().find(|it| it.names.name() == profile);
        let is_it = |it: &&Alias| it.name == alias;
        let alias = profile.unwrap().aliases.iter().find(is_it).unwrap();
        let mut arguments = given.as_object().unwrap().clone();
        alias.translate(&mut arguments);
        assert_eq!(Value::from(arguments), *expected);
    }

    /// Promise: the names and defaults of interactive-automation reach `start_process`.
    #[test]
    fn a_session_is_created_with_its_lifetime_as_idle_timeout() {
        let check = |given: Value, expected: Value| {
            check(
                "interactive-automation",
                "create_interactive_session",
                &given,
                &expected,
            );
        };
        check(
            json!({"command": "psql shop"}),
            json!({"command": "psql shop", "idle_timeout": 3600, "timeout": 1}),
        );
        check(
            json!({"command": "psql", "timeout": 60, "working_directory": "/srv",
                   "environment": {"A": "1"}, "session_name": "My shop: ü"}),
            json!({"command": "psql", "idle_timeout": 60, "timeout": 1, "cwd": "/srv",
                   "env": {"A": "1"}, "name": "My_shop___", "numbered": true}),
        );
        check(
            json!({"command": "psql", "session_name": ""}),
            json!({"command": "psql", "idle_timeout": 3600, "timeout": 1}),
        );
    }

    /// Promise: in interactive-process an empty list of arguments leaves a command line.
    #[test]
    fn an_empty_list_of_arguments_is_none() {
        let check = |given: Value, expected: Value| {
            check("interactive-process", "start_process", &given, &expected);
        };
        check(
            json!({"command": "python3 -i", "args": []}),
            json!({"command": "python3 -i"}),
        );
        check(
            json!({"command": "python3", "args": ["-i"], "name": "py"}),
            json!({"command": "python3", "args": ["-i"], "name": "py", "numbered": true}),
        );
    }

    /// Promise: where a default differs, the call says it; a caller's own word stands.
    #[test]
    fn defaults_of_the_replaced_system_are_said() {
        let check = |given: Value, expected: Value| {
            check("interactive-process", "send_and_read", &given, &expected);
        };
        check(
            json!({"session_id": "sh", "text": "ls"}),
            json!({"session_id": "sh", "text": "ls", "timeout": 5}),
        );
        check(
            json!({"session_id": "sh", "text": "ls", "timeout": 1.5}),
            json!({"session_id": "sh", "text": "ls", "timeout": 1.5}),
        );
    }

    /// Promise: calls whose words are the same stay as they are.
    #[test]
    fn the_rest_is_passed_on() {
        let given = json!({"session_id": "sh", "steps": [{"expect": "a", "respond": "b"}]});
        let profile = "interactive-automation";
        check(profile, "multi_step_automation", &given, &given);
        let given = json!({"session_id": "sh"});
        check(profile, "destroy_session", &given, &given);
    }

    /// A name has at most 60 characters, so that a number fits behind it.
    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(session_name(&"é".repeat(200)), "_".repeat(MAX_NAME));
    }
}
