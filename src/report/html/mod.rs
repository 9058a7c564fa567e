//! Reports as one HTML file: nothing is loaded from outside, everything is there without script, light and dark, printable.
//!
//! `style.css` and `script.js` are put into the page; its policy allows those two by their hashes and nothing else, so no
//! text of a model can run or load anything, even if escaping failed.

mod advice;
mod breakdown;
mod changed;
mod diff;
mod figures;
mod folds;
mod origin;
mod page;
mod prompts;
mod questions;
mod rows;
mod run;
mod search;
mod tradeoff;
mod upgrade;
mod variants;

pub(super) use diff::diff;
pub(super) use run::run;
pub(super) use search::search;
pub(super) use upgrade::upgrade;
