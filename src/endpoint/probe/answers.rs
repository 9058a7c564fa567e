//! What the answers hold: streams, usage, several answers, log-probabilities, a schema.

use super::{
    Support,
    probing::{Finding, JUDGE, Probing, refused},
};
use crate::{
    model::{FinishReason, LOGPROBS, MAX_TOP_LOGPROBS, TOP_LOGPROBS},
    project::Api,
    read::most_listed,
};
use serde_json::{Value, json};

impl Probing<'_> {
    pub(super) async fn answers(&mut self) {
        self.several().await;
        self.logprobs().await;
        self.json_schema().await;
    }

    pub(super) async fn stream(&mut self) {
        let asked = self.ask(JUDGE, json!({"max_tokens": 16}), true).await;
        let (streaming, usage) = match asked {
            Err(failed) => (refused(&failed), refused(&failed)),
            Ok(reply) if reply.completion.first_token_ms.is_none() => {
                let whole = Some("the answer came whole".to_owned());
                ((Support::No, whole.clone()), (Support::No, whole))
            }
            Ok(_) if self.client.refuses_stream_options() => {
                let note = Some("`stream_options` is left out".to_owned());
                ((Support::Yes, None), (Support::Refused, note))
            }
            Ok(reply) if reply.completion.usage.estimated => {
                let note = Some("tokens of streams are estimated".to_owned());
                ((Support::Yes, None), (Support::No, note))
            }
            Ok(_) => ((Support::Yes, None), (Support::Yes, None)),
        };
        self.found("streaming", streaming);
        self.found("stream_usage", usage);
    }

    async fn several(&mut self) {
        let finding = match self
            .ask(JUDGE, json!({"max_tokens": 16, "n": 2}), false)
            .await
        {
            Err(failed) => refused(&failed),
            Ok(reply) if reply.choices == 2 => (Support::Yes, None),
            Ok(reply) => (
                Support::No,
                Some(format!("n = 2 got answers: {}", reply.choices)),
            ),
        };
        self.found("n", finding);
    }

    async fn logprobs(&mut self) {
        let value = match self.client.spec().api {
            Api::Chat | Api::Responses | Api::Lines => json!(true),
            Api::Completions => json!(1),
        };
        let params = json!({"max_tokens": 16, "logprobs": value});
        let finding = match self.ask(JUDGE, params, false).await {
            Err(failed) => refused(&failed),
            Ok(reply) => match &reply.completion.logprobs {
                Some(given) if given.contains("token_logprobs") => {
                    (Support::Yes, Some("in the older shape".to_owned()))
                }
                Some(_) => (Support::Yes, None),
                None => self.logprobs_with_others().await,
            },
        };
        let is_given = finding.0 == Support::Yes;
        self.found("logprobs", finding);
        if is_given {
            let finding = self.top_logprobs().await;
            self.found(TOP_LOGPROBS, finding);
        }
    }

    /// How many tokens come back where as many are requested as the metric `probability` does.
    async fn top_logprobs(&mut self) -> Finding {
        let params = match self.client.spec().api {
            Api::Chat | Api::Responses | Api::Lines => {
                json!({"max_tokens": 16, LOGPROBS: true, TOP_LOGPROBS: MAX_TOP_LOGPROBS})
            }
            Api::Completions => json!({"max_tokens": 16, LOGPROBS: MAX_TOP_LOGPROBS}),
        };
        let reply = match self.ask(JUDGE, params, false).await {
            Err(failed) => return refused(&failed),
            Ok(reply) => reply,
        };
        let given = reply.completion.logprobs.as_deref();
        let listed = given.map_or(0, most_listed);
        match listed {
            0 | 1 => (
                Support::No,
                Some("the generated token only: the metric `probability` needs others".to_owned()),
            ),
            n if n as u64 >= MAX_TOP_LOGPROBS => (Support::Yes, None),
            n => (
                Support::Accepted,
                Some(format!("{n} of {MAX_TOP_LOGPROBS} tokens are listed")),
            ),
        }
    }

    /// Some servers give log-probabilities only with those of other tokens.
    async fn logprobs_with_others(&mut self) -> Finding {
        if self.client.spec().api == Api::Completions {
            return (Support::No, None);
        }
        let params = json!({"max_tokens": 16, "logprobs": true, "top_logprobs": 1});
        match self.ask(JUDGE, params, false).await {
            Ok(reply) if reply.completion.logprobs.is_some() => {
                let note = "ignored alone; given with top_logprobs = 1";
                (Support::Yes, Some(note.to_owned()))
            }
            _ => (Support::No, None),
        }
    }

    async fn json_schema(&mut self) {
        let schema = json!({
            "type": "object", "properties": {"positive": {"type": "boolean"}},
            "required": ["positive"], "additionalProperties": false,
        });
        let format = json!({
            "type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema},
        });
        let params = json!({"max_tokens": 64, "response_format": format});
        let finding = match self.ask(JUDGE, params, false).await {
            Err(failed) => refused(&failed),
            Ok(reply) => {
                let answer: Option<Value> = serde_json::from_str(reply.completion.text.trim()).ok();
                if answer.is_some_and(|a| a["positive"].is_boolean()) {
                    (Support::Yes, None)
                } else if reply.completion.finish == FinishReason::Length {
                    let note = "the answer was cut at 64 tokens";
                    (Support::Unclear, Some(note.to_owned()))
                } else {
                    let note = "the answer does not keep to the schema";
                    (Support::No, Some(note.to_owned()))
                }
            }
        };
        self.found("json_schema", finding);
    }
}
