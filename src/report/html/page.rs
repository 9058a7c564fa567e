//! The frame of a page, and how texts and word diffs are written into it. Knows no report.

use crate::{
    diff::{Change, Piece},
    display::visible,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::io::{self, Write};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Text for HTML; control characters are made visible first.
pub(super) fn escape(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// Everything before the body: the page may load nothing, and runs only the script at its end.
pub(super) fn begin(out: &mut dyn Write, title: &str) -> io::Result<()> {
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<meta name=\"generator\" content=\"wording {}\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        hash(STYLE),
        hash(SCRIPT),
        env!("CARGO_PKG_VERSION"),
        escape(title)
    )
}

pub(super) fn end(out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

/// A hash as a content security policy has it.
fn hash(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    format!("sha256-{}", STANDARD.encode(digest))
}

/// A word diff as `<del>` and `<ins>`; white space that changed can be seen.
pub(super) fn pieces(all: &[Piece]) -> String {
    all.iter()
        .map(|piece| match piece.change {
            Change::Same => escape(&piece.text),
            Change::Removed => format!("<del>{}</del>", escape(&piece.with_visible_space())),
            Change::Added => format!("<ins>{}</ins>", escape(&piece.with_visible_space())),
        })
        .collect()
}

/// An id for an anchor: letters, digits, `-`, `_` and `.` stay.
pub(super) fn anchor(prefix: &str, id: &str) -> String {
    let plain: String = id
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    format!("{prefix}-{plain}")
}

/// `81.3`.
pub(super) fn percent(x: f64) -> String {
    format!("{:.1}", x * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        let text = escape("<script>alert('x')</script>\u{1b}[31m & \"q\"");
        assert_eq!(
            text,
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;␛[31m &amp; &quot;q&quot;"
        );
    }

    #[test]
    fn neither_style_nor_script_can_end_their_element() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("</"), "it would end the element");
        }
    }
}
