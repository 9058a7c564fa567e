//! What the endpoint trains: a softmax regression over words and runs of characters, on top of what the in-context
//! learner believes without being trained. A stand-in for a tuned model, not one.

use super::{
    learner::{Belief, believe},
    prompt::{ChatMessage, Reading},
};
use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Most answers that it can learn to choose among.
pub(super) const MOST_ANSWERS: usize = 64;
/// Buckets that features are hashed into.
const BUCKETS: u64 = 1 << 15;
/// Passes over the examples that count as one epoch of a job: the model is tiny.
const PASSES: u32 = 8;
const RATE: f32 = 0.8;
/// Weight decay, which with few examples is what keeps it from learning them by heart.
const DECAY: f32 = 2e-3;

/// A prompt and the answer to it.
#[derive(Debug, Clone)]
pub(super) struct ChatExample {
    pub(super) messages: Vec<ChatMessage>,
    pub(super) answer: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Classifier {
    labels: Vec<String>,
    bias: Vec<f32>,
    /// Weights of the features that were seen, one a label.
    weights: BTreeMap<u64, Vec<f32>>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Pass {
    pub(super) epoch: u32,
    pub(super) loss: f64,
    pub(super) validation: Option<(f64, f64)>,
}

impl Classifier {
    /// Train for so many epochs, telling of each. `go` is asked before each; `None` where it says no. The same examples and
    /// seed give the same weights.
    pub(super) fn train(
        taught: &[ChatExample],
        validation: &[ChatExample],
        epochs: u32,
        seed: u64,
        mut go: impl FnMut(Option<Pass>) -> bool,
    ) -> Option<Classifier> {
        let mut labels: Vec<String> = taught.iter().map(|t| t.answer.clone()).collect();
        labels.sort();
        labels.dedup();
        let mut model = Classifier {
            bias: vec![0.0; labels.len()],
            labels,
            weights: BTreeMap::new(),
        };
        let known: HashMap<&str, usize> = model
            .labels
            .iter()
            .enumerate()
            .map(|(i, l)| (l.as_str(), i))
            .collect();
        let ready: Vec<(Vec<u64>, Vec<f32>, usize)> = taught
            .iter()
            .map(|t| {
                (
                    features(&t.messages),
                    model.offsets(&t.messages),
                    known[t.answer.as_str()],
                )
            })
            .collect();
        let mut order: Vec<usize> = (0..ready.len()).collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut pass = None;
        for epoch in 1..=epochs {
            if !go(pass) {
                return None;
            }
            let mut loss = 0.0;
            for _ in 0..PASSES {
                order.shuffle(&mut rng);
                loss = 0.0;
                for i in &order {
                    let (features, offsets, label) = &ready[*i];
                    loss -= f64::from(model.learn(features, offsets, *label));
                }
            }
            pass = Some(Pass {
                epoch,
                loss: loss / ready.len().max(1) as f64,
                validation: model.validate(validation),
            });
        }
        go(pass).then_some(model)
    }

    /// A step toward an answer; its log-probability before.
    fn learn(&mut self, features: &[u64], offsets: &[f32], label: usize) -> f32 {
        let logs = self.logs(features, offsets);
        let size = 1.0 / (features.len().max(1) as f32).sqrt();
        for (l, log) in logs.iter().enumerate() {
            let error = f32::from(u8::from(l == label)) - log.exp();
            self.bias[l] += 0.1 * RATE * error;
            for feature in features {
                let weights = self
                    .weights
                    .entry(*feature)
                    .or_insert_with(|| vec![0.0; logs.len()]);
                weights[l] += RATE * (error * size - DECAY * weights[l]);
            }
        }
        logs[label]
    }

    fn logs(&self, features: &[u64], offsets: &[f32]) -> Vec<f32> {
        let size = 1.0 / (features.len().max(1) as f32).sqrt();
        let mut logits: Vec<f32> = self.bias.iter().zip(offsets).map(|(b, o)| b + o).collect();
        for feature in features {
            if let Some(weights) = self.weights.get(feature) {
                for (logit, weight) in logits.iter_mut().zip(weights) {
                    *logit += size * weight;
                }
            }
        }
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum = most + logits.iter().map(|l| (l - most).exp()).sum::<f32>().ln();
        logits.iter().map(|l| l - sum).collect()
    }

    /// What the learner believes of each answer, untrained; 0 where the prompt names none of them.
    fn offsets(&self, messages: &[ChatMessage]) -> Vec<f32> {
        let belief = believe(&Reading::parse(messages));
        let of = |label: &String| belief.labels.iter().find(|(l, _)| l == label);
        if self.labels.iter().all(|l| of(l).is_none()) {
            return vec![0.0; self.labels.len()];
        }
        self.labels
            .iter()
            .map(|l| of(l).map_or(-6.0, |(_, log)| *log as f32))
            .collect()
    }

    fn validate(&self, on: &[ChatExample]) -> Option<(f64, f64)> {
        let mut right = 0.0;
        let mut loss = 0.0;
        for one in on {
            let belief = self.believe(&one.messages);
            let label = self.labels.iter().position(|l| *l == one.answer);
            loss -= label.map_or(-10.0, |l| belief.labels[l].1);
            right += f64::from(u8::from(label == Some(belief.best())));
        }
        let n = on.len() as f64;
        (n > 0.0).then(|| (loss / n, right / n))
    }

    /// Log-probabilities of the answers to a prompt.
    pub(super) fn believe(&self, messages: &[ChatMessage]) -> Belief {
        let logs = self.logs(&features(messages), &self.offsets(messages));
        Belief {
            labels: self
                .labels
                .iter()
                .cloned()
                .zip(logs.into_iter().map(f64::from))
                .collect(),
        }
    }
}

/// Hashed words and runs of three characters of the last user message, each once.
fn features(messages: &[ChatMessage]) -> Vec<u64> {
    let text = messages
        .iter()
        .rev()
        .find(|m| m.role == "user")
        .map_or("", |m| &m.content)
        .to_lowercase();
    let mut all = Vec::new();
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
    {
        let chars: Vec<char> = word.chars().collect();
        let wide = chars.iter().any(|c| *c as u32 > 0x2e80);
        let size = if wide { 2 } else { 4 };
        if !wide {
            all.push(hash(&chars));
        }
        all.extend(chars.windows(size).map(hash));
        if wide {
            all.extend(chars.chunks(1).map(hash));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn hash(chars: &[char]) -> u64 {
    let mut h = chars.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, c| {
        (h ^ u64::from(*c as u32)).wrapping_mul(0x0100_0000_01b3)
    });
    h ^= h >> 33;
    h % BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taught(text: &str, answer: &str) -> ChatExample {
        let say = |role: &str, content: &str| ChatMessage {
            role: role.into(),
            content: content.into(),
        };
        ChatExample {
            messages: vec![say("system", "Which colour?"), say("user", text)],
            answer: answer.into(),
        }
    }

    #[test]
    fn it_learns_what_the_prompt_does_not_say_and_generalises() {
        let words = ["apple", "cherry", "rose", "brick"];
        let others = ["ocean", "sky", "jeans", "sapphire"];
        let mut all = Vec::new();
        for place in ["in the garden", "on the table", "by the door", "near me"] {
            for (red, blue) in words.iter().zip(others) {
                all.push(taught(&format!("an {red} {place}"), "red"));
                all.push(taught(&format!("an {blue} {place}"), "blue"));
            }
        }
        let mut passes = Vec::new();
        let model = Classifier::train(&all, &all[..4], 3, 7, |pass| {
            passes.extend(pass);
            true
        })
        .unwrap();
        let best = |text: &str| {
            let belief = model.believe(&taught(text, "").messages);
            belief.labels[belief.best()].0.clone()
        };
        assert_eq!([best("my cherry"), best("the sky above")], ["red", "blue"]);
        assert!(passes.len() == 3 && passes[2].loss < passes[0].loss);
        assert_eq!(passes[2].validation.map(|v| v.1), Some(1.0));
    }

    #[test]
    fn training_repeats_and_can_be_stopped() {
        let all = [taught("a b c", "x"), taught("d e f", "y")];
        let train = || Classifier::train(&all, &[], 2, 3, |_| true).unwrap();
        assert_eq!(
            serde_json::to_string(&train()).unwrap(),
            serde_json::to_string(&train()).unwrap()
        );
        assert!(Classifier::train(&all, &[], 2, 3, |pass| pass.is_none()).is_none());
    }
}
