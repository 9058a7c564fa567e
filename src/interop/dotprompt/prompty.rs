//! The text of a Prompty file: lines that name a role begin messages, and text before the first is of the system.
//!
//! A message is the lines below its role. `trim="block"` cuts it as Prompty does: line ends at its ends go, and it is sent though it be
//! blank, unless no line is there.

use super::jinja_text::JinjaText;
use crate::{
    dialect::{Delimiters, MustacheText, SyntaxError},
    template::is_python_break,
};
use regex::Regex;
use std::{ops::Range, sync::LazyLock};

/// White space of Python: that of Unicode and four control characters.
pub(super) fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(&pattern.replace(r"\s", r"[\s\x1c-\x1f]")).ok()
}

/// A line that names a role, its attributes in brackets.
static ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?i)^\s*#?\s*(system|developer|user|assistant)(\[(?:\w+\s*=\s*(?:"[^"]*"|[^",\]]*)\s*,?\s*)+\])?\s*:\s*$"#,
    )
});

/// The same in version 1.
static ROLE_1: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?i)^\s*#?\s*(system|user|assistant)\s*:\s*$"));

/// A line of version 1 whose role a value names, as for the turns of a conversation: `{{item.role}}:`.
static NAMED_ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"^\s*#?\s*\{\{-?\s*([^{}]*(?:\.\s*role\b|\[\s*["']role["']\s*\])[^{}]*?)\s*-?\}\}\s*:\s*$"#,
    )
});

/// By whose rules a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PromptyVersion {
    /// Roles are looked for in what was rendered, and white space at both ends of a message goes.
    One,
    Two,
}

impl PromptyVersion {
    /// The role that a line names, and its attributes.
    fn role(self, line: &str) -> Option<(String, Option<&str>)> {
        let role = match self {
            PromptyVersion::One => &ROLE_1,
            PromptyVersion::Two => &ROLE,
        };
        let found = role.as_ref()?.captures(line)?;
        let attributes = found.get(2).map(|text| text.as_str());
        Some((found[1].to_lowercase(), attributes))
    }
}

/// Whether a line of version 1 may name a role that is not written out on it alone: by a value of another name, or beside a tag.
pub(super) fn may_name_role(line: &str) -> bool {
    static VALUE: LazyLock<Option<Regex>> =
        LazyLock::new(|| regex(r"^\s*#?\s*\{\{[^{}]*\}\}\s*:\s*$"));
    static BETWEEN: LazyLock<Option<Regex>> =
        LazyLock::new(|| regex(r"(?i)%\}\s*(?:system|user|assistant)\s*:\s*\{%"));
    static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"\{%.*?%\}|\{#.*?#\}"));
    let is_value = VALUE.as_ref().is_some_and(|value| value.is_match(line));
    let rest = TAG.as_ref().map(|tag| tag.replace_all(line, ""));
    let names = |line: &str| PromptyVersion::One.role(line).is_some() || named_role(line).is_some();
    let is_beside = rest.is_some_and(|rest| rest != line && names(&rest));
    let is_between = BETWEEN
        .as_ref()
        .is_some_and(|between| between.is_match(line));
    is_value && named_role(line).is_none() || is_beside || is_between
}

/// Whether tags that cut white space join a line that names a role with the one before it or behind it.
pub(super) fn is_joined(before: Option<&str>, line: &str, behind: Option<&str>) -> bool {
    if PromptyVersion::One.role(line).is_none() && named_role(line).is_none() {
        return false;
    }
    let before = before.unwrap_or_default().trim();
    let cuts = |end: &&str| before.ends_with(*end) && !before.starts_with('{');
    let behind = behind.unwrap_or_default().trim_start();
    ["-%}", "-}}", "-#}"].iter().any(cuts)
        || ["{%-", "{{-", "{#-"]
            .iter()
            .any(|begin| behind.starts_with(begin))
}

/// What a line of version 1 names a role by.
pub(super) fn named_role(line: &str) -> Option<&str> {
    let found = NAMED_ROLE.as_ref()?.captures(line)?;
    found.get(1).map(|text| text.as_str())
}

/// A template made of the text of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PromptyText {
    pub(super) template: String,
    /// Attributes of messages, with the line (from 1) on which they stand.
    pub(super) attributes: Vec<(usize, String)>,
}

impl PromptyText {
    /// A text that is sent as it is. Jinja leaves the last line end out.
    pub(super) fn whole(body: &str) -> PromptyText {
        let body = unix(body);
        PromptyText {
            template: body.strip_suffix('\n').unwrap_or(&body).to_owned(),
            ..PromptyText::default()
        }
    }
}

/// The text in Jinja. A role begins a message between `{% raw %}` and `{% endraw %}` too.
pub(super) fn jinja(body: &str, version: PromptyVersion) -> PromptyText {
    const MARK: (&str, &str) = ("{{ role(", ", trim=\"block\") }}");
    const RAW: (&str, &str) = ("{% endraw %}{{ role(", ", trim=\"block\") }}{% raw %}");
    const MARK_1: (&str, &str) = ("{{ role(", ") }}");
    const RAW_1: (&str, &str) = ("{% endraw %}{{ role(", ") }}{% raw %}");
    let body = unix(body);
    // Jinja leaves the last line end out, and without one a line names no role in version 1.
    let body = match version {
        PromptyVersion::One => body.strip_suffix('\n').unwrap_or(&body),
        PromptyVersion::Two => &body,
    };
    let JinjaText { text, raw } = JinjaText::read(body);
    let is_raw = |line: &Range<usize>| {
        raw.iter()
            .any(|raw| raw.start <= line.start && line.end <= raw.end)
    };
    let mark = |line: Range<usize>| match (version, is_raw(&line)) {
        (PromptyVersion::One, false) => MARK_1,
        (PromptyVersion::One, true) => RAW_1,
        (PromptyVersion::Two, false) => MARK,
        (PromptyVersion::Two, true) => RAW,
    };
    let by_value = |line: Range<usize>| {
        let name = named_role(&text[line.clone()]).filter(|_| version == PromptyVersion::One);
        let name = name.filter(|_| !is_raw(&line));
        name.map(|name| format!("({name})|lower"))
    };
    messages(&text, version, |line| Some(mark(line)), by_value)
}

/// The text in Mustache. A line within a tag names no role, and messages begin with the delimiters that hold there.
pub(super) fn mustache(body: &str, version: PromptyVersion) -> Result<PromptyText, SyntaxError> {
    let body = unix(body);
    let text = MustacheText::parse(&body)?;
    let trim = match version {
        PromptyVersion::One => "true",
        PromptyVersion::Two => "\"block\"",
    };
    let marks: Vec<(usize, String, String)> = text
        .delimiters
        .iter()
        .map(|Delimiters { from, left, right }| {
            let close = format!(" trim={trim}{right}");
            (*from, format!("{left}role "), close)
        })
        .collect();
    let mark = |line: Range<usize>| {
        let is_in = |text: &Range<usize>| text.start <= line.start && line.end <= text.end;
        // Before the first line of all, the delimiters are those of every template.
        let is_text = line.is_empty() || text.texts.iter().any(is_in);
        let mark = marks.iter().rev().find(|(from, ..)| *from <= line.start);
        mark.filter(|_| is_text)
            .map(|(_, open, close)| (open.as_str(), close.as_str()))
    };
    Ok(messages(&body, version, mark, |_| None))
}

/// Line ends as Python reads them from a file.
pub(super) fn unix(body: &str) -> String {
    body.replace("\r\n", "\n").replace('\r', "\n")
}

/// Put the marks of roles in. What stands around the role there is `None` where a line names none; a role that a value names stands there
/// without quotes.
fn messages<'m>(
    body: &str,
    version: PromptyVersion,
    mark: impl Fn(Range<usize>) -> Option<(&'m str, &'m str)>,
    by_value: impl Fn(Range<usize>) -> Option<String>,
) -> PromptyText {
    let mut made = PromptyText::default();
    let (mut rest, mut line_feeds) = (body, 0);
    loop {
        let at = body.len() - rest.len();
        let end = rest.find(is_line_end).unwrap_or(rest.len());
        let line = &rest[..end];
        let mut behind = rest[end..].chars();
        let ending = behind.next();
        let named = version.role(line);
        let attributes = named.as_ref().and_then(|(_, attributes)| *attributes);
        let named = named.map(|(role, _)| format!("\"{role}\""));
        let named = named.or_else(|| by_value(at..at + end));
        // In version 1 a line at the very end names none.
        let named = named.filter(|_| version == PromptyVersion::Two || ending.is_some());
        let found = named.and_then(|role| Some((role, mark(at..at + end)?)));
        if let Some((role, (open, close))) = found {
            made.template += &format!("{open}{role}{close}");
            made.template.extend(ending.map(|_| '\n'));
            if let Some(text) = attributes {
                let line = line_feeds + 1;
                made.attributes.push((line, text.to_owned()));
            }
        } else {
            if at == 0
                && let Some((open, close)) = mark(0..0)
            {
                made.template += &format!("{open}\"system\"{close}\n");
            }
            made.template += line;
            made.template.extend(ending);
        }
        line_feeds += usize::from(ending == Some('\n'));
        if ending.is_none() {
            return made;
        }
        rest = behind.as_str();
    }
}

/// What ends a line for Prompty, which cuts the text into lines as Python does. Messages have line feeds in its place.
fn is_line_end(c: char) -> bool {
    c == '\n' || is_python_break(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_name_a_role_begin_messages() {
        let text = "Be nice.\r\n\r\n# User[name=\"Bob\"]:\n  hi\nassistant :\nsystem: no\n";
        let made = jinja(text, PromptyVersion::Two);
        let mark = |role: &str| format!("{{{{ role(\"{role}\", trim=\"block\") }}}}");
        assert_eq!(
            made.template,
            format!(
                "{}\nBe nice.\n\n{}\n  hi\n{}\nsystem: no\n",
                mark("system"),
                mark("user"),
                mark("assistant")
            )
        );
        assert_eq!(made.attributes, [(3, "[name=\"Bob\"]".to_owned())]);
    }

    #[test]
    fn lines_end_where_they_end_in_python() {
        let made = jinja(
            "system:\na\u{b}b\u{2028}user[n=1]:\u{85}c\n\u{1f}user\u{1f}:\x1cd",
            PromptyVersion::Two,
        );
        let mark = |role: &str| format!("{{{{ role(\"{role}\", trim=\"block\") }}}}\n");
        let (system, user) = (mark("system"), mark("user"));
        assert_eq!(
            made.template,
            format!("{system}a\u{b}b\u{2028}{user}c\n{user}d")
        );
        assert_eq!(made.attributes, [(2, "[n=1]".to_owned())]);
    }

    #[test]
    fn lines_within_tags_of_mustache_name_no_role() {
        let text = "a{{!\nuser:\n}}\n{{=<% %>=}}\nuser:\n<%q%>";
        let made = mustache(text, PromptyVersion::Two).unwrap();
        assert_eq!(
            made.template,
            "{{role \"system\" trim=\"block\"}}\na{{!\nuser:\n}}\n{{=<% %>=}}\n<%role \"user\" trim=\"block\"%>\n<%q%>"
        );
        assert!(mustache("user:\n{{#a}}", PromptyVersion::Two).is_err());
    }

    #[test]
    fn version_1_names_roles_by_values_and_by_whole_lines_alone() {
        let made = jinja(
            "Hi\n{% for item in chat %}\n# {{ item.role }}:\n{{item.text}}\n{% endfor %}\ndeveloper:\nuser:\nq\n{{ a }}:\nuser:",
            PromptyVersion::One,
        );
        assert_eq!(
            made.template,
            "{{ role(\"system\") }}\nHi\n{% for item in chat %}\n{{ role((item.role)|lower) }}\n{{item.text}}\n{% endfor %}\ndeveloper:\n{{ role(\"user\") }}\nq\n{{ a }}:\nuser:"
        );
        let made = mustache("user:\n{{q}}", PromptyVersion::One).unwrap();
        assert_eq!(made.template, "{{role \"user\" trim=true}}\n{{q}}");
        assert_eq!(
            jinja("user:\nhi\nassistant:\n", PromptyVersion::One).template,
            "{{ role(\"user\") }}\nhi\nassistant:"
        );
        for line in [
            "{{ m.speaker }}:",
            "{{ role }}:",
            "{% if q %}user:",
            "user: {# now #}",
            "{% for m in chat %}{{m.role}}:",
            "{% if q %}user:{% else %}assistant:{% endif %}",
        ] {
            assert!(may_name_role(line), "{line}");
        }
        assert!(!may_name_role("{{ m.role | lower }}:") && !may_name_role("a {{ b }}:"));
        assert!(is_joined(Some("a {%- if q -%}"), "user:", None));
        assert!(is_joined(None, "user:", Some("{{- q }}")));
        assert!(!is_joined(Some("{% if q -%}"), "user:", Some("{{ q }}")));
    }
}
