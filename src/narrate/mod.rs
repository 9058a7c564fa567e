//! Every sentence about a finding, and nothing else: no layout, no colour, no rules of its own.
//!
//! Plain data of `analysis`, `diff`, `policy` and `advise` in, text out; `report`, `tui` and `commands` lay it out.

pub mod advice;
pub mod breakdown;
pub mod change;
mod endpoint;
pub mod folds;
pub mod labels;
pub mod policy;
pub mod prompt;
pub mod quality;
pub mod ratings;
pub mod reading;
pub mod seal;
pub mod search;
pub mod summary;
pub mod tradeoff;
mod truncation;
pub mod upgrade;
pub mod verdict;
pub mod wear;

pub use endpoint::{
    added_system_prompts, endpoint_down, endpoint_slowed, endpoint_warning, few_descriptors,
};
pub use truncation::{cut_answers, not_comparable, raised_max_tokens};
