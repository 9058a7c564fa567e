//! Nunjucks 3.2 as promptfoo configures it: nothing is escaped, and what is undefined prints as nothing.

mod ast;
mod eval;
mod expression;
mod filters;
mod frame;
mod functions;
mod lexer;
mod parser;
mod sort;
mod survey;
mod tests;

use super::{Failure, Host, Meter, Output, SyntaxError, survey::Survey};
use ast::Node;

/// A parsed template.
#[derive(Debug)]
pub(super) struct Template {
    nodes: Vec<Node>,
}

impl Template {
    pub(super) fn parse(source: &str) -> Result<Template, SyntaxError> {
        Ok(Template {
            nodes: parser::parse(source)?,
        })
    }

    pub(super) fn survey(&self) -> Survey {
        survey::survey(&self.nodes)
    }

    pub(super) fn render(
        &self,
        source: &str,
        host: &dyn Host,
        meter: Meter,
    ) -> Result<Output, Failure> {
        let mut run = eval::Run::new(source, host, meter);
        let mut out = Output::with_spans();
        run.nodes(&self.nodes, &frame::Frame::top(), &mut out)?;
        Ok(out)
    }
}
