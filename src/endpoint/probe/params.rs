//! Whether parameters have an effect: limits of tokens, temperature, seed, stop strings.

use super::{
    Support,
    probing::{Finding, Probing, refused},
};
use crate::model::FinishReason;
use serde_json::{Value, json};

const DRAW: &str = "Write one number of seven digits, drawn at random. Write only the number.";

const COUNT: &str = "Count to 40 in digits, and write nothing else: 1 2 3 4 5 6 7 8 9 10 11";

/// No answer of four tokens is longer, in characters.
const MAX_CHARS_OF_FOUR_TOKENS: usize = 60;

const HOT: f64 = 1.5;

impl Probing<'_> {
    pub(super) async fn params(&mut self) {
        for name in ["max_tokens", "max_completion_tokens"] {
            let finding = self.token_limit(name).await;
            self.found(name, finding);
        }
        let temperature = self.temperature().await;
        let is_hot = temperature.0 == Support::Yes;
        self.found("temperature", temperature);
        let seed = self.seed(is_hot).await;
        self.found("seed", seed);
        let stop = self.stop().await;
        self.found("stop", stop);
    }

    async fn token_limit(&mut self, name: &str) -> Finding {
        let asked = self
            .ask_bounded(COUNT, json!({ name: 4 }), MAX_CHARS_OF_FOUR_TOKENS)
            .await;
        let sent_instead = self.client.renamed_limit(self.model);
        match asked {
            Err(failed) => refused(&failed),
            Ok(_) if sent_instead.is_some_and(|other| other != name) => {
                let note = sent_instead.map(|other| format!("`{other}` is sent in its place"));
                (Support::Refused, note)
            }
            Ok(None) => (Support::No, Some("answers are longer".to_owned())),
            Ok(Some(reply)) if reply.completion.finish == FinishReason::Length => {
                (Support::Yes, None)
            }
            Ok(Some(_)) => {
                let note = "the answer was short anyway";
                (Support::Accepted, Some(note.to_owned()))
            }
        }
    }

    /// Answers to the same request.
    async fn draw(&mut self, all: &[Value]) -> Result<Vec<String>, Finding> {
        let mut texts = Vec::new();
        for params in all {
            match self.ask(DRAW, params.clone(), false).await {
                Ok(reply) => texts.push(reply.completion.text),
                Err(failed) => return Err(refused(&failed)),
            }
        }
        Ok(texts)
    }

    async fn temperature(&mut self) -> Finding {
        let at = |temperature: f64| json!({"max_tokens": 16, "temperature": temperature});
        let texts = match self.draw(&[at(0.0), at(HOT), at(HOT), at(HOT)]).await {
            Ok(texts) => texts,
            Err(finding) => return finding,
        };
        if texts.iter().all(|text| *text == texts[0]) {
            let note = format!("no effect seen: answers at 0 and {HOT} are the same");
            return (Support::No, Some(note));
        }
        (Support::Yes, None)
    }

    async fn seed(&mut self, is_hot: bool) -> Finding {
        let with = |seed: u32| match is_hot {
            true => json!({"max_tokens": 16, "seed": seed, "temperature": 1}),
            false => json!({"max_tokens": 16, "seed": seed}),
        };
        let texts = match self.draw(&[with(1), with(1), with(2)]).await {
            Ok(texts) => texts,
            Err(finding) => return finding,
        };
        if texts[0] != texts[1] {
            let note = "one seed got two different answers";
            (Support::No, Some(note.to_owned()))
        } else if texts[0] == texts[2] {
            let note = "no effect seen: other seeds get the same answer";
            (Support::Accepted, Some(note.to_owned()))
        } else {
            (Support::Yes, None)
        }
    }

    async fn stop(&mut self) -> Finding {
        // A character that the answer surely comes to.
        let plain = json!({"max_tokens": 24});
        let whole = match self.ask(COUNT, plain, false).await {
            Ok(reply) => reply.completion.text,
            Err(failed) => return refused(&failed),
        };
        let letters: Vec<char> = whole.trim_start().chars().skip(1).collect();
        let candidate = letters.iter().find(|c| c.is_alphanumeric());
        let Some(stop) = candidate else {
            let note = "the answer is too short to stop in it";
            return (Support::Unclear, Some(note.to_owned()));
        };
        let params = json!({"max_tokens": 24, "stop": [stop.to_string()]});
        match self.ask(COUNT, params, false).await {
            Err(failed) => refused(&failed),
            Ok(reply) if reply.completion.stop_removed => {
                let note = "the stop string stays in the text; wording removes it";
                (Support::No, Some(note.to_owned()))
            }
            Ok(_) => (Support::Yes, None),
        }
    }
}
