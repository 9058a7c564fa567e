//! Which interfaces an endpoint serves beside the one that it is set up for: told by how it refuses an empty request, which costs
//! nothing.

use super::{
    Support,
    probing::{Finding, Probing},
};
use crate::{endpoint::AttemptFailure, project::Api};
use serde_json::json;

const INTERFACES: [(&str, &str, Api); 3] = [
    ("chat", "chat/completions", Api::Chat),
    ("completions", "completions", Api::Completions),
    ("responses", "responses", Api::Responses),
];

impl Probing<'_> {
    pub(super) async fn interfaces(&mut self) {
        for (name, operation, api) in INTERFACES {
            if api == self.client.spec().api {
                self.found(name, (Support::Yes, None));
                continue;
            }
            let answer = self.client.call(operation, &json!({})).await;
            self.calls += 1;
            self.found(name, served(answer.err().as_ref()));
        }
    }
}

/// Whether an operation is there, by its answer to an empty request.
fn served(refused: Option<&AttemptFailure>) -> Finding {
    let Some(refused) = refused else {
        // LM Studio answers 200 whatever the address is.
        let note = "an empty request was not refused";
        return (Support::Unclear, Some(note.into()));
    };
    let failure = &refused.failure;
    // The hint behind the server's words names the model, whatever these say.
    let words = failure.message.rsplit_once("; ");
    let words = words.map_or(&*failure.message, |(words, _)| words);
    match failure.status {
        Some(400 | 422) => (Support::Yes, None),
        // Some servers answer 404 for a model that they do not have.
        Some(404) if words.to_lowercase().contains("model") => (Support::Yes, None),
        Some(404 | 405 | 501) => (Support::No, None),
        _ => (Support::Unclear, Some(failure.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_address_is_told_from_a_missing_model() {
        let support = |words: &str| {
            let message =
                format!("{words}; does http://x/v1 offer this model? See `wording models x`");
            let refused = AttemptFailure::moved(404, &message);
            served(Some(&refused)).0
        };
        assert_eq!(support("Not Found"), Support::No);
        assert_eq!(support("the model `` does not exist"), Support::Yes);
    }
}
