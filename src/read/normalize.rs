//! The form in which two answers that mean the same are the same text.

use super::fold::{clusters, fold};
use std::borrow::Cow;

/// Case, white space, typographic variants, and quotes, brackets, Markdown and punctuation around the whole are dropped. Signs,
/// units, currencies, `#`, `+`, decimal points and slashes stay: they carry meaning. A text of nothing but such marks stays.
pub fn normalize(text: &str) -> String {
    let mut normal = pass(text);
    // What is around one thing may hide what is around the next: `- "a`.
    while normal != text {
        let next = pass(&normal);
        if next.len() >= normal.len() {
            break;
        }
        normal = next;
    }
    normal
}

fn pass(text: &str) -> String {
    let folded = match text.is_ascii() {
        true => Cow::Borrowed(text),
        false => {
            let mut out = String::with_capacity(text.len());
            clusters(text).for_each(|(_, cluster)| fold(cluster, &mut out));
            Cow::Owned(out)
        }
    };
    let inner = bare(&folded);
    let inner = if inner.is_empty() {
        folded.trim()
    } else {
        inner
    };
    let mut out = String::with_capacity(inner.len());
    let mut is_apart = false;
    for c in inner.chars() {
        if c.is_whitespace() {
            is_apart = true;
        } else {
            if is_apart {
                out.push(' ');
                is_apart = false;
            }
            out.push(c.to_ascii_lowercase());
        }
    }
    // `- 5` is minus five: only a letter makes the dash a bullet.
    match out.strip_prefix("- ") {
        Some(number) if number.starts_with(|c: char| c.is_ascii_digit()) => format!("-{number}"),
        _ => out,
    }
}

/// Without what stands around the whole.
fn bare(text: &str) -> &str {
    let mut inner = text;
    loop {
        let next = peel(inner.trim());
        if next.len() == inner.len() {
            return next;
        }
        inner = next;
    }
}

/// Pairs that stand around the whole, the longer ones first.
const PAIRS: [(&str, &str); 19] = [
    ("***", "***"),
    ("**", "**"),
    ("__", "__"),
    ("~~", "~~"),
    ("==", "=="),
    ("*", "*"),
    ("_", "_"),
    ("`", "`"),
    ("\\boxed{", "}"),
    ("\\text{", "}"),
    ("\\(", "\\)"),
    ("\\[", "\\]"),
    ("$", "$"),
    ("(", ")"),
    ("[", "]"),
    ("「", "」"),
    ("『", "』"),
    ("【", "】"),
    ("《", "》"),
];

/// Marks of punctuation that mean nothing at an end of the whole.
const OUTER: &[char] = &[
    ',', ';', ':', '!', '?', '"', '\'', '`', '¡', '¿', '؟', '،', '؛', '۔', '।', '—', '·', '•', '…',
];

fn peel(text: &str) -> &str {
    if let Some(inner) = unfenced(text) {
        return inner;
    }
    for (open, close) in PAIRS {
        let inner = text
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close));
        if let Some(inner) = inner
            && !inner.is_empty()
            && is_one_pair(inner, open, close)
        {
            return inner;
        }
    }
    // Doubled marks that lost their partner.
    let text = text.strip_prefix("**").unwrap_or(text);
    let text = text.strip_suffix("**").unwrap_or(text);
    let text = headless(text);
    let text = match text.strip_prefix('.') {
        Some(rest) if !rest.starts_with(|c: char| c.is_alphanumeric()) => rest,
        _ => text,
    };
    let text = text.trim_start_matches(OUTER);
    let text = text.trim_end_matches(|c| c == '.' || OUTER.contains(&c));
    unbalanced(text)
}

/// Whether the marks around a text are a pair, and not two pairs side by side: `**a** and **b**`, `(a) or (b)`.
fn is_one_pair(inner: &str, open: &str, close: &str) -> bool {
    if open == close {
        return !inner.contains(open) && !inner.starts_with(' ') && !inner.ends_with(' ');
    }
    let mut depth = 0i32;
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with(close) {
            depth -= 1;
        } else if rest.starts_with(open) || open.ends_with('{') && c == '{' {
            depth += 1;
        }
        if depth < 0 {
            return false;
        }
        rest = &rest[c.len_utf8()..];
    }
    depth == 0
}

/// The inside of a fence around the whole.
fn unfenced(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("```")?.strip_suffix("```")?;
    if inner.contains("```") {
        return None;
    }
    let (language, body) = inner.split_once('\n').unwrap_or(("", inner));
    let is_language = language
        .trim()
        .chars()
        .all(|c| c.is_alphanumeric() || "+#-_.".contains(c));
    Some(if is_language && !body.trim().is_empty() {
        body
    } else {
        inner
    })
}

/// Without the mark of a heading, a quote or a list item.
fn headless(text: &str) -> &str {
    let heading = text.trim_start_matches('#');
    if heading.len() < text.len() && heading.starts_with(char::is_whitespace) {
        return heading;
    }
    let rest = text.strip_prefix(['>', '*', '+', '-']).unwrap_or_default();
    // A sign apart from its number is a sign.
    let is_sign =
        text.starts_with('-') && rest.trim_start().starts_with(|c: char| c.is_ascii_digit());
    match rest.starts_with(char::is_whitespace) && !is_sign {
        true => rest,
        false => text,
    }
}

/// Without a bracket at an end whose partner is missing: `c)`.
fn unbalanced(text: &str) -> &str {
    for (open, close) in [('(', ')'), ('[', ']')] {
        let opened = text.matches(open).count();
        let closed = text.matches(close).count();
        if closed > opened && text.ends_with(close) {
            return &text[..text.len() - close.len_utf8()];
        }
        if opened > closed && text.starts_with(open) {
            return &text[open.len_utf8()..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_meaning_stays_and_what_does_not_goes() {
        for (text, normal) in [
            (" Yes,\t\u{b} Sir!\n", "yes, sir"),
            (". yes", "yes"),
            ("  “Ｙｅｓ, Sir”!\n", "yes, sir"),
            ("-5", "-5"),
            ("−5", "-5"),
            ("- 5", "-5"),
            ("- five", "five"),
            ("$5", "$5"),
            ("$5$", "5"),
            ("5%", "5%"),
            ("５％", "5%"),
            ("C#", "c#"),
            ("C++", "c++"),
            ("# Paris", "paris"),
            ("#1", "#1"),
            (".5", ".5"),
            ("5.", "5"),
            ("5.0", "5.0"),
            (".NET", ".net"),
            ("1/2", "1/2"),
            ("½", "1/2"),
            ("1½", "1 1/2"),
            ("m²", "m^2"),
            ("**Paris.**", "paris"),
            ("**Paris**.", "paris"),
            ("__Paris__", "paris"),
            ("`Paris`", "paris"),
            ("```\nParis\n```", "paris"),
            ("\\boxed{5}", "5"),
            ("(C)", "c"),
            ("C)", "c"),
            ("f(x)", "f(x)"),
            ("(a) or (b)", "(a) or (b)"),
            ("«Париж»", "париж"),
            ("「東京」。", "東京"),
            ("¿Sí?", "sí"),
            ("STRASSE", "strasse"),
            ("Straße", "strasse"),
            ("don’t", "don't"),
            ("e\u{301}te\u{301}", "été"),
            ("A*", "a*"),
            ("A-", "a-"),
            ("?", "?"),
            ("٣", "3"),
            ("…", "..."),
        ] {
            assert_eq!(normalize(text), normal, "{text}");
            assert_eq!(normalize(normal), normal, "again: {text}");
        }
    }
}
