//! Which label of a closed set an answer gives.

mod boundary;
mod context;
mod forms;
mod lexicon;
mod marker;
mod mention;
mod negation;
mod reader;
mod spec;
mod strength;
mod token;

pub use reader::LabelReader;
pub use spec::{LabelSetError, LabelSpec};
