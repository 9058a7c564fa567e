//! `wording.toml` → a validated [`Project`]; every error names file, line and the fix.
//!
//! All problems of a file are reported at once. Knows nothing of what the files it names hold.

mod advise;
mod axes;
mod command;
mod endpoint;
mod endpoint_spec;
mod error;
mod evals_choices;
mod experiment;
mod json_place;
mod label_metric;
mod load;
mod metric;
mod metric_spec;
mod model_list;
mod price;
mod promptfoo_output;
mod reader;
mod sample;
mod sealed;
mod spec;
mod tool_call_metric;
mod tool_command;
mod tool_spec;
mod tools;
mod typed_metric;

pub use advise::{AdviseSpec, Amount, Changes, Deployment, Resources, Task, TuningCost};
pub use axes::{CASINGS, FORMATS, JOINERS, ReadAxes, SEPARATORS, read_axes};
pub use endpoint_spec::{Api, BaseModel, ChatTemplate, EndpointSpec, ModelSpec, ProgramSpec};
pub use error::{Problem, ProjectError};
pub use evals_choices::{EvalsChoice, EvalsChoices};
pub(crate) use json_place::json_place;
pub use metric_spec::*;
pub use model_list::{ModelListError, with_models};
pub use promptfoo_output::{PromptfooOutput, PromptfooProvider};
pub use reader::{Reader, Section};
pub use spec::*;
pub use tool_spec::{ToolCommandSpec, ToolDescription, ToolFunction, ToolSetSpec};
pub use typed_metric::typed_metric;

/// JSON Schema of `wording.toml`.
pub const SCHEMA: &str = include_str!("project.schema.json");
