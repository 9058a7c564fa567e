//! Tags and the text between them, as chevron's tokenizer cuts them.

use super::{super::SyntaxError, python::is_space};
use regex::Regex;
use std::{collections::HashMap, ops::Range, sync::LazyLock};

/// Deepest nesting of sections.
const MAX_DEPTH: usize = 100;

/// What a tag names: `a.b`, or `.` for what the section around is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) text: String,
    /// Empty for `.`.
    pub(super) parts: Vec<String>,
}

impl Key {
    fn new(text: &str) -> Key {
        let parts = match text {
            "." => Vec::new(),
            text => text.split('.').map(str::to_owned).collect(),
        };
        Key {
            text: text.to_owned(),
            parts,
        }
    }

    pub(super) fn is_dot(&self) -> bool {
        self.parts.is_empty()
    }
}

#[derive(Debug)]
pub(super) enum Token {
    Text(Range<usize>),
    Variable {
        key: Key,
        escapes: bool,
        range: Range<usize>,
    },
    Section {
        key: Key,
        is_inverted: bool,
        /// The tag that ends a loop over its items.
        end: usize,
        at: usize,
    },
    End {
        at: usize,
    },
    Partial {
        name: String,
        range: Range<usize>,
    },
    /// `{{role "user"}}`: not of Mustache.
    Role {
        name: String,
        options: Vec<(String, String)>,
        range: Range<usize>,
    },
}

impl Token {
    /// Where it begins.
    pub(super) fn at(&self) -> usize {
        match self {
            Token::Text(range)
            | Token::Variable { range, .. }
            | Token::Partial { range, .. }
            | Token::Role { range, .. } => range.start,
            Token::Section { at, .. } | Token::End { at } => *at,
        }
    }
}

/// The kinds that decide what becomes of the line around a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Printed,
    Partial,
    Other,
}

static ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"^role\s+["'](\w+)["']((?:\s+\w+=(?:"[^"]*"|'[^']*'|\w+))*)$"#).ok()
});
static OPTION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(\w+)=["']?([^"'\s]*)"#).ok());

/// The delimiters of tags, and the byte from which they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delimiters {
    pub(crate) from: usize,
    pub(crate) left: String,
    pub(crate) right: String,
}

/// The tags and texts of a template, and its delimiters from where on.
pub(super) fn parse(source: &str) -> Result<(Vec<Token>, Vec<Delimiters>), SyntaxError> {
    let mut parser = Parser {
        source,
        tokens: Vec::new(),
        delimiters: vec![Delimiters {
            from: 0,
            left: "{{".into(),
            right: "}}".into(),
        }],
        left: "{{".into(),
        right: "}}".into(),
        open: Vec::new(),
    };
    parser.run()?;
    if let Some((name, at)) = parser.open.last() {
        return Err(SyntaxError::new(
            *at,
            format!("the section `{name}` is never closed"),
        ));
    }
    close_loops(&mut parser.tokens);
    Ok((parser.tokens, parser.delimiters))
}

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    delimiters: Vec<Delimiters>,
    left: String,
    right: String,
    /// Sections that are open, and where they begin.
    open: Vec<(String, usize)>,
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), SyntaxError> {
        let source = self.source;
        let mut at = 0;
        // Whether the tag at hand may stand on a line of its own.
        let mut is_alone = true;
        while at < source.len() {
            let tag = match self.left.is_empty() {
                true => None,
                false => source[at..].find(&self.left).map(|n| at + n),
            };
            let Some(tag) = tag else {
                self.text(at..source.len());
                break;
            };
            let mut literal = at..tag;
            let inside = tag + self.left.len();
            if inside == source.len() {
                // chevron takes the template for ended, without the braces.
                self.text(literal);
                break;
            }
            let before = &source[literal.clone()];
            let line = before.rsplit('\n').next().unwrap_or("");
            is_alone = (is_alone || before.contains('\n')) && line.chars().all(is_space);
            let Some(close) = source[inside..].find(&self.right).map(|n| inside + n) else {
                return Err(SyntaxError::new(tag, "a tag that is not closed"));
            };
            let end = close + self.right.len();
            let (kind, token, end) = self.tag(tag, inside..close, end)?;
            at = end;
            is_alone = is_alone && kind != Kind::Printed && {
                let line = source[at..].split('\n').next().unwrap_or("");
                line.chars().all(is_space)
            };
            if is_alone {
                at = source[at..].find('\n').map_or(at, |n| at + n + 1);
                if kind != Kind::Partial {
                    let kept = source[literal.clone()].trim_end_matches(' ').len();
                    literal.end = literal.start + kept;
                }
            }
            self.text(literal);
            self.tokens.extend(token);
        }
        Ok(())
    }

    fn text(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.tokens.push(Token::Text(range));
        }
    }

    /// A tag: its kind, what it is, and where it ends.
    fn tag(
        &mut self,
        at: usize,
        inside: Range<usize>,
        mut end: usize,
    ) -> Result<(Kind, Option<Token>, usize), SyntaxError> {
        let tag = &self.source[inside];
        let Some(first) = tag.chars().next() else {
            return Err(SyntaxError::new(at, "a tag without a name"));
        };
        let rest = &tag[first.len_utf8()..];
        let name = rest.trim_matches(is_space);
        let variable = |name: &str, escapes, end| Token::Variable {
            key: Key::new(name),
            escapes,
            range: at..end,
        };
        let (kind, token) = match first {
            '!' => (Kind::Other, None),
            '#' | '^' => {
                if self.open.len() == MAX_DEPTH {
                    return Err(SyntaxError::new(at, "sections are nested too deep"));
                }
                self.open.push((name.to_owned(), at));
                let section = Token::Section {
                    key: Key::new(name),
                    is_inverted: first == '^',
                    end: 0,
                    at,
                };
                (Kind::Other, Some(section))
            }
            '/' => {
                match self.open.pop() {
                    Some((open, _)) if open == name => {}
                    Some((open, _)) => {
                        let message = format!("`{name}` is closed, but `{open}` was opened last");
                        return Err(SyntaxError::new(at, message));
                    }
                    None => {
                        let message = format!("`{name}` is closed, but was not opened");
                        return Err(SyntaxError::new(at, message));
                    }
                }
                (Kind::Other, Some(Token::End { at }))
            }
            '>' => {
                let name = name.to_owned();
                let range = at..end;
                (Kind::Partial, Some(Token::Partial { name, range }))
            }
            '=' => {
                let Some(both) = rest.strip_suffix('=') else {
                    return Err(SyntaxError::new(at, "delimiters end with `=`"));
                };
                let both = both.trim_matches(is_space);
                self.left = both.split(' ').next().unwrap_or("").to_owned();
                self.right = both.rsplit(' ').next().unwrap_or("").to_owned();
                self.delimiters.push(Delimiters {
                    from: end,
                    left: self.left.clone(),
                    right: self.right.clone(),
                });
                (Kind::Other, None)
            }
            '{' => {
                let is_braces = self.left == "{{" && self.right == "}}";
                match is_braces && self.source[end..].starts_with('}') {
                    true => {
                        end += 1;
                        (Kind::Printed, Some(variable(name, false, end)))
                    }
                    // chevron prints nothing of it.
                    false => (Kind::Other, None),
                }
            }
            '&' => (Kind::Printed, Some(variable(name, false, end))),
            _ => {
                let name = tag.trim_matches(is_space);
                let token = match role(name) {
                    Some((name, options)) => Token::Role {
                        name,
                        options,
                        range: at..end,
                    },
                    None => variable(name, true, end),
                };
                (Kind::Printed, Some(token))
            }
        };
        Ok((kind, token, end))
    }
}

fn role(tag: &str) -> Option<(String, Vec<(String, String)>)> {
    let found = ROLE.as_ref()?.captures(tag)?;
    let options = OPTION.as_ref()?.captures_iter(found.get(2)?.as_str());
    let options = options.map(|option| (option[1].to_owned(), option[2].to_owned()));
    Some((found[1].to_owned(), options.collect()))
}

/// Find where a loop over each section ends. chevron counts sections of the same name, and takes the end of an inverted one for
/// its own.
fn close_loops(tokens: &mut [Token]) {
    /// What a tag does to sections of a name, by its number.
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Open(usize),
        Close(usize),
        Other,
    }
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut open = Vec::new();
    let mut marks = Vec::with_capacity(tokens.len());
    for token in tokens.iter() {
        marks.push(match token {
            Token::Section {
                key, is_inverted, ..
            } => {
                let next = names.len();
                let name = *names.entry(key.text.clone()).or_insert(next);
                open.push(name);
                match is_inverted {
                    true => Mark::Other,
                    false => Mark::Open(name),
                }
            }
            Token::End { .. } => open.pop().map_or(Mark::Other, Mark::Close),
            _ => Mark::Other,
        });
    }
    for (at, token) in tokens.iter_mut().enumerate() {
        if let (Token::Section { end, .. }, Mark::Open(own)) = (token, marks[at]) {
            let mut inner = 0usize;
            let found = marks[at + 1..].iter().position(|mark| {
                if *mark == Mark::Open(own) {
                    inner += 1;
                } else if *mark == Mark::Close(own) {
                    if inner == 0 {
                        return true;
                    }
                    inner -= 1;
                }
                false
            });
            *end = found.map_or(marks.len(), |n| at + 1 + n);
        }
    }
}
