//! `\d`, `\s` and `\w` for what a terminal prints: ASCII.
//!
//! What programs mean by a digit in a prompt is `0` to `9`; and Unicode's word characters make an
//! automaton ten times as large and as slow to build. The classes are replaced in the parsed
//! syntax, so that everything else in a pattern stays Unicode.

use regex_syntax::ast::{
    Ast, ClassAscii, ClassAsciiKind, ClassBracketed, ClassPerl, ClassPerlKind, ClassSet,
    ClassSetItem,
};

/// Narrows every Perl class of a pattern to ASCII. The recursion is as deep as the pattern nests,
/// which the parser has bounded.
pub(crate) fn narrow(ast: &mut Ast) {
    match ast {
        Ast::ClassPerl(class) => {
            let span = class.span;
            let kind = ClassSet::Item(ClassSetItem::Ascii(ascii(class)));
            *ast = Ast::class_bracketed(ClassBracketed {
                span,
                negated: false,
                kind,
            });
        }
        Ast::ClassBracketed(class) => narrow_set(&mut class.kind),
        Ast::Repetition(repetition) => narrow(&mut repetition.ast),
        Ast::Group(group) => narrow(&mut group.ast),
        Ast::Alternation(alternation) => alternation.asts.iter_mut().for_each(narrow),
        Ast::Concat(concat) => concat.asts.iter_mut().for_each(narrow),
        Ast::Empty(_)
        | Ast::Flags(_)
        | Ast::Literal(_)
        | Ast::Dot(_)
        | Ast::Assertion(_)
        | Ast::ClassUnicode(_) => {}
    }
}

fn narrow_set(set: &mut ClassSet) {
    match set {
        ClassSet::Item(item) => narrow_item(item),
        ClassSet::BinaryOp(operation) => {
            narrow_set(&mut operation.lhs);
            narrow_set(&mut operation.rhs);
        }
    }
}

fn narrow_item(item: &mut ClassSetItem) {
    match item {
        ClassSetItem::Perl(class) => *item = ClassSetItem::Ascii(ascii(class)),
        ClassSetItem::Bracketed(class) => narrow_set(&mut class.kind),
        ClassSetItem::Union(union) => union.items.iter_mut().for_each(narrow_item),
        ClassSetItem::Empty(_)
        | ClassSetItem::Literal(_)
        | ClassSetItem::Range(_)
        | ClassSetItem::Ascii(_)
        | ClassSetItem::Unicode(_) => {}
    }
}

fn ascii(class: &ClassPerl) -> ClassAscii {
    let kind = match class.kind {
        ClassPerlKind::Digit => ClassAsciiKind::Digit,
        ClassPerlKind::Space => ClassAsciiKind::Space,
        ClassPerlKind::Word => ClassAsciiKind::Word,
    };
    ClassAscii {
        span: class.span,
        kind,
        negated: class.negated,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Edge, Offset, regex};
    use crate::{Pattern, PatternSet, Ring, Search};
    use std::time::Instant;

    #[track_caller]
    fn check(pattern: Pattern, text: &str, want: Option<&str>) {
        let set = PatternSet::new([pattern]).expect("a valid pattern");
        let mut ring = Ring::new();
        ring.push(text.as_bytes());
        let found = Search::new(&set, Offset::ZERO).advance(&ring, Edge::Eof, Instant::now());
        assert_eq!(
            found
                .map(|found| found.text_lossy(&ring).into_owned())
                .as_deref(),
            want
        );
    }

    /// Guards: Perl classes are ASCII wherever they stand, and only they.
    #[test]
    fn perl_classes_are_ascii_and_nothing_else_is() {
        check(regex(r"\d+"), "٣ 3", Some("3"));
        check(regex(r"[\w-]+"), "é-a", Some("-a"));
        check(regex(r"[^\W_]+"), "é_ab_", Some("ab"));
        check(regex(r"[\w&&[^a]]+"), "éab", Some("b"));
        check(regex(r"(?:(\D))+"), "12é3", Some("é"));
        check(regex(r"\s"), "\u{a0}\t", Some("\t"));
        check(regex(r".+"), "é", Some("é"));
        check(regex(r"(?i)É"), "é", Some("é"));
        check(regex(r"\p{L}+"), "éa", Some("éa"));
        check(regex(r"\w+").unicode_classes(true), "-éa", Some("éa"));
        check(regex(r"(?-u)\w+"), "éa", Some("a"));
    }
}
