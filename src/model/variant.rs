//! Axes, their levels, and the variants that come from choosing one level on every axis.

use super::Params;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A named choice inside a prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Its name: as in `{{ axes.tone }}`, or `shots.count`, `shots.select`, `shots.order`, `format`, `params.temperature`.
    pub name: String,
    /// Its values; the first is the default.
    pub levels: Vec<Level>,
}

/// One value of an axis.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct Level {
    /// As given, or its number from 1.
    pub name: String,
    /// What the template sees, or what the axis means by it.
    pub value: Value,
}

/// A template with one level chosen on every axis: one wording.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct Variant {
    /// `stem`, or `stem[axis=level,…]` with the axes that vary.
    pub name: String,
    /// Index of the template in its set.
    pub template: usize,
    /// Axis name and the level chosen, in the order of the axes; all axes, also those with one level.
    pub levels: Vec<(String, Level)>,
    /// Request parameters of this variant, where an axis sets any; they override the experiment's.
    #[serde(default, skip_serializing_if = "Params::is_empty")]
    pub params: Params,
}

/// The request parameter that an axis of this name sets: `temperature` of `params.temperature`.
pub fn axis_param(axis: &str) -> Option<&str> {
    axis.strip_prefix("params.")
}

impl Variant {
    /// The level chosen on an axis.
    pub fn level(&self, axis: &str) -> Option<&Level> {
        self.levels
            .iter()
            .find(|(name, _)| name == axis)
            .map(|(_, level)| level)
    }
}
