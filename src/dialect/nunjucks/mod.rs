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

#[cfg(test)]
mod limits {
    use super::Template;

    #[test]
    fn operations_that_enclose_each_other_have_a_limit_of_any_kind() {
        let chain = |operation: &str, times: usize| {
            Template::parse(&format!("{{{{ x{} }}}}", operation.repeat(times)))
        };
        for operation in ["|round", " in y", " ** 1", " // 1", "+1", ".a", "[0]", "()"] {
            let error = chain(operation, 5_000).unwrap_err();
            assert_eq!(
                error.message, "an expression has too many operations",
                "{operation}"
            );
            assert!(chain(operation, 300).is_ok(), "{operation}");
        }
        let list = format!("{{{{ [{}] }}}}", "1,".repeat(5_000) + "1");
        assert!(Template::parse(&list).is_ok());
    }
}
