//! A text as the number reader sees it: every digit, sign and mark in its plain form, LaTeX resolved, with its place.

/// One character, and the bytes of the text that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    pub(super) c: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The digits 0 of the scripts whose digits are read; the other nine follow each.
const ZEROS: [u32; 19] = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50,
    0xED0, 0xF20, 0x1040, 0x17E0, 0x1810, 0xFF10,
];

fn digit(c: char) -> Option<char> {
    let code = c as u32;
    let value = match code {
        // Mathematical bold, double-struck and the like.
        0x1D7CE..=0x1D7FF => (code - 0x1D7CE) % 10,
        _ => {
            code - ZEROS
                .iter()
                .rev()
                .find(|zero| (**zero..**zero + 10).contains(&code))?
        }
    };
    char::from_digit(value, 10)
}

/// The plain form of a character; `None` for one that is not to be seen.
fn plain(c: char) -> Option<char> {
    Some(match c {
        ' '..='~' | '\n' | '\t' => c,
        '\u{200B}'..='\u{200F}'
        | '\u{2060}'
        | '\u{FEFF}'
        | '\u{FE0E}'
        | '\u{FE0F}'
        | '\u{20E3}'
        | '\u{AD}' => return None,
        '\r' => '\n',
        '٫' => '.',
        '٬' => ',',
        '﹣' | '‐' | '‑' | '⁃' => '-',
        '’' | '‘' | 'ʼ' => '\'',
        '٪' => '%',
        '∕' | '⁄' => '/',
        '∗' => '*',
        '⋅' | '∙' | '•' | '・' => '·',
        // Full-width forms of ASCII.
        '！'..='～' if digit(c).is_none() => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => digit(c).unwrap_or(c),
    })
}

/// What a LaTeX command stands for; a blank for one that is not known, nothing for one that only formats.
fn command(name: &str) -> Option<char> {
    match name {
        "times" => Some('×'),
        "cdot" | "ast" => Some('·'),
        "div" => Some('÷'),
        "pm" | "mp" => Some('±'),
        "sqrt" => Some('√'),
        "pi" => Some('π'),
        "circ" | "degree" => Some('°'),
        "approx" | "simeq" | "sim" => Some('≈'),
        "dots" | "ldots" | "cdots" => Some('…'),
        "le" | "leq" | "lt" => Some('<'),
        "ge" | "geq" | "gt" => Some('>'),
        "text" | "textbf" | "textit" | "mathrm" | "mathbf" | "mathit" | "operatorname"
        | "boxed" | "fbox" | "left" | "right" | "displaystyle" | "big" | "Big" | "mbox"
        | "frac" | "dfrac" | "tfrac" | "cfrac" => None,
        _ => Some(' '),
    }
}

pub(super) fn glyphs(text: &str) -> Vec<Glyph> {
    let mut out: Vec<Glyph> = Vec::with_capacity(text.len());
    let mut rest = text.char_indices().peekable();
    let mut closed = None;
    while let Some((start, c)) = rest.next() {
        let mut push = |c: Option<char>, end: usize| out.extend(c.map(|c| Glyph { c, start, end }));
        let after = &text[start + c.len_utf8()..];
        match c {
            '\\' => {
                let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
                let next = after.chars().next();
                let (glyph, len) = match next {
                    _ if letters > 0 => (command(&after[..letters]), letters),
                    Some(',' | ';' | ':' | ' ') => (Some('\u{2009}'), 1),
                    Some('!') => (None, 1),
                    Some(mark) if mark.is_ascii_punctuation() => (
                        Some(mark).filter(|m| !matches!(m, '(' | ')' | '[' | ']')),
                        1,
                    ),
                    _ => (Some(' '), 0),
                };
                push(glyph, start + 1 + len);
                for _ in 0..len {
                    rest.next();
                }
            }
            // A comma that LaTeX shows without a gap.
            '{' if after.starts_with(",}") => {
                push(Some(','), start + 3);
                rest.next();
                rest.next();
            }
            // Numerator and denominator.
            '{' if closed == Some(start) => push(Some('/'), start + 1),
            '{' => {}
            '}' => closed = Some(start + 1),
            _ => push(plain(c), start + c.len_utf8()),
        }
    }
    out
}

/// The decimal places of a character that is a fraction; none where they do not end, as for ⅓.
pub(super) fn fraction(c: char) -> Option<&'static str> {
    Some(match c {
        '½' => "5",
        '¼' => "25",
        '¾' => "75",
        '⅕' => "2",
        '⅖' => "4",
        '⅗' => "6",
        '⅘' => "8",
        '⅛' => "125",
        '⅜' => "375",
        '⅝' => "625",
        '⅞' => "875",
        '⅒' => "1",
        '⅓' | '⅔' | '⅙' | '⅚' | '⅐' | '⅑' | '⅟' | '↉' => "",
        _ => return None,
    })
}

/// White space within a line.
pub(super) fn is_blank(c: char) -> bool {
    c != '\n' && c.is_whitespace()
}

/// Whether a character belongs to a script that writes words without blanks, so that a digit beside it is not glued to it.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(
        c as u32,
        0xE00..=0xEFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3005..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF
    )
}

/// A letter of a word that blanks delimit.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !is_unspaced(c)
}

pub(super) fn superscript(c: char) -> Option<char> {
    Some(match c {
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴'..='⁹' => char::from_digit(c as u32 - 0x2070, 10)?,
        '⁻' => '-',
        '⁺' => '+',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_character_and_latex_are_plain() {
        for (text, shown) in [
            ("１２．５％", "12.5%"),
            ("٣٫٥", "3.5"),
            ("𝟓", "5"),
            ("9{,}500", "9,500"),
            ("9\\,500", "9\u{2009}500"),
            ("1,\\!000", "1,000"),
            ("\\frac{3}{4}", "3/4"),
            ("\\$5\\%", "$5%"),
            ("5\\times 10^{6}", "5× 10^6"),
            ("5️⃣", "5"),
            ("\\(5\\)", "5"),
        ] {
            let plain: String = glyphs(text).iter().map(|g| g.c).collect();
            assert_eq!(plain, shown, "{text}");
        }
    }
}
