//! What can be wrong with a template, and where.

use super::Template;
use crate::source::{SourcePlace, nearest};
use minijinja::ErrorKind;
use std::fmt;

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateError {
    message: String,
    place: Option<Box<SourcePlace>>,
    help: Option<String>,
}

impl std::error::Error for TemplateError {}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(place) = &self.place {
            write!(f, "\n  --> {place}")?;
        }
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl TemplateError {
    /// An error without a place.
    pub(crate) fn new(message: impl Into<String>) -> TemplateError {
        TemplateError {
            message: message.into(),
            place: None,
            help: None,
        }
    }

    /// The same with a place.
    pub(crate) fn at(mut self, place: SourcePlace) -> TemplateError {
        self.place = Some(Box::new(place));
        self
    }

    /// The same with what to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> TemplateError {
        self.help = Some(help.into());
        self
    }

    /// Where it is, where that is known.
    pub fn place(&self) -> Option<&SourcePlace> {
        self.place.as_deref()
    }

    /// The message without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// From what minijinja says. `names` are the names that the template could have meant; `parts` finds the source of
    /// an included file.
    pub(crate) fn of(
        error: &minijinja::Error,
        template: &Template,
        names: &[String],
        parts: &dyn Fn(&str) -> Option<String>,
    ) -> TemplateError {
        // The innermost cause inside an included file says more than "could not render include".
        let mut error = error;
        while let Some(inner) =
            std::error::Error::source(error).and_then(|e| e.downcast_ref::<minijinja::Error>())
        {
            error = inner;
        }
        let (source, offset, file) = match error.name() {
            Some(name) if name != template.key() => match parts(name) {
                Some(source) => (source, 0, name.into()),
                None => (
                    template.source.to_string(),
                    template.body_start,
                    template.path.clone(),
                ),
            },
            _ => (
                template.source.to_string(),
                template.body_start,
                template.path.clone(),
            ),
        };
        let place = match (error.range(), error.line()) {
            (Some(range), _) => Some(SourcePlace::of_span(
                file,
                &source,
                range.start + offset..range.end + offset,
            )),
            (None, Some(line)) => {
                let before = source[..offset.min(source.len())].matches('\n').count();
                Some(SourcePlace::of_line(file, &source, line + before))
            }
            _ => None,
        };
        let written = error
            .range()
            .and_then(|r| source.get(r.start + offset..r.end + offset))
            .unwrap_or("")
            .trim();
        let detail = error.detail().unwrap_or("").to_owned();
        let (message, help) = match error.kind() {
            ErrorKind::UndefinedError => {
                let name = identifier(written);
                let near = nearest(name.rsplit('.').next().unwrap_or(name), names.iter().map(|n| n.rsplit('.').next().unwrap_or(n)));
                let message = if name.is_empty() {
                    "a name here has no value".to_owned()
                } else {
                    format!("`{name}` has no value here")
                };
                (message, Some(match near {
                    Some(near) => format!("did you mean `{near}`? Known here: {}", names.join(", ")),
                    None => format!("known here: {}", names.join(", ")),
                }))
            }
            ErrorKind::OutOfFuel => (
                "the template does too much and was stopped".to_owned(),
                Some("a loop that does not end, or a very long one?".to_owned()),
            ),
            ErrorKind::SyntaxError => (format!("template syntax: {detail}"), None),
            ErrorKind::TemplateNotFound => (
                format!("no file to include: {}", if detail.is_empty() { written } else { &detail }),
                Some("paths start at the project's folder, or with ./ at the template's; files outside of the project cannot be included".to_owned()),
            ),
            ErrorKind::UnknownFilter => (format!("no such filter: {detail}"), None),
            ErrorKind::UnknownFunction => (format!("no such function: {detail}"), Some("there are role(name) and field(name, value)".to_owned())),
            kind => (if detail.is_empty() { kind.to_string() } else { detail }, None),
        };
        TemplateError {
            message,
            place: place.map(Box::new),
            help,
        }
    }
}

/// The first dotted name in a piece of a template.
fn identifier(written: &str) -> &str {
    let start = written
        .find(|c: char| c.is_alphabetic() || c == '_')
        .unwrap_or(written.len());
    let rest = &written[start..];
    let end = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .unwrap_or(rest.len());
    rest[..end].trim_end_matches('.')
}
