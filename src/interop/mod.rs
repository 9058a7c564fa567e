//! What others read and write: batch request files and the results that come back; configurations of promptfoo and prompt
//! files with front matter, OpenAI Evals and traces, made into projects; experiments as files of other tools.
//!
//! Knows forms, not projects; `commands` joins them with the plan and the store.

mod batch;
mod cell_limit;
mod dotprompt;
mod error;
mod evals;
mod export;
mod files;
mod folder_files;
mod imported_experiment;
mod imported_project;
mod javascript_numbers;
mod line_starts;
mod merged_map;
mod node;
mod non_finite;
mod note;
mod omissions;
mod own_names;
mod pages;
mod promptfoo;
mod references;
mod secret_names;
mod services;
mod shell;
mod template_text;
mod traces;
mod unique_names;
mod value_limit;
mod written_files;
mod yaml_1_1;
mod yaml_raw;
mod yaml_scalar;
mod yaml_tree;

pub use batch::{BatchError, BatchFiles, BatchLine, BatchResult, MOST_BYTES, MOST_REQUESTS};
pub use dotprompt::dotprompt;
pub use error::ImportError;
pub use evals::evals;
pub use export::{
    ExportedExperiment, ExportedFiles, ExportedMetric, ExportedModel, ExportedVariant, to_evals,
    to_inspect, to_langfuse, to_promptfoo,
};
pub use imported_project::{Endpoint, Endpoints, ImportedModel, ImportedProject, key, slug, toml};
pub use node::{Kind, Node};
pub use note::{Note, NotePlace, Notes, Weight};
pub use promptfoo::promptfoo;
pub use services::service;
pub use traces::traces;
