//! Differences of templates and of rendered prompts → plain data. Knows no run; `report` joins them to effects.

mod change;
mod moved;
mod words;

pub use change::{
    ChangeExample, Changed, PromptChange, ShotChange, WordingChange, prompt_change, wording_change,
};
pub use moved::{Moved, moved_blocks};
pub use words::{Change, Piece, changes, word_diff};
