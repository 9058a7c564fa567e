//! One exporter a file over the same report data: text, JSON, HTML, Markdown, CSV, JUnit; and gates.
//!
//! Reads the store and what `analysis` and `diff` found; never sends anything. Texts of models and data are hostile:
//! every exporter escapes for its form.

mod csv;
mod diff;
mod diff_forms;
mod gate;
mod html;
mod json;
mod junit;
mod markdown;
mod phrases;
mod plot;
mod run;
mod text;
mod trials;
mod variance;
mod write;

pub use csv::cell as spreadsheet_cell;
pub use diff::{ChangedRow, DiffReport, Effect, Fate, Side};
pub use diff_forms::json as diff_json;
pub use gate::{Facts, Gate, GateError, Held, ModelFacts};
pub use json::{RunJson, run_facts, run_json, run_report_json};
pub use run::{ModelReport, ReportError, RunReport};
pub use text::{diff_text, summary};
pub use trials::{ScorerSpread, TrialFigures};
pub use variance::variance_report;
pub use write::{WriteError, WriteOptions, check_form, write_diff, write_run};

/// JSON Schema of `wording run --format json`.
pub const RUN_SCHEMA: &str = include_str!("run.schema.json");
/// JSON Schema of `wording report -o x.json`.
pub const REPORT_SCHEMA: &str = include_str!("report.schema.json");
