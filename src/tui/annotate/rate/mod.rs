//! The screen on which a person rates answers without knowing whose they are.

mod action;
mod decide;
mod draw;
mod screen;

pub use screen::{RateScreen, RateSpec, ReadRow};
