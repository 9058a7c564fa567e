//! A template of another engine, parsed: looked over and rendered by the engine of its dialect.

use super::{Failure, Host, Meter, Output, Survey, SyntaxError, handlebars, mustache, nunjucks};

/// How a template is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Jinja, by minijinja.
    #[default]
    Jinja,
    Nunjucks,
    Handlebars,
    Mustache,
}

impl Dialect {
    pub const ALL: [Dialect; 4] = [
        Dialect::Jinja,
        Dialect::Nunjucks,
        Dialect::Handlebars,
        Dialect::Mustache,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Jinja => "jinja",
            Dialect::Nunjucks => "nunjucks",
            Dialect::Handlebars => "handlebars",
            Dialect::Mustache => "mustache",
        }
    }
}

/// A parsed template.
#[derive(Debug)]
pub(crate) struct Script {
    source: String,
    parsed: Parsed,
}

#[derive(Debug)]
enum Parsed {
    Nunjucks(nunjucks::Template),
    Handlebars(handlebars::Template),
    Mustache(mustache::Template),
}

impl Script {
    /// Parse a template; `None` for the dialect that is rendered elsewhere.
    pub(crate) fn parse(dialect: Dialect, source: &str) -> Option<Result<Script, SyntaxError>> {
        let parsed = match dialect {
            Dialect::Jinja => return None,
            Dialect::Nunjucks => nunjucks::Template::parse(source).map(Parsed::Nunjucks),
            Dialect::Handlebars => handlebars::Template::parse(source).map(Parsed::Handlebars),
            Dialect::Mustache => mustache::Template::parse(source).map(Parsed::Mustache),
        };
        Some(parsed.map(|parsed| Script {
            source: source.to_owned(),
            parsed,
        }))
    }

    /// What the template looks at, and what in it is not supported.
    pub(crate) fn survey(&self) -> Survey {
        match &self.parsed {
            Parsed::Nunjucks(template) => template.survey(),
            Parsed::Handlebars(template) => template.survey(),
            Parsed::Mustache(template) => template.survey(),
        }
    }

    /// Whether it is made of text, and of names and fields that are printed as they are: rendering it takes as long as its output is,
    /// and builds nothing. `functions` of the host are as cheap.
    pub(crate) fn is_plain(&self, functions: &[&str]) -> bool {
        match &self.parsed {
            Parsed::Nunjucks(template) => template.is_plain(functions),
            Parsed::Handlebars(template) => template.is_plain(functions),
            Parsed::Mustache(template) => template.is_plain(functions),
        }
    }

    pub(crate) fn render(&self, host: &dyn Host, meter: Meter) -> Result<Output, Failure> {
        match &self.parsed {
            Parsed::Nunjucks(template) => template.render(&self.source, host, meter),
            Parsed::Handlebars(template) => template.render(&self.source, host, meter),
            Parsed::Mustache(template) => template.render(&self.source, host, meter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Value, *};

    /// `a` is a list, and everything else is not there.
    struct Items(serde_json::Value);

    impl Host for Items {
        fn json(&self, name: &str) -> Option<&serde_json::Value> {
            (name == "a").then_some(&self.0)
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

    #[test]
    fn loops_of_mustache_over_nothing_count_too() {
        let text = "{{#a}}{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}";
        let script = Script::parse(Dialect::Mustache, text).unwrap().unwrap();
        let items = Items(vec![1; 1000].into());
        let failure = script.render(&items, Meter::new(1 << 16)).unwrap_err();
        assert!(failure.is_limit, "{failure}");
    }

    #[test]
    fn what_prints_names_and_fields_is_plain_and_nothing_else() {
        for (dialect, text, plain) in [
            (
                Dialect::Nunjucks,
                "{{ role('user', trim=true) }}a {{ b.c['d'] }} {{ e }}{# f #}",
                true,
            ),
            (Dialect::Nunjucks, "{{ range(9) }}", false),
            (Dialect::Nunjucks, "{{ role(range(9)) }}", false),
            // What is made for an argument need not be printed.
            (Dialect::Nunjucks, "{{ role('user', role(a)) }}", false),
            (Dialect::Nunjucks, "{{ a | join }}", false),
            (Dialect::Nunjucks, "{{ [a, a] }}", false),
            (Dialect::Nunjucks, "{% if a %}b{% endif %}", false),
            (Dialect::Nunjucks, "{% set a = b %}", false),
            (
                Dialect::Handlebars,
                "{{role \"user\"}}a {{b.c}} {{{e}}}{{!-- f --}}",
                true,
            ),
            (Dialect::Handlebars, "{{lookup a b}}", false),
            (Dialect::Handlebars, "{{role (lookup a b)}}", false),
            (Dialect::Handlebars, "{{#each a}}b{{/each}}", false),
            (
                Dialect::Mustache,
                "{{role \"user\"}}a {{b.c}} {{{e}}}{{! f }}",
                true,
            ),
            (Dialect::Mustache, "{{#a}}b{{/a}}", false),
        ] {
            let script = Script::parse(dialect, text).unwrap().unwrap();
            assert_eq!(script.is_plain(&["role"]), plain, "{text}");
        }
    }
}
