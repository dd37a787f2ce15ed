//! Writing JSON objects member by member into one buffer.
//!
//! Answers are composed from parts that are already JSON (a cached tool list, the server's
//! identity) and parts that are not; going through a `Value` would parse and copy both.

use serde::Serialize;

/// The room kept at the end of a frame for its newline.
const NEWLINE: usize = 1;

pub(crate) struct Writer {
    out: Vec<u8>,
    /// The next member of the innermost object needs a comma before it.
    comma: bool,
}

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            out: Vec::with_capacity(bytes + NEWLINE),
            comma: false,
        }
    }

    /// Opens an object.
    pub(crate) fn open(&mut self) {
        self.out.push(b'{');
        self.comma = false;
    }

    /// Closes the innermost object.
    pub(crate) fn close(&mut self) {
        self.out.push(b'}');
        self.comma = true;
    }

    /// Writes `"key":`, which must need no escaping; a value follows.
    pub(crate) fn key(&mut self, key: &str) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// Writes a member of any serialisable value.
    pub(crate) fn member<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        self.key(key);
        self.value(value);
    }

    /// Writes a member whose key may need escaping.
    pub(crate) fn escaped_member<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        if self.comma {
            self.out.push(b',');
        }
        self.value(key);
        self.raw(":");
        self.value(value);
    }

    /// Writes a member whose value is JSON already.
    pub(crate) fn raw_member(&mut self, key: &str, json: &str) {
        self.key(key);
        self.raw(json);
    }

    /// Writes members that are JSON already, `"a":1,"b":2`; nothing when empty.
    pub(crate) fn raw_members(&mut self, json: &str) {
        if json.is_empty() {
            return;
        }
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
        self.raw(json);
    }

    /// Opens an object as the value of a member.
    pub(crate) fn open_member(&mut self, key: &str) {
        self.key(key);
        self.open();
    }

    /// Opens an object as the value of a member whose key may need escaping.
    pub(crate) fn escaped_open_member(&mut self, key: &str) {
        if self.comma {
            self.out.push(b',');
        }
        self.value(key);
        self.raw(":");
        self.open();
    }

    /// Writes a value in place.
    pub(crate) fn value<T: Serialize + ?Sized>(&mut self, value: &T) {
        let start = self.out.len();
        if serde_json::to_writer(&mut self.out, value).is_err() {
            // Only a map with keys that aren't strings could fail, and no type here has one.
            self.out.truncate(start);
            self.out.extend_from_slice(b"null");
        }
        self.comma = true;
    }

    /// Writes JSON in place.
    pub(crate) fn raw(&mut self, json: &str) {
        self.out.extend_from_slice(json.as_bytes());
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.out
    }

    pub(crate) fn finish_text(self) -> String {
        String::from_utf8(self.out).unwrap_or_default()
    }
}

/// The JSON text of a value.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    let mut out = Writer::with_capacity(128);
    out.value(value);
    out.finish_text()
}
