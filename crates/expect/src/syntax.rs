//! From a [`Pattern`] to `regex-syntax`'s intermediate form, with this crate's differences from
//! the `regex` crate applied to it: ASCII classes, line anchors that know a terminal's line ends,
//! and word boundaries that an automaton over bytes can decide.

use crate::ascii;
use crate::pattern::{Flags, Pattern, Source, WordBoundary};
use regex_syntax::ast;
use regex_syntax::hir::Repetition;
use regex_syntax::hir::translate::TranslatorBuilder;
use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, HirKind, Look, LookSet};

/// One pattern, parsed.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    /// What the streaming automata are built from: it has no Unicode word boundary.
    pub(crate) stream: Hir,
    /// The pattern with its Unicode word boundaries, where it has some and they are wanted;
    /// `stream` then matches wherever this does, and more.
    pub(crate) exact: Option<Hir>,
}

/// How deeply groups may nest.
const NEST_LIMIT: u32 = 200;

pub(crate) fn parse(pattern: &Pattern) -> Result<Parsed, Box<regex_syntax::Error>> {
    let flags = pattern.flags;
    let hir = match &pattern.source {
        Source::Regex(text) => parse_regex(text, flags)?,
        Source::Literal(text) if flags.case_insensitive && flags.unicode => {
            parse_regex(&regex_syntax::escape(text), flags)?
        }
        Source::Literal(text) => literal(text.as_bytes(), flags.case_insensitive),
        Source::Bytes(bytes) => literal(bytes, flags.case_insensitive),
    };
    let looks = hir.properties().look_set();
    let hir = if flags.crlf && looks.contains_anchor_line() {
        map_looks(hir, &|look| Hir::look(with_crlf(look)))
    } else {
        hir
    };
    if !looks.contains_word_unicode() {
        return Ok(Parsed {
            stream: hir,
            exact: None,
        });
    }
    Ok(match flags.word_boundary {
        WordBoundary::Ascii => {
            let stream = map_looks(hir, &|look| Hir::look(in_ascii(look)));
            Parsed {
                stream,
                exact: None,
            }
        }
        WordBoundary::Unicode => {
            let relaxed = |look| match LookSet::singleton(look).contains_word_unicode() {
                true => Hir::empty(),
                false => Hir::look(look),
            };
            Parsed {
                stream: map_looks(hir.clone(), &relaxed),
                exact: Some(hir),
            }
        }
    })
}

fn parse_regex(text: &str, flags: Flags) -> Result<Hir, Box<regex_syntax::Error>> {
    let boxed = |error: regex_syntax::Error| Box::new(error);
    let mut parser = ast::parse::ParserBuilder::new()
        .nest_limit(NEST_LIMIT)
        .build();
    let mut ast = parser.parse(text).map_err(|error| boxed(error.into()))?;
    if !flags.unicode_classes {
        ascii::narrow(&mut ast);
    }
    let mut translator = TranslatorBuilder::new()
        .utf8(false)
        .unicode(flags.unicode)
        .case_insensitive(flags.case_insensitive)
        .multi_line(flags.multi_line)
        .dot_matches_new_line(flags.dot_matches_new_line)
        .build();
    translator
        .translate(text, &ast)
        .map_err(|error| boxed(error.into()))
}

/// Bytes for themselves, ASCII letters in either case if wanted.
fn literal(bytes: &[u8], any_case: bool) -> Hir {
    if !any_case {
        return Hir::literal(bytes);
    }
    Hir::concat(bytes.iter().map(|&byte| either_case(byte)).collect())
}

fn either_case(byte: u8) -> Hir {
    if !byte.is_ascii_alphabetic() {
        return Hir::literal([byte]);
    }
    let (lower, upper) = (byte.to_ascii_lowercase(), byte.to_ascii_uppercase());
    let ranges = [
        ClassBytesRange::new(lower, lower),
        ClassBytesRange::new(upper, upper),
    ];
    Hir::class(Class::Bytes(ClassBytes::new(ranges)))
}

fn with_crlf(look: Look) -> Look {
    match look {
        Look::StartLF => Look::StartCRLF,
        Look::EndLF => Look::EndCRLF,
        other => other,
    }
}

fn in_ascii(look: Look) -> Look {
    match look {
        Look::WordUnicode => Look::WordAscii,
        Look::WordUnicodeNegate => Look::WordAsciiNegate,
        Look::WordStartUnicode => Look::WordStartAscii,
        Look::WordEndUnicode => Look::WordEndAscii,
        Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
        Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
        other => other,
    }
}

/// The same expression with every look-around assertion replaced. The recursion is as deep as
/// the expression, which the parser has bounded.
fn map_looks(hir: Hir, replace: &dyn Fn(Look) -> Hir) -> Hir {
    if hir.properties().look_set().is_empty() {
        return hir;
    }
    let map_all = |list: Vec<Hir>| {
        list.into_iter()
            .map(|hir| map_looks(hir, replace))
            .collect()
    };
    match hir.into_kind() {
        HirKind::Look(look) => replace(look),
        HirKind::Repetition(repetition) => {
            let sub = Box::new(map_looks(*repetition.sub, replace));
            Hir::repetition(Repetition { sub, ..repetition })
        }
        HirKind::Capture(capture) => {
            let sub = Box::new(map_looks(*capture.sub, replace));
            Hir::capture(Capture { sub, ..capture })
        }
        HirKind::Concat(list) => Hir::concat(map_all(list)),
        HirKind::Alternation(list) => Hir::alternation(map_all(list)),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
    }
}
