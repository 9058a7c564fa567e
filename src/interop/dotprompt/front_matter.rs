//! Where the front matter of a file ends and its prompt begins.

use regex::Regex;
use std::{borrow::Cow, sync::LazyLock};

/// The two parts of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FrontMatter<'a> {
    /// YAML, with as many lines before it as in the file.
    pub(super) yaml: Cow<'a, str>,
    /// The prompt, a part of the file's text.
    pub(super) body: &'a str,
    /// Whether there is front matter, which may be empty.
    pub(super) is_there: bool,
    /// Whether it stands where only version 1 of Prompty finds it.
    pub(super) is_of_version_1: bool,
}

impl FrontMatter<'_> {
    /// Between lines `---`, by the rule of Dotprompt: the ends of the prompt are cut where there is one.
    pub(super) fn of_dotprompt(text: &str) -> FrontMatter<'_> {
        static PARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?s)^---\s*(?:\r\n|\r|\n)(.*?)(?:\r\n|\r|\n)---[^\S\r\n]*(?:(?:\r\n|\r|\n)\s*?(.*))?$").ok()
        });
        let found = PARTS.as_ref().and_then(|parts| parts.captures(text));
        let head = found.as_ref().and_then(|found| found.get(1));
        match (head, found.as_ref().and_then(|found| found.get(2))) {
            (Some(head), body) if !head.is_empty() => FrontMatter {
                yaml: text[..head.end()].into(),
                body: body.map_or("", |body| body.as_str().trim()),
                is_there: true,
                is_of_version_1: false,
            },
            _ => FrontMatter::without(text),
        }
    }

    /// From the first `---`, behind nothing but white space, to the next one wherever it stands, by the rule of Prompty: the beginning of
    /// the prompt is cut. Where it does not begin so, version 1 may find it. `None` where there is no next one, and Prompty refuses the file.
    pub(super) fn of_prompty(text: &str) -> Option<FrontMatter<'_>> {
        let Some(inner) = text.trim_start().strip_prefix(FENCES[0]) else {
            let found = FrontMatter::of_prompty_1(text);
            return Some(found.unwrap_or_else(|| FrontMatter::without(text.trim_start())));
        };
        let ends = FENCES.iter().filter_map(|fence| inner.find(fence));
        let end = ends.min()?;
        let before = &text[..text.len() - inner.len()];
        let lines = "\n".repeat(before.matches('\n').count());
        Some(FrontMatter {
            yaml: format!("{lines}{}", &inner[..end]).into(),
            body: inner[end + FENCES[0].len()..].trim_start(),
            is_there: true,
            is_of_version_1: false,
        })
    }

    /// Between the first two `---` or `+++` of which one begins a line, whatever stands before, by the rule of version 1 of Prompty. Text
    /// before it is not sent.
    fn of_prompty_1(text: &str) -> Option<FrontMatter<'_>> {
        static PARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?sm)^\s*(?:---|\+\+\+)(.*?)(?:---|\+\+\+)\s*(.+)$").ok()
        });
        let found = PARTS.as_ref()?.captures(text)?;
        let (yaml, body) = (found.get(1)?, found.get(2)?);
        // Rules of Markdown look the same.
        static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?m)^(?:name|model|inputs|outputs|sample|template|base)\s*:").ok()
        });
        if !KEY.as_ref()?.is_match(yaml.as_str()) {
            return None;
        }
        let lines = "\n".repeat(text[..yaml.start()].matches('\n').count());
        Some(FrontMatter {
            yaml: format!("{lines}{}", yaml.as_str()).into(),
            body: &text[body.start()..],
            is_there: true,
            is_of_version_1: true,
        })
    }

    fn without(text: &str) -> FrontMatter<'_> {
        FrontMatter {
            yaml: "".into(),
            body: text,
            is_there: false,
            is_of_version_1: false,
        }
    }

    /// The line, from 0, on which the front matter of Prompty ends where no line of dashes ends it.
    pub(super) fn end_within_a_line(&self) -> Option<usize> {
        let line = self.yaml.rsplit('\n').next().unwrap_or_default();
        let is_within = self.is_there && !line.trim().is_empty();
        is_within.then(|| self.yaml.matches('\n').count())
    }
}

/// What the front matter of Prompty stands between.
const FENCES: [&str; 2] = ["---", "+++"];

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded with Prompty 2.1.0.
    #[test]
    fn prompty_reads_it_from_the_first_dashes_to_the_next() {
        let of = |text: &'static str| {
            let found = FrontMatter::of_prompty(text)?;
            Some((found.yaml.into_owned(), found.body))
        };
        for (text, yaml, body) in [
            ("---\na: 1\n---\nhi\n", "\na: 1\n", "hi\n"),
            ("\n  ---\na: 1\n---\n\n hi", "\n\na: 1\n", "hi"),
            ("---\n---\nhi", "\n", "hi"),
            ("---\na: 1\n---system:\nhi", "\na: 1\n", "system:\nhi"),
            ("---\na: b --- c\n---\nhi", "\na: b ", "c\n---\nhi"),
            ("---\na: 1\n+++\nhi", "\na: 1\n", "hi"),
            ("hi --- there", "", "hi --- there"),
            // With Prompty 0.1.50.
            ("# a\n+++\nname: b\n+++\nhi\n", "\n\nname: b\n", "hi\n"),
            ("a\n---\nNote: b\n---\nhi", "", "a\n---\nNote: b\n---\nhi"),
        ] {
            assert_eq!(of(text), Some((yaml.to_owned(), body)), "{text:?}");
        }
        assert_eq!(of("---\na: 1\nhi"), None);
        let within = FrontMatter::of_prompty("---\na: b --- c\n---\nhi").unwrap();
        assert_eq!(within.end_within_a_line(), Some(1));
    }

    #[test]
    fn dotprompt_reads_it_between_lines() {
        let found = FrontMatter::of_dotprompt("---\na: b --- c\n---\n hi \n");
        assert_eq!((&*found.yaml, found.body), ("---\na: b --- c", "hi"));
        let found = FrontMatter::of_dotprompt(" hi \n");
        assert_eq!((found.is_there, found.body), (false, " hi \n"));
    }
}
