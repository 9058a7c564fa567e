//! A parsed template. Expressions are what the JavaScript that Nunjucks makes of a template means, with its precedence.

use std::{ops::Range, sync::Arc};

#[derive(Debug)]
pub(super) enum Node {
    /// Text as it is written.
    Text(Range<usize>),
    /// `{{ value }}`.
    Print(Expr, Range<usize>),
    If(Vec<(Expr, Vec<Node>)>, Vec<Node>),
    For(Box<Loop>),
    Set(Vec<String>, Expr),
    Macro(Arc<Macro>),
    /// `{% block %}`: a part that sees the names around it and keeps its own.
    Scope(Vec<Node>),
    Switch(Expr, Vec<(Expr, Vec<Node>)>, Vec<Node>),
}

#[derive(Debug)]
pub(super) struct Loop {
    /// Which loop of the template it is.
    pub(super) id: usize,
    pub(super) names: Vec<String>,
    /// The names are written with a comma: pairs, or keys and values.
    pub(super) unpacks: bool,
    pub(super) over: Expr,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Vec<Node>,
}

#[derive(Debug)]
pub(super) struct Macro {
    pub(super) name: String,
    pub(super) names: Vec<String>,
    pub(super) defaults: Vec<(String, Expr)>,
    pub(super) body: Vec<Node>,
}

#[derive(Debug)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) at: Range<usize>,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Name(String),
    List(Vec<Expr>),
    Dict(Vec<(String, Expr)>),
    /// The last of several values in parentheses.
    Last(Vec<Expr>),
    Member(Box<Expr>, Box<Expr>),
    Call(Box<Expr>, Arguments),
    Filter(String, Arguments),
    Test(String, Arguments),
    /// What nodes print, as a text.
    Capture(Vec<Node>),
    /// The body of `{% call %}`.
    Caller(Arc<Macro>),
    If(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    In(Box<Expr>, Box<Expr>),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    Floor(Box<Expr>),
    Power(Box<Expr>, Box<Expr>),
}

impl Node {
    /// Whether it is text, or prints a name or a field as it is; such a name may be called if it is one of `functions`, but not
    /// within the arguments of a call, where what it makes need not be printed.
    pub(super) fn is_plain(&self, functions: &[&str]) -> bool {
        match self {
            Node::Text(_) => true,
            Node::Print(value, _) => value.is_plain(functions),
            _ => false,
        }
    }
}

impl Expr {
    fn is_plain(&self, functions: &[&str]) -> bool {
        match &self.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) => true,
            ExprKind::Text(_) | ExprKind::Name(_) => true,
            ExprKind::Member(of, field) => of.is_plain(functions) && field.is_plain(functions),
            ExprKind::Call(callee, arguments) => {
                matches!(&callee.kind, ExprKind::Name(name) if functions.contains(&name.as_str()))
                    && arguments.all().all(|value| value.is_plain(&[]))
            }
            _ => false,
        }
    }
}

/// Arguments by position, then those by name.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) values: Vec<Expr>,
    pub(super) named: Vec<(String, Expr)>,
}

impl Arguments {
    fn all(&self) -> impl Iterator<Item = &Expr> {
        let named = self.named.iter().map(|(_, value)| value);
        self.values.iter().chain(named)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Not,
    Minus,
    Plus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Is,
    IsNot,
    Less,
    Greater,
    LessEqual,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Binary {
    /// How tightly JavaScript binds it.
    pub(super) fn precedence(self) -> u8 {
        match self {
            Binary::Or => 1,
            Binary::And => 2,
            Binary::Equal | Binary::NotEqual | Binary::Is | Binary::IsNot => 3,
            Binary::Less | Binary::Greater | Binary::LessEqual | Binary::GreaterEqual => 4,
            Binary::Add | Binary::Subtract => 5,
            Binary::Multiply | Binary::Divide | Binary::Remainder => 6,
        }
    }
}
