//! Prompt or fine-tune: the evidence, and the rules that decide. `narrate` puts both in sentences.
//!
//! Pure except for `input`, `labelled` and `rated_pairs`, which read the labelled rows, the bad cases and the ratings: grids and their analyses in, plain
//! data out.

mod answer_groups;
mod cost;
mod curve;
mod data_band;
mod error;
mod evidence;
mod facts;
mod gather;
mod gpu_memory;
mod input;
mod labelled;
mod model_figures;
mod model_size;
mod rated_pairs;
mod room;
mod rules;
mod tuned;
mod tuned_models;
mod unscored;

pub use cost::{BreakEven, CallCost, break_even, token_mean};
pub use curve::shot_counts;
pub(crate) use data_band::DataBand;
pub use error::AdviceError;
pub use evidence::{
    AnswerBias, AnswerShare, ConstantAnswer, Curve, CurvePoint, ErrorAgreement, Evidence,
    GivenAnswers, Headroom, Latency, ModelScore,
};
pub(crate) use facts::{AdviceFacts, Reach};
pub use gather::gather;
pub use gpu_memory::{GpuMemoryEstimate, GpuMemorySpec, memory};
pub use input::{AdviceInput, RunFigures, pays_after};
pub use labelled::{Labelled, labelled};
pub use model_figures::ModelFigures;
pub(crate) use model_size::SizeClass;
pub use model_size::{ModelSize, SizeSource};
pub use rated_pairs::RatedPairs;
pub(crate) use rules::decide;
pub use rules::{RULES, Rule, VerdictKind};
pub use tuned::{Tuned, TunedRow, compare_tuned};
pub use tuned_models::TunedModels;
pub use unscored::{UnscoredRun, WordingsApart, labels_for_score};
