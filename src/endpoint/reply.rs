//! What one attempt brought when it succeeded.

use super::{
    reception::LargeAnswerPermit,
    response::{CompletionBuilder, DeltaSink},
};
use crate::model::Completion;

/// A completion with what only a probe wants to know.
pub(super) struct Reply {
    pub(super) completion: Completion,
    /// How many choices came.
    pub(super) choices: u32,
    pub(super) permit: LargeAnswerPermit,
}

impl Reply {
    pub(super) fn new(
        assembly: CompletionBuilder,
        model: &str,
        sink: &mut DeltaSink<'_>,
        first_token_ms: Option<f64>,
    ) -> Reply {
        let choices = assembly.choices();
        let mut completion = assembly.completion(model, sink);
        completion.first_token_ms = first_token_ms;
        Reply {
            completion,
            choices,
            permit: LargeAnswerPermit::default(),
        }
    }
}
