//! How a project was last looked at, kept beside its runs.

use super::{screen::Screen, theme::ThemeName, view_settings::ViewSettings};
use crate::source::replace_file;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
};

/// How an experiment was last looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedExperimentView {
    /// Filter, order, lens, sizes.
    pub outlook: ViewSettings,
    /// Id of the row under the cursor.
    pub row: String,
    /// Names of the variant and the model under the cursor.
    pub variant: String,
    pub model: String,
    /// Name of the variant that is the baseline here, where it is not the project's.
    pub baseline: Option<String>,
    /// Names of variants switched off.
    pub off: BTreeSet<String>,
    /// Ids of rows marked.
    pub marks: BTreeSet<String>,
}

/// How a project was last looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedViewState {
    pub screen: Screen,
    pub experiment: String,
    /// `None` until one is chosen.
    pub theme: Option<ThemeName>,
    pub experiments: BTreeMap<String, SavedExperimentView>,
}

impl SavedViewState {
    /// Read it; what cannot be read is as if it were not there, for it holds nothing that was made by hand.
    pub fn read(file: &Path) -> SavedViewState {
        std::fs::read(file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Write it, whole or not at all.
    pub fn write(&self, file: &Path) -> io::Result<()> {
        replace_file(file, serde_json::to_vec_pretty(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_as_it_was_and_damage_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("session.json");
        assert_eq!(SavedViewState::read(&file), SavedViewState::default());
        let mut memory = SavedViewState {
            screen: Screen::Diff,
            experiment: "情感".into(),
            ..SavedViewState::default()
        };
        memory.experiments.insert(
            "情感".into(),
            SavedExperimentView {
                marks: ["z01".to_owned()].into(),
                ..SavedExperimentView::default()
            },
        );
        memory.write(&file).unwrap();
        assert_eq!(SavedViewState::read(&file), memory);
        std::fs::write(&file, "{\"screen\": \"a screen of a later version\"").unwrap();
        assert_eq!(SavedViewState::read(&file), SavedViewState::default());
    }
}
