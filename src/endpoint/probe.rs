//! What a model at an endpoint supports, found out with eight tiny calls.
//!
//! A parameter that is accepted without an error is not yet supported: the answer has to show its effect.

use super::{AttemptFailure, Client, client::Reply};
use crate::{
    model::{FailureKind, FinishReason, Message, Params, Prompt, Role},
    project::Api,
    retry::retry_unbounded,
};
use serde::Serialize;
use serde_json::{Value, json};

/// Retries of a call, where the endpoint is busy or a parameter goes by another name.
const RETRIES: u32 = 2;

/// What a model supports.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probe {
    pub model: String,
    /// Requests that it took.
    pub calls: u32,
    pub features: Vec<Feature>,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Feature {
    /// `streaming`, `usage`, `stream_usage`, `n`, `seed`, `logprobs`, `json_schema`.
    pub name: &'static str,
    pub support: Support,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    Yes,
    /// The parameter was accepted, and the answers do not show whether it had an effect.
    Accepted,
    /// The parameter was accepted and had no effect.
    No,
    /// The parameter was refused.
    Refused,
    /// The call failed for another reason.
    Unclear,
}

impl Support {
    /// The word for tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Support::Yes => "yes",
            Support::Accepted => "accepted",
            Support::No => "no",
            Support::Refused => "refused",
            Support::Unclear => "unclear",
        }
    }
}

struct Probing<'a> {
    client: &'a Client,
    model: &'a str,
    calls: u32,
    features: Vec<Feature>,
}

impl Client {
    /// Try what a model supports. The error is that of a plain call: where that fails, nothing else can be tried.
    pub async fn probe(&self, model: &str) -> Result<Probe, AttemptFailure> {
        let mut probing = Probing {
            client: self,
            model,
            calls: 0,
            features: Vec::new(),
        };
        let plain = probing.ask(JUDGE, json!({"max_tokens": 16}), false).await?;
        probing.stream().await;
        let usage = if plain.completion.usage.estimated {
            (Support::No, Some("tokens are estimated".to_owned()))
        } else {
            (Support::Yes, None)
        };
        probing.found("usage", usage);
        probing.several().await;
        probing.seed().await;
        probing.logprobs().await;
        probing.json_schema().await;
        Ok(Probe {
            model: model.to_owned(),
            calls: probing.calls,
            features: probing.features,
        })
    }
}

const JUDGE: &str = "Answer with one word: positive or negative.\nA wonderful, sunny day.";
const DRAW: &str = "Write one number of seven digits, drawn at random. Write only the number.";

type Finding = (Support, Option<String>);

impl Probing<'_> {
    async fn ask(
        &mut self,
        text: &str,
        params: Value,
        stream: bool,
    ) -> Result<Reply, AttemptFailure> {
        let prompt = Prompt {
            messages: vec![Message {
                role: Role::User,
                content: text.to_owned(),
            }],
        };
        let params: Params = params.as_object().cloned().unwrap_or_default();
        let request = self.client.request(self.model, &prompt, &[&params], stream);
        let client = self.client;
        let (attempts, reply) = retry_unbounded(RETRIES, || async {
            client
                .exchange(client.spec().timeout, self.model, &request, &mut |_| {})
                .await
        })
        .await;
        self.calls += attempts;
        reply
    }

    fn found(&mut self, name: &'static str, (support, note): Finding) {
        self.features.push(Feature {
            name,
            support,
            note,
        });
    }

    async fn stream(&mut self) {
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

    async fn seed(&mut self) {
        let mut texts = Vec::new();
        for seed in [1, 1, 2] {
            match self
                .ask(DRAW, json!({"max_tokens": 16, "seed": seed}), false)
                .await
            {
                Ok(reply) => texts.push(reply.completion.text),
                Err(failed) => return self.found("seed", refused(&failed)),
            }
        }
        let finding = if texts[0] != texts[1] {
            let note = "one seed got two different answers";
            (Support::No, Some(note.to_owned()))
        } else if texts[0] == texts[2] {
            let note = "other seeds get the same answer";
            (Support::Accepted, Some(note.to_owned()))
        } else {
            (Support::Yes, None)
        };
        self.found("seed", finding);
    }

    async fn logprobs(&mut self) {
        let value = match self.client.spec().api {
            Api::Chat => json!(true),
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
                None => (Support::No, None),
            },
        };
        self.found("logprobs", finding);
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

/// Whether a failure is about the parameter.
fn refused(failed: &AttemptFailure) -> Finding {
    let support = match failed.failure.kind {
        FailureKind::BadRequest => Support::Refused,
        _ => Support::Unclear,
    };
    (support, Some(failed.failure.to_string()))
}
