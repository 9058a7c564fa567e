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

/// A line that names a role, its attributes in brackets. White space of Python is that of Unicode and four control characters.
static ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r#"(?i)^\s*#?\s*(system|developer|user|assistant)(\[(?:\w+\s*=\s*(?:"[^"]*"|[^",\]]*)\s*,?\s*)+\])?\s*:\s*$"#;
    Regex::new(&pattern.replace(r"\s", r"[\s\x1c-\x1f]")).ok()
});

/// A template made of the text of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PromptyText {
    pub(super) template: String,
    /// Attributes of messages, with the line (from 1) on which they stand.
    pub(super) attributes: Vec<(usize, String)>,
}

/// The text in Jinja. A role begins a message between `{% raw %}` and `{% endraw %}` too.
pub(super) fn jinja(body: &str) -> PromptyText {
    const MARK: (&str, &str) = ("{{ role(\"", "\", trim=\"block\") }}");
    const RAW: (&str, &str) = ("{% endraw %}{{ role(\"", "\", trim=\"block\") }}{% raw %}");
    let JinjaText { text, raw } = JinjaText::read(&unix(body));
    messages(&text, |line| {
        let is_raw = raw
            .iter()
            .any(|raw| raw.start <= line.start && line.end <= raw.end);
        Some(if is_raw { RAW } else { MARK })
    })
}

/// The text in Mustache. A line within a tag names no role, and messages begin with the delimiters that hold there.
pub(super) fn mustache(body: &str) -> Result<PromptyText, SyntaxError> {
    let body = unix(body);
    let text = MustacheText::parse(&body)?;
    let marks: Vec<(usize, String, String)> = text
        .delimiters
        .iter()
        .map(|Delimiters { from, left, right }| {
            let close = format!("\" trim=\"block\"{right}");
            (*from, format!("{left}role \""), close)
        })
        .collect();
    Ok(messages(&body, |line| {
        let is_in = |text: &Range<usize>| text.start <= line.start && line.end <= text.end;
        // Before the first line of all, the delimiters are those of every template.
        let is_text = line.is_empty() || text.texts.iter().any(is_in);
        let mark = marks.iter().rev().find(|(from, ..)| *from <= line.start);
        mark.filter(|_| is_text)
            .map(|(_, open, close)| (open.as_str(), close.as_str()))
    }))
}

/// Line ends as Python reads them from a file.
fn unix(body: &str) -> String {
    body.replace("\r\n", "\n").replace('\r', "\n")
}

/// Put the marks of roles in. What stands around the role's name there is `None` where a line names none.
fn messages<'m>(
    body: &str,
    mark: impl Fn(Range<usize>) -> Option<(&'m str, &'m str)>,
) -> PromptyText {
    let mut made = PromptyText::default();
    let (mut rest, mut line_feeds) = (body, 0);
    loop {
        let at = body.len() - rest.len();
        let end = rest.find(is_line_end).unwrap_or(rest.len());
        let line = &rest[..end];
        let mut behind = rest[end..].chars();
        let ending = behind.next();
        let found = ROLE.as_ref().and_then(|role| role.captures(line));
        let found = found.and_then(|found| Some((found, mark(at..at + end)?)));
        if let Some((found, (open, close))) = found {
            made.template += &format!("{open}{}{close}", found[1].to_lowercase());
            made.template.extend(ending.map(|_| '\n'));
            if let Some(text) = found.get(2) {
                let line = line_feeds + 1;
                made.attributes.push((line, text.as_str().to_owned()));
            }
        } else {
            if at == 0
                && let Some((open, close)) = mark(0..0)
            {
                made.template += &format!("{open}system{close}\n");
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
        let made = jinja("Be nice.\r\n\r\n# User[name=\"Bob\"]:\n  hi\nassistant :\nsystem: no\n");
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
        let made = jinja("system:\na\u{b}b\u{2028}user[n=1]:\u{85}c\n\u{1f}user\u{1f}:\x1cd");
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
        let made = mustache("a{{!\nuser:\n}}\n{{=<% %>=}}\nuser:\n<%q%>").unwrap();
        assert_eq!(
            made.template,
            "{{role \"system\" trim=\"block\"}}\na{{!\nuser:\n}}\n{{=<% %>=}}\n<%role \"user\" trim=\"block\"%>\n<%q%>"
        );
        assert!(mustache("user:\n{{#a}}").is_err());
    }
}
