//! The screen on which a person labels rows.

mod action;
mod decide;
mod draw;
mod neighbors;
mod screen;
mod spec;
mod turn;

pub use screen::LabelScreen;
pub use spec::{LabelQueueKind, LabelSpec};
