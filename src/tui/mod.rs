//! The terminal session, Elm-shaped: `keys` make actions of key presses, `update` changes the model and asks for effects,
//! `runtime` alone performs them, `desk` does the jobs beside it, `view` draws the model. Nothing here waits while drawing.
//!
//! Only `commands` and `main` know it.

mod action;
mod advice;
mod arrange;
mod badcases;
mod clipboard;
mod effect;
mod effects;
mod estimate;
mod external_editor;
mod frame_scheduler;
mod hit;
mod input;
mod job_runner;
mod keys;
mod listing;
mod model;
mod mouse;
mod palette;
mod reusable_answers;
mod reword;
mod runtime;
mod saved_view;
mod sheet;
mod split;
mod terminal;
mod theme;
mod update;
pub mod view;
mod watch;

pub use action::{Action, CopySource, DiffMode, Movement, Open, ViewCommand};
pub use effect::{Effect, Job, RunCommand};
pub use estimate::{Diagnostic, PlanEstimate};
pub use hit::{Hit, Hits, Split};
pub use input::{LineInput, Typing};
pub use job_runner::JobRunner;
pub use keys::{Binding, KEYS, KeyContext, action_of, bindings_at, key_code, place_of};
pub use model::{
    Model, Screen,
    overlay::{self, Overlay},
    progress::{Phase, Progress},
    table::{RowText, Table},
    view_settings::{self, Filter, Lens, RowKind, Sort},
};
pub use mouse::action_of_mouse;
pub use reword::{Offer, RewordSpec, Rewords};
pub use runtime::{SessionSpec, TuiError, run};
pub use saved_view::SavedViewState;
pub use terminal::restore_on_panic;
pub use theme::{Theme, ThemeName};
pub use update::{begin, remember as update_memory, update};
