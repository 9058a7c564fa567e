//! Keys: the one table of them, how a key press or a mouse event becomes an action, and the palette.

mod available;
mod binding;
mod key_name;
mod lookup;
mod mouse;
pub(super) mod palette;
mod table;
mod user_keys;

pub use binding::{Binding, KeyContext};
pub use key_name::parse_key;
pub use lookup::{action_for_key, bindings_in};
pub(super) use lookup::{footer, insert, key_context};
pub use mouse::action_for_mouse;
pub use table::KEYS;
pub use user_keys::UserKeys;
