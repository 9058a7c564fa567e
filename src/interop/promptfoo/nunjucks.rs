//! Nunjucks as Jinja: templates of promptfoo rewritten so that they mean the same here.
//!
//! Works on the tokens inside the tags. What has no counterpart is told, with its line.

use super::tokens::{Kind, Part, Tag, Token, parts, tokens};
use std::collections::BTreeSet;

/// Names that templates are written in here: a variable of that name is `row.NAME`.
const TAKEN: [&str; 5] = ["row", "shots", "axes", "role", "field"];

/// Filters that mean the same in both.
const SAME: [&str; 34] = [
    "abs",
    "batch",
    "capitalize",
    "d",
    "default",
    "dictsort",
    "dump",
    "e",
    "escape",
    "first",
    "float",
    "indent",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "upper",
    "wordcount",
];

/// Methods of JavaScript that are filters here, without the parentheses where there is nothing in them.
const METHODS: [(&str, &str); 5] = [
    ("toUpperCase", "upper"),
    ("toLowerCase", "lower"),
    ("trim", "trim"),
    ("toString", "string"),
    ("join", "join"),
];

/// Methods that are here under another name.
const RENAMED: [(&str, &str); 3] = [
    ("startsWith", "startswith"),
    ("endsWith", "endswith"),
    ("split", "split"),
];

/// Tags that mean the same in both.
const TAGS: [&str; 22] = [
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "set",
    "endset",
    "macro",
    "endmacro",
    "call",
    "endcall",
    "filter",
    "endfilter",
    "raw",
    "endraw",
    "include",
    "import",
    "from",
    "block",
    "endblock",
    "extends",
];

/// Functions that are there in both.
const FUNCTIONS: [&str; 2] = ["range", "caller"];

/// Told, but no reason not to use a template.
pub(super) const RANDOM: &str = "| random";

/// What is known of the variables while a template is rewritten.
#[derive(Debug, Default, Clone)]
pub(super) struct Known {
    /// Those that hold a map: a loop over two names goes over its items.
    pub maps: BTreeSet<String>,
    /// Those that stand empty where a test does not give them.
    pub filled: BTreeSet<String>,
    /// Those that are true or false wherever they are given: Jinja writes them with capitals.
    pub flags: BTreeSet<String>,
    /// The configuration sets variables of the environment: they are a column.
    pub has_env: bool,
}

#[derive(Debug, Default)]
pub(super) struct Rewritten {
    pub text: String,
    /// Variables that it looks at.
    pub names: BTreeSet<String>,
    /// Those that it looks at without asking first whether they are there.
    pub needed: BTreeSet<String>,
    /// Those that it writes as they are.
    pub printed: BTreeSet<String>,
    /// What has no counterpart: the line, from 1, what stands there, why.
    pub problems: Vec<(usize, String, String)>,
}

pub(super) fn rewrite(source: &str, known: &Known) -> Rewritten {
    let mut state = State {
        known,
        out: Rewritten::default(),
        bound: BTreeSet::new(),
        switches: Vec::new(),
        phrases: false,
        line: 1,
    };
    let all = parts(source);
    for part in &all {
        if let Part::Tag(tag) = part
            && tag.statement
        {
            state.bind(&tokens(tag.inside));
        }
    }
    for part in all {
        match part {
            Part::Text(text) => {
                state.out.text.push_str(text);
                state.line += text.matches('\n').count();
            }
            Part::Tag(tag) => {
                let lines = tag.whole.matches('\n').count();
                state.tag(&tag);
                state.line += lines;
            }
        }
    }
    state.out
}

struct State<'a> {
    known: &'a Known,
    out: Rewritten,
    /// Names that the template sets itself.
    bound: BTreeSet<String>,
    /// The expressions of open switches, and whether a case was seen.
    switches: Vec<(String, bool)>,
    /// Inside a statement that has words of its own.
    phrases: bool,
    line: usize,
}

impl State<'_> {
    fn problem(&mut self, what: impl Into<String>, why: impl Into<String>) {
        let (what, why) = (what.into(), why.into());
        self.out.problems.push((self.line, what, why));
    }

    /// Keep the names that a statement sets.
    fn bind(&mut self, all: &[Token]) {
        let names = |from: &[Token]| -> Vec<String> {
            from.iter()
                .filter_map(Token::name)
                .map(str::to_owned)
                .collect()
        };
        let until = |mark: &str| all.iter().position(|t| t.is(mark)).unwrap_or(all.len());
        let end = match all.first().and_then(Token::name) {
            Some("for" | "asyncEach" | "asyncAll") => until("in"),
            Some("set") => until("="),
            Some("macro" | "import" | "from" | "call") => all.len(),
            _ => return,
        };
        self.bound.extend(names(&all[1..end.max(1)]));
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        let written = if tag.left {
            tag.whole.to_owned()
        } else {
            let all = tokens(tag.inside);
            let inside = if tag.statement {
                self.statement(all)
            } else {
                let mut all = all;
                if let [only] = all.as_slice()
                    && let Some(name) = only.name().map(str::to_owned)
                {
                    if self.known.flags.contains(&name) {
                        all.push(Token::new(Kind::Mark, "|", false));
                        all.push(Token::new(Kind::Name, "lower", false));
                    }
                    self.out.printed.insert(name);
                }
                Some(self.expression(&all))
            };
            let Some(inside) = inside else { return };
            format!("{} {} {}", tag.open, inside.trim(), tag.close)
        };
        self.out.text.push_str(&written);
    }

    /// The inside of a statement; `None` where nothing is written.
    fn statement(&mut self, mut all: Vec<Token>) -> Option<String> {
        let word = all.first()?.text.clone();
        let same = match word.as_str() {
            "elseif" => "elif",
            "asyncEach" | "asyncAll" => "for",
            "endeach" | "endall" => "endfor",
            "ifAsync" => "if",
            "verbatim" => "raw",
            "endverbatim" => "endraw",
            "switch" => {
                let subject = self.expression(&all[1..]);
                self.switches.push((subject, false));
                return None;
            }
            "case" => {
                let value = self.expression(&all[1..]);
                let (subject, seen) = self.switches.last_mut()?;
                let word = if std::mem::replace(seen, true) {
                    "elif"
                } else {
                    "if"
                };
                return Some(format!("{word} {} == {}", subject.trim(), value.trim()));
            }
            "default" => "else",
            "endswitch" => {
                self.switches.pop();
                "endif"
            }
            other => other,
        };
        if !TAGS.contains(&same) {
            self.problem(format!("{{% {word} %}}"), "unknown tag");
        }
        if same == "for"
            && let Some(at) = all.iter().position(|t| t.is("in"))
            && all[..at].iter().any(|t| t.is(","))
            && let [over] = &all[at + 1..]
            && over.name().is_some_and(|n| self.known.maps.contains(n))
        {
            all.push(Token::new(Kind::Mark, "|", false));
            all.push(Token::new(Kind::Name, "items", false));
        }
        self.phrases = ["include", "import", "from", "for"].contains(&same);
        let rest = self.expression(&all[1..]);
        self.phrases = false;
        Some(format!("{same} {}", rest.trim()))
    }

    /// The tokens of an expression, rewritten and joined.
    fn expression(&mut self, all: &[Token]) -> String {
        let all = self.lax(all);
        let mut out = String::new();
        let mut at = 0;
        while at < all.len() {
            if all[at].space && !out.is_empty() {
                out.push(' ');
            }
            at += self.token(&all, at, &mut out);
        }
        out
    }

    /// An empty column stands for what a test does not give: `default` has to see that.
    fn lax(&self, all: &[Token]) -> Vec<Token> {
        let mut all = all.to_vec();
        let mut at = 0;
        while at + 3 < all.len() {
            let filled = all[at]
                .name()
                .is_some_and(|n| self.known.filled.contains(n));
            let default = all[at + 1].is("|")
                && (all[at + 2].is("default") || all[at + 2].is("d"))
                && all[at + 3].is("(");
            if filled
                && default
                && let Some(end) = closing(&all, at + 3)
                && !all[at + 3..end].iter().any(|t| t.is(","))
            {
                all.insert(end, Token::new(Kind::Name, "true", true));
                all.insert(end, Token::new(Kind::Mark, ",", false));
            }
            at += 1;
        }
        all
    }

    /// Write one token; how many were used.
    fn token(&mut self, all: &[Token], at: usize, out: &mut String) -> usize {
        let token = &all[at];
        let before = at.checked_sub(1).map(|i| &all[i]);
        let after = all.get(at + 1);
        let text = |t: Option<&Token>| t.is_some_and(|t| t.kind == Kind::Text);
        let is = |t: Option<&Token>, mark: &str| t.is_some_and(|t| t.is(mark));
        match token.kind {
            Kind::Mark => match token.text.as_str() {
                "===" => out.push_str("=="),
                "!==" => out.push_str("!="),
                "&&" => out.push_str("and"),
                "||" => out.push_str("or"),
                // Only `~` joins what is no text.
                "+" if text(before) || text(after) => out.push('~'),
                "." => return self.member(all, at, out),
                mark => out.push_str(mark),
            },
            Kind::Regex => {
                self.problem(
                    &*token.text,
                    "regular expressions are not supported in templates",
                );
                out.push_str("\"\"");
            }
            Kind::Text | Kind::Number => out.push_str(&token.text),
            Kind::Name if is(before, "|") => self.filter(&token.text, out),
            Kind::Name => self.name(all, at, out),
        }
        1
    }

    /// What stands behind a dot.
    fn member(&mut self, all: &[Token], at: usize, out: &mut String) -> usize {
        let Some(name) = all.get(at + 1).and_then(Token::name) else {
            out.push('.');
            return 1;
        };
        let is = |n: usize, mark: &str| all.get(at + n).is_some_and(|t| t.is(mark));
        let of_loop = at.checked_sub(1).is_some_and(|i| all[i].is("loop"));
        if !is(2, "(") {
            if name == "length" && !of_loop {
                out.push_str("|length");
            } else {
                out.push('.');
                out.push_str(name);
            }
            return 2;
        }
        if let Some((_, filter)) = METHODS.iter().find(|(method, _)| *method == name) {
            out.push('|');
            out.push_str(filter);
            // Nothing in the parentheses: a filter needs none.
            return if is(3, ")") { 4 } else { 2 };
        }
        match RENAMED.iter().find(|(method, _)| *method == name) {
            Some((_, here)) => out.push_str(&format!(".{here}")),
            None => {
                self.problem(format!(".{name}(…)"), "unknown method");
                out.push_str(&format!(".{name}"));
            }
        }
        2
    }

    fn filter(&mut self, name: &str, out: &mut String) {
        out.push_str(name);
        if name == "random" {
            self.problem(
                "| random",
                "it draws by the seed of the experiment and the row",
            );
        } else if name != "items" && !SAME.contains(&name) {
            self.problem(
                format!("| {name}"),
                "the filter does not exist here, or works differently",
            );
        }
    }

    fn name(&mut self, all: &[Token], at: usize, out: &mut String) {
        const WORDS: [&str; 12] = [
            "is", "in", "not", "and", "or", "if", "else", "true", "false", "none", "loop", "super",
        ];
        // Words of `include`, `import` and `for`.
        const PHRASES: [&str; 8] = [
            "as",
            "import",
            "with",
            "without",
            "context",
            "ignore",
            "missing",
            "recursive",
        ];
        let name = all[at].text.as_str();
        let before = |marks: &[&str]| at > 0 && marks.iter().any(|mark| all[at - 1].is(mark));
        let after = |mark: &str| all.get(at + 1).is_some_and(|t| t.is(mark));
        let is_test = before(&["is"]) || before(&["not"]) && at > 1 && all[at - 2].is("is");
        let is_key = after("=") && before(&["(", ","]);
        if name == "null" || name == "undefined" && !is_test {
            out.push_str("none");
        } else if is_test
            || is_key
            || WORDS.contains(&name)
            || FUNCTIONS.contains(&name)
            || self.phrases && PHRASES.contains(&name)
            || self.bound.contains(name)
        {
            out.push_str(name);
        } else if after("(") {
            self.problem(format!("{name}(…)"), "unknown function");
            out.push_str(name);
        } else {
            self.variable(all, at, out);
        }
    }

    /// A variable of the tests.
    fn variable(&mut self, all: &[Token], at: usize, out: &mut String) {
        let name = all[at].text.as_str();
        self.out.names.insert(name.to_owned());
        let is = |n: usize, words: &[&str]| {
            let token = all.get(at + n);
            token.is_some_and(|t| words.iter().any(|word| t.is(word)))
        };
        let asks = |n: usize| is(n, &["defined", "undefined"]);
        let asked = is(1, &["|"]) && is(2, &["default", "d"])
            || is(1, &["is"]) && (asks(2) || is(2, &["not"]) && asks(3));
        if !asked {
            self.out.needed.insert(name.to_owned());
        }
        match name {
            "env" if self.known.has_env => {}
            "env" => self.problem(
                "env",
                "variables of the environment are not in the project: put the value into the tests",
            ),
            "_conversation" => self.problem(
                "_conversation",
                "each row is sent on its own, without previous answers",
            ),
            _ => {}
        }
        if TAKEN.contains(&name) {
            out.push_str("row.");
        }
        out.push_str(name);
    }
}

/// Where the parenthesis that opens here is closed.
fn closing(all: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, token) in all.iter().enumerate().skip(open) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> String {
        let known = Known {
            maps: BTreeSet::from(["prices".to_owned()]),
            filled: BTreeSet::from(["tone".to_owned()]),
            flags: BTreeSet::from(["open".to_owned()]),
            has_env: false,
        };
        rewrite(source, &known).text
    }

    #[test]
    fn what_differs_is_written_as_it_is_here() {
        for (source, here) in [
            ("Hi {{name}}!", "Hi {{ name }}!"),
            (
                "{%if a === 1 and not b%}x{%elseif b%}y{%endif%}",
                "{% if a == 1 and not b %}x{% elif b %}y{% endif %}",
            ),
            (
                "{{ items.length }} {{ loop.length }}",
                "{{ items|length }} {{ loop.length }}",
            ),
            ("{{ a.b.toUpperCase() }}", "{{ a.b|upper }}"),
            ("{{ tags.join(', ') }}", "{{ tags|join(', ') }}"),
            ("{{ 'a' + b + 1 }}", "{{ 'a' ~ b + 1 }}"),
            (
                "{% for k, v in prices %}{{ k }}{% endfor %}",
                "{% for k, v in prices|items %}{{ k }}{% endfor %}",
            ),
            (
                "{% for k, v in pairs %}{% endfor %}",
                "{% for k, v in pairs %}{% endfor %}",
            ),
            ("{{ role }} {{ row.x }}", "{{ row.role }} {{ row.row.x }}"),
            ("{{ open }}", "{{ open|lower }}"),
            (
                "{{ tone | default('calm') }}",
                "{{ tone | default('calm', true) }}",
            ),
            (
                "{{ other | default('calm') }}",
                "{{ other | default('calm') }}",
            ),
            (
                "{% if x is undefined %}{% endif %}",
                "{% if x is undefined %}{% endif %}",
            ),
            ("{{ x == null }}", "{{ x == none }}"),
            (
                "{% switch x %}{% case 1 %}a{% case 2 %}b{% default %}c{% endswitch %}",
                "{% if x == 1 %}a{% elif x == 2 %}b{% else %}c{% endif %}",
            ),
            (
                "{% raw %}{{ a.length }}{% endraw %}{# a.length #}",
                "{% raw %}{{ a.length }}{% endraw %}{# a.length #}",
            ),
            ("{%- set n = 1 -%}", "{%- set n = 1 -%}"),
        ] {
            assert_eq!(text(source), here, "{source}");
        }
    }

    #[test]
    fn what_has_no_counterpart_is_told_with_its_line() {
        let found = rewrite(
            "one\n{{ x | urlize }}\n{{ f(x) }} {{ x.includes('a') }}\n{{ env.KEY }}",
            &Known::default(),
        );
        let told: Vec<(usize, &str)> = found.problems.iter().map(|p| (p.0, &*p.1)).collect();
        assert_eq!(
            told,
            [
                (2, "| urlize"),
                (3, "f(…)"),
                (3, ".includes(…)"),
                (4, "env")
            ]
        );
    }

    #[test]
    fn variables_are_known_and_whether_they_have_to_be_there() {
        let found = rewrite(
            "{% for i in list %}{{ i }}{% endfor %}{{ a | default(1) }}{% if b is defined %}{{ c.d }}{% endif %}",
            &Known::default(),
        );
        let names: Vec<&str> = found.names.iter().map(String::as_str).collect();
        let needed: Vec<&str> = found.needed.iter().map(String::as_str).collect();
        assert_eq!(
            (names, needed),
            (vec!["a", "b", "c", "list"], vec!["c", "list"])
        );
    }
}
