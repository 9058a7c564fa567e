//! A parsed template of Handlebars.

use super::{
    super::{Failure, Host, Meter, Output, SyntaxError, survey::Survey},
    ast::Program,
    eval, parser,
    survey::survey,
    whitespace,
};

#[derive(Debug)]
pub(in crate::dialect) struct Template {
    program: Program,
}

impl Template {
    pub(in crate::dialect) fn parse(source: &str) -> Result<Template, SyntaxError> {
        let mut program = parser::parse(source)?;
        whitespace::strip(&mut program, source);
        Ok(Template { program })
    }

    pub(in crate::dialect) fn is_plain(&self, functions: &[&str]) -> bool {
        let body = &self.program.body;
        body.iter().all(|node| node.is_plain(functions))
    }

    pub(in crate::dialect) fn survey(&self) -> Survey {
        survey(&self.program)
    }

    pub(in crate::dialect) fn render(
        &self,
        source: &str,
        host: &dyn Host,
        meter: Meter,
    ) -> Result<Output, Failure> {
        eval::render(&self.program, source, host, meter)
    }
}
