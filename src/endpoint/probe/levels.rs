//! Whether the values of a request parameter that a project varies show in answers.

use super::{
    Support,
    probing::{Finding, Probing, refused},
};
use crate::endpoint::{AttemptFailure, reply::Reply};
use serde_json::{Value, json};

/// A question whose answer has many forms.
const TELL: &str = "Tell in two sentences what a kettle is for.";

/// Parameters of sampling, which do nothing at another temperature than their own, or at 0.
const SAMPLING: [&str; 7] = [
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "typical_p",
    "top_a",
    "seed",
];

/// A parameter and the values that a project gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct VariedParam {
    pub name: String,
    pub values: Vec<Value>,
}

/// What an answer shows.
#[derive(PartialEq)]
struct Seen {
    text: String,
    reasoning: Option<String>,
    /// Prompt, completion and reasoning tokens.
    tokens: [u64; 3],
}

impl Seen {
    fn new(reply: Reply) -> Seen {
        let completion = reply.completion;
        let usage = completion.usage;
        Seen {
            text: completion.text,
            reasoning: completion.reasoning,
            tokens: [usage.prompt, usage.completion, usage.reasoning],
        }
    }
}

impl Probing<'_> {
    pub(super) async fn varied(&mut self, param: &VariedParam) {
        let finding = match self.levels(param).await {
            Ok(finding) => finding,
            Err(failed) => refused(&failed),
        };
        self.found(format!("params.{}", param.name), finding);
    }

    /// The same question with each value, the first one twice: only where both of these have the same answer is a difference due to
    /// the value.
    async fn levels(&mut self, param: &VariedParam) -> Result<Finding, AttemptFailure> {
        let is_sampling = SAMPLING.contains(&param.name.as_str());
        let mut all = self.answers_at(param, json!({})).await?;
        if all[0] != all[1] && !is_sampling {
            all = self.answers_at(param, json!({"temperature": 0})).await?;
        }
        let values: Vec<String> = param.values.iter().map(Value::to_string).collect();
        if all.iter().all(|seen| *seen == all[0]) {
            let note = format!(
                "no effect seen: the same answer and tokens at {}",
                values.join(", ")
            );
            return Ok((Support::No, Some(note)));
        }
        if all[0] != all[1] {
            let note = "answers to the same request differ too";
            return Ok((Support::Accepted, Some(note.to_owned())));
        }
        Ok((Support::Yes, None))
    }

    /// The answers at the first value, and at each value.
    async fn answers_at(
        &mut self,
        param: &VariedParam,
        more: Value,
    ) -> Result<Vec<Seen>, AttemptFailure> {
        let mut seen = Vec::new();
        for value in param.values.first().into_iter().chain(&param.values) {
            let mut params = json!({"max_tokens": 96});
            for (key, value) in more.as_object().into_iter().flatten() {
                params[key] = value.clone();
            }
            params[&param.name] = value.clone();
            seen.push(Seen::new(self.ask(TELL, params, false).await?));
        }
        Ok(seen)
    }
}
