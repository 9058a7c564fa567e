//! A template cut into text and tags, and the inside of a tag into tokens.

/// A piece of a template.
#[derive(Debug, PartialEq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Tag(Tag<'a>),
}

/// A tag: an expression, a statement or a comment.
#[derive(Debug, PartialEq)]
pub(super) struct Tag<'a> {
    pub(super) whole: &'a str,
    /// `{{`, `{%-` and so on.
    pub(super) open: &'a str,
    /// `}}`, `-%}` and so on.
    pub(super) close: &'a str,
    pub(super) inside: &'a str,
    pub(super) statement: bool,
    /// A comment, or the inside of `raw`: left as it is.
    pub(super) left: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Text,
    Number,
    Mark,
    /// A pattern of JavaScript, `r/…/`.
    Regex,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// White space stands before it.
    pub(super) space: bool,
}

impl Token {
    /// One that is put in.
    pub(super) fn new(kind: Kind, text: &str, space: bool) -> Token {
        Token {
            kind,
            text: text.to_owned(),
            space,
        }
    }

    /// Whether it is this word or mark.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Name | Kind::Mark) && self.text == text
    }

    /// The name, where it is one.
    pub(super) fn name(&self) -> Option<&str> {
        (self.kind == Kind::Name).then_some(self.text.as_str())
    }
}

/// Cut a template into text and tags. A tag that does not end is text.
pub(super) fn parts(source: &str) -> Vec<Part<'_>> {
    let mut all = Vec::new();
    let mut rest = source;
    while let Some(start) = next_tag(rest) {
        let Some(tag) = tag(&rest[start..]) else {
            break;
        };
        if start > 0 {
            all.push(Part::Text(&rest[..start]));
        }
        rest = &rest[start + tag.whole.len()..];
        let word = tag.inside.trim();
        let raw = tag.statement && (word == "raw" || word == "verbatim");
        let end = if word == "raw" {
            "endraw"
        } else {
            "endverbatim"
        };
        all.push(Part::Tag(tag));
        if raw {
            let length = raw_length(rest, end);
            all.push(Part::Text(&rest[..length]));
            rest = &rest[length..];
        }
    }
    if !rest.is_empty() {
        all.push(Part::Text(rest));
    }
    all
}

fn next_tag(text: &str) -> Option<usize> {
    ["{{", "{%", "{#"]
        .iter()
        .filter_map(|open| text.find(open))
        .min()
}

/// How far the text goes that stands before the end of a `raw`.
fn raw_length(text: &str, end: &str) -> usize {
    let mut at = 0;
    while let Some(found) = text[at..].find("{%") {
        let start = at + found;
        if tag(&text[start..]).is_some_and(|t| t.inside.trim() == end) {
            return start;
        }
        at = start + 2;
    }
    text.len()
}

/// The tag at the start of a text.
fn tag(text: &str) -> Option<Tag<'_>> {
    let (statement, comment) = (text.starts_with("{%"), text.starts_with("{#"));
    let close = match (statement, comment) {
        (true, _) => "%}",
        (_, true) => "#}",
        _ => "}}",
    };
    let open = if text[2..].starts_with('-') { 3 } else { 2 };
    let end = if comment {
        open + text.get(open..)?.find(close)?
    } else {
        end_of(text, open, close)?
    };
    let before = if text[..end].ends_with('-') && end > open {
        end - 1
    } else {
        end
    };
    Some(Tag {
        whole: &text[..end + 2],
        open: &text[..open],
        close: &text[before..end + 2],
        inside: &text[open..before],
        statement,
        left: comment,
    })
}

/// Where the end of a tag stands, strings left out.
fn end_of(text: &str, from: usize, close: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = from;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(q), b) if b == q => quote = None,
            (None, b @ (b'"' | b'\'')) => quote = Some(b),
            (None, _) if text.is_char_boundary(at) && text[at..].starts_with(close) => {
                return Some(at);
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The tokens inside a tag.
pub(super) fn tokens(inside: &str) -> Vec<Token> {
    const MARKS: [&str; 12] = [
        "===", "!==", "==", "!=", "<=", ">=", "&&", "||", "**", "//", "=>", "...",
    ];
    let mut all = Vec::new();
    let mut rest = inside;
    let mut space = false;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
            space = true;
            continue;
        }
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let (kind, length) = if c == '"' || c == '\'' {
            (Kind::Text, string_length(rest, c))
        } else if rest.starts_with("r/") {
            (Kind::Regex, 1 + string_length(&rest[1..], '/'))
        } else if c.is_ascii_digit() {
            let digits = |c: char| c.is_ascii_digit() || c == '.';
            (
                Kind::Number,
                rest.find(|c| !digits(c)).unwrap_or(rest.len()),
            )
        } else if word(c) {
            (Kind::Name, rest.find(|c| !word(c)).unwrap_or(rest.len()))
        } else {
            let mark = MARKS.iter().find(|mark| rest.starts_with(**mark));
            (Kind::Mark, mark.map_or(c.len_utf8(), |mark| mark.len()))
        };
        all.push(Token::new(kind, &rest[..length], space));
        rest = &rest[length..];
        space = false;
    }
    all
}

fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_cut_and_put_together_again() {
        for source in [
            "a {{ x }} b {%- if y -%} c {# d #}{% endif %}",
            "{{ '}}' }} {% raw %}{{ x }}{% endraw %} tail",
            "{{ open",
            "é{{é}}",
        ] {
            let again: String = parts(source)
                .iter()
                .map(|part| match part {
                    Part::Text(text) => *text,
                    Part::Tag(tag) => tag.whole,
                })
                .collect();
            assert_eq!(again, source);
        }
        let texts: Vec<String> = tokens("a.b | join(', ') !== 1.5")
            .into_iter()
            .map(|t| t.text)
            .collect();
        let cut = ["a", ".", "b", "|", "join", "(", "', '", ")", "!==", "1.5"];
        assert_eq!(texts, cut);
    }
}
