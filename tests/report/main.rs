//! Reports as their readers open them: in a browser, in a Markdown renderer, in a JUnit reader, against the schemas.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that cannot set up its place should fail loudly, one that is skipped says so"
)]

mod browser;
mod chromium;
mod forms;
mod hostile;
mod operands;
#[path = "../cli/place.rs"]
mod place;
mod snapshot;
