//! All that the session knows, as plain data: nothing here reads a file, sends or draws.

pub mod outputs;
pub mod overlay;
mod parts;
pub mod progress;
mod session;
pub mod table;
pub mod view_settings;

pub use parts::{Against, GridSource, Measured, Other};
pub use session::{Model, Screen};
