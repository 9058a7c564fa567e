//! The text of a Nunjucks template cut into text and tags, and tags into tokens; white space is trimmed where a tag asks for it.

use super::super::{SyntaxError, number::is_space};
use std::ops::Range;

/// A piece of a template.
#[derive(Debug)]
pub(super) enum Piece {
    /// Text as it is written, without what tags beside it trim.
    Text { range: Range<usize> },
    /// `{{ … }}` or `{% … %}`.
    Tag {
        block: bool,
        tokens: Vec<Token>,
        range: Range<usize>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Word,
    Regex,
    /// Brackets, commas and operators.
    Mark,
}

#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// A text without its quotes, anything else as written.
    pub(super) text: String,
    pub(super) at: Range<usize>,
}

impl Token {
    pub(super) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    pub(super) fn word(&self) -> Option<&str> {
        (self.kind == Kind::Word).then_some(&*self.text)
    }
}

const DELIMITERS: &str = "()[]{}%*-+~/#,:|.<>=!";

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\r' | '\u{a0}')
}

/// Cut a template into its pieces.
pub(super) fn pieces(source: &str) -> Result<Vec<Piece>, SyntaxError> {
    let mut all = Vec::new();
    let mut at = 0;
    // The last tag ends in a dash: white space behind it goes.
    let mut trim = false;
    while at < source.len() {
        let rest = &source[at..];
        if rest.starts_with("{#") {
            let Some(end) = rest.find("#}").filter(|end| *end >= 2) else {
                return Err(SyntaxError::new(at, "a comment is not closed"));
            };
            trim = rest[..end].ends_with('-');
            at += end + 2;
        } else if rest.starts_with("{%") || rest.starts_with("{{") {
            let block = rest.starts_with("{%");
            let open = if rest[2..].starts_with('-') { 3 } else { 2 };
            let tag = tag(source, at + open, at)?;
            if block != tag.block {
                let close = if block { "%}" } else { "}}" };
                return Err(SyntaxError::new(
                    at,
                    format!("the tag does not end in `{close}`"),
                ));
            }
            trim = tag.trim;
            let raw = tag.tokens.first().and_then(Token::word).map(str::to_owned);
            let end = tag.end;
            match raw.filter(|word| block && (word == "raw" || word == "verbatim")) {
                Some(word) => {
                    at = raw_end(source, end, &word, &mut all);
                }
                None => {
                    all.push(Piece::Tag {
                        block,
                        tokens: tag.tokens,
                        range: at..end,
                    });
                    at = end;
                }
            }
        } else {
            let next = ["{%", "{{", "{#"]
                .iter()
                .filter_map(|open| rest.find(open))
                .min();
            let end = at + next.unwrap_or(rest.len());
            if let Some(close) = source[at..end].find("#}") {
                return Err(SyntaxError::new(at + close, "`#}` closes no comment"));
            }
            let mut range = at..end;
            if trim {
                let text = &source[range.clone()];
                range.start = end - text.trim_start_matches(is_space).len();
            }
            let dash = source.as_bytes().get(end + 2) == Some(&b'-');
            if dash {
                range.end = range.start + source[range.clone()].trim_end_matches(is_space).len();
            }
            trim = false;
            if !range.is_empty() {
                all.push(Piece::Text { range });
            }
            at = end;
        }
    }
    Ok(all)
}

/// Keep what is inside a raw block that begins here; where the template goes on.
fn raw_end(source: &str, from: usize, word: &str, all: &mut Vec<Piece>) -> usize {
    let mut level = 1;
    let mut at = from;
    while let Some(found) = source[at..].find("{%") {
        let start = at + found;
        let inside = source[start + 2..].trim_start_matches(is_space);
        let end = inside
            .strip_prefix("end")
            .and_then(|rest| rest.strip_prefix(word));
        let open = inside.strip_prefix(word);
        let closed = |rest: &str| rest.trim_start_matches(is_space).starts_with("%}");
        let length = |rest: &str| {
            let rest = rest.trim_start_matches(is_space);
            source.len() - rest.len() + 2
        };
        if let Some(rest) = end.filter(|rest| closed(rest)) {
            level -= 1;
            if level == 0 {
                if from < start {
                    all.push(Piece::Text { range: from..start });
                }
                return length(rest);
            }
            at = length(rest);
        } else if let Some(rest) = open.filter(|rest| closed(rest)) {
            level += 1;
            at = length(rest);
        } else {
            at = start + 2;
        }
    }
    // Nothing closes it: the tag counts for nothing.
    from
}

struct Tag {
    block: bool,
    tokens: Vec<Token>,
    trim: bool,
    end: usize,
}

fn tag(source: &str, from: usize, open: usize) -> Result<Tag, SyntaxError> {
    let mut tokens = Vec::new();
    let mut at = from;
    loop {
        let rest = &source[at..];
        let Some(c) = rest.chars().next() else {
            return Err(SyntaxError::new(open, "the tag is not closed"));
        };
        if is_blank(c) {
            at += c.len_utf8();
            continue;
        }
        for (close, block, trim) in [
            ("%}", true, false),
            ("-%}", true, true),
            ("}}", false, false),
            ("-}}", false, true),
        ] {
            if rest.starts_with(close) && c != '"' && c != '\'' {
                let end = at + close.len();
                return Ok(Tag {
                    block,
                    tokens,
                    trim,
                    end,
                });
            }
        }
        let token = token(rest, c, at);
        at = token.at.end;
        tokens.push(token);
    }
}

fn token(rest: &str, c: char, at: usize) -> Token {
    let make = |kind, text: &str, length: usize| Token {
        kind,
        text: text.to_owned(),
        at: at..at + length,
    };
    if c == '"' || c == '\'' {
        let (text, length) = string(rest, c);
        return make(Kind::Text, &text, length);
    }
    if rest.starts_with("r/") {
        let mut end = rest.len();
        let mut before = ' ';
        for (n, c) in rest.char_indices().skip(2) {
            if c == '/' && before != '\\' {
                end = n + 1;
                break;
            }
            before = c;
        }
        let flags = rest[end..]
            .chars()
            .take_while(|c| "gimy".contains(*c))
            .count();
        return make(Kind::Regex, &rest[..end + flags], end + flags);
    }
    if DELIMITERS.contains(c) {
        const LONG: [&str; 8] = ["===", "!==", "==", "!=", "<=", ">=", "//", "**"];
        let mark = LONG.into_iter().find(|mark| rest.starts_with(mark));
        let mark = mark.unwrap_or(&rest[..c.len_utf8()]);
        return make(Kind::Mark, mark, mark.len());
    }
    let end = rest
        .find(|c| is_blank(c) || DELIMITERS.contains(c))
        .unwrap_or(rest.len());
    let word = &rest[..end];
    if word.bytes().all(|b| b.is_ascii_digit()) {
        let mut end = end;
        if rest[end..].starts_with('.') {
            end += 1;
            end += rest[end..].bytes().take_while(u8::is_ascii_digit).count();
        }
        return make(Kind::Number, &rest[..end], end);
    }
    make(Kind::Word, word, end)
}

fn string(rest: &str, quote: char) -> (String, usize) {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, 'r')) => text.push('\r'),
                Some((_, other)) => text.push(other),
                None => {}
            },
            c if c == quote => return (text, at + 1),
            c => text.push(c),
        }
    }
    (text, rest.len())
}
