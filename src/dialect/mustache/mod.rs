//! Mustache as Prompty 2 runs it: chevron 0.14, a renderer of Python. Values print as Python prints them, and what is not in three
//! braces is escaped for HTML.
//!
//! chevron runs a flat list of tags over a stack of scopes. It is followed here step by step, oddities too: what differs from the
//! specification of Mustache is sent as chevron sends it.

mod eval;
mod parser;
mod python;
mod scope;
mod survey;

use super::{Failure, Host, Meter, MustacheText, Output, SyntaxError, survey::Survey};
use parser::Token;
pub(crate) use python::{
    float_text, is_space as is_python_space, is_true_in_python, text as python_text,
};

/// A parsed template.
#[derive(Debug)]
pub(super) struct Template {
    tokens: Vec<Token>,
    delimiters: Vec<Delimiters>,
}

/// The delimiters of tags, and the byte from which they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delimiters {
    pub(crate) from: usize,
    pub(crate) left: String,
    pub(crate) right: String,
}

impl Template {
    pub(super) fn parse(source: &str) -> Result<Template, SyntaxError> {
        parser::parse(source)
    }

    pub(super) fn is_plain(&self, functions: &[&str]) -> bool {
        self.tokens.iter().all(|token| match token {
            Token::Text(_) | Token::Variable { .. } => true,
            Token::Role { .. } => functions.contains(&"role"),
            _ => false,
        })
    }

    pub(super) fn survey(&self) -> Survey {
        survey::survey(&self.tokens)
    }

    pub(super) fn render(
        &self,
        source: &str,
        host: &dyn Host,
        meter: Meter,
    ) -> Result<Output, Failure> {
        eval::render(&self.tokens, source, host, meter)
    }

    pub(super) fn text(&self) -> MustacheText {
        let mut text = MustacheText {
            delimiters: self.delimiters.clone(),
            ..MustacheText::default()
        };
        for token in &self.tokens {
            match token {
                Token::Text(range) => text.texts.push(range.clone()),
                Token::Partial { range, .. } => text.partials.push(range.clone()),
                Token::Role { range, .. } => text.roles.push(range.clone()),
                _ => {}
            }
        }
        text
    }
}
