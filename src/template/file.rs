//! A template file, split into front matter and body.

use super::TemplateError;
use crate::{
    model::Axis,
    project::{Reader, read_axes},
    source::{SourcePlace, as_typed},
};
use std::{
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
    /// Axes of the front matter.
    pub axes: Vec<Axis>,
    /// `whitespace = "keep"`: block tags leave their line ends.
    pub keep_whitespace: bool,
}

impl Template {
    /// Read a template file.
    pub fn read(path: &Path) -> Result<Template, Vec<TemplateError>> {
        let shown = as_typed(path);
        let text = std::fs::read_to_string(path).map_err(|e| {
            vec![TemplateError::new(format!(
                "the template {} cannot be read: {e}",
                shown.display()
            ))]
        })?;
        Template::parse(shown, text.trim_start_matches('\u{feff}'))
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
            keep_whitespace: false,
        };
        let first = source.lines().next().unwrap_or("");
        if first.trim_end() != FENCE {
            return Ok(template);
        }
        let start = first.len() + source[first.len()..].find('\n').map_or(0, |i| i + 1);
        let mut at = start;
        let mut end = None;
        for line in source[start..].split_inclusive('\n') {
            if line.trim_end() == FENCE {
                end = Some(at);
                template.body_start = at + line.len();
                break;
            }
            at += line.len();
        }
        let Some(end) = end else {
            return Err(vec![
                TemplateError::new("the front matter has no end")
                    .at(SourcePlace::of_span(&template.path, source, 0..3))
                    .help("close it with a line `+++`"),
            ]);
        };
        let reader = Reader::new(template.path.clone(), source, start);
        if let Some(table) = reader.parse(end) {
            let section = reader.section("the front matter", 0..0, table.get_ref());
            template.description = section.text("description");
            match section.text("whitespace").as_deref() {
                None | Some("trim") => {}
                Some("keep") => template.keep_whitespace = true,
                Some(other) => reader.problem(
                    0..0,
                    format!("`whitespace` cannot be `{other}`"),
                    Some("keep or trim".into()),
                ),
            }
            if let Some(axes) = section.inner("axes") {
                template.axes = read_axes(&axes, &[]);
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
                let error = TemplateError::new(p.message).at(p.place);
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

    /// What the environment calls it.
    pub(crate) fn key(&self) -> String {
        self.path.display().to_string()
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
        assert!(errors[0].to_string().contains("no end"));
    }
}
