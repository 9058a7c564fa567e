//! All that the session knows, as plain data: nothing here reads a file, sends or draws.

pub mod board;
pub mod outlook;
pub mod outputs;
pub mod overlay;
pub mod progress;
mod session;
pub mod table;

pub use session::{Against, Kept, Measured, Model, Other, Screen};
