//! Draws the model: one file a pane, functions without state of their own.

mod advice;
mod answer;
mod breakdown;
mod cells;
mod changes;
mod columns;
mod diff;
mod edit;
mod filter;
mod frame;
mod grid;
mod heads;
mod help;
mod inspect;
mod json;
mod leaderboard;
mod lists;
mod map;
mod outputs;
mod overlay;
mod pane;
mod paraphrase;
mod plan;
mod popup;
mod progress;
mod prompt;
mod runs;
mod scrollbar;
mod sides;
mod sources;
pub(super) mod text;
mod text_area;
mod tradeoff;

pub use frame::{LEAST, draw};
pub use text::money;
