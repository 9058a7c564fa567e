//! Which label of a closed set an answer gives.

mod reader;
mod spec;

pub use reader::LabelReader;
pub use spec::{LabelSetError, LabelSpec};
