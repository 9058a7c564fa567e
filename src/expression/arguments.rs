//! What is between the brackets of a name: parts at commas, each a text or `column = value`; names of variants may hold both.

use crate::model::{VariantAliases, VariantNameError};
use std::ops::Range;

/// The variant with the longest name that begins with these parts, and how many parts that is.
pub(crate) fn longest_variant(
    variants: &VariantAliases,
    parts: &[Argument],
) -> Result<Option<(usize, usize)>, VariantNameError> {
    for n in (1..=parts.len()).rev() {
        let text: Vec<&str> = parts[..n].iter().map(|part| part.text.as_str()).collect();
        match variants.find(&text.join(",")) {
            Ok(variant) => return Ok(Some((variant, n))),
            Err(VariantNameError::Unknown(_)) => {}
            Err(ambiguous) => return Err(ambiguous),
        }
    }
    Ok(None)
}

/// What stands between the bracket at the start and the one that closes it.
pub(super) fn bracketed(text: &str) -> Option<&str> {
    let (mut depth, mut quoted) = (0, false);
    let mut chars = text.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' if quoted => drop(chars.next_if(|(_, next)| *next == '"')),
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth -= 1;
                if depth == 0 {
                    return text.get(1..i);
                }
            }
            _ => {}
        }
    }
    None
}

/// What stands between two commas.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Argument {
    /// All of it, without quotes.
    pub(crate) text: String,
    /// `column = value`, where it has that form.
    pub(crate) slice: Option<(String, String)>,
    /// Bytes of the text that was split; in an expression, of the expression.
    pub(crate) span: Range<usize>,
}

/// Split at commas outside of brackets and quotes: names of variants hold commas and `=` in brackets.
pub(super) fn split(text: &str) -> Vec<Argument> {
    let (mut parts, mut depth, mut quoted) = (vec![vec![String::new()]], 0, false);
    let mut ends = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((i, mut c)) = chars.next() {
        match c {
            // A backslash lets a quote stand inside of quotes.
            '\\' if quoted => {
                c = chars
                    .next_if(|(_, next)| *next == '"')
                    .map_or(c, |(_, c)| c)
            }
            '"' => {
                quoted = !quoted;
                continue;
            }
            _ if quoted => {}
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            ',' if depth == 0 => {
                ends.push(i);
                parts.push(vec![String::new()]);
                continue;
            }
            '=' if depth == 0 => {
                if let Some(part) = parts.last_mut() {
                    part.push(String::new());
                }
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut().and_then(|part| part.last_mut()) {
            last.push(c);
        }
    }
    let trimmed = |text: &String| text.trim().to_owned();
    ends.push(text.len());
    let mut start = 0;
    let argument = |(part, end): (&Vec<String>, usize)| Argument {
        span: trimmed_span(text, std::mem::replace(&mut start, end + 1)..end),
        text: trimmed(&part.join("=")),
        slice: match part.as_slice() {
            [column, value] => Some((trimmed(column), trimmed(value))),
            _ => None,
        },
    };
    if text.trim().is_empty() {
        return Vec::new();
    }
    parts.iter().zip(ends).map(argument).collect()
}

/// A part of a text without the blanks around it.
fn trimmed_span(text: &str, span: Range<usize>) -> Range<usize> {
    let part = &text[span.clone()];
    let start = span.start + part.len() - part.trim_start().len();
    start..start + part.trim().len()
}
