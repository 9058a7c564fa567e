//! Which label of a closed set an answer gives.

mod forms;
mod lexicon;
mod mention;
mod reader;
mod spec;
mod token;

pub use reader::LabelReader;
pub use spec::{LabelSetError, LabelSpec};
