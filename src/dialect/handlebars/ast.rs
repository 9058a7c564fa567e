//! A parsed template of Handlebars.

use std::ops::Range;

/// A template, or what stands in a block.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) body: Vec<Node>,
    /// Names of a block's item and key: `as |item key|`.
    pub(super) names: Vec<String>,
    /// It is the rest of a chain `{{else if …}}`.
    pub(super) chained: bool,
}

/// The tildes of a tag: white space before and behind it goes.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Strip {
    pub(super) open: bool,
    pub(super) close: bool,
}

#[derive(Debug)]
pub(super) enum Node {
    Content(Content),
    Mustache {
        call: Call,
        strip: Strip,
        range: Range<usize>,
    },
    /// A comment, or a partial that is not supported.
    Nothing {
        strip: Strip,
        partial: Option<Range<usize>>,
    },
    Block(Box<Block>),
}

impl Node {
    /// Whether it is text, or prints a name or a field as it is; `functions` may be called with plain arguments.
    pub(super) fn is_plain(&self, functions: &[&str]) -> bool {
        match self {
            Node::Content(_) | Node::Nothing { .. } => true,
            Node::Mustache { call, .. } => {
                let is_function = (call.target.simple()).is_some_and(|n| functions.contains(&n));
                let is_call = |value: &Value| matches!(value, Value::Call(_));
                call.named.is_empty()
                    && (call.values.is_empty() || is_function)
                    && !call.values.iter().any(is_call)
            }
            Node::Block(_) => false,
        }
    }
}

/// Text as it is written, and what is left of it when tags have trimmed it.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) range: Range<usize>,
    pub(super) left: Range<usize>,
    pub(super) start_is_stripped: bool,
    pub(super) end_is_stripped: bool,
}

#[derive(Debug)]
pub(super) struct Block {
    pub(super) call: Call,
    pub(super) program: Option<Program>,
    pub(super) inverse: Option<Program>,
    pub(super) open: Strip,
    pub(super) middle: Strip,
    pub(super) close: Strip,
}

/// A helper or value with its parameters.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) target: Path,
    pub(super) values: Vec<Value>,
    pub(super) named: Vec<(String, Value)>,
    pub(super) at: usize,
}

#[derive(Debug)]
pub(super) enum Value {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    Path(Path),
    Call(Box<Call>),
}

/// `../a.b`, `@index`, `this`.
#[derive(Debug, Default)]
pub(super) struct Path {
    pub(super) parts: Vec<String>,
    /// How many contexts further out it begins.
    pub(super) depth: usize,
    /// It begins with `@`.
    pub(super) is_data: bool,
    /// It begins with `this`, `.` or `..`.
    pub(super) is_scoped: bool,
}

impl Path {
    /// The name, where it is one alone.
    pub(super) fn simple(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [name] if self.depth == 0 && !self.is_scoped && !self.is_data => Some(name),
            _ => None,
        }
    }
}

/// Helpers that Handlebars has itself, and those of Dotprompt.
pub(super) const HELPERS: [&str; 14] = [
    "helperMissing",
    "blockHelperMissing",
    "each",
    "if",
    "unless",
    "with",
    "log",
    "lookup",
    "history",
    "ifEquals",
    "json",
    "media",
    "role",
    "unlessEquals",
];

pub(super) fn is_helper(name: &str) -> bool {
    HELPERS.contains(&name) || name == "section"
}
