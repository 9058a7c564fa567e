//! Token counts, context windows, prices → cost. Pure; knows no network.

mod bpe;
mod count;
mod estimate;
mod media;
mod table;
mod token_count;
mod vocabulary;

pub use count::Counter;
pub use table::{DATED, context, price};
pub use token_count::TokenCount;
pub use vocabulary::TokensError;
