//! How the levels of axes are combined: full, one at a time, random, orthogonal.
//!
//! Works on the sizes of axes alone; knows no template, no name and no level's text.

mod arrays;
mod combinations;
mod combine;
mod confounding;
mod orthogonal;
mod random;

pub(super) use combinations::Combinations;
pub(super) use combine::combine;
