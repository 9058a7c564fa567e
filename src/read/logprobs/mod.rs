//! Log-probabilities of tokens: the forms in which servers send them, where an answer stands among them, and how probable
//! each label was there.

mod labels;
mod token;

pub use labels::{LabelChances, LabelPrefixes, LabelShares, UnknownShares};
pub use token::{AnswerTokens, lists_alternatives, most_listed};
