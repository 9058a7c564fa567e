//! The screen on which a person labels rows.

mod action;
mod decide;
mod draw;
mod neighbors;
mod screen;
mod turn;

pub use screen::{LabelScreen, LabelSpec};
pub use turn::LabelQueueKind;
