//! Draws the model: a frame of header, screen, status and footer, and popups on top.

mod diff;
mod edit;
mod frame;
mod grid;
mod popup;
mod runs;

pub use frame::draw;
