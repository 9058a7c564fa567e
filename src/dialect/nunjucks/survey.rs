//! What a template looks at, and what in it this dialect does not have: read from its tree.

use super::{
    super::survey::Survey,
    ast::{Arguments, Expr, ExprKind, Macro, Node},
    filters,
    functions::{GLOBALS, is_method},
    tests,
};
use std::collections::HashSet;

pub(super) fn survey(nodes: &[Node]) -> Survey {
    let mut reader = Reader {
        found: Survey::default(),
        set: HashSet::new(),
    };
    reader.bind(nodes);
    reader.nodes(nodes);
    reader.found
}

struct Reader {
    found: Survey,
    /// Names that the template sets somewhere.
    set: HashSet<String>,
}

impl Reader {
    fn bind(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Set(names, _) => self.set.extend(names.iter().cloned()),
                Node::For(repeat) => {
                    self.set.extend(repeat.names.iter().cloned());
                    self.bind(&repeat.body);
                    self.bind(&repeat.otherwise);
                }
                Node::Macro(made) => {
                    self.set.insert(made.name.clone());
                    self.bind_macro(made);
                }
                Node::If(branches, otherwise) => {
                    branches.iter().for_each(|(_, body)| self.bind(body));
                    self.bind(otherwise);
                }
                Node::Scope(body) => self.bind(body),
                Node::Switch(_, cases, otherwise) => {
                    cases.iter().for_each(|(_, body)| self.bind(body));
                    self.bind(otherwise);
                }
                Node::Text(_) | Node::Print(..) => {}
            }
        }
    }

    fn bind_macro(&mut self, made: &Macro) {
        self.set.extend(made.names.iter().cloned());
        self.set
            .extend(made.defaults.iter().map(|(name, _)| name.clone()));
        self.bind(&made.body);
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Text(_) => {}
                Node::Print(value, _) => self.expr(value),
                Node::If(branches, otherwise) => {
                    for (condition, body) in branches {
                        self.expr(condition);
                        self.nodes(body);
                    }
                    self.nodes(otherwise);
                }
                Node::For(repeat) => {
                    self.expr(&repeat.over);
                    self.nodes(&repeat.body);
                    self.nodes(&repeat.otherwise);
                }
                Node::Set(_, value) => self.expr(value),
                Node::Macro(made) => self.made(made),
                Node::Scope(body) => self.nodes(body),
                Node::Switch(subject, cases, otherwise) => {
                    self.expr(subject);
                    for (case, body) in cases {
                        self.expr(case);
                        self.nodes(body);
                    }
                    self.nodes(otherwise);
                }
            }
        }
    }

    fn made(&mut self, made: &Macro) {
        made.defaults.iter().for_each(|(_, value)| self.expr(value));
        self.nodes(&made.body);
    }

    fn arguments(&mut self, arguments: &Arguments) {
        arguments.values.iter().for_each(|value| self.expr(value));
        arguments
            .named
            .iter()
            .for_each(|(_, value)| self.expr(value));
    }

    fn missing(&mut self, expr: &Expr, what: String, why: &str) {
        self.found.missing(expr.at.start, what, why);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) => {}
            ExprKind::Name(name) => self.found.name(name),
            ExprKind::List(items) | ExprKind::Last(items) => {
                items.iter().for_each(|item| self.expr(item));
            }
            ExprKind::Dict(entries) => entries.iter().for_each(|(_, value)| self.expr(value)),
            ExprKind::Member(value, key) => match path(expr) {
                Some(path) => self.found.name(&path),
                None => {
                    self.expr(value);
                    self.expr(key);
                }
            },
            ExprKind::Call(target, arguments) => {
                self.target(target);
                self.arguments(arguments);
            }
            ExprKind::Filter(name, arguments) => {
                if !filters::ALL.contains(&name.as_str()) {
                    let why = "the filter does not exist in this dialect";
                    self.missing(expr, format!("| {name}"), why);
                }
                if name == "random" {
                    self.found.draws = Some(expr.at.start);
                }
                self.arguments(arguments);
            }
            ExprKind::Test(name, arguments) => {
                if !tests::ALL.contains(&name.as_str()) {
                    self.missing(expr, format!("is {name}"), "unknown test");
                }
                self.arguments(arguments);
            }
            ExprKind::Capture(body) => self.nodes(body),
            ExprKind::Caller(made) => {
                self.bind_macro(made);
                self.made(made);
            }
            ExprKind::If(condition, value, otherwise) => {
                self.expr(condition);
                self.expr(value);
                otherwise.iter().for_each(|value| self.expr(value));
            }
            ExprKind::In(a, b) | ExprKind::Binary(_, a, b) | ExprKind::Power(a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Unary(_, value) | ExprKind::Floor(value) => self.expr(value),
        }
    }

    /// What is called.
    fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => {
                let known = GLOBALS.contains(&name.as_str())
                    || ["caller", "role", "field"].contains(&name.as_str())
                    || self.set.contains(name);
                if !known {
                    self.missing(target, format!("{name}(…)"), "unknown function");
                }
                self.found.name(name);
            }
            ExprKind::Member(value, key) => {
                if let ExprKind::Text(name) = &key.kind
                    && !is_method(name)
                {
                    self.missing(target, format!(".{name}(…)"), "unknown method");
                }
                self.expr(value);
            }
            _ => self.expr(target),
        }
    }
}

/// Names with dots between them, where an expression is that.
fn path(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Member(value, key) => match &key.kind {
            ExprKind::Text(name) => Some(format!("{}.{name}", path(value)?)),
            _ => None,
        },
        _ => None,
    }
}
