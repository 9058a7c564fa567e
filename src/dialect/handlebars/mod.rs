//! Handlebars 4 as Dotprompt configures it: nothing is escaped, only its own helpers are known.

mod ast;
mod eval;
mod expression;
mod parser;
mod survey;
mod whitespace;

use super::{Failure, Host, Meter, Output, SyntaxError, survey::Survey};
use ast::Program;

/// A parsed template.
#[derive(Debug)]
pub(super) struct Template {
    program: Program,
}

impl Template {
    pub(super) fn parse(source: &str) -> Result<Template, SyntaxError> {
        let mut program = parser::parse(source)?;
        whitespace::strip(&mut program, source);
        Ok(Template { program })
    }

    pub(super) fn is_plain(&self, functions: &[&str]) -> bool {
        let body = &self.program.body;
        body.iter().all(|node| node.is_plain(functions))
    }

    pub(super) fn survey(&self) -> Survey {
        survey::survey(&self.program)
    }

    pub(super) fn render(
        &self,
        source: &str,
        host: &dyn Host,
        meter: Meter,
    ) -> Result<Output, Failure> {
        eval::render(&self.program, source, host, meter)
    }
}
