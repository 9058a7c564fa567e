//! What providers are read with: the files that they may name, and the environment of the configuration.

use crate::interop::promptfoo::{environment::fill_known, files::Files};
use std::collections::BTreeMap;

pub(in crate::interop::promptfoo) struct Providers<'a> {
    pub(in crate::interop::promptfoo) files: &'a Files,
    /// Variables that the configuration sets.
    pub(in crate::interop::promptfoo) env: &'a BTreeMap<String, String>,
}

impl Providers<'_> {
    /// A text with the variables that the configuration itself sets.
    pub(super) fn with_env(&self, text: &str) -> String {
        fill_known(text, self.env).0
    }
}
