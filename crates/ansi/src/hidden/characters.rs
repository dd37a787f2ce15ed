//! Which characters leave no mark of their own, and which are emoji.

use unicode_properties::UnicodeEmoji;

/// Whether the character hides or reorders text.
///
/// The union of these properties of the Unicode Character Database, version 16 (a test compares
/// the ranges with another copy of it): general category Cc without `\n` and `\t`; `Bidi_Control`;
/// general categories Zl and Zp; `Default_Ignorable_Code_Point`; and U+FFF9 to U+FFFB.
pub(super) const fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\x08' | '\x0B'..='\x1F' | '\x7F'..='\u{9F}'
        | '\u{AD}' // soft hyphen
        | '\u{34F}' // combining grapheme joiner
        | '\u{61C}' // Arabic letter mark
        | '\u{115F}'..='\u{1160}' // Hangul fillers
        | '\u{17B4}'..='\u{17B5}' // Khmer inherent vowels
        | '\u{180B}'..='\u{180F}' // Mongolian variation selectors, vowel separator
        | '\u{200B}'..='\u{200F}' // zero-width space, joiners, left-to-right and right-to-left marks
        | '\u{2028}'..='\u{202E}' // line and paragraph separator, embeddings and overrides
        | '\u{2060}'..='\u{206F}' // word joiner, invisible operators, isolates, deprecated controls
        | '\u{3164}' // Hangul filler
        | '\u{FE00}'..='\u{FE0F}' // variation selectors
        | '\u{FEFF}' // zero-width no-break space
        | '\u{FFA0}' // halfwidth Hangul filler
        | '\u{FFF0}'..='\u{FFFB}' // unassigned ignorables, interlinear annotation
        | '\u{1BCA0}'..='\u{1BCA3}' // shorthand format controls
        | '\u{1D173}'..='\u{1D17A}' // musical format controls
        | '\u{E0000}'..='\u{E0FFF}' // tags, variation selectors supplement, unassigned ignorables
    )
}

/// Whether the character is an emoji by itself (property `Emoji`, without ASCII and the letters
/// of flags).
pub(super) fn is_emoji(character: char) -> bool {
    !character.is_ascii()
        && !matches!(character, '\u{1F1E6}'..='\u{1F1FF}')
        && character.is_emoji_char()
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::Regex;

    /// Guards that the ranges are those of the Unicode properties the documentation names.
    #[test]
    fn hidden_characters_are_those_of_the_unicode_database() {
        let properties = Regex::new(
            r"^[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{FFF9}-\u{FFFB}]$",
        )
        .unwrap();
        for character in '\0'..=char::MAX {
            let want = properties.is_match(character.encode_utf8(&mut [0; 4]))
                && !matches!(character, '\n' | '\t');
            assert_eq!(is_hidden(character), want, "U+{:04X}", u32::from(character));
        }
    }

    /// Guards that emoji are told from text and from what could hide text. The two copies of the
    /// database may be of different versions, so what one calls an emoji need only be reserved
    /// for one in the other.
    #[test]
    fn emoji_are_visible_and_no_ascii() {
        let emoji = Regex::new(r"^\p{Emoji}$").unwrap();
        let reserved = Regex::new(r"^[\p{Emoji}\p{Extended_Pictographic}]$").unwrap();
        for character in '\u{80}'..=char::MAX {
            let mut buffer = [0; 4];
            let text = &*character.encode_utf8(&mut buffer);
            let flag_letter = matches!(character, '\u{1F1E6}'..='\u{1F1FF}');
            let is = is_emoji(character);
            assert!(
                is || flag_letter || !emoji.is_match(text),
                "U+{:04X}",
                u32::from(character)
            );
            assert!(
                !is || reserved.is_match(text),
                "U+{:04X}",
                u32::from(character)
            );
            assert!(
                !(is && is_hidden(character)),
                "U+{:04X}",
                u32::from(character)
            );
        }
    }
}
