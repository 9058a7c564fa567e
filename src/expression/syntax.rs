//! An expression as a tree, with the place of each part.

use super::arguments::Argument;
use std::ops::Range;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExprKind {
    /// One with `%` is a share already.
    Number(f64),
    /// A text in quotes.
    Text(String),
    /// A regular expression between slashes, without them.
    Pattern(String),
    Named(Named),
    Negative(Box<Expr>),
    Not(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
}

/// `score(plain, language = "de").low@openai/gpt-4.1-mini`
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// What is between the brackets, part by part.
    pub(crate) parts: Vec<Argument>,
    pub(crate) arguments: Vec<String>,
    /// Arguments with a name: a column and one of its values.
    pub(crate) slices: Vec<(String, String)>,
    pub(crate) fields: Vec<String>,
    pub(crate) model: Option<String>,
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Or,
    And,
    AtLeast,
    AtMost,
    Above,
    Below,
    Equal,
    Unequal,
    Contains,
    Matches,
    Plus,
    Minus,
    Times,
    Over,
}

impl Op {
    /// Whether both sides are conditions.
    pub(crate) fn is_logic(self) -> bool {
        matches!(self, Op::Or | Op::And)
    }

    /// Whether it makes a condition of two values.
    pub(crate) fn compares(self) -> bool {
        !self.is_logic() && !matches!(self, Op::Plus | Op::Minus | Op::Times | Op::Over)
    }
}

impl Named {
    /// At which character of an expression a part of this name stands, from 1. `span`: the bytes of the whole name.
    pub(crate) fn place_of(&self, part: &str, text: &str, span: &Range<usize>) -> usize {
        let argument = (self.parts.iter()).find(|argument| argument.text == part);
        let start = match argument {
            _ if self.name == part => span.start,
            Some(argument) => argument.span.start,
            // A field, a model or a value of a slice: the last of what is equal.
            None => text
                .get(span.clone())
                .and_then(|all| all.rfind(part))
                .map_or(span.start, |at| span.start + at),
        };
        text.get(..start).unwrap_or(text).chars().count() + 1
    }
}

impl Expr {
    /// The same with other names.
    pub(crate) fn try_map<E>(
        &self,
        map: &impl Fn(&Named, &Range<usize>) -> Result<Named, E>,
    ) -> Result<Expr, E> {
        let boxed = |e: &Expr| Ok(Box::new(e.try_map(map)?));
        let kind = match &self.kind {
            ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Pattern(_) => self.kind.clone(),
            ExprKind::Named(named) => ExprKind::Named(map(named, &self.span)?),
            ExprKind::Negative(e) => ExprKind::Negative(boxed(e)?),
            ExprKind::Not(e) => ExprKind::Not(boxed(e)?),
            ExprKind::Binary(op, a, b) => ExprKind::Binary(*op, boxed(a)?, boxed(b)?),
        };
        Ok(Expr {
            kind,
            span: self.span.clone(),
        })
    }

    /// Every name in it.
    pub(crate) fn names<'a>(&'a self, into: &mut Vec<&'a Named>) {
        match &self.kind {
            ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Pattern(_) => {}
            ExprKind::Named(named) => into.push(named),
            ExprKind::Negative(e) | ExprKind::Not(e) => e.names(into),
            ExprKind::Binary(_, a, b) => {
                a.names(into);
                b.names(into);
            }
        }
    }
}
