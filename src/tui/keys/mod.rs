//! Keys: the one table of them, how a key press or a mouse event becomes an action, and the palette.

mod binding;
mod lookup;
mod mouse;
pub(super) mod palette;
mod table;

pub use binding::{Binding, KeyContext, key_code};
pub use lookup::{action_for_key, bindings_in};
pub(super) use lookup::{footer, insert, key_context};
pub use mouse::action_for_mouse;
pub use table::KEYS;
