//! Token counts, context windows, prices → cost. Pure; knows no network.

mod bpe;
mod count;
mod estimate;
mod table;
mod vocabulary;

pub use count::{Counter, TokenCount};
pub use table::{DATED, context, price};
pub use vocabulary::TokensError;
