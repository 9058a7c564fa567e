//! Plan (pure), schedule, retry, events, budget, cancellation.
//!
//! The engine sends events; the batch progress, the session and the store all live from them. Imports neither reports
//! nor the session.

mod access;
mod admission;
mod answer_keys;
mod answer_sources;
mod answer_watch;
mod ask;
mod aux_endpoint;
mod budget;
mod bundle;
mod called_endpoints;
mod channel;
mod chosen_rows;
mod clients;
mod control;
mod conversation;
mod current_answers;
mod current_run;
mod done;
mod embed;
mod endpoint_state;
mod error;
mod estimate;
mod existing_outputs;
mod identical;
mod lane;
mod model_change;
mod more_room;
mod offered_models;
mod open_trials;
mod order;
mod output_pairs;
mod plan;
mod policy_queue;
mod programs;
mod prompt_cuts;
mod requests;
mod reusable;
mod reword;
mod row_set;
mod run;
mod run_grids;
mod run_rows;
mod run_scorer;
mod scoring;
mod selection;
mod share;
mod slices;
mod start;
mod stored_answer;
mod target;
mod trial;
mod validate_metrics;
mod variant_failures;

pub use crate::model::{MetricSummary, RunEvent, RunSummary, StopCause};
pub use access::Access;
pub use answer_sources::{AnswerPlace, AnswerSources};
pub use ask::{AskedAnswer, ask};
pub use bundle::write_bundle;
pub use clients::Clients;
pub use control::{RunControl, RunHandle, RunOptions, TrialOrder};
pub use conversation::{Conversation, ConversationError};
pub use current_answers::{CurrentAnswers, stored_prompt, stored_trial};
pub use current_run::CurrentRun;
pub use endpoint_state::{DescriptorShortage, descriptor_shortages};
pub use error::EngineError;
pub use estimate::{
    AnsweredCalls, DesignEstimate, ModelEstimate, PlanEstimator, PlannedTrial, sample_rows,
};
pub use existing_outputs::ExistingOutputs;
pub use offered_models::{OfferedModel, offered_models};
pub use output_pairs::RatedOutputs;
pub use plan::{Embedder, Plan};
pub use programs::NamedProgram;
pub use requests::PlannedRequest;
pub use reword::{Paraphrases, paraphrases};
pub use row_set::{RowSet, SealGuard, SealedRows, read_options, rows_of_run};
pub use run_grids::run_grids;
pub use run_rows::run_dataset;
pub use run_scorer::run_scorer;
pub use slices::slice_columns;
pub use start::start;
pub use stored_answer::{AnswerQuery, AnswerSearch, RequestTarget, StoredAnswer};
