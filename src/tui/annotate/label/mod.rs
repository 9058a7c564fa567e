//! The screen on which a person labels rows.

mod action;
mod answer_pane;
mod decide;
mod draw;
mod neighbors;
mod screen;
mod spec;
mod status;
mod turn;
mod typed;

pub(super) use decide::edit_for_key;
pub(super) use draw::rule;
pub use screen::LabelScreen;
pub use spec::{LabelQueueKind, LabelSpec};
pub(super) use typed::typed_line;
