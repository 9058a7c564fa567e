//! Keys: the one table, and how a key press finds its line.

mod binding;
mod table;

pub use binding::{
    Binding, KeyContext, action_of, bindings_at, footer, insert, key_code, place_of,
};
pub use table::KEYS;
