//! One exporter a file over the same report data: text, JSON, HTML, Markdown, CSV, JUnit; and gates.
//!
//! Reads the store and what `analysis` and `diff` found; never sends anything. Texts of models and data are hostile:
//! every exporter escapes for its form.

mod advice;
mod breakdown;
mod breakdown_json;
mod breakdown_tables;
mod csv;
mod diff;
mod diff_json;
mod diff_text;
mod figure_table;
mod findings_json;
mod fold_table;
mod gate;
mod history;
mod html;
mod json;
mod json_parts;
mod junit;
mod markdown;
mod narrated;
mod opinions;
mod otlp;
mod outputs;
mod pair_grid;
mod pairs;
#[cfg(feature = "parquet")]
mod parquet;
mod plot;
mod plots;
#[cfg(feature = "png")]
mod png;
mod policy;
mod policy_json;
mod power;
mod prompts;
mod prompts_json;
mod provenance;
mod rating_tables;
mod ratings;
mod reading;
mod required;
mod rows_json;
mod run;
mod run_facts;
mod run_page;
mod run_page_breakdown;
mod run_page_findings;
mod run_page_variants;
mod run_text;
mod scatter;
mod scoring;
mod sealed_comparison;
mod search;
mod svg;
mod text;
mod tradeoff;
mod trial_lines;
mod trial_table;
mod trials;
mod upgrade;
mod upgrade_json;
mod upgrade_tables;
mod upgrade_text;
mod variance;
mod variant_columns;
mod variants_json;
mod variants_table;
mod wear;
mod write;
mod write_options;

pub use crate::diff::{
    ChangedRow, ComparedPair, DataQuality, DiffConclusion, Noise, PairEffect, RowOutcome, SameRow,
    WordingSide,
};
pub use advice::{Ink, advice_lines, advice_text};
pub use breakdown::{Breakdown, LazyBreakdown};
pub use csv::cell as spreadsheet_cell;
pub use diff::DiffReport;
pub use diff_json::{diff_facts, diff_json};
pub use diff_text::{diff_text, diff_verdicts};
pub use gate::{BreakdownNames, Gate, GateError, GateFacts, GateNames, GateResult, ModelFacts};
pub use history::{HistoryEntry, history, history_text};
pub use json::{RunJson, run_json, run_report_json};
pub use markdown::{advice_markdown, run as run_markdown};
pub use pairs::{PairEffects, WordingRef, effects};
pub(crate) use plot::Scale;
pub use plots::{PLOTS, plot};
#[cfg(feature = "png")]
pub use png::png;
pub use power::{PowerJson, PowerReport, power_text};
pub use provenance::{Provenance, RunProvenance};
pub use ratings::{RatingFindings, rating_sample};
pub use reading::{OutputReading, OutputReadingJson};
pub use required::{NotRight, Required};
pub use run::{AnswerSpans, MARGIN, ModelReport, ReportError, RowTexts, RunReport};
pub use run_facts::run_facts;
pub use run_page::ReportDetails;
pub use run_text::summary;
pub use scoring::MetricScoring;
pub use sealed_comparison::sealed_comparison;
pub use search::{SearchReport, search_json, search_text};
pub use text::{strength_text, unified_text};
#[cfg(feature = "parquet")]
pub use trial_lines::write_trials_parquet;
pub use trial_lines::{write_trials_csv, write_trials_jsonl, write_trials_otlp};
pub use trials::{ScorerSpread, TrialFigures};
pub use upgrade::UpgradeReport;
pub use upgrade_json::{VERDICT_COUNTS, upgrade_facts, upgrade_json};
pub use upgrade_text::upgrade_text;
pub use variance::{breakdown_text, variance_report};
pub use wear::{RowSetWear, wear};
pub use write::{
    check_form, check_page_form, write_bytes, write_diff, write_file, write_run, write_search,
    write_upgrade,
};
pub use write_options::{WriteError, WriteOptions};

/// JSON Schema of `wording run --format json`.
pub const RUN_SCHEMA: &str = include_str!("run.schema.json");
/// JSON Schema of `wording diff -o x.json`.
pub const DIFF_SCHEMA: &str = include_str!("diff.schema.json");
/// JSON Schema of `wording report -o x.json`.
pub const REPORT_SCHEMA: &str = include_str!("report.schema.json");
/// JSON Schema of a search: `wording optimize --format json`.
pub const SEARCH_SCHEMA: &str = include_str!("search.schema.json");
/// JSON Schema of a comparison of models: `wording upgrade --format json`.
pub const UPGRADE_SCHEMA: &str = include_str!("upgrade.schema.json");
