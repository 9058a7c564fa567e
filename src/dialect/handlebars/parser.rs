//! The text of a template to nodes.

use super::{
    super::SyntaxError,
    ast::{Block, Content, Node, Program, Strip},
    expression::Inside,
};
use std::ops::Range;

/// Deepest nesting of blocks.
const MAX_DEPTH: usize = 100;

pub(super) fn parse(source: &str) -> Result<Program, SyntaxError> {
    let mut parser = Parser {
        source,
        pieces: pieces(source)?,
        at: 0,
        depth: 0,
    };
    let program = parser.program()?;
    match parser.peek() {
        None => Ok(program),
        Some(Piece::Tag(tag)) => Err(SyntaxError::new(tag.range.start, "nothing is open here")),
        Some(Piece::Text(range)) => Err(SyntaxError::new(range.start, "nothing is open here")),
    }
}

#[derive(Debug, Clone)]
enum Piece {
    Text(Range<usize>),
    Tag(Tag),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Value,
    Comment,
    Partial,
    Open,
    OpenInverse,
    Else,
    Close,
}

#[derive(Debug, Clone)]
struct Tag {
    kind: Kind,
    strip: Strip,
    /// What stands in it, without its marks.
    inside: Range<usize>,
    range: Range<usize>,
}

fn pieces(source: &str) -> Result<Vec<Piece>, SyntaxError> {
    let mut all = Vec::new();
    let mut at = 0;
    let text = |all: &mut Vec<Piece>, range: Range<usize>| {
        if !range.is_empty() {
            all.push(Piece::Text(range));
        }
    };
    while at < source.len() {
        let Some(found) = source[at..].find("{{") else {
            text(&mut all, at..source.len());
            break;
        };
        let open = at + found;
        let before = &source[at..open];
        if before.ends_with("\\\\") {
            text(&mut all, at..open - 1);
        } else if before.ends_with('\\') {
            // The tag is text, up to the next one.
            text(&mut all, at..open - 1);
            let rest = &source[open + 2..];
            let next = rest.find("{{").unwrap_or(rest.len());
            let escapes = rest[..next].bytes().rev().take_while(|b| *b == b'\\');
            let escapes = if next < rest.len() {
                escapes.take(2).count()
            } else {
                0
            };
            let end = open + 2 + next - escapes;
            text(&mut all, open..end);
            at = end;
            continue;
        } else {
            text(&mut all, at..open);
        }
        let tag = tag(source, open)?;
        at = tag.range.end;
        all.push(Piece::Tag(tag));
    }
    Ok(all)
}

fn tag(source: &str, open: usize) -> Result<Tag, SyntaxError> {
    let fail = |message: &str| Err(SyntaxError::new(open, message));
    let rest = &source[open..];
    if rest.starts_with("{{{{") {
        return fail("raw blocks `{{{{` are not supported");
    }
    let braces = if rest.starts_with("{{{") || rest.starts_with("{{~{") {
        3
    } else {
        2
    };
    let tilde = rest[2..].starts_with('~');
    let mut from = open + 2 + usize::from(tilde);
    if braces == 3 {
        from += 1;
    }
    let inner = &source[from..];
    if inner.starts_with("!--") || inner.starts_with('!') {
        let long = inner.starts_with("!--");
        // A comment that begins with dashes ends with them.
        let end = if long {
            let mut dashes = inner.match_indices('-');
            dashes.find_map(|(end, _)| match &inner[end..] {
                rest if rest.starts_with("--}}") => Some((end, 4, false)),
                rest if rest.starts_with("--~}}") => Some((end, 5, true)),
                _ => None,
            })
        } else {
            inner
                .find("}}")
                .map(|end| (end, 2, inner[..end].ends_with('~')))
        };
        let Some((end, length, close)) = end else {
            return fail("a comment is not closed");
        };
        return Ok(Tag {
            kind: Kind::Comment,
            strip: Strip { open: tilde, close },
            inside: from..from + end,
            range: open..from + end + length,
        });
    }
    let close = if braces == 3 {
        ["}~}}", "}}}"]
    } else {
        ["~}}", "}}"]
    };
    let Some((end, mark)) = end_of(inner, &close) else {
        return fail("the tag is not closed");
    };
    let more = if braces == 2 { "}}}" } else { "}}}}" };
    if inner[end..].starts_with(more) {
        return fail("the tag is closed by too many braces: write a space before the last one");
    }
    let strip = Strip {
        open: tilde,
        close: mark.contains('~'),
    };
    let range = open..from + end + mark.len();
    let inside = |skip: usize| from + skip..from + end;
    let text = inner[..end].trim();
    let word = text.split_whitespace().next().unwrap_or("");
    let (kind, inside) = match inner.as_bytes().first() {
        _ if braces == 3 => (Kind::Value, inside(0)),
        Some(b'#') if matches!(inner.as_bytes().get(1), Some(b'>' | b'*')) => {
            return fail("blocks of partials and decorators are not supported");
        }
        Some(b'*') => return fail("decorators are not supported"),
        Some(b'#') => (Kind::Open, inside(1)),
        Some(b'/') => (Kind::Close, inside(1)),
        Some(b'>') => (Kind::Partial, inside(1)),
        Some(b'&') => (Kind::Value, inside(1)),
        Some(b'^') if text == "^" => (Kind::Else, inside(1)),
        Some(b'^') => (Kind::OpenInverse, inside(1)),
        _ if word == "else" => {
            let skip = inner.len() - inner.trim_start().len() + "else".len();
            (Kind::Else, inside(skip))
        }
        _ => (Kind::Value, inside(0)),
    };
    Ok(Tag {
        kind,
        strip,
        inside,
        range,
    })
}

/// Where a tag ends, texts and names in brackets left out.
fn end_of<'a>(text: &str, close: &[&'a str]) -> Option<(usize, &'a str)> {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match quote {
            Some(q) => {
                if c == q && before != '\\' {
                    quote = None;
                }
            }
            None => {
                if let Some(mark) = close.iter().find(|mark| text[at..].starts_with(**mark)) {
                    return Some((at, mark));
                }
                match c {
                    '"' | '\'' => quote = Some(c),
                    '[' => quote = Some(']'),
                    _ => {}
                }
            }
        }
        before = c;
    }
    None
}

struct Parser<'a> {
    source: &'a str,
    pieces: Vec<Piece>,
    at: usize,
    depth: usize,
}

/// What stands behind an `else`.
struct Inverse {
    strip: Strip,
    program: Program,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Piece> {
        self.pieces.get(self.at)
    }

    fn next_tag(&mut self) -> Option<Tag> {
        match self.pieces.get(self.at) {
            Some(Piece::Tag(tag)) => {
                self.at += 1;
                Some(tag.clone())
            }
            _ => None,
        }
    }

    fn program(&mut self) -> Result<Program, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::new(0, "blocks are nested too deep"));
        }
        let mut program = Program::default();
        while let Some(piece) = self.peek().cloned() {
            let tag = match piece {
                Piece::Text(range) => {
                    program.body.push(Node::Content(Content {
                        left: range.clone(),
                        range,
                        start_is_stripped: false,
                        end_is_stripped: false,
                    }));
                    self.at += 1;
                    continue;
                }
                Piece::Tag(tag) => tag,
            };
            match tag.kind {
                Kind::Else | Kind::Close => break,
                Kind::Comment => program.body.push(Node::Nothing {
                    strip: tag.strip,
                    partial: None,
                }),
                Kind::Partial => {
                    let partial = Some(tag.range.clone());
                    program.body.push(Node::Nothing {
                        strip: tag.strip,
                        partial,
                    });
                }
                Kind::Value => {
                    let (call, _) = self.inside(&tag).call()?;
                    program.body.push(Node::Mustache {
                        call,
                        strip: tag.strip,
                        range: tag.range,
                    });
                }
                Kind::Open | Kind::OpenInverse => {
                    self.at += 1;
                    let block = self.block(&tag)?;
                    program.body.push(Node::Block(Box::new(block)));
                    continue;
                }
            }
            self.at += 1;
        }
        self.depth -= 1;
        Ok(program)
    }

    fn inside(&self, tag: &Tag) -> Inside<'_> {
        Inside::new(&self.source[tag.inside.clone()], tag.inside.start)
    }

    /// The block whose opening tag was taken.
    fn block(&mut self, open: &Tag) -> Result<Block, SyntaxError> {
        let (call, names) = self.inside(open).call()?;
        let mut program = self.program()?;
        program.names = names;
        let inverse = self.inverse()?;
        let Some(close) = self.next_tag().filter(|tag| tag.kind == Kind::Close) else {
            return Err(SyntaxError::new(
                open.range.start,
                "the block is not closed",
            ));
        };
        let opened = self.source[open.inside.clone()]
            .split_whitespace()
            .next()
            .unwrap_or("");
        let closed = self.source[close.inside.clone()].trim();
        if opened != closed {
            let message = format!("`{opened}` is open, not `{closed}`");
            return Err(SyntaxError::new(close.range.start, message));
        }
        let mut block = Block {
            call,
            program: Some(program),
            inverse: None,
            open: open.strip,
            middle: Strip::default(),
            close: close.strip,
        };
        if let Some(mut inverse) = inverse {
            if inverse.program.chained
                && let Some(Node::Block(first)) = inverse.program.body.first_mut()
            {
                first.close = close.strip;
            }
            block.middle = inverse.strip;
            block.inverse = Some(inverse.program);
        }
        if open.kind == Kind::OpenInverse {
            std::mem::swap(&mut block.program, &mut block.inverse);
        }
        Ok(block)
    }

    /// What stands behind an `else`, with the rest of its chain.
    fn inverse(&mut self) -> Result<Option<Inverse>, SyntaxError> {
        let Some(Piece::Tag(tag)) = self.peek().cloned() else {
            return Ok(None);
        };
        if tag.kind != Kind::Else {
            return Ok(None);
        }
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::new(
                tag.range.start,
                "blocks are nested too deep",
            ));
        }
        let inverse = if self.source[tag.inside.clone()].trim().is_empty() {
            Inverse {
                strip: tag.strip,
                program: self.program()?,
            }
        } else {
            let (call, names) = self.inside(&tag).call()?;
            let mut program = self.program()?;
            program.names = names;
            let next = self.inverse()?;
            let mut block = Block {
                call,
                program: Some(program),
                inverse: None,
                open: tag.strip,
                middle: Strip::default(),
                close: next.as_ref().map(|next| next.strip).unwrap_or_default(),
            };
            if let Some(mut next) = next {
                if next.program.chained
                    && let Some(Node::Block(first)) = next.program.body.first_mut()
                {
                    first.close = next.strip;
                }
                block.middle = next.strip;
                block.inverse = Some(next.program);
            }
            let body = vec![Node::Block(Box::new(block))];
            let program = Program {
                body,
                chained: true,
                ..Program::default()
            };
            Inverse {
                strip: tag.strip,
                program,
            }
        };
        self.depth -= 1;
        Ok(Some(inverse))
    }
}
