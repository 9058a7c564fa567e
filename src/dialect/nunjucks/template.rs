//! A parsed template of Nunjucks.

use super::{
    super::{Failure, Host, Meter, Output, SyntaxError, survey::Survey},
    ast::Node,
    eval::Run,
    frame::Frame,
    parser,
    survey::survey,
};

#[derive(Debug)]
pub(in crate::dialect) struct Template {
    nodes: Vec<Node>,
}

impl Template {
    pub(in crate::dialect) fn parse(source: &str) -> Result<Template, SyntaxError> {
        Ok(Template {
            nodes: parser::parse(source)?,
        })
    }

    pub(in crate::dialect) fn is_plain(&self, functions: &[&str]) -> bool {
        self.nodes.iter().all(|node| node.is_plain(functions))
    }

    pub(in crate::dialect) fn survey(&self) -> Survey {
        survey(&self.nodes)
    }

    pub(in crate::dialect) fn render(
        &self,
        source: &str,
        host: &dyn Host,
        meter: Meter,
    ) -> Result<Output, Failure> {
        let mut run = Run::new(source, host, meter);
        let mut out = Output::with_spans();
        run.nodes(&self.nodes, &Frame::top(), &mut out)?;
        run.meter.settle(source.len())?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::value::Value, *};

    /// Knows no name.
    struct Nothing;

    impl Host for Nothing {
        fn json(&self, _: &str) -> Option<&serde_json::Value> {
            None
        }

        fn has_function(&self, _: &str) -> bool {
            false
        }

        fn call(
            &self,
            name: &str,
            _: &[Value],
            _: &dyn Fn(&str) -> Option<Value>,
        ) -> Result<String, String> {
            Err(name.to_owned())
        }

        fn draw(&self, _: usize) -> usize {
            0
        }
    }

    fn render(source: &str) -> Result<Output, Failure> {
        let template = Template::parse(source).unwrap();
        template.render(source, &Nothing, Meter::new(1 << 15))
    }

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
            assert!(chain(operation, 60).is_ok(), "{operation}");
        }
        // On the stack of a thread of the test.
        let nested = |n: usize| "{% if 1 %}".repeat(n) + &"{% endif %}".repeat(n);
        assert!(Template::parse(&nested(99)).is_ok() && Template::parse(&nested(5_000)).is_err());
        let list = format!("{{{{ [{}] }}}}", "1,".repeat(5_000) + "1");
        assert!(Template::parse(&list).is_ok());
    }

    #[test]
    fn what_is_made_is_charged_before_it_is_made() {
        let grown =
            "{% set a = ['xxxxxxxx'] %}{% for i in range(0, 40) %}{% set a = [a, a] %}{% endfor %}";
        for source in [
            "{% set s = 'xxxxxxxx' %}{% for i in range(0, 60) %}{% set s = s.concat(s) %}{% endfor %}",
            "{% set a = ['x'] %}{% for i in range(0, 60) %}{% set a = [a, a].flat() %}{% endfor %}",
            "{% set a = ['x'] %}{% for i in range(0, 60) %}{% set a = a.concat(a) %}{% endfor %}",
            "{% set s = 'x'.repeat(100000) %}{{ s.replaceAll('x', s) }}",
            "{{ '\n'.repeat(100000) | indent(10000) }}",
            "{% set s = 'x'.repeat(100000) %}{{ s | replace('', s) }}",
            &format!("{grown}{{{{ a }}}}"),
            &format!("{grown}{{% if a == 'x' %}}x{{% endif %}}"),
        ] {
            let failure = render(source).unwrap_err();
            assert!(failure.is_limit, "{source}: {failure}");
            // The next rendering of the thread has a meter of its own.
            assert_eq!(render("{{ [1, 2] }}").unwrap().text, "1,2");
        }
    }

    #[test]
    fn depth_is_counted_through_macros() {
        let (open, close) = ("[".repeat(45), "][0]".repeat(45));
        let body = format!("{open}f() + 1{close}");
        let source = format!("{{% macro f() %}}{{{{ {body} }}}}{{% endmacro %}}{{{{ f() }}}}");
        assert!(Template::parse(&source).is_ok());
        // As deep as the stack of a main thread; unoptimized code needs several times more than what is published.
        let thread = std::thread::Builder::new().stack_size(8 << 20);
        let failure = thread.spawn(move || render(&source).unwrap_err().message);
        assert_eq!(
            failure.unwrap().join().unwrap(),
            "expressions and macros are nested too deep"
        );
    }

    #[test]
    fn the_last_place_of_a_text_is_found_in_one_go() {
        let source = "{{ ('é'.repeat(20000) + ' é').lastIndexOf(' ', 20005) }}";
        assert_eq!(render(source).unwrap().text, "20000");
    }
}
