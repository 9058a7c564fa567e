//! Token counts, context windows, prices → cost. Pure; knows no network.

mod count;
mod table;

pub use count::{Counter, TokenCount};
pub use table::{context, price};
