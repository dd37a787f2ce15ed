//! Bearer tokens that both sides know (RFC 6750): from a file, or made when the
//! server starts. Only their digests are kept.

use std::path::Path;

use anyhow::{Context, Result, bail};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::watched::{Access, Watched};
use crate::secrets::check_name;

/// The name of a token that has none.
const DEFAULT_NAME: &str = "default";

/// The shortest token, in characters: 128 bits in base64. What a person can
/// remember, another can guess.
const MIN_TOKEN: usize = 22;

/// The longest token, in characters.
const MAX_TOKEN: usize = 512;

/// Tokens of one file.
const MAX_TOKENS: usize = 256;

/// The tokens that are taken.
#[derive(Debug)]
pub(super) enum Tokens {
    Generated(List),
    File(Watched<List>),
}

/// Names, and the digests of their tokens.
#[derive(Debug, Default)]
pub(super) struct List(Vec<(String, [u8; 32])>);

impl Tokens {
    /// Those of a file, which is read now and again whenever it changes.
    ///
    /// # Errors
    ///
    /// When it cannot be read, others have access to it, or a line is not right.
    pub(super) fn of_file(path: &Path) -> Result<Self> {
        let file = Watched::new(path, Access::Owner, List::parse);
        file.get().context("http.auth.token_file")?;
        Ok(Self::File(file))
    }

    /// One of 256 random bits, and its text.
    ///
    /// # Errors
    ///
    /// When the system has no random bits.
    pub(super) fn generate() -> Result<(Self, Zeroizing<String>)> {
        let mut bits = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(&mut bits[..]).context("there are no random bits for a token")?;
        let token = Zeroizing::new(URL_SAFE_NO_PAD.encode(&bits[..]));
        let list = List(vec![(DEFAULT_NAME.to_owned(), sha256(&token))]);
        Ok((Self::Generated(list), token))
    }

    /// The name of a token, if it is one of these. The time that this takes says
    /// nothing about them but how many there are.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or understood now.
    pub(super) fn name_of(&self, token: &str) -> Result<Option<String>> {
        match self {
            Self::Generated(list) => Ok(list.name_of(token)),
            Self::File(file) => Ok(file.get()?.name_of(token)),
        }
    }
}

impl List {
    /// One token, or lines of a name and a token; empty lines and those that start
    /// with `#` say nothing. A name may have several tokens, so that they can be
    /// replaced one at a time.
    fn parse(content: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(content).context("it is not UTF-8")?;
        let mut list = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let mut words = line.split_ascii_whitespace();
            let (name, token) = match (words.next(), words.next(), words.next()) {
                (None, ..) => continue,
                (Some(word), ..) if word.starts_with('#') => continue,
                (Some(token), None, _) => (DEFAULT_NAME, token),
                (Some(name), Some(token), None) => (name, token),
                _ => bail!("line {number} has more than a name and a token"),
            };
            // No message shows a word of the file: any of them may be a token.
            if check_name("token", name).is_err() {
                bail!("line {number}: a name has 1 to 64 letters, digits, `_`, `-` or `.`");
            }
            if !is_token(token) || !(MIN_TOKEN..=MAX_TOKEN).contains(&token.len()) {
                bail!(
                    "line {number}: a token has {MIN_TOKEN} to {MAX_TOKEN} letters, digits or `-._~+/`, \
                     then perhaps `=`; `openssl rand -base64 32` makes one"
                );
            }
            let digest = sha256(token);
            if list.0.iter().any(|(_, known)| *known == digest) {
                bail!("line {number}: the same token stands in a line above");
            }
            list.0.push((name.to_owned(), digest));
        }
        match list.0.len() {
            0 => bail!("it holds no token"),
            1..=MAX_TOKENS => Ok(list),
            count => bail!("it holds {count} tokens; {MAX_TOKENS} are the most"),
        }
    }

    fn name_of(&self, token: &str) -> Option<String> {
        let given = sha256(token);
        let mut found = None;
        for (name, digest) in &self.0 {
            if verify_slices_are_equal(digest, &given).is_ok() {
                found = Some(name);
            }
        }
        found.cloned()
    }
}

fn sha256(token: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    bytes
}

/// Whether text is a `b64token` of RFC 6750, section 2.1.
pub(super) fn is_token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let taken = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && body.bytes().all(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb=";

    fn name(content: &str, token: &str) -> Option<String> {
        List::parse(content.as_bytes()).unwrap().name_of(token)
    }

    #[test]
    fn a_file_holds_one_token_or_named_ones() {
        assert_eq!(name(A, A).as_deref(), Some("default"));
        assert_eq!(name(&format!("{A}\n"), A).as_deref(), Some("default"));
        let named = format!("# mine\n\nann {A}\r\n  ci\t{B}\n");
        assert_eq!(name(&named, A).as_deref(), Some("ann"));
        assert_eq!(name(&named, B).as_deref(), Some("ci"));
        assert_eq!(name(&named, "ann"), None);
        assert_eq!(name(&named, &A[1..]), None);
        assert_eq!(name(&named, ""), None);
        let twice = format!("ann {A}\nann {B}\n");
        assert_eq!(name(&twice, A), name(&twice, B));
    }

    /// What is no sound list is refused, and the message holds nothing of it.
    #[test]
    fn bad_files_are_refused_without_telling_what_is_in_them() {
        let short = "s".repeat(MIN_TOKEN - 1);
        let long = "l".repeat(MAX_TOKEN + 1);
        for wrong in [
            String::new(),
            "# nothing\n".to_owned(),
            short.clone(),
            long.clone(),
            format!("ann {A} {B}"),
            format!("a/b {A}"),
            format!("ann {A}\nbob {A}"),
            format!("ann {A}ü"),
            format!("ann ={A}"),
        ] {
            let said = format!("{:#}", List::parse(wrong.as_bytes()).unwrap_err());
            for part in [A, B, &short, &long, "a/b"] {
                assert!(!said.contains(part), "{said}");
            }
        }
        List::parse("s".repeat(MIN_TOKEN).as_bytes()).unwrap();
        List::parse("l".repeat(MAX_TOKEN).as_bytes()).unwrap();
        assert!(List::parse(b"\xff").is_err());
    }

    #[test]
    fn a_file_holds_so_many_tokens() {
        let lines =
            |count: usize| -> String { (0..count).map(|it| format!("t{it} {A}{it}\n")).collect() };
        List::parse(lines(MAX_TOKENS).as_bytes()).unwrap();
        assert!(List::parse(lines(MAX_TOKENS + 1).as_bytes()).is_err());
    }

    /// A token that the server makes has 256 bits, is another each time, and is
    /// the only one that is taken.
    #[test]
    fn generated_tokens_are_random() {
        let (tokens, text) = Tokens::generate().unwrap();
        let (others, other) = Tokens::generate().unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(&*text).unwrap().len(), 32);
        assert!(is_token(&text));
        assert_ne!(*text, *other);
        assert_eq!(tokens.name_of(&text).unwrap().as_deref(), Some("default"));
        assert_eq!(others.name_of(&text).unwrap(), None);
    }
}
