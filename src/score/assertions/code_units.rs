//! Texts by UTF-16 code unit, as JavaScript matches them: one character per unit, from the private plane U+100000 for surrogates,
//! which texts then do not hold.

use std::borrow::Cow;

/// A text with one character per UTF-16 code unit.
pub(super) fn in_units(text: &str) -> Cow<'_, str> {
    match text.chars().any(|c| c > '\u{ffff}') {
        true => text
            .encode_utf16()
            .map(unit_char)
            .collect::<String>()
            .into(),
        false => text.into(),
    }
}

/// The character that stands for a code unit.
pub(super) fn unit_char(unit: u16) -> char {
    let code = u32::from(unit);
    let is_surrogate = (0xd800..0xe000).contains(&code);
    let code = if is_surrogate {
        0x10_0000 + code - 0xd800
    } else {
        code
    };
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}
