//! Reports as Markdown: for pull requests. A report fits into a comment of 65,536 characters and says what it left out.

mod advice;
mod comment;
mod diff;
mod origin;
mod prompts;
mod run;
mod search;
mod upgrade;

pub use advice::advice_markdown;
pub(super) use diff::diff;
pub use run::run;
pub(super) use search::search;
pub(super) use upgrade::upgrade;
