//! Differences of templates and of rendered prompts, and what they did to scores, as plain data.

mod call;
mod change;
mod effect;
mod moved;
mod tokens;
mod words;

pub use change::{
    ChangeExample, Changed, PromptChange, ShotChange, WordingChange, prompt_change, wording_change,
};
pub(crate) use effect::template_hash;
pub use effect::{
    ChangedRow, ComparedPair, DataQuality, DiffConclusion, Noise, PairEffect, RowOutcome, SameRow,
    WordingSide,
};
pub use moved::{Moved, moved_blocks};
pub use words::{Change, Piece, changes, word_diff};
