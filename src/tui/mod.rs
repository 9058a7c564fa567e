//! The terminal session, Elm-shaped: `keys` make actions of key presses, `update` changes the model and asks for effects,
//! `runtime` alone performs them, `desk` does the jobs beside it, `view` draws the model. Nothing here waits while drawing.
//!
//! Only `commands` and `main` know it.

mod action;
mod advice;
mod arrange;
mod badcases;
mod carried;
mod clipboard;
mod desk;
mod effect;
mod effects;
mod estimate;
mod hit;
mod input;
mod keys;
mod lend;
mod listing;
mod memory;
mod model;
mod mouse;
mod pace;
mod palette;
mod reword;
mod runtime;
mod sheet;
mod split;
mod terminal;
mod theme;
mod update;
pub mod view;
mod watch;

pub use action::{Action, CopySource, DiffMode, Movement, Open, ViewCommand};
pub use desk::JobRunner;
pub use effect::{Effect, Job, RunCommand};
pub use estimate::{Diagnostic, PlanEstimate};
pub use hit::{Hit, Hits, Split};
pub use input::{LineInput, Typing};
pub use keys::{Binding, KEYS, KeyContext, action_of, bindings_at, key_code, place_of};
pub use memory::SavedViewState;
pub use model::{
    Model, Screen,
    board::{self, Board},
    outlook::{self, Filter, Lens, RowKind, Sort},
    overlay::{self, Overlay},
    progress::{Phase, Progress},
    table::{RowText, Table},
};
pub use mouse::action_of_mouse;
pub use reword::{Offer, RewordSpec, Rewords};
pub use runtime::{SessionSpec, TuiError, run};
pub use terminal::restore_on_panic;
pub use theme::{Theme, ThemeName};
pub use update::{begin, remember as update_memory, update};
