//! The table of models as text: a line about its source, then one line per model, sorted. It is unpacked when the first model is
//! looked up, and only the lines that are looked up are parsed.

use super::ModelEntry;
use crate::model::Date;
use serde::{Deserialize, Serialize};
use std::{fmt, sync::OnceLock};

/// Where a table comes from. Displays as `LiteLLM 1.110.2 of 2026-11-27`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactsSource {
    pub source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    pub date: Date,
}

impl fmt::Display for FactsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(version) = &self.version {
            write!(f, " {version}")?;
        }
        write!(f, " of {}", self.date)
    }
}

/// The table of models.
#[derive(Debug)]
pub struct ModelTable {
    pub source: FactsSource,
    text: String,
    /// Where the line of each model begins.
    lines: Vec<u32>,
}

/// What every line of a model begins with.
const LINE_START: &str = "{\"model\":\"";

static CURRENT: OnceLock<ModelTable> = OnceLock::new();

impl ModelTable {
    /// The table that holds in this process: the user's, where [`ModelTable::install`] was called before, else the built-in one.
    pub fn current() -> &'static ModelTable {
        CURRENT.get_or_init(ModelTable::built_in)
    }

    /// Use a table instead of the built-in one; without effect once a model was looked up.
    pub fn install(table: ModelTable) {
        // The first one holds.
        let _ = CURRENT.set(table);
    }

    /// The table in the binary.
    pub fn built_in() -> ModelTable {
        let packed = include_bytes!("models.jsonl.zst");
        let text = zstd::decode_all(&packed[..])
            .ok()
            .and_then(|text| String::from_utf8(text).ok());
        // A test reads every line; without it nothing would be known of any model.
        ModelTable::of_text(text.unwrap_or_default()).unwrap_or_else(|| ModelTable {
            source: FactsSource {
                source: "nothing".into(),
                version: None,
                date: Date::today(),
            },
            text: String::new(),
            lines: Vec::new(),
        })
    }

    /// A table as it is stored, whose lines are known to be good. `None` where the first line is not about its source.
    pub(super) fn of_text(text: String) -> Option<ModelTable> {
        let first = text.lines().next()?;
        let source = serde_json::from_str(first).ok()?;
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts = ends.filter(|start| text[*start..].starts_with(LINE_START));
        Some(ModelTable {
            source,
            lines: starts
                .filter_map(|start| u32::try_from(start).ok())
                .collect(),
            text,
        })
    }

    /// How many models it has.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The models, in order of their names.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|start| self.model_at(*start))
    }

    fn model_at(&self, start: u32) -> &str {
        let line = &self.text[start as usize + LINE_START.len()..];
        &line[..line.find('"').unwrap_or(0)]
    }

    /// The entry of exactly this name, `provider/model`.
    pub fn entry(&self, model: &str) -> Option<ModelEntry> {
        let lines = &self.lines;
        let found = lines.binary_search_by(|start| self.model_at(*start).cmp(model));
        let line = &self.text[*lines.get(found.ok()?)? as usize..];
        serde_json::from_str(line.lines().next()?).ok()
    }
}
