//! What can be wrong with a template, and where.

use super::sandbox::{MAX_TEXT_MIB, Stopped};
use crate::{
    display::visible,
    source::{SourcePlace, nearest},
};
use minijinja::ErrorKind;
use std::{fmt, ops::Range, path::PathBuf};

/// A file that a template includes, for the places of errors in it.
pub(super) struct Part {
    pub(super) path: PathBuf,
    pub(super) source: String,
    pub(super) body_start: usize,
}

/// What is kept of an error of minijinja. The error itself holds values of the template, which can be too deep to be dropped
/// on any other thread.
#[derive(Debug)]
pub(super) struct EngineError {
    kind: ErrorKind,
    detail: String,
    /// The template or part that it is in, as the environment calls it.
    template: Option<String>,
    range: Option<Range<usize>>,
    line: Option<usize>,
}

impl EngineError {
    /// Whether the limit on work was reached.
    pub(super) fn is_limit(&self) -> bool {
        self.kind == ErrorKind::OutOfFuel
    }
}

impl EngineError {
    /// What a script of a dialect said of a byte of its template.
    pub(super) fn of_script(message: String, key: &str, at: usize, is_limit: bool) -> EngineError {
        EngineError {
            kind: match is_limit {
                true => ErrorKind::OutOfFuel,
                false => ErrorKind::InvalidOperation,
            },
            detail: message,
            template: Some(key.to_owned()),
            range: Some(at..at),
            line: None,
        }
    }
}

impl From<minijinja::Error> for EngineError {
    fn from(error: minijinja::Error) -> EngineError {
        // The innermost cause inside an included file says more than "could not render include".
        let mut cause = &error;
        while let Some(inner) =
            std::error::Error::source(cause).and_then(|e| e.downcast_ref::<minijinja::Error>())
        {
            cause = inner;
        }
        EngineError {
            kind: cause.kind(),
            detail: cause.detail().unwrap_or("").to_owned(),
            template: cause.name().map(str::to_owned),
            range: cause.range(),
            line: cause.line(),
        }
    }
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateError {
    message: String,
    place: Option<Box<SourcePlace>>,
    help: Option<String>,
}

impl From<Stopped> for TemplateError {
    fn from(stopped: Stopped) -> TemplateError {
        let error = TemplateError::new(stopped.to_string());
        match stopped {
            Stopped::Time => {
                error.help("does it build a list or map that holds itself many times?")
            }
            Stopped::Failed(_) => error,
        }
    }
}

impl TemplateError {
    /// Whether it is the same slip at the same place; the help may differ by what is there to be named.
    pub fn is_same(&self, other: &TemplateError) -> bool {
        (&self.message, &self.place) == (&other.message, &other.place)
    }
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
    pub(crate) fn with_place(mut self, place: SourcePlace) -> TemplateError {
        self.place = Some(Box::new(place));
        self
    }

    /// The same with the row that it happened for, where others may be fine.
    pub(crate) fn about_row(mut self, id: &str) -> TemplateError {
        let row = format!("it happened for row `{}`", visible(id));
        self.help = Some(match self.help {
            Some(help) => format!("{row}; {help}"),
            None => row,
        });
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

    /// From an error of the engine. `template` is the name and source of the rendered template; `names` are the names that
    /// the template could have meant; `parts` finds the source of an included file.
    pub(super) fn from_engine(
        error: &EngineError,
        template: (&str, Part),
        names: &[String],
        parts: &dyn Fn(&str) -> Option<Part>,
    ) -> TemplateError {
        let part = match &error.template {
            Some(name) if name != template.0 => parts(name),
            _ => None,
        };
        let Part {
            path: file,
            source,
            body_start: offset,
        } = part.unwrap_or(template.1);
        let span = error
            .range
            .clone()
            .map(|r| r.start + offset..r.end + offset);
        let written = span
            .clone()
            .and_then(|span| source.get(span))
            .unwrap_or("")
            .trim();
        let detail = error.detail.clone();
        let undefined = match error.kind {
            _ if undefined_name(&detail).is_some() => undefined_name(&detail),
            ErrorKind::UndefinedError => Some(identifier(written)),
            _ => None,
        };
        // Of a long expression, the caret stands under the name.
        let span = span.map(|span| {
            let name = undefined.unwrap_or("");
            let inside = source.get(span.clone()).and_then(|text| text.find(name));
            // A filter is blamed for what stands before it on its line.
            let before = || {
                let line = source.get(..span.start)?.rfind('\n').map_or(0, |i| i + 1);
                Some(line + source.get(line..span.start)?.rfind(name)?)
            };
            let at = inside.map(|at| span.start + at).or_else(before);
            match at {
                Some(at) if !name.is_empty() => at..at + name.len(),
                _ => span,
            }
        });
        let place = match (span, error.line) {
            (Some(span), _) => Some(SourcePlace::of_span(file, &source, span)),
            (None, Some(line)) => {
                let before = source[..offset.min(source.len())].matches('\n').count();
                Some(SourcePlace::of_line(file, &source, line + before))
            }
            _ => None,
        };
        let (message, help) = match error.kind {
            _ if undefined.is_some() => {
                let name = undefined.unwrap_or("");
                let last = |name: &str| name.rsplit('.').next().unwrap_or("").to_owned();
                let known: Vec<String> = names.iter().map(|n| last(n)).collect();
                let near = nearest(&last(name), known.iter().map(String::as_str));
                let message = if name.is_empty() {
                    "a name is undefined".to_owned()
                } else {
                    format!("`{name}` is undefined")
                };
                (message, Some(match near {
                    Some(near) => format!("did you mean `{near}`? Available: {}", names.join(", ")),
                    None => format!("available: {}", names.join(", ")),
                }))
            }
            ErrorKind::OutOfFuel => (
                format!("the template was stopped: it does too much work or makes too much text (at most {MAX_TEXT_MIB} MiB)"),
                Some("does it have an endless loop?".to_owned()),
            ),
            ErrorKind::SyntaxError => (format!("template syntax: {detail}"), None),
            ErrorKind::TemplateNotFound => (
                format!("file to include not found: {}", if detail.is_empty() { written } else { &detail }),
                Some("paths are relative to the project's folder, or with ./ to the template; files outside the project cannot be included".to_owned()),
            ),
            ErrorKind::UnknownFilter => {
                let name = identifier(written);
                let help = match nearest(name, FILTERS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("filters: {}", FILTERS.join(", ")),
                };
                (format!("no such filter: {name}"), Some(help))
            }
            ErrorKind::UnknownFunction => {
                let name = identifier(written);
                let help = match nearest(name, FUNCTIONS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "available: role(name), field(name, value), range, dict, namespace".into(),
                };
                (format!("no such function: {name}"), Some(help))
            }
            kind => (if detail.is_empty() { kind.to_string() } else { detail }, None),
        };
        TemplateError {
            message,
            place: place.map(Box::new),
            help,
        }
    }
}

/// Filters that people use in prompts.
const FILTERS: [&str; 37] = [
    "abs",
    "attr",
    "batch",
    "capitalize",
    "default",
    "dictsort",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "random",
    "reject",
    "replace",
    "reverse",
    "round",
    "select",
    "sort",
    "split",
    "sum",
    "title",
    "tojson",
    "trim",
    "truncate",
    "unique",
    "upper",
];

const FUNCTIONS: [&str; 5] = ["role", "field", "range", "dict", "namespace"];

/// The name in "`row.txt` is undefined", which minijinja adds where it knows it.
fn undefined_name(detail: &str) -> Option<&str> {
    let end = detail.find("` is undefined")?;
    let name = detail[..end].rsplit('`').next()?;
    Some(name)
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
