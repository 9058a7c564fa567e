//! What is wrong with a gate.

use crate::{display::visible, source::did_you_mean};
use unicode_width::UnicodeWidthStr;

/// What is wrong with a gate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateError {
    /// It is not understood.
    #[error(
        "the gate is not understood: {message}{}\nwrite for example 'score>=0.8', 'score(plain).low>0.7', 'spread<=0.05', 'diff(new,base).low>-0.02' or 'failed==0 and latency.p95<2000'",
        excerpt(text, *at)
    )]
    Syntax {
        text: String,
        /// At which character, from 1.
        at: usize,
        message: String,
    },
    /// It names something that is not there.
    #[error("the gate has an unknown {}{}{}", absent.what(), excerpt(gate, *at), absent.listed())]
    Absent {
        gate: String,
        /// At which character, from 1.
        at: usize,
        absent: AbsentName,
    },
    /// A name is used in a way that it cannot be.
    #[error("the gate `{gate}`: {message}")]
    Use { gate: String, message: String },
}

/// What is wrong with a name in a gate.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NameError {
    Absent(AbsentName),
    /// It is used in a way that it cannot be.
    Use(String),
}

/// A name that nothing has.
#[derive(Debug, Clone, PartialEq)]
pub struct AbsentName {
    pub(super) name: String,
    /// Kinds of things that it could name, with the names that there are.
    known: Vec<(&'static str, Vec<String>)>,
}

impl AbsentName {
    /// Most names of a kind that are listed.
    const LISTED: usize = 16;

    /// `metric or function `urgncy`; did you mean `urgency`?`
    fn what(&self) -> String {
        let kinds: Vec<&str> = self.known.iter().map(|(kind, _)| *kind).collect();
        let names = self.known.iter().flat_map(|(_, names)| names);
        let near = did_you_mean(&self.name, names.map(String::as_str));
        format!("{} `{}`{near}", kinds.join(" or "), self.name)
    }

    /// A line for each kind: `metrics: quality, urgency`.
    fn listed(&self) -> String {
        let known = self.known.iter().filter(|(_, names)| !names.is_empty());
        let line = |(kind, names): &(&str, Vec<String>)| {
            let mut shown: Vec<&str> = names.iter().map(String::as_str).collect();
            if shown.len() > AbsentName::LISTED {
                shown.truncate(AbsentName::LISTED);
                shown.push("…");
            }
            format!("\n{kind}s: {}", shown.join(", "))
        };
        known.map(line).collect()
    }
}

/// An unknown name, with the kinds of things that it could name.
pub(super) fn absent<'a>(
    name: &str,
    known: impl IntoIterator<Item = (&'static str, &'a [&'a str])>,
) -> NameError {
    let owned = |names: &[&str]| {
        // A variant has two names, which may be equal.
        let first = |(i, name): &(usize, &&str)| !names[..*i].contains(*name);
        let names = names.iter().enumerate().filter(first);
        names.map(|(_, name)| (*name).to_owned()).collect()
    };
    let known = known.into_iter();
    NameError::Absent(AbsentName {
        name: name.to_owned(),
        known: known.map(|(kind, names)| (kind, owned(names))).collect(),
    })
}

/// The gate with a caret below a character, counted from 1.
fn excerpt(gate: &str, at: usize) -> String {
    let gate = visible(gate);
    let before: String = gate.chars().take(at.saturating_sub(1)).collect();
    format!("\n  | {gate}\n  | {}^", " ".repeat(before.width()))
}
