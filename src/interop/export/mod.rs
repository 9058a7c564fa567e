//! Experiments as files of other tools: promptfoo, Inspect, OpenAI's registry of evals, datasets of Langfuse.
//!
//! Each exporter is a function from an [`ExportedExperiment`] to [`ExportedFiles`]. Prompts are exported as they are rendered. What
//! a tool would send or score in another way is left out or kept, and noted either way.

mod evals;
mod experiment;
mod exportable;
mod inspect;
mod langfuse;
mod promptfoo;
mod scored;

pub use evals::to_evals;
pub use experiment::{
    ExportedExperiment, ExportedFiles, ExportedMetric, ExportedModel, ExportedVariant,
};
pub use inspect::to_inspect;
pub use langfuse::to_langfuse;
pub use promptfoo::to_promptfoo;
