//! A likely mistake in a prompt.

use crate::source::SourcePlace;
use serde::Serialize;
use std::fmt;

/// A likely mistake. Displays as its rule and message, the place, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Warning {
    /// The rule, as `silence` names it.
    pub rule: &'static str,
    /// The mistake and why it matters.
    pub message: String,
    /// Where, as `file:line:column`, where a place is known.
    #[serde(
        serialize_with = "serialize_place",
        skip_serializing_if = "Option::is_none"
    )]
    pub place: Option<SourcePlace>,
    /// Index of the template; `None` for what concerns the experiment.
    #[serde(skip)]
    pub template: Option<usize>,
    /// Whether a run would fail.
    #[serde(skip)]
    pub fatal: bool,
}

impl Warning {
    pub(super) fn new(rule: &'static str, message: impl Into<String>) -> Warning {
        Warning {
            rule,
            message: message.into(),
            place: None,
            template: None,
            fatal: false,
        }
    }

    pub(super) fn with_place(mut self, place: Option<SourcePlace>) -> Warning {
        self.place = place;
        self
    }

    pub(super) fn in_template(mut self, template: usize) -> Warning {
        self.template = Some(template);
        self
    }
}

fn serialize_place<S: serde::Serializer>(
    place: &Option<SourcePlace>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = place.as_ref().map(|place| match place.column {
        Some(column) => format!("{}:{}:{column}", place.file.display(), place.line),
        None => format!("{}:{}", place.file.display(), place.line),
    });
    text.serialize(serializer)
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.message, self.rule)?;
        match &self.place {
            Some(place) => write!(f, "\n  --> {place}"),
            None => Ok(()),
        }
    }
}
