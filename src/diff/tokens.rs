//! What is compared inside lines: words, and placeholders, template tags and markup tags whole.

use unicode_segmentation::UnicodeSegmentation;

/// Longer brackets are text that happens to begin so.
const LONGEST: usize = 200;

/// The tokens of a text; joined they are the text. A CJK character is a word.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let (mut rest, mut plain) = (text, text);
    while let Some(at) = rest.find(['{', '<']) {
        let start = text.len() - rest.len() + at;
        match bracket(&text[start..]) {
            Some(length) => {
                let before = start - (text.len() - plain.len());
                all.extend(plain[..before].split_word_bounds());
                all.push(&text[start..start + length]);
                plain = &text[start + length..];
                rest = plain;
            }
            None => rest = &text[start + 1..],
        }
    }
    all.extend(plain.split_word_bounds());
    all
}

/// Bytes of the placeholder or tag that a text begins with.
fn bracket(text: &str) -> Option<usize> {
    let (open, close) = [("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<", ">")]
        .into_iter()
        .find(|(open, _)| text.starts_with(open))?;
    let inner = &text[open.len()..];
    if open == "<" {
        let name = inner.trim_start_matches('/');
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '|') {
            return None;
        }
    }
    let end = inner.find(close)?;
    let is_whole = end <= LONGEST && !inner[..end].contains(['\n', '<']);
    is_whole.then_some(open.len() + end + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_and_tags_are_one_token_each() {
        let cases: [(&str, &[&str]); 6] = [
            (
                "Review: {{ row.text }}!",
                &["Review", ":", " ", "{{ row.text }}", "!"],
            ),
            (
                "{% if x %}a{% endif %}",
                &["{% if x %}", "a", "{% endif %}"],
            ),
            (
                "<b class=\"x\">bold</b>",
                &["<b class=\"x\">", "bold", "</b>"],
            ),
            ("<|im_start|>user", &["<|im_start|>", "user"]),
            (
                "a < b {c} {{ open",
                &[
                    "a", " ", "<", " ", "b", " ", "{", "c", "}", " ", "{", "{", " ", "open",
                ],
            ),
            ("情感", &["情", "感"]),
        ];
        for (text, expected) in cases {
            assert_eq!(tokens(text), expected);
            assert_eq!(tokens(text).concat(), text);
        }
    }
}
