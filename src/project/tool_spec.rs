//! The tools of an experiment, as its files define them.

use super::ProgramSpec;
use crate::source::SourcePlace;
use serde_json::Value;
use std::{path::PathBuf, time::Duration};

/// A function that a model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolFunction {
    pub name: String,
    /// As it is sent: `{"type": "function", "function": {…}}`.
    pub json: Value,
    /// The texts in it that describe it; each is a template.
    pub descriptions: Vec<ToolDescription>,
}

/// A description inside of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolDescription {
    /// JSON pointer in [`ToolFunction::json`].
    pub pointer: String,
    pub text: String,
    /// Where it is written.
    pub place: SourcePlace,
}

/// The functions that a variant is sent with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolSetSpec {
    /// The level of the axis `tools`; `None` where there is one set for all variants.
    pub level: Option<String>,
    pub functions: Vec<ToolFunction>,
    /// The files that they are in.
    pub files: Vec<PathBuf>,
}

/// The program that answers calls, so that conversations go on: `tool_command`.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolCommandSpec {
    pub program: ProgramSpec,
    /// For the answer to one call.
    pub timeout: Duration,
    /// How often the model may call tools before it has to reply; more calls are its reply.
    pub max_rounds: usize,
}

impl ToolFunction {
    /// The JSON Schema of its arguments.
    pub fn parameters(&self) -> Option<&Value> {
        self.json.pointer("/function/parameters")
    }
}
