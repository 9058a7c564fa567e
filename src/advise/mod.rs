//! Prompt or fine-tune: evidence, the five questions, the verdict with its reasons.
//!
//! Pure but for `survey` and `labelled`, which read the labelled rows and the bad cases: grids and their analyses go in, plain
//! data comes out.

#[cfg(test)]
mod cases;
mod cost;
mod evidence;
mod facts;
mod gather;
mod gpu_memory;
mod input;
mod labelled;
mod markdown;
mod next;
mod plan;
mod questions;
mod reasons;
mod report;
mod rules;
mod text;
mod tuned;
mod words;

pub use cost::{BreakEven, CallCost, break_even, token_mean};
pub use evidence::{Curve, CurvePoint, ErrorAgreement, Evidence, Headroom, ModelScore, Said};
pub use gather::{Part, gather};
pub use gpu_memory::{GpuMemoryEstimate, GpuMemorySpec, memory};
pub use input::{AdviceInput, Figures, SurveyError, is_tuned, pays_after};
pub use labelled::{Labelled, labelled};
pub use markdown::markdown;
pub use plan::TunePlan;
pub use questions::{AdviceQuestion, AnswerSource, QuestionLean};
pub use report::{Advice, Measure, advise};
pub use rules::{RULES, Rule, VerdictKind};
pub use text::{Ink, panel, text};
pub use tuned::{Tuned, TunedRow, compare_tuned};
