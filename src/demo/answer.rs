//! What the endpoint answers to a request: text, finish reason, log-probabilities, usage.

use super::{
    classifier::Classifier,
    judge::judge,
    learner::{Belief, believe, disturbance},
    pieces::split,
    prompt::{ChatMessage, Reading},
    propose::propose,
    rephrase::rephrase,
    talk::talk,
    token_logprobs::{PieceLogprobs, piece_logprobs},
    tools::ToolRequest,
};
use crate::model::ToolCall;
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde::Deserialize;
use serde_json::Value;

/// A request, chat or plain.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    #[serde(default)]
    pub model: String,
    #[serde(default)]
    pub messages: Vec<ChatMessage>,
    /// Prompt of a plain completion.
    pub prompt: Option<String>,
    #[serde(default)]
    pub stream: bool,
    pub stream_options: Option<StreamOptions>,
    temperature: Option<f64>,
    #[serde(alias = "max_completion_tokens")]
    max_tokens: Option<usize>,
    seed: Option<i64>,
    n: Option<usize>,
    stop: Option<Value>,
    logprobs: Option<Value>,
    top_logprobs: Option<usize>,
    #[serde(default)]
    tools: Vec<Value>,
    tool_choice: Option<Value>,
    parallel_tool_calls: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StreamOptions {
    /// Send a last chunk with usage.
    #[serde(default)]
    pub include_usage: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// Its pieces; joined they are the text.
    pub pieces: Vec<String>,
    /// The tools that it calls.
    pub calls: Vec<ToolCall>,
    pub finish: &'static str,
    /// Log-probabilities of the pieces, where asked for.
    pub logprobs: Option<Vec<PieceLogprobs>>,
}

impl Choice {
    pub(super) fn text(&self) -> String {
        self.pieces.concat()
    }

    /// How many tokens it has, as this endpoint counts them.
    pub(super) fn tokens(&self) -> usize {
        let calls = self.calls.iter();
        let calls = calls.map(|call| split(&call.name).len() + split(&call.arguments).len());
        self.pieces.len() + calls.sum::<usize>()
    }
}

impl Request {
    /// The model's name without the endpoint's, if there is such a model.
    pub(super) fn known_model(&self) -> Option<&'static str> {
        ["icl", "echo", "judge", "writer"]
            .into_iter()
            .find(|m| self.model.strip_prefix("demo/").unwrap_or(&self.model) == *m)
    }

    fn read_messages(&self) -> Vec<ChatMessage> {
        match &self.prompt {
            Some(prompt) => vec![ChatMessage {
                role: "user".into(),
                content: prompt.clone(),
            }],
            None => self.messages.clone(),
        }
    }

    /// The answers, `n` of them. `fresh` is a number that no other request has: the chance in answers without a seed.
    pub(super) fn answer(&self, fresh: u64) -> Vec<Choice> {
        let messages = self.read_messages();
        let temperature = self.temperature.unwrap_or(1.0).max(0.0);
        let calls = self.calls(&messages);
        if !calls.is_empty() {
            let choice = Choice {
                pieces: Vec::new(),
                calls,
                finish: "tool_calls",
                logprobs: None,
            };
            return vec![choice; self.n.unwrap_or(1).clamp(1, 128)];
        }
        if self.known_model() == Some("echo") {
            let text = messages
                .last()
                .map(|m| m.content.clone())
                .unwrap_or_default();
            return (0..self.n.unwrap_or(1))
                .map(|_| self.finish(text.clone(), None))
                .collect();
        }
        if self.known_model() == Some("judge") {
            let whole: Vec<&str> = messages.iter().map(|m| m.content.as_str()).collect();
            let chance = if temperature < 1e-6 {
                0.5
            } else {
                let seed = self.seed.map_or(fresh, |s| s as u64);
                ChaCha8Rng::seed_from_u64(seed).random_range(0.0..1.0)
            };
            return vec![self.finish(judge(&whole.join("\n"), chance), None)];
        }
        if self.known_model() == Some("writer")
            && let Some(text) = messages.last().and_then(|m| propose(&m.content))
        {
            return vec![self.finish(text, None)];
        }
        if let Some(text) = messages.last().and_then(|m| rephrase(&m.content)) {
            return vec![self.finish(text, None)];
        }
        if self.known_model() == Some("icl")
            && let Some(text) = talk(&messages)
        {
            return vec![self.finish(text, None); self.n.unwrap_or(1).clamp(1, 128)];
        }
        let reading = Reading::parse(&messages);
        let belief = believe(&reading);
        self.choices(&belief, fresh, |label| {
            answer_text(&reading, &belief, label)
        })
    }

    /// The tools that the last message, if it is the user's, has the stand-in call.
    fn calls(&self, messages: &[ChatMessage]) -> Vec<ToolCall> {
        let last = messages.last().filter(|last| last.role == "user");
        let (Some(last), false) = (last, self.tools.is_empty()) else {
            return Vec::new();
        };
        let request = ToolRequest {
            tools: &self.tools,
            choice: self.tool_choice.as_ref(),
            is_parallel: self.parallel_tool_calls.unwrap_or(true),
        };
        match self.known_model() {
            Some("icl") => request.calls(&last.content),
            Some("echo") => request.written(&last.content),
            _ => Vec::new(),
        }
    }

    /// As many choices as are asked for: a label each, drawn as the temperature has it.
    fn choices(&self, belief: &Belief, fresh: u64, text: impl Fn(usize) -> String) -> Vec<Choice> {
        let temperature = self.temperature.unwrap_or(1.0).max(0.0);
        (0..self.n.unwrap_or(1).clamp(1, 128))
            .map(|i| {
                let seed = self.seed.map_or(fresh, |s| s as u64).wrapping_add(i as u64);
                let label = sample(belief, temperature, seed);
                let is_known = label < belief.labels.len();
                self.finish(text(label), is_known.then_some((belief, label)))
            })
            .collect()
    }

    /// The answers of a trained classifier.
    pub(super) fn answer_tuned(&self, model: &Classifier, fresh: u64) -> Vec<Choice> {
        let belief = model.believe(&self.read_messages());
        self.choices(&belief, fresh, |label| {
            belief.labels.get(label).map_or("", |l| &l.0).to_owned()
        })
    }

    /// Cut at `stop` and `max_tokens`.
    fn finish(&self, mut text: String, belief: Option<(&Belief, usize)>) -> Choice {
        let stops: Vec<&str> = match &self.stop {
            Some(Value::String(stop)) => vec![stop],
            Some(Value::Array(stops)) => stops.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if let Some(at) = stops
            .iter()
            .filter(|s| !s.is_empty())
            .filter_map(|s| text.find(s))
            .min()
        {
            text.truncate(at);
        }
        let mut pieces = split(&text);
        let mut finish = "stop";
        if let Some(most) = self.max_tokens
            && pieces.len() > most
        {
            pieces.truncate(most);
            finish = "length";
        }
        let logprobs = belief.filter(|_| self.wants_logprobs());
        let logprobs = logprobs.map(|(belief, label)| piece_logprobs(&pieces, belief, label));
        Choice {
            pieces,
            calls: Vec::new(),
            finish,
            logprobs,
        }
    }

    fn wants_logprobs(&self) -> bool {
        let wanted = self.logprobs.as_ref();
        wanted.is_some_and(|l| *l != Value::Bool(false) && !l.is_null())
    }

    /// How many of the most likely tokens are listed for each.
    pub(super) fn top_logprobs(&self) -> usize {
        let plain = self.logprobs.as_ref().and_then(Value::as_u64);
        self.top_logprobs.or(plain.map(|n| n as usize)).unwrap_or(0)
    }

    /// Tokens of the prompt, as this endpoint counts them.
    pub(super) fn prompt_tokens(&self) -> usize {
        self.read_messages()
            .iter()
            .map(|m| split(&m.content).len() + 3)
            .sum::<usize>()
            + self
                .tools
                .iter()
                .map(|tool| split(&tool.to_string()).len())
                .sum::<usize>()
    }
}

fn sample(belief: &Belief, temperature: f64, seed: u64) -> usize {
    if temperature < 1e-6 || belief.labels.is_empty() {
        return belief.best();
    }
    let weights: Vec<f64> = belief
        .labels
        .iter()
        .map(|(_, l)| (l / temperature).exp())
        .collect();
    let mut left = ChaCha8Rng::seed_from_u64(seed)
        .random_range(0.0..weights.iter().sum::<f64>().max(f64::MIN_POSITIVE));
    for (i, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return i;
        }
    }
    weights.len() - 1
}

/// The label in words: alone where the instruction asks for one word or the shots show it, else now and then in a
/// sentence, and with a hedge where the learner is not sure.
fn answer_text(reading: &Reading, belief: &Belief, label: usize) -> String {
    let Some((name, _)) = belief.labels.get(label) else {
        return "I am a stand-in, not a language model: I can only choose among labels that the prompt shows or names."
            .to_owned();
    };
    let looseness = match (reading.asks_for_one_word(), reading.shots.is_empty()) {
        (true, false) => -9.0,
        (true, true) => -1.6,
        (false, false) => -0.3,
        (false, true) => 9.0,
    };
    let chance = disturbance(&["form", &reading.instruction, &reading.query]);
    if chance > -looseness - 0.4 && looseness > -9.0 {
        let han = name.chars().any(|c| c as u32 > 0x2e80);
        let other = belief.labels.iter().map(|l| &l.0).find(|l| *l != name);
        return match (han, other) {
            (false, Some(other)) if belief.margin() < 0.25 => {
                format!("Mixed: parts of it sound {name}, others {other}.")
            }
            (false, _) => format!("This sounds {name} to me."),
            (true, Some(other)) if belief.margin() < 0.25 => {
                format!("有{name}的部分，也有{other}的部分。")
            }
            (true, _) => format!("我认为是{name}的。"),
        };
    }
    name.clone()
}

#[cfg(test)]
mod tests {
    use super::{
        super::token_logprobs::{chat_logprobs, plain_logprobs},
        *,
    };
    use serde_json::json;

    fn ask(extra: Value) -> Vec<Choice> {
        let mut body = json!({"model": "icl", "messages": [
            {"role": "system", "content": "Answer with one word: positive or negative."},
            {"role": "user", "content": "good, great, wonderful"}, {"role": "assistant", "content": "positive"},
            {"role": "user", "content": "bad, awful, broken"}, {"role": "assistant", "content": "negative"},
            {"role": "user", "content": "a wonderful, great thing"}]});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        serde_json::from_value::<Request>(body).unwrap().answer(1)
    }

    #[test]
    fn temperature_zero_is_deterministic_and_a_seed_repeats() {
        assert_eq!(ask(json!({"temperature": 0}))[0].text(), "positive");
        let texts = |seed| {
            ask(json!({"temperature": 5.0, "seed": seed, "n": 20}))
                .iter()
                .map(Choice::text)
                .collect::<Vec<_>>()
        };
        assert_eq!(texts(3), texts(3));
        assert!(texts(3).contains(&"negative".to_owned()));
    }

    #[test]
    fn stop_and_max_tokens_cut() {
        let choice = &ask(json!({"temperature": 0, "stop": ["tive"]}))[0];
        assert_eq!((choice.text().as_str(), choice.finish), ("posi", "stop"));
        let echo = &ask(json!({"model": "demo/echo", "max_tokens": 2}))[0];
        assert_eq!(
            (echo.text().as_str(), echo.finish),
            ("a wonderful", "length")
        );
    }

    #[test]
    fn logprobs_are_those_of_the_belief() {
        let request = json!({"temperature": 0, "logprobs": true, "top_logprobs": 5});
        let pieces = ask(request)[0].logprobs.clone().unwrap();
        let chat = chat_logprobs(&pieces, 5);
        let top = chat["content"][0]["top_logprobs"].as_array().unwrap();
        let logprobs = top.iter().map(|t| t["logprob"].as_f64().unwrap());
        assert!((logprobs.map(f64::exp).sum::<f64>() - 1.0).abs() < 1e-9);
        assert_eq!(chat["content"][0]["bytes"], json!(b"positive"));
        let plain = plain_logprobs(&pieces, 1, 7);
        assert_eq!(plain["tokens"], json!(["positive"]));
        assert_eq!(plain["text_offset"], json!([7]));
        assert_eq!(plain["top_logprobs"][0].as_object().unwrap().len(), 1);
        assert!(ask(json!({"temperature": 0}))[0].logprobs.is_none());
    }
}
