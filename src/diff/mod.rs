//! Differences of templates and of rendered prompts → plain data. Knows no run; `report` joins them to effects.

mod words;

pub use words::{Change, Piece, changes, word_diff};
