//! Choosing and ordering shots. Pure; knows rows, no templates.
//!
//! Never chosen: the row at hand, nor a shot of identical text.

mod bm25;
mod choose;
mod spec;
mod vectors;
mod words;

pub use choose::ShotPool;
pub use spec::{ResolvedShots, Select, ShotOrder, ShotsError};
pub use vectors::Vectors;
