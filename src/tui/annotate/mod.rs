//! Screens on which a person decides about one item after another: every decision is a line of a journal.
//!
//! Elm-shaped as the session: a screen changes by messages and returns effects; `item_loop` alone performs them. A screen
//! of another kind of decision implements [`ItemScreen`] and is run by [`run_items`].

mod item_key;
mod item_loop;
mod item_screen;
mod label;
mod least_size;
mod rate;

use item_key::{ItemKey, action_of, key};
pub use item_loop::run_items;
pub use item_screen::{ItemClock, ItemEffect, ItemMessage, ItemScreen};
pub use label::{LabelQueueKind, LabelScreen, LabelSpec};
use label::{edit_for_key, rule, typed_line};
use least_size::fits;
pub use rate::{RateScreen, RateSpec, ReadRow};
