//! Prompt or fine-tune, in sentences: the answers to the five questions, the reasons, what to do next.

#[cfg(test)]
mod cases;
mod next;
mod plan;
mod questions;
mod reasons;
mod report;

pub use plan::TunePlan;
pub use questions::{AdviceQuestion, AnswerSource, Measure, QuestionLean};
pub use report::{Advice, AdviceItem, AdviceSection};
