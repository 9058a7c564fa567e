//! One form for the ways to write a character: case, width, typographic variants of the same mark. What differs in meaning stays apart.

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

/// The clusters of a text: a character with the marks that combine with it, and where it starts.
pub(super) fn clusters(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = rest.next()?;
        let mut end = start + first.len_utf8();
        while let Some((at, c)) = rest.next_if(|(_, c)| combines(*c)) {
            end = at + c.len_utf8();
        }
        Some((start, &text[start..end]))
    })
}

fn combines(c: char) -> bool {
    !c.is_ascii() && (canonical_combining_class(c) != 0 || matches!(c, '\u{1160}'..='\u{11FF}'))
}

/// Append the folded form of a cluster.
pub(super) fn fold(cluster: &str, out: &mut String) {
    let mut chars = cluster.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if c.is_ascii() => out.push(c.to_ascii_lowercase()),
        (Some(c), None) => fold_char(c, out),
        _ => {
            let mut folded = String::new();
            let lower = cluster.nfkc().flat_map(char::to_lowercase);
            lower.for_each(|c| fold_char(c, &mut folded));
            out.extend(folded.nfc());
        }
    }
}

fn fold_char(c: char, out: &mut String) {
    match c {
        // Invisible: joiners, marks of direction, soft hyphen, variation selectors.
        '\u{AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'
        | '\u{FEFF}'
        | '\u{FE00}'..='\u{FE0F}' => {}
        '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => out.push('-'),
        '\u{2015}' => out.push('—'),
        '‘' | '’' | '‚' | '‛' | '′' | 'ʼ' | '´' | '‹' | '›' => out.push('\''),
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => out.push('"'),
        '。' | '｡' => out.push('.'),
        '、' | '､' => out.push(','),
        '\u{2044}' | '\u{2215}' => out.push('/'),
        '≦' => out.push('≤'),
        '≧' => out.push('≥'),
        // `x²` is no `x2`, and `1½` no `11/2`.
        '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '⁺' | '⁻' => {
            if !out.ends_with('\u{2}') {
                out.push('^');
            }
            std::iter::once(c).nfkc().for_each(|c| push(c, out));
        }
        '¼'..='¾' | '⅐'..='⅞' => {
            if out.ends_with(|c: char| c.is_ascii_digit()) {
                out.push(' ');
            }
            std::iter::once(c).nfkc().for_each(|c| push(c, out));
        }
        _ => match digit(c) {
            Some(digit) => out.push(digit),
            None => {
                let plain = std::iter::once(c).nfkc().flat_map(char::to_lowercase);
                plain.for_each(|plain| match plain == c {
                    true => push(c, out),
                    // A mark in a compatibility form is that mark.
                    false => fold_char(plain, out),
                });
            }
        },
    }
}

fn push(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'ς' => out.push('σ'),
        '\u{2212}' | '\u{2010}' => out.push('-'),
        '\u{2044}' => out.push('/'),
        _ => out.push(c),
    }
}

/// The digit that another script writes.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 11] = [
        0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0E50,
    ];
    let code = u32::from(c);
    let zero = ZEROS
        .iter()
        .find(|zero| (**zero..**zero + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

/// Whether a script writes words without blanks between them, or joins endings to them.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x31F0..=0x31FF | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF | 0x3005)
}
