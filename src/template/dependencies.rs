//! What a template may look at, read from its text and from the texts of the parts that it includes.

use super::{
    media::FUNCTIONS,
    render_context::CalledFunctions,
    reply_bounds::{only_quotes, uses_replies},
    sandbox::builds_values,
    tool_history,
};
use crate::model::axis_param;
use minijinja::Environment;
use regex::Regex;
use std::{borrow::Cow, collections::HashSet, path::Path, sync::LazyLock};

/// What a template may look at.
#[derive(Debug, Clone, Default)]
pub(super) struct Dependencies {
    /// Names without a value of their own in the template: `row.text`, `tone`, `axes.tone`, functions too.
    names: HashSet<String>,
    /// A part is named by an expression, so anything may be used.
    anything: bool,
    /// The word `axes` stands somewhere.
    pub(super) axes: bool,
    /// It or a part makes values of its own.
    pub(super) builds_values: bool,
    /// It or a part does more with replies than to quote them, so that what they add to a prompt has no bound.
    pub(super) computes_with_replies: bool,
    /// Which functions it or a part calls, besides those that always have their names.
    pub(super) functions: CalledFunctions,
    /// Hash of the texts of the parts that it includes, by their names; `None` where one is named by an expression, or where
    /// files of other kinds are shown.
    pub(super) parts: Option<blake3::Hash>,
}

/// The tags that name other files.
static TAGS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?s)\{%[-+]?\s*(include|import|extends|from)\s+(.*?)[-+]?%\}").ok()
});

/// A tag, what is quoted in it, the sign of a slice such as `row.items[:3]`, and the names.
static SLICES: LazyLock<Option<[Regex; 4]>> = LazyLock::new(|| {
    let regex = |text: &str| Regex::new(text).ok();
    Some([
        regex(r"(?s)\{[{%].*?[%}]\}")?,
        regex(r#"(?s)"[^"]*"|'[^']*'"#)?,
        regex(r"(?s)\[.*:")?,
        regex(r"[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*")?,
    ])
});

impl Dependencies {
    /// Of a compiled template and its parts. Parts that cannot be read or do not compile are handed to `problem`.
    pub(super) fn collect(
        environment: &Environment<'_>,
        key: &str,
        problem: &mut dyn FnMut(minijinja::Error),
    ) -> Dependencies {
        let mut uses = Dependencies::default();
        let mut texts = blake3::Hasher::new();
        let mut open = vec![(key.to_owned(), false)];
        let mut seen: HashSet<String> = HashSet::new();
        while let Some((name, may_miss)) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            let template = match environment.get_template(&name) {
                Ok(template) => template,
                // The tag that asks for it says where, when it is rendered.
                Err(error)
                    if error.kind() == minijinja::ErrorKind::TemplateNotFound || may_miss =>
                {
                    continue;
                }
                Err(error) => {
                    problem(error);
                    continue;
                }
            };
            for text in [name.as_str(), template.source()] {
                texts.update(text.as_bytes());
                texts.update(&[0]);
            }
            uses.names.extend(template.undeclared_variables(true));
            uses.names.extend(sliced(template.source()));
            uses.axes |= template.source().contains("axes");
            uses.builds_values |= builds_values(template.source());
            uses.computes_with_replies |= match name == key {
                true => !only_quotes(template.source()),
                // What stands around the part may change it.
                false => uses_replies(template.source()),
            };
            uses.functions.media |= calls(template.source(), &FUNCTIONS);
            uses.functions.reply |= calls(template.source(), &["reply"]);
            uses.functions.tool_call |= calls(template.source(), &[tool_history::FUNCTION]);
            match parts(template.source()) {
                Some(parts) => {
                    open.extend(parts.into_iter().map(|part| (join(&part, &name), true)))
                }
                None => uses.anything = true,
            }
        }
        uses.functions.media |= uses.anything;
        uses.parts = (!uses.anything && !uses.functions.media).then(|| texts.finalize());
        uses.axes |= uses.anything;
        uses.builds_values |= uses.anything;
        uses.computes_with_replies |= uses.anything;
        uses
    }

    /// Add what another text of the same prompt looks at.
    pub(super) fn merge(&mut self, other: Dependencies) {
        self.names.extend(other.names);
        self.anything |= other.anything;
        self.axes |= other.axes;
        self.builds_values |= other.builds_values;
        self.functions.media |= other.functions.media;
        self.functions.reply |= other.functions.reply;
        self.functions.tool_call |= other.functions.tool_call;
        self.parts = self.parts.zip(other.parts).map(|(a, b)| {
            let mut both = blake3::Hasher::new();
            both.update(a.as_bytes());
            both.update(b.as_bytes());
            both.finalize()
        });
    }

    /// Of a text without tags.
    pub(super) fn none() -> Dependencies {
        Dependencies::of_script(HashSet::new())
    }

    /// Of a script of a dialect, which looks at these names and includes no part.
    pub(super) fn of_script(names: HashSet<String>) -> Dependencies {
        Dependencies {
            parts: Some(blake3::Hash::from_bytes([0; 32])),
            axes: names.iter().any(|name| name.starts_with("axes")),
            names,
            ..Dependencies::default()
        }
    }

    /// Whether prompts can depend on an axis.
    pub(super) fn axis(&self, axis: &str) -> bool {
        if self.anything || axis_param(axis).is_some() || self.names.contains("axes") {
            return true;
        }
        let root = axis.split('.').next().unwrap_or(axis);
        self.name(root)
            || self.names.contains(&format!("axes.{axis}"))
            || root == "format" && self.name("field")
    }

    /// Whether prompts can depend on a column of the row.
    pub(super) fn column(&self, column: &str) -> bool {
        let dotted = format!("row.{column}");
        self.anything
            || self.names.contains("row")
            || self.names.iter().any(|name| {
                name.strip_prefix(&dotted)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
            || self.name(column)
    }

    /// Whether a name, or something in it, is used.
    pub(super) fn name(&self, root: &str) -> bool {
        self.anything
            || self.names.iter().any(|name| {
                name.strip_prefix(root)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
    }
}

/// Whether a text calls one of these functions.
fn calls(text: &str, functions: &[&str]) -> bool {
    let calls = |tag: &str, name: &str| {
        tag.match_indices(name).any(|(at, _)| {
            let is_start = !tag[..at].ends_with(|c: char| c.is_alphanumeric() || "_.".contains(c));
            is_start && tag[at + name.len()..].trim_start().starts_with('(')
        })
    };
    tags(text).any(|tag| functions.iter().any(|name| calls(&tag, name)))
}

/// The tags of a text, without what is quoted in them.
fn tags(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let found = SLICES.as_ref().into_iter();
    found.flat_map(|[tags, quoted, ..]| {
        let all = tags.find_iter(text);
        all.map(|tag| quoted.replace_all(tag.as_str(), "''"))
    })
}

/// Names in the tags with slices: minijinja tells of no name that is sliced. Some more than are looked at, which does no harm.
fn sliced(text: &str) -> Vec<String> {
    let Some([_, _, slice, names]) = SLICES.as_ref() else {
        return Vec::new();
    };
    tags(text)
        .filter(|tag| slice.is_match(tag))
        .flat_map(|tag| {
            let found = names.find_iter(&tag).map(|name| name.as_str().to_owned());
            found.collect::<Vec<_>>()
        })
        .collect()
}

/// The files that a template's text names; `None` where one is named by an expression.
fn parts(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    for found in TAGS.as_ref()?.captures_iter(text) {
        let words = found.get(2).map_or("", |m| m.as_str());
        let words = match &found[1] {
            "from" | "import" => words
                .split(" import ")
                .next()
                .unwrap_or(words)
                .split(" as ")
                .next()
                .unwrap_or(words),
            _ => words,
        };
        let named: Vec<String> = quoted(words);
        let literal = words.trim_start().starts_with(['"', '\'', '['])
            && !words.contains(['~', '+', '|'])
            && !named.is_empty();
        if !literal {
            return None;
        }
        parts.extend(named);
    }
    Some(parts)
}

fn quoted(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['"', '\'']) {
        let quote = &rest[start..=start];
        let inner = &rest[start + 1..];
        let Some(end) = inner.find(quote) else { break };
        found.push(inner[..end].to_owned());
        rest = &inner[end + 1..];
    }
    found
}

/// The path that `{% include %}` means: from the project's folder, or with `./` and `../` from the template's.
pub(super) fn join(name: &str, parent: &str) -> String {
    if !(name.starts_with("./") || name.starts_with("../")) {
        return name.to_owned();
    }
    let mut parts: Vec<&str> = Path::new(parent)
        .parent()
        .and_then(Path::to_str)
        .unwrap_or("")
        .split('/')
        .collect();
    for part in name.split('/') {
        match part {
            "." | "" => {}
            ".." if parts
                .last()
                .is_some_and(|last| !last.is_empty() && *last != "..") =>
            {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let path = parts.join("/");
    if parent.starts_with('/') {
        path
    } else {
        path.trim_start_matches('/').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_and_expressions_are_not_guessed() {
        assert_eq!(
            parts(
                "{% include \"a.j2\" %}{%- from './b.j2' import x, y -%}{% include [\"c\", 'd'] ignore missing %}"
            ),
            Some(vec!["a.j2".into(), "./b.j2".into(), "c".into(), "d".into()])
        );
        assert_eq!(
            parts("{% import \"m.j2\" as m %}"),
            Some(vec!["m.j2".into()])
        );
        assert_eq!(parts("{% include row.kind ~ \".j2\" %}"), None);
        assert_eq!(parts("{% include \"a\" ~ row.kind %}"), None);
    }

    #[test]
    fn media_are_called_in_tags_and_not_in_prose() {
        let calls = ["{{ image(row.a) }}", "{% set x = file( row.b ) %}"];
        let calls_media = |text| super::calls(text, &FUNCTIONS);
        assert!(calls.into_iter().all(calls_media));
        let other = [
            "Name the object in the image (one word): {{ image }}",
            "{{ field(\"image (url)\", row.a) }}",
            "{{ my_image(row.a) }}{{ row.file (1) }}",
        ];
        assert!(!other.into_iter().any(calls_media));
    }

    #[test]
    fn what_is_sliced_is_used() {
        let text = "{{ row.text }} [a: b] {% set x = row.passages[:show.n] %}{{ (row.a.split('. b.c'))[1:] }}{{ level[::2] }}";
        let names = sliced(text);
        let uses = Dependencies {
            names: names.into_iter().collect(),
            ..Dependencies::default()
        };
        for used in ["passages", "a"] {
            assert!(uses.column(used), "{used}");
        }
        assert!(uses.axis("show") && uses.axis("level"));
        assert!(!uses.axis("b") && !uses.column("c"));
    }

    #[test]
    fn paths_are_joined_as_written() {
        assert_eq!(join("x.j2", "t/a.j2"), "x.j2");
        assert_eq!(join("./x.j2", "t/a.j2"), "t/x.j2");
        assert_eq!(join("../x.j2", "t/u/a.j2"), "t/x.j2");
        assert_eq!(join("./x.j2", "a.j2"), "x.j2");
        assert_eq!(join("../../x.j2", "t/a.j2"), "../x.j2");
    }
}
