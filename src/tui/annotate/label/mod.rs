//! The screen on which a person labels rows.

mod action;
mod decide;
mod draw;
mod neighbors;
mod screen;
mod spec;
mod turn;

pub(super) use decide::edit_for_key;
pub(super) use draw::{rule, typed_line};
pub use screen::LabelScreen;
pub use spec::{LabelQueueKind, LabelSpec};
