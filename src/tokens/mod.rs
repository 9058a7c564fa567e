//! How many tokens a text or a prompt has. Pure; knows no network.

mod bpe;
mod count;
mod estimate;
mod frame;
mod media;
mod parameters;
mod token_count;
mod vocabulary;

pub use count::Counter;
pub use token_count::TokenCount;
pub use vocabulary::TokensError;
