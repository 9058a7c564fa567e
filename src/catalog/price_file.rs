//! A file of model facts that the user brings: LiteLLM's table, or a table of this program. Checked, and written as it is stored.

use super::{FactsSource, ModelEntry, ModelTable, litellm};
use crate::{
    model::{Date, Price, Rates},
    project::{Problem, json_place},
    source::{SourcePlace, as_typed, read_text},
};
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

/// 2023-01-01: no table is older.
const EARLIEST: Date = Date::of_days(19_358);

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PriceFileError {
    #[error("cannot read {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Invalid(Box<Problem>),
}

/// A checked table.
#[derive(Debug)]
pub struct PriceFile {
    pub source: FactsSource,
    models: BTreeMap<String, ModelEntry>,
}

impl PriceFile {
    /// Read a file of either form, recognized by its first line.
    pub fn read(path: &Path) -> Result<PriceFile, PriceFileError> {
        let io_error = |source| PriceFileError::Io {
            path: as_typed(path),
            source,
        };
        let text = read_text(path).map_err(io_error)?;
        let modified = std::fs::metadata(path).and_then(|m| m.modified());
        // Files out of archives may have none, or one long before the first table.
        let modified = modified.ok().map(Date::of).filter(|day| *day > EARLIEST);
        let file = Checked {
            path: as_typed(path),
            text: &text,
        };
        let first = text.lines().next().unwrap_or("");
        match serde_json::from_str::<FactsSource>(first) {
            Ok(source) => file.lines(source),
            Err(_) => file.litellm(modified.unwrap_or_else(Date::today)),
        }
    }

    /// How many models it has.
    pub fn len(&self) -> usize {
        self.models.len()
    }

    pub fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    /// The table as text, one line per model.
    pub fn to_text(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string(&self.source)? + "\n";
        for entry in self.models.values() {
            text += &serde_json::to_string(entry)?;
            text.push('\n');
        }
        Ok(text)
    }

    /// The table to look models up in.
    pub fn into_table(self) -> Option<ModelTable> {
        ModelTable::of_text(self.to_text().ok()?)
    }
}

/// A file as it is checked.
struct Checked<'t> {
    path: PathBuf,
    text: &'t str,
}

impl Checked<'_> {
    fn problem(&self, message: String, place: SourcePlace, help: Option<&str>) -> PriceFileError {
        PriceFileError::Invalid(Box::new(Problem {
            message,
            place,
            help: help.map(str::to_owned),
        }))
    }

    /// What the JSON parser found in the line that begins at `start`.
    fn json_problem(&self, error: &serde_json::Error, line_before: usize) -> PriceFileError {
        let line = line_before + error.line();
        let text = self.text.lines().nth(line.saturating_sub(1)).unwrap_or("");
        let column = error.column().saturating_sub(1).min(text.len());
        let place = SourcePlace::in_line(&self.path, line, text, column..column + 1);
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        self.problem(
            format!("not a table of models: {message}"),
            place,
            Some("expected LiteLLM's model_prices_and_context_window.json, or a table that `wording models --prices` stored"),
        )
    }

    /// A table of this program: a line about its source, then a line per model.
    fn lines(&self, source: FactsSource) -> Result<PriceFile, PriceFileError> {
        let mut models = BTreeMap::new();
        for (number, line) in self.text.lines().enumerate().skip(1) {
            if line.trim().is_empty() {
                continue;
            }
            let entry: ModelEntry =
                serde_json::from_str(line).map_err(|error| self.json_problem(&error, number))?;
            let place = || SourcePlace::in_line(&self.path, number + 1, line, 0..line.len());
            let has_plain_name = entry.model.contains('/')
                && !entry
                    .model
                    .contains(|c: char| c.is_control() || c == '"' || c == '\\');
            if !has_plain_name {
                let message = "`model` must be provider/model, such as openai/gpt-4o";
                return Err(self.problem(message.into(), place(), None));
            }
            if !entry.price.as_ref().is_none_or(is_price) {
                let message = format!("a price of `{}` is negative", entry.model);
                return Err(self.problem(message, place(), None));
            }
            models.insert(entry.model.clone(), entry);
        }
        self.not_empty(PriceFile { source, models })
    }

    fn litellm(&self, date: Date) -> Result<PriceFile, PriceFileError> {
        let table: Map<String, Value> =
            serde_json::from_str(self.text).map_err(|error| self.json_problem(&error, 0))?;
        let models = litellm::entries(&table).map_err(|problem| {
            let span = json_place(self.text, &problem.pointer).unwrap_or(0..1);
            let place = SourcePlace::of_span(&self.path, self.text, span);
            self.problem(problem.message, place, None)
        })?;
        self.not_empty(PriceFile {
            source: FactsSource {
                source: "LiteLLM".into(),
                version: None,
                date,
            },
            models,
        })
    }

    fn not_empty(&self, file: PriceFile) -> Result<PriceFile, PriceFileError> {
        if file.is_empty() {
            let place = SourcePlace::of_line(&self.path, self.text, 1);
            let help = "LiteLLM's table has one key per model, with `litellm_provider`, `mode` and prices per token";
            return Err(self.problem("no chat model in this file".into(), place, Some(help)));
        }
        Ok(file)
    }
}

/// Whether every rate is a number of at least 0.
fn is_price(price: &Price) -> bool {
    let mut rates = std::iter::once(&price.rates).chain(price.tiers.iter().map(|t| &t.rates));
    rates.all(Rates::is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<PriceFile, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("prices.json");
        std::fs::write(&file, text).unwrap();
        PriceFile::read(&file).map_err(|error| {
            let text = error.to_string();
            text.replace(&format!("{}/", dir.path().display()), "")
        })
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let file = read(
            r#"{"big": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6,
                "input_cost_per_token_flex": 5e-7}}"#,
        )
        .unwrap();
        let again = read(&file.to_text().unwrap()).unwrap();
        assert_eq!((&again.source, &again.models), (&file.source, &file.models));
        let table = file.into_table().unwrap();
        assert_eq!(table.models().collect::<Vec<_>>(), ["openai/big"]);
        let price = table.entry("openai/big").unwrap().price.unwrap();
        assert_eq!(price.rates.output, 2.0);
        assert_eq!(price.tiers[0].rates.input, 0.5);
    }

    #[test]
    fn what_is_wrong_is_located() {
        for (text, parts) in [
            (
                "{\"a\": {\n  \"mode\": oops}}",
                ["prices.json:2:", "not a table of models"],
            ),
            (
                "{\n \"a\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\",\n  \"input_cost_per_token\": -1}}",
                [
                    "prices.json:3:",
                    "`input_cost_per_token` must be a number of at least 0, found -1",
                ],
            ),
            ("{}", ["prices.json:1", "no chat model in this file"]),
            (
                "{\"source\":\"mine\",\"date\":\"2026-11-29\"}\n{\"model\":\"a/b\",\"price\":{\"input\":1}}\n",
                ["prices.json:2:", "missing field `output`"],
            ),
            (
                "{\"source\":\"mine\",\"date\":\"2026-11-29\"}\n{\"model\":\"a/b\",\"price\":{\"input\":-1,\"output\":1}}\n",
                ["prices.json:2:", "a price of `a/b` is negative"],
            ),
            (
                "{\"source\":\"mine\",\"date\":\"2026-11-29\"}\n{\"model\":\"b\"}\n",
                ["prices.json:2:", "`model` must be provider/model"],
            ),
        ] {
            let error = read(text).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "{text}: {error}");
            }
        }
    }

    #[test]
    fn every_line_of_the_built_in_table_is_good() {
        let table = ModelTable::built_in();
        assert_eq!(table.source.source, "LiteLLM");
        assert!(table.len() > 1_000, "{}", table.len());
        let names: Vec<&str> = table.models().collect();
        assert!(names.is_sorted());
        for name in names {
            let entry = table.entry(name).unwrap();
            assert_eq!(entry.model, name);
            assert!(entry.price.as_ref().is_none_or(is_price), "{name}");
        }
        let known = table.entry("openai/gpt-4o-mini").unwrap();
        assert_eq!(known.price.unwrap().rates.input, 0.15);
    }
}
