//! From a canonical tool's result to what a replaced system tells: a JSON object as text.
//!
//! Everything is read from what the result has for programs: the status and the error in
//! its `_meta`, its structured content. The output is the beginning of its text, as many
//! bytes as the status says.

pub(super) mod automation;
pub(super) mod process;

use mcp_proto::{Content, ToolResult};
use serde_json::{Map, Value, json};

use crate::reply::{ERROR_META, STATUS_META};

/// A canonical tool's result, and what the call said that the telling repeats.
pub(crate) struct Told {
    /// The arguments to be repeated, by the alias's names.
    asked: Map<String, Value>,
    /// The alias's names of parameters and the canonical ones, where they differ.
    renamed: &'static [(&'static str, &'static str)],
    result: ToolResult,
}

impl Told {
    pub(super) fn new(
        asked: Map<String, Value>,
        result: ToolResult,
        renamed: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            asked,
            renamed,
            result,
        }
    }

    /// The result with this object in place of the text. It failed where the object says
    /// so, also where the canonical tool found nothing wrong, such as with a timeout.
    pub(super) fn into_result(self, object: &Value) -> ToolResult {
        let mut result = self.result;
        result.is_error |= object["success"] == json!(false);
        result.content = vec![Content::text(object.to_string())];
        result.structured_content = None;
        result
    }

    /// An argument, `null` where the caller gave none.
    fn asked(&self, name: &str) -> &Value {
        self.asked.get(name).unwrap_or(&Value::Null)
    }

    /// A fact of the status; `null` where there is none.
    fn status(&self, name: &str) -> &Value {
        let status = self.result.meta.get(STATUS_META);
        status
            .and_then(|status| status.get(name))
            .unwrap_or(&Value::Null)
    }

    /// A fact of the structured result.
    fn data(&self, name: &str) -> &Value {
        let data = self.result.structured_content.as_ref();
        data.and_then(|data| data.get(name)).unwrap_or(&Value::Null)
    }

    /// What the program printed.
    fn output(&self) -> &str {
        let bytes = self.status("bytes_returned").as_u64().unwrap_or(0);
        let text = self.text();
        usize::try_from(bytes)
            .ok()
            .and_then(|bytes| text.get(..bytes))
            .unwrap_or_default()
    }

    /// What the canonical tool adds to the output, without the status line.
    fn notes(&self) -> &str {
        let rest = &self.text()[self.output().len()..];
        let notes = rest.rsplit_once('\n').map_or("", |(notes, _)| notes);
        notes.trim()
    }

    fn text(&self) -> &str {
        let first = self.result.content.first();
        first.and_then(Content::as_text).unwrap_or_default()
    }

    /// The object of a call that failed: what happened and what to do, by the alias's names.
    fn failure(&self) -> Option<Value> {
        if !self.result.is_error {
            return None;
        }
        let error = self.result.meta.get(ERROR_META);
        let fact = |name: &str| error.map_or(&Value::Null, |error| &error[name]);
        let message = fact("message").as_str().unwrap_or_else(|| self.text());
        Some(json!({
            "success": false,
            "error": self.in_its_words(message),
            "error_type": fact("error_type"),
            "recovery_suggestion": fact("recovery_suggestion"),
        }))
    }

    /// A message that begins with the path of a parameter, with the name that the caller
    /// knows it by.
    fn in_its_words(&self, message: &str) -> String {
        let known = |(here, there): &(&str, &str)| {
            let rest = message.strip_prefix('/')?.strip_prefix(there)?;
            rest.starts_with([':', '/'])
                .then(|| format!("/{here}{rest}"))
        };
        self.renamed
            .iter()
            .find_map(known)
            .unwrap_or_else(|| message.to_owned())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A result as canonical tools make them: output, then notes, then the status line.
    pub(in crate::profiles) fn shown(output: &str, notes: &str, mut status: Value) -> ToolResult {
        status["bytes_returned"] = json!(output.len());
        let line_end = if output.is_empty() || output.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let text = format!("{output}{line_end}{notes}[session=sh state=running]");
        ToolResult::text(text).with_meta(STATUS_META, status)
    }

    /// A failure as the pipeline makes them.
    pub(in crate::profiles) fn failed(error_type: &str, message: &str) -> ToolResult {
        let error = json!({"error_type": error_type, "message": message,
                           "recovery_suggestion": "do it right", "details": {}});
        ToolResult::error(format!("{error_type}: {message}")).with_meta(ERROR_META, error)
    }

    /// What an alias tells of a result.
    #[track_caller]
    pub(in crate::profiles) fn told(
        tell: fn(&Told) -> Value,
        asked: &Value,
        result: ToolResult,
    ) -> (Value, bool) {
        let asked = asked.as_object().unwrap().clone();
        let told = Told::new(asked, result, &[("working_directory", "cwd")]);
        let object = tell(&told);
        let result = told.into_result(&object);
        assert_eq!(result.content.len(), 1);
        let text = result.content[0].as_text().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), object);
        (object, result.is_error)
    }

    /// Promise: output is told to the byte, whatever it looks like, and notes apart from it.
    #[test]
    fn output_and_notes_are_told_apart() {
        for (output, notes) in [
            ("", ""),
            ("$ ", ""),
            ("a\nb\n", "Typed 2 bytes.\n"),
            ("ü\n\\[session=x state=y]", "one\ntwo\n"),
        ] {
            let told = Told::new(Map::new(), shown(output, notes, json!({})), &[]);
            assert_eq!(told.output(), output);
            assert_eq!(told.notes(), notes.trim());
        }
        let nothing = Told::new(Map::new(), failed("internal", "x"), &[]);
        assert_eq!((nothing.output(), nothing.notes()), ("", ""));
    }

    /// Promise: a message about an argument names it as the caller did.
    #[test]
    fn a_failure_speaks_of_the_parameters_that_there_are() {
        let tell: fn(&Told) -> Value = |told| told.failure().unwrap();
        for (message, expected) in [
            (
                "/cwd: /x is not there",
                "/working_directory: /x is not there",
            ),
            ("/cwdx: no", "/cwdx: no"),
            ("cwd: no", "cwd: no"),
        ] {
            let (object, is_error) = told(tell, &json!({}), failed("not_found", message));
            assert_eq!(
                object,
                json!({"success": false, "error": expected, "error_type": "not_found",
                       "recovery_suggestion": "do it right"})
            );
            assert!(is_error);
        }
    }
}
