//! A parsed template of Mustache, and what stands where in it.

use super::{
    super::{Failure, Host, Meter, Output, SyntaxError, survey::Survey},
    eval,
    parser::{self, Delimiters, Token},
    survey::survey,
};
use std::ops::Range;

#[derive(Debug)]
pub(in crate::dialect) struct Template {
    tokens: Vec<Token>,
    delimiters: Vec<Delimiters>,
}

impl Template {
    pub(in crate::dialect) fn parse(source: &str) -> Result<Template, SyntaxError> {
        let (tokens, delimiters) = parser::parse(source)?;
        Ok(Template { tokens, delimiters })
    }

    pub(in crate::dialect) fn is_plain(&self, functions: &[&str]) -> bool {
        self.tokens.iter().all(|token| match token {
            Token::Text(_) | Token::Variable { .. } => true,
            Token::Role { .. } => functions.contains(&"role"),
            _ => false,
        })
    }

    pub(in crate::dialect) fn survey(&self) -> Survey {
        survey(&self.tokens)
    }

    pub(in crate::dialect) fn render(
        &self,
        source: &str,
        host: &dyn Host,
        meter: Meter,
    ) -> Result<Output, Failure> {
        eval::render(&self.tokens, source, host, meter)
    }
}

/// What stands where in a Mustache template: text between tags, and the delimiters of tags from where on.
#[derive(Debug, Default)]
pub(crate) struct MustacheText {
    pub(crate) texts: Vec<Range<usize>>,
    pub(crate) delimiters: Vec<Delimiters>,
    /// Tags that name a partial.
    pub(crate) partials: Vec<Range<usize>>,
    /// Tags that begin a message, which Mustache does not have.
    pub(crate) roles: Vec<Range<usize>>,
}

impl MustacheText {
    pub(crate) fn parse(source: &str) -> Result<MustacheText, SyntaxError> {
        let template = Template::parse(source)?;
        let mut text = MustacheText {
            delimiters: template.delimiters,
            ..MustacheText::default()
        };
        for token in template.tokens {
            match token {
                Token::Text(range) => text.texts.push(range),
                Token::Partial { range, .. } => text.partials.push(range),
                Token::Role { range, .. } => text.roles.push(range),
                _ => {}
            }
        }
        Ok(text)
    }
}
