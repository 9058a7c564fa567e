//! A text in Jinja, read tag by tag: what has another name here, and where tags are text.

use crate::template::{JinjaName, has_name};
use regex::Regex;
use std::{collections::HashSet, ops::Range, sync::LazyLock};

/// What makes `tojson` write what Jinja writes.
const AS_JINJA: &str = "sort_keys=true, ensure_ascii=true";

/// Methods of a dict of Python: behind a full stop Jinja finds them before a key of the same name.
const DICT_METHODS: [&str; 11] = [
    "clear",
    "copy",
    "fromkeys",
    "get",
    "items",
    "keys",
    "pop",
    "popitem",
    "setdefault",
    "update",
    "values",
];

/// A text in which `tojson` writes what it writes in Jinja, and the ranges in it between `{% raw %}` and `{% endraw %}`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct JinjaText {
    pub(super) text: String,
    pub(super) raw: Vec<Range<usize>>,
}

impl JinjaText {
    pub(super) fn read(body: &str) -> JinjaText {
        let mut made = JinjaText::default();
        let mut done = 0;
        for Tag { at, text, raw } in tags(body) {
            made.text += &body[done..at];
            made.text += &with_sorted_json(text);
            done = at + text.len() + raw.len();
            if !raw.is_empty() {
                let begin = made.text.len();
                made.text += raw;
                made.raw.push(begin..made.text.len());
            }
        }
        made.text += &body[done..];
        made
    }
}

/// A tag that is no comment.
struct Tag<'t> {
    /// Where it begins, in bytes.
    at: usize,
    text: &'t str,
    /// Behind `{% raw %}`, what stands before its end.
    raw: &'t str,
}

/// The tags of a text, one after another.
fn tags(body: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + next_tag(&body[from..])?;
            let end = at + tag_end(&body[at..]);
            let text = &body[at..end];
            from = end;
            if text.starts_with("{#") {
                continue;
            }
            let raw = match keyword(text) {
                "raw" => &body[end..end + raw_end(&body[end..])],
                _ => "",
            };
            from += raw.len();
            return Some(Tag { at, text, raw });
        }
    })
}

/// Something that a text names and that is not there, or is something else.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// Where its tag begins, in bytes.
    pub(super) at: usize,
    pub(super) what: String,
    pub(super) why: &'static str,
}

const MISSING: &str = "minijinja does not have it: write it in another way";
const OF_DICTS: &str =
    "in Jinja this is the method of a dict, here it is the key: write the key in brackets";

/// What a text names that minijinja does not have, or that is something else there: it would be found only by a row that gets there.
pub(super) fn unknown(text: &str) -> Vec<Unknown> {
    static NAMES: LazyLock<Option<[Regex; 4]>> = LazyLock::new(|| {
        let all = [
            r"(?:\||^\{%[-+]?\s*filter\s)\s*([A-Za-z_]\w*)",
            r"\bis\s+(?:not\s+)?([A-Za-z_]\w*)",
            r"\.\s*([A-Za-z_]\w*)\s*\(",
            r"\b([A-Za-z_]\w*)\(",
        ];
        let all: Result<Vec<Regex>, _> = all.into_iter().map(Regex::new).collect();
        all.ok()?.try_into().ok()
    });
    static ATTRIBUTE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\.\s*([A-Za-z_]\w*)\s*(\(?)").ok());
    static NAMESPACE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\bset\s+(\w+)\s*=\s*namespace\s*\(").ok());
    const KINDS: [(JinjaName, &str); 4] = [
        (JinjaName::Filter, "filter"),
        (JinjaName::Test, "test"),
        (JinjaName::Method, "method"),
        (JinjaName::Function, "function"),
    ];
    // What is set in a namespace is found before its methods.
    let namespaces: HashSet<&str> = (NAMESPACE.iter())
        .flat_map(|set| set.captures_iter(text))
        .filter_map(|found| Some(found.get(1)?.as_str()))
        .collect();
    let mut found = Vec::new();
    let mut tell = |at, what, why| found.push(Unknown { at, what, why });
    for Tag { at, text: tag, .. } in tags(text) {
        let bare = without_quoted(tag);
        let word = keyword(tag).split_whitespace().next().unwrap_or_default();
        if ["include", "import", "from", "extends"].contains(&word) {
            let what = format!("the tag `{word}`");
            tell(at, what, MISSING);
        }
        for attribute in ATTRIBUTE.iter().flat_map(|name| name.captures_iter(&bare)) {
            if !attribute[2].is_empty() || !DICT_METHODS.contains(&&attribute[1]) {
                continue;
            }
            let at_dot = attribute.get(0).map_or(0, |all| all.start());
            let of = bare[..at_dot].trim_end();
            let is_of_a_value = of.ends_with(|c: char| is_word_char(c) || ")]}".contains(c));
            let named = &of[of.trim_end_matches(is_word_char).len()..];
            if is_of_a_value && !namespaces.contains(named) {
                let what = format!("`.{}`", &attribute[1]);
                tell(at, what, OF_DICTS);
            }
        }
        for (names, (kind, shown)) in NAMES.iter().flatten().zip(KINDS) {
            // A macro defines the function that it names; `kwarg(` is none.
            if matches!(kind, JinjaName::Function) && ["macro", "call", "set"].contains(&word) {
                continue;
            }
            for name in names.captures_iter(&bare).filter_map(|found| found.get(1)) {
                let is_call = matches!(kind, JinjaName::Function);
                if is_call && !is_called(&bare[..name.start()]) {
                    continue;
                }
                let name = name.as_str();
                if !KEYWORDS.contains(&name)
                    && !has_name(kind, name)
                    && !is_defined(text, kind, name)
                {
                    let what = format!("the {shown} `{name}`");
                    tell(at, what, MISSING);
                }
            }
        }
    }
    found
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a name behind this is a function: not a filter, a test or a method.
fn is_called(before: &str) -> bool {
    let before = before.trim_end();
    let word = before
        .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
        .next();
    let of_a_test = match word {
        Some("is" | "filter") => true,
        Some("not") => before[..before.len() - 3].trim_end().ends_with(" is"),
        _ => false,
    };
    !before.ends_with(['|', '.']) && !of_a_test
}

/// Words that stand before a bracket and call nothing.
const KEYWORDS: [&str; 10] = [
    "if", "elif", "in", "not", "and", "or", "is", "else", "for", "caller",
];

/// Whether the text defines a macro, or a variable, of the name.
fn is_defined(text: &str, kind: JinjaName, name: &str) -> bool {
    let defines = |word: &str| {
        text.match_indices(word).any(|(at, _)| {
            let rest = text[at + word.len()..].trim_start();
            let rest = rest.strip_prefix(name);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    };
    match kind {
        JinjaName::Function => defines("macro ") || defines("set "),
        // A macro that a map holds, or `loop.cycle(`, is called like a method.
        JinjaName::Method => name == "cycle" || name == "changed",
        JinjaName::Filter | JinjaName::Test => false,
    }
}

/// A tag with blanks in the place of what stands in quotes.
fn without_quoted(tag: &str) -> String {
    let mut quotes = Quotes::default();
    tag.chars()
        .map(|c| if quotes.covers(c) { ' ' } else { c })
        .collect()
}

/// Where the next tag or comment begins.
fn next_tag(text: &str) -> Option<usize> {
    let opens = |at: &usize| matches!(text.as_bytes().get(at + 1), Some(b'{' | b'%' | b'#'));
    text.match_indices('{').map(|(at, _)| at).find(opens)
}

/// Where the tag ends that the text begins with; a bracket in quotes closes none.
fn tag_end(text: &str) -> usize {
    let close = match &text[..2] {
        "{{" => "}}",
        "{%" => "%}",
        _ => return text.find("#}").map_or(text.len(), |at| at + 2),
    };
    let mut quotes = Quotes::default();
    for (at, c) in text.char_indices().skip(2) {
        if !quotes.covers(c) && text[at..].starts_with(close) {
            return at + 2;
        }
    }
    text.len()
}

/// The first word of a tag.
fn keyword(tag: &str) -> &str {
    let inner = tag.strip_prefix("{%").and_then(|t| t.strip_suffix("%}"));
    inner.map_or("", |t| t.trim_matches(['-', '+']).trim())
}

/// Where `{% endraw %}` begins in a text.
fn raw_end(text: &str) -> usize {
    let mut tags = text.match_indices("{%").map(|(at, _)| at);
    tags.find(|at| {
        let end = text[*at..].find("%}").map_or(text.len(), |n| at + n + 2);
        keyword(&text[*at..end]) == "endraw"
    })
    .unwrap_or(text.len())
}

/// Whether characters that come one after another stand in quotes.
#[derive(Default)]
struct Quotes {
    open: Option<char>,
    is_escaped: bool,
}

impl Quotes {
    fn covers(&mut self, c: char) -> bool {
        match self.open {
            None => {
                self.open = Some(c).filter(|c| matches!(c, '"' | '\''));
                self.open.is_some()
            }
            Some(open) => {
                if self.is_escaped {
                    self.is_escaped = false;
                } else if c == '\\' {
                    self.is_escaped = true;
                } else if c == open {
                    self.open = None;
                }
                true
            }
        }
    }
}

/// A tag with the options behind each `tojson`.
fn with_sorted_json(tag: &str) -> String {
    const NAME: &str = "tojson";
    let mut quotes = Quotes::default();
    let mut inserts: Vec<(usize, String)> = Vec::new();
    for (at, c) in tag.char_indices() {
        if quotes.covers(c) || !tag[at..].starts_with(NAME) {
            continue;
        }
        let (before, after) = (tag[..at].trim_end(), &tag[at + NAME.len()..]);
        let is_longer = after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if is_longer || !(before.ends_with('|') || keyword(tag).starts_with("filter")) {
            continue;
        }
        let behind = at + NAME.len();
        let gap = after.len() - after.trim_start().len();
        match arguments(&after[gap..]) {
            None => inserts.push((behind, format!("({AS_JINJA})"))),
            Some(inner) => {
                let comma = if inner.trim().is_empty() { "" } else { ", " };
                let end = behind + gap + 1 + inner.len();
                inserts.push((end, format!("{comma}{AS_JINJA}")));
            }
        }
    }
    let mut out = String::with_capacity(tag.len());
    let mut done = 0;
    for (at, text) in inserts {
        out += &tag[done..at];
        out += &text;
        done = at;
    }
    out + &tag[done..]
}

/// What stands between the brackets that a text begins with.
fn arguments(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?;
    let mut quotes = Quotes::default();
    let mut depth = 0;
    for (at, c) in inner.char_indices() {
        match c {
            _ if quotes.covers(c) => {}
            '(' => depth += 1,
            ')' if depth == 0 => return Some(&inner[..at]),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_sorted_wherever_a_tag_writes_it_and_nowhere_else() {
        for (text, expected) in [
            (
                "{{ v|tojson }}",
                "{{ v|tojson(sort_keys=true, ensure_ascii=true) }}",
            ),
            (
                "{{ v | tojson(indent=2) | e }}",
                "{{ v | tojson(indent=2, sort_keys=true, ensure_ascii=true) | e }}",
            ),
            (
                "{% filter tojson %}x{% endfilter %}",
                "{% filter tojson(sort_keys=true, ensure_ascii=true) %}x{% endfilter %}",
            ),
            (
                "{{ '|tojson}}' ~ v.tojson }} |tojson {# |tojson #}",
                "{{ '|tojson}}' ~ v.tojson }} |tojson {# |tojson #}",
            ),
            (
                "{{ v|tojsonx }}{% raw %}{{ v|tojson }}{% endraw %}",
                "{{ v|tojsonx }}{% raw %}{{ v|tojson }}{% endraw %}",
            ),
            (
                "{{ (a|tojson)|replace(')', '') ",
                "{{ (a|tojson(sort_keys=true, ensure_ascii=true))|replace(')', '') ",
            ),
        ] {
            assert_eq!(JinjaText::read(text).text, expected, "{text}");
        }
    }

    #[test]
    fn raw_text_is_known() {
        let made = JinjaText::read("a{% raw -%}\nuser:\n{%- endraw %}b{% raw %}c");
        let raw: Vec<&str> = made
            .raw
            .iter()
            .map(|range| &made.text[range.clone()])
            .collect();
        assert_eq!(raw, ["\nuser:\n", "c"]);
    }

    #[test]
    fn what_is_not_there_is_found_in_every_branch() {
        let text = "{% if f %}{{ q|wordwrap(10) }}{% endif %}{% macro m(x) %}{{ x }}{% endmacro %}{{ m(1) }}{{ '|no' }}\n{{ range(3) }}{{ q.zfill(3) }}{% for x in xs if x is callable %}{{ loop.cycle('a', 'b') }}{% endfor %}{{ cycler('a') }}{# |no #}{% raw %}{{ x|no }}{% endraw %}{% include 'a' %}{% filter nope %}{% endfilter %}{{ (1 + 2) | round(1) }}{% if not (a or b) and a is divisibleby(2) and a is not divisibleby(3) %}{% endif %}{{ q.strip().split(',') | join('-') }}{% for k, v in o.items() %}{{ o.items }}{{ 'o.keys' }}{{ o.item }}{{ o.a.b.keys }}{{ (o.a).values }}{{ o.items.get }}{% set ns = namespace(items=[]) %}{{ ns.items }}{{ 1.5 }}{% endfor %}";
        let found = unknown(text);
        let found: Vec<&str> = found.iter().map(|unknown| &*unknown.what).collect();
        assert_eq!(
            found,
            [
                "the filter `wordwrap`",
                "the method `zfill`",
                "the test `callable`",
                "the function `cycler`",
                "the tag `include`",
                "the filter `nope`",
                "`.items`",
                "`.keys`",
                "`.values`",
                "`.items`",
                "`.get`",
            ]
        );
    }
}
