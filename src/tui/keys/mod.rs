//! Keys: the one table of them, how a key press or a mouse event becomes an action, and the palette.

mod binding;
mod mouse;
pub(super) mod palette;
mod table;

pub use binding::{Binding, KeyContext, action_for_key, bindings_in, key_code};
pub(super) use binding::{footer, insert, key_context};
pub use mouse::action_for_mouse;
pub use table::KEYS;
