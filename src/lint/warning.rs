//! One thing that is likely not meant.

use crate::source::SourcePlace;
use serde::Serialize;
use std::fmt;

/// One thing that is likely not meant. Displays as its rule and message, the place, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Warning {
    /// The rule, as `silence` names it.
    pub rule: &'static str,
    /// What is the matter, and why it matters.
    pub message: String,
    /// Where, as `file:line:column`, where a place is known.
    #[serde(serialize_with = "at", skip_serializing_if = "Option::is_none")]
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

    pub(super) fn at(mut self, place: Option<SourcePlace>) -> Warning {
        self.place = place;
        self
    }

    pub(super) fn of(mut self, template: usize) -> Warning {
        self.template = Some(template);
        self
    }
}

fn at<S: serde::Serializer>(place: &Option<SourcePlace>, serializer: S) -> Result<S::Ok, S::Error> {
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
