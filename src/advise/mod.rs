//! Prompt or fine-tune: the evidence, and the rules that decide. `narrate` puts both in sentences.
//!
//! Pure except for `input` and `labelled`, which read the labelled rows and the bad cases: grids and their analyses in, plain
//! data out.

mod cost;
mod evidence;
mod facts;
mod gather;
mod gpu_memory;
mod input;
mod labelled;
mod rules;
mod tuned;

pub use cost::{BreakEven, CallCost, break_even, token_mean};
pub use evidence::{
    Curve, CurvePoint, ErrorAgreement, Evidence, GivenAnswers, Headroom, ModelScore,
};
pub(crate) use facts::{AdviceFacts, FEW, MANY, Reach};
pub use gather::{ModelFigures, gather};
pub use gpu_memory::{GpuMemoryEstimate, GpuMemorySpec, memory};
pub use input::{AdviceInput, RunFigures, is_tuned, pays_after};
pub use labelled::{AdviceError, Labelled, labelled};
pub(crate) use rules::decide;
pub use rules::{RULES, Rule, VerdictKind};
pub use tuned::{Tuned, TunedRow, compare_tuned};
