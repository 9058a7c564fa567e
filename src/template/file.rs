//! A template file, split into front matter and body.

use super::TemplateError;
use crate::{
    dialect::Dialect,
    model::Axis,
    project::{Reader, read_axes},
    source::{SourcePlace, as_typed, nearest, read_text, replace_file},
};
use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

const FENCE: &str = "+++";

/// A template file, read and split into front matter and body.
#[derive(Debug, Clone)]
pub struct Template {
    /// The file's stem: the variant's name starts with it.
    pub name: String,
    /// Where it is, as the user would type it.
    pub path: PathBuf,
    /// The whole file, as read.
    pub source: Arc<str>,
    /// Byte offset of the body in `source`.
    pub body_start: usize,
    /// `description` of the front matter.
    pub description: Option<String>,
    /// Axes of the front matter: wordings, `shots.…`, `format`, `params.…`.
    pub axes: Vec<Axis>,
    /// `format = { sample = n }` among the axes of the front matter.
    pub format_sample: Option<usize>,
    /// Rules of the prompt lint that this template is not held to.
    pub silence: Vec<String>,
    /// `whitespace = "keep"`: block tags leave their line ends.
    pub keep_whitespace: bool,
    /// How it is written.
    pub dialect: Dialect,
    /// `chat = true`: its text is a list of messages in JSON or YAML.
    pub is_chat: bool,
    /// Where each axis of the front matter stands, by name.
    pub(super) places: BTreeMap<String, Range<usize>>,
    /// What the environment calls it: its path from the project's folder.
    pub(super) key: String,
}

/// The rules of the prompt lint, by the names that `silence` takes.
pub const LINT_RULES: [&str; 12] = [
    "trailing-space",
    "double-space",
    "line-ends",
    "shot-format",
    "labels",
    "unused-column",
    "unused-shots",
    "answer-leak",
    "context",
    "unused-level",
    "same-variant",
    "expected-label",
];

/// Where the body begins: after the front matter, where there is one that ends.
pub(super) fn body_start(source: &str) -> usize {
    front_matter(source).map_or(0, |(_, _, body)| body)
}

/// Start and end of the front matter's text, and the start of the body.
pub(super) fn front_matter(source: &str) -> Option<(usize, usize, usize)> {
    let first = source.lines().next().unwrap_or("");
    if first.trim_end() != FENCE {
        return None;
    }
    let start = first.len() + source[first.len()..].find('\n').map_or(0, |i| i + 1);
    let mut at = start;
    for line in source[start..].split_inclusive('\n') {
        if line.trim_end() == FENCE {
            return Some((start, at, at + line.len()));
        }
        at += line.len();
    }
    None
}

impl Template {
    /// Its source, for the places of render errors.
    pub(super) fn as_part(&self) -> super::error::Part {
        super::error::Part {
            path: self.path.clone(),
            source: self.source.to_string(),
            body_start: self.body_start,
        }
    }

    pub fn read(path: &Path) -> Result<Template, Vec<TemplateError>> {
        let shown = as_typed(path);
        let text = read_text(path).map_err(|e| {
            vec![TemplateError::new(format!(
                "cannot read the template {}: {e}",
                shown.display()
            ))]
        })?;
        Template::parse(shown, text.trim_start_matches('\u{feff}'))
    }

    /// Put another text in the place of the file, whole or not at all, unless the file has changed since it was read. It
    /// keeps its permissions and its byte order mark.
    pub fn replace(&self, path: &Path, after: &str) -> Result<(), TemplateError> {
        let shown = as_typed(path);
        let failed = |what: &str, e: std::io::Error| {
            TemplateError::new(format!("cannot {what} {}: {e}", shown.display()))
        };
        let now = read_text(path).map_err(|e| failed("read", e))?;
        let text = now.trim_start_matches('\u{feff}');
        if *text != *self.source {
            return Err(TemplateError::new(format!(
                "{} changed while the model was running; nothing was written",
                shown.display()
            )));
        }
        let mark = &now[..now.len() - text.len()];
        replace_file(path, format!("{mark}{after}")).map_err(|e| failed("write", e))
    }

    /// Split a template's text.
    pub fn parse(path: PathBuf, source: &str) -> Result<Template, Vec<TemplateError>> {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        let name = name.split('.').next().unwrap_or_default().to_owned();
        let mut template = Template {
            name,
            path,
            source: source.into(),
            body_start: 0,
            description: None,
            axes: Vec::new(),
            format_sample: None,
            silence: Vec::new(),
            keep_whitespace: false,
            dialect: Dialect::default(),
            is_chat: false,
            places: BTreeMap::new(),
            key: String::new(),
        };
        template.key = template.path.display().to_string();
        if source.lines().next().unwrap_or("").trim_end() != FENCE {
            return Ok(template);
        }
        let Some((start, end, body)) = front_matter(source) else {
            return Err(vec![
                TemplateError::new("the front matter is not closed")
                    .with_place(SourcePlace::of_span(&template.path, source, 0..3))
                    .help("add a line `+++` at its end"),
            ]);
        };
        template.body_start = body;
        let reader = Reader::new(template.path.clone(), source, start);
        if let Some(table) = reader.parse(end) {
            let section = reader.section("the front matter", 0..0, table.get_ref());
            template.description = section.text("description");
            if let Some(item) = section.get("whitespace") {
                match section.as_text("whitespace", item).as_deref() {
                    None | Some("trim") => {}
                    Some("keep") => template.keep_whitespace = true,
                    Some(other) => reader.problem(
                        item.span(),
                        format!("`whitespace` cannot be `{other}`"),
                        Some("keep or trim".into()),
                    ),
                }
            }
            if let Some(item) = section.get("dialect") {
                let name = section.as_text("dialect", item).unwrap_or_default();
                match Dialect::ALL
                    .into_iter()
                    .find(|dialect| dialect.as_str() == name)
                {
                    Some(dialect) => template.dialect = dialect,
                    None => reader.problem(
                        item.span(),
                        format!("`dialect` cannot be `{name}`"),
                        Some(Dialect::ALL.map(Dialect::as_str).join(", ")),
                    ),
                }
            }
            template.is_chat = section.flag("chat").unwrap_or(false);
            if let Some(axes) = section.inner("axes") {
                let read = read_axes(&axes, false);
                template.axes = read.axes;
                template.format_sample = read.format_sample;
                let places = read.places.into_iter();
                template.places = places
                    .map(|(name, span)| (name, span.start + start..span.end + start))
                    .collect();
            }
            for (rule, span) in section.texts("silence").unwrap_or_default() {
                if !LINT_RULES.contains(&rule.as_str()) {
                    let help = match nearest(&rule, LINT_RULES) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("available: {}", LINT_RULES.join(", ")),
                    };
                    reader.problem(span, format!("no rule `{rule}` to silence"), Some(help));
                }
                template.silence.push(rule);
            }
            section.finish();
        }
        let problems = reader.into_problems();
        if problems.is_empty() {
            return Ok(template);
        }
        Err(problems
            .into_iter()
            .map(|p| {
                let error = TemplateError::new(p.message).with_place(p.place);
                match p.help {
                    Some(help) => error.help(help),
                    None => error,
                }
            })
            .collect())
    }

    /// The part that is rendered.
    pub fn body(&self) -> &str {
        &self.source[self.body_start..]
    }

    /// Where an axis of the front matter is written.
    pub fn axis_place(&self, axis: &str) -> Option<SourcePlace> {
        let span = self.places.get(axis)?;
        Some(SourcePlace::of_span(&self.path, &self.source, span.clone()))
    }

    /// Whether a rule of the prompt lint is silenced.
    pub fn silences(&self, rule: &str) -> bool {
        self.silence.iter().any(|silenced| silenced == rule)
    }

    /// The place of a byte range of the body.
    pub fn place(&self, span: Range<usize>) -> SourcePlace {
        let start = self.body_start;
        SourcePlace::of_span(
            &self.path,
            &self.source,
            span.start + start..span.end + start,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_is_read_and_its_errors_are_located_in_the_file() {
        let good = Template::parse(
            "t/a.b.j2".into(),
            "+++\ndescription = \"x\"\n[axes]\ntone = [\"a\", \"b\"]\n+++\nbody",
        )
        .unwrap();
        assert_eq!(
            (good.name.as_str(), good.body(), good.axes.len()),
            ("a", "body", 1)
        );
        let errors =
            Template::parse("t/a.j2".into(), "+++\ndescripton = \"x\"\n+++\n").unwrap_err();
        let text = errors[0].to_string();
        assert!(
            text.contains("t/a.j2:2:1") && text.contains("did you mean `description`?"),
            "{text}"
        );
        let errors = Template::parse("t/a.j2".into(), "+++\nx = 1\n").unwrap_err();
        assert!(errors[0].to_string().contains("not closed"));
    }
}
