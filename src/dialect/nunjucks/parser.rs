//! Statements: pieces to nodes.

use super::{
    super::SyntaxError,
    ast::{Expr, ExprKind, Loop, Macro, Node},
    expression::Expressions,
    lexer::{Piece, Token, pieces},
};
use std::{ops::Range, sync::Arc};

/// Deepest nesting of statements.
const MAX_DEPTH: usize = 100;

pub(super) fn parse(source: &str) -> Result<Vec<Node>, SyntaxError> {
    let mut parser = Parser {
        pieces: pieces(source)?,
        at: 0,
        loops: 0,
        depth: 0,
        end: source.len(),
    };
    let nodes = parser.nodes(&[])?;
    Ok(nodes)
}

struct Parser {
    pieces: Vec<Piece>,
    at: usize,
    loops: usize,
    depth: usize,
    end: usize,
}

/// The tag at hand.
struct Open {
    tokens: Vec<Token>,
    range: Range<usize>,
}

impl Open {
    fn word(&self) -> &str {
        self.tokens.first().and_then(Token::word).unwrap_or("")
    }

    /// What is behind the tag's word.
    fn rest(&self) -> Expressions<'_> {
        Expressions::new(&self.tokens[1..], self.range.end)
    }
}

impl Parser {
    /// Nodes up to a tag with one of these words, which is the next piece then.
    fn nodes(&mut self, until: &[&str]) -> Result<Vec<Node>, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::new(self.place(), "tags are nested too deep"));
        }
        let mut all = Vec::new();
        while let Some(piece) = self.pieces.get(self.at) {
            match piece {
                Piece::Text { range } => {
                    all.push(Node::Text(range.clone()));
                    self.at += 1;
                }
                Piece::Tag {
                    block: false,
                    tokens,
                    range,
                } => {
                    let mut inside = Expressions::new(tokens, range.end);
                    let value = inside.whole()?;
                    all.push(Node::Print(value, range.clone()));
                    self.at += 1;
                }
                Piece::Tag { tokens, .. } => {
                    let word = tokens.first().and_then(Token::word).unwrap_or("");
                    if until.contains(&word) {
                        break;
                    }
                    let open = self.take()?;
                    self.statement(&open, &mut all)?;
                }
            }
        }
        self.depth -= 1;
        Ok(all)
    }

    fn place(&self) -> usize {
        match self.pieces.get(self.at) {
            Some(Piece::Text { range } | Piece::Tag { range, .. }) => range.start,
            None => self.end,
        }
    }

    /// The tag that is next.
    fn take(&mut self) -> Result<Open, SyntaxError> {
        let place = self.place();
        match self.pieces.get_mut(self.at) {
            Some(Piece::Tag { tokens, range, .. }) => {
                self.at += 1;
                Ok(Open {
                    tokens: std::mem::take(tokens),
                    range: range.clone(),
                })
            }
            _ => Err(SyntaxError::new(place, "a block is not closed")),
        }
    }

    /// Nodes up to the end tag, which is taken.
    fn body(&mut self, end: &str) -> Result<Vec<Node>, SyntaxError> {
        let nodes = self.nodes(&[end])?;
        self.close(end)?;
        Ok(nodes)
    }

    fn close(&mut self, end: &str) -> Result<(), SyntaxError> {
        let place = self.place();
        let open = self.take()?;
        if open.word() != end {
            return Err(SyntaxError::new(place, format!("`{end}` is missing")));
        }
        Ok(())
    }

    fn statement(&mut self, open: &Open, all: &mut Vec<Node>) -> Result<(), SyntaxError> {
        let node = match open.word() {
            "if" | "ifAsync" => self.branches(open)?,
            "for" => self.repeat(open, "endfor")?,
            "asyncEach" => self.repeat(open, "endeach")?,
            "asyncAll" => self.repeat(open, "endall")?,
            "set" => self.set(open)?,
            "macro" => {
                let mut rest = open.rest();
                let name = rest.tokens.name()?;
                let (names, defaults) = rest.signature()?;
                rest.tokens.end()?;
                let body = self.body("endmacro")?;
                Node::Macro(Arc::new(Macro {
                    name,
                    names,
                    defaults,
                    body,
                }))
            }
            "call" => {
                let mut rest = open.rest();
                let (names, defaults) = match rest.tokens.is_mark("(") {
                    true => rest.signature()?,
                    false => Default::default(),
                };
                let mut call = rest.primary()?;
                rest.tokens.end()?;
                let body = self.body("endcall")?;
                let caller = Macro {
                    name: "caller".into(),
                    names,
                    defaults,
                    body,
                };
                let ExprKind::Call(_, arguments) = &mut call.kind else {
                    return Err(SyntaxError::new(open.range.start, "`call` needs a macro"));
                };
                let at = open.range.clone();
                let caller = Expr {
                    kind: ExprKind::Caller(Arc::new(caller)),
                    at,
                };
                arguments.named.push(("caller".into(), caller));
                Node::Print(call, open.range.clone())
            }
            "filter" => {
                let mut rest = open.rest();
                let (name, mut arguments) = rest.filter()?;
                rest.tokens.end()?;
                let body = self.body("endfilter")?;
                let body = Expr {
                    kind: ExprKind::Capture(body),
                    at: open.range.clone(),
                };
                arguments.values.insert(0, body);
                let kind = ExprKind::Filter(name, arguments);
                Node::Print(
                    Expr {
                        kind,
                        at: open.range.clone(),
                    },
                    open.range.clone(),
                )
            }
            "switch" => self.switch(open)?,
            "block" => {
                let mut rest = open.rest();
                rest.tokens.name()?;
                rest.tokens.end()?;
                let body = self.nodes(&["endblock"])?;
                self.take()?;
                Node::Scope(body)
            }
            word @ ("include" | "import" | "from" | "extends") => {
                return Err(SyntaxError::new(
                    open.range.start,
                    format!(
                        "`{word}` is not supported in this dialect: write the text of the other template in its place"
                    ),
                ));
            }
            word => {
                return Err(SyntaxError::new(
                    open.range.start,
                    format!("unknown tag `{word}`"),
                ));
            }
        };
        all.push(node);
        Ok(())
    }

    fn branches(&mut self, open: &Open) -> Result<Node, SyntaxError> {
        let condition = open.rest().whole()?;
        let words = ["elif", "elseif", "else", "endif"];
        let mut all = vec![(condition, self.nodes(&words)?)];
        loop {
            let next = self.take()?;
            match next.word() {
                "elif" | "elseif" => {
                    let condition = next.rest().whole()?;
                    all.push((condition, self.nodes(&words)?));
                }
                "else" => {
                    let otherwise = self.body("endif")?;
                    return Ok(Node::If(all, otherwise));
                }
                _ => return Ok(Node::If(all, Vec::new())),
            }
        }
    }

    fn repeat(&mut self, open: &Open, end: &str) -> Result<Node, SyntaxError> {
        let mut rest = open.rest();
        let mut names = vec![rest.tokens.name()?];
        while rest.tokens.skip(",") {
            names.push(rest.tokens.name()?);
        }
        rest.tokens.keyword("in")?;
        let over = rest.whole()?;
        self.loops += 1;
        let id = self.loops;
        let body = self.nodes(&[end, "else"])?;
        let next = self.take()?;
        let otherwise = match next.word() {
            "else" => self.body(end)?,
            _ => Vec::new(),
        };
        Ok(Node::For(Box::new(Loop {
            id,
            unpacks: names.len() > 1,
            names,
            over,
            body,
            otherwise,
        })))
    }

    fn set(&mut self, open: &Open) -> Result<Node, SyntaxError> {
        let mut rest = open.rest();
        let mut names = vec![rest.tokens.name()?];
        while rest.tokens.skip(",") {
            names.push(rest.tokens.name()?);
        }
        if rest.tokens.skip("=") {
            return Ok(Node::Set(names, rest.whole()?));
        }
        rest.tokens.end()?;
        let body = self.body("endset")?;
        let body = Expr {
            kind: ExprKind::Capture(body),
            at: open.range.clone(),
        };
        Ok(Node::Set(names, body))
    }

    fn switch(&mut self, open: &Open) -> Result<Node, SyntaxError> {
        let subject = open.rest().whole()?;
        // Nothing before the first case is printed.
        self.nodes(&["case", "default", "endswitch"])?;
        let mut cases = Vec::new();
        loop {
            let next = self.take()?;
            match next.word() {
                "case" => {
                    let value = next.rest().whole()?;
                    cases.push((value, self.nodes(&["case", "default", "endswitch"])?));
                }
                "default" if !cases.is_empty() => {
                    let otherwise = self.body("endswitch")?;
                    return Ok(Node::Switch(subject, cases, otherwise));
                }
                "endswitch" if !cases.is_empty() => {
                    return Ok(Node::Switch(subject, cases, Vec::new()));
                }
                _ => {
                    return Err(SyntaxError::new(
                        next.range.start,
                        "`switch` needs a `case`",
                    ));
                }
            }
        }
    }
}
