//! What a judge decided, read by form: JSON, a tag, a marked line, or the whole reply.
//!
//! The number that happens to stand somewhere is never the verdict. A reply that leaves the verdict open has none: to guess
//! would invent a score.

mod choice;
mod grade;
mod mark;
mod pass;
mod preference;
mod reason;

pub use choice::{ChoiceMatch, read_choice};
pub use grade::read_grade;
pub use pass::{RubricVerdict, read_rubric_verdict};
pub use preference::{Preference, read_preference};
pub use reason::judge_reason;
