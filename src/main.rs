//! Parse, dispatch, print the error chain, exit code.
fn main() {}
