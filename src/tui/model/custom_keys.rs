//! Keys that a person chose.

use std::collections::BTreeMap;

/// The names of the keys of actions, by the name of the action; of the others the table of keys decides.
pub type CustomKeys = BTreeMap<String, Vec<String>>;
