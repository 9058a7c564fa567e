//! The real binary in a temporary folder, as a user types it.

mod bad_input;
mod place;
mod resume;
mod use_cases;
