//! Keys: the one table of them, how a key press or a mouse event becomes an action, and the palette.

mod binding;
mod mouse;
pub mod palette;
mod table;

pub use binding::{
    Binding, KeyContext, action_of, bindings_at, footer, insert, key_code, place_of,
};
pub use mouse::action_of_mouse;
pub use table::KEYS;
