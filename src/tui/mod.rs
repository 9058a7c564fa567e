//! The terminal session, Elm-shaped: `keymap` makes actions of keys, `update` changes the model and asks for effects,
//! `runtime` alone performs them, `view` draws the model. Nothing here waits while drawing.
//!
//! Only `commands` and `main` know it.

mod action;
mod effect;
mod keymap;
mod model;
mod runtime;
mod terminal;
mod theme;
mod update;
pub mod view;

pub use action::Action;
pub use effect::Effect;
pub use keymap::{KEYS, Key, action_of};
pub use model::{Model, Popup, RunState, Screen};
pub use runtime::{SessionSpec, TuiError, run};
pub use terminal::restore_on_panic;
pub use theme::Theme;
pub use update::update;
