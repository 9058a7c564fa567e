//! What a prompt writer is asked, and what can be read in its answer.

use super::regions::Region;
use crate::{
    model::{Message, Prompt, Role},
    read::{Grammar, json_values},
};
use serde_json::{Map, Value, json};

/// Most characters of a row, an answer or a reason that a writer is shown.
const MOST_SHOWN: usize = 1_500;

/// A row that a wording failed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What the prompt ends with: the row as it was put to the model.
    pub input: String,
    pub output: String,
    pub expected: String,
    /// Why it counts as wrong.
    pub reason: String,
}

/// An edit that was tried, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedEdit {
    pub texts: Vec<(String, String)>,
    pub outcome: &'static str,
}

/// What a writer needs to know.
#[derive(Debug, Clone)]
pub struct WriterBrief<'a> {
    /// What counts as right, in a sentence.
    pub task: &'a str,
    pub regions: &'a [Region],
    /// The texts to improve, and those to merge with them.
    pub texts: &'a [String],
    pub merged: Option<&'a [String]>,
    pub failures: &'a [Failure],
    pub tried: &'a [TriedEdit],
    /// Words that must stay: the labels.
    pub keep: &'a [String],
    pub wanted: usize,
}

/// An edit that a writer proposes: new texts by the number of their region, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub texts: Vec<(usize, String)>,
    pub why: Option<String>,
}

impl WriterBrief<'_> {
    /// The request.
    pub fn prompt(&self) -> Prompt {
        let parts = |texts: &[String]| {
            let parts: Map<String, Value> = (self.regions.iter().zip(texts))
                .map(|(region, text)| (region.name.clone(), json!(text.trim())))
                .collect();
            serde_json::to_string_pretty(&parts).unwrap_or_default()
        };
        let mut ask = format!(
            "These are the parts of a prompt that may be reworded, as JSON:\n<parts>\n{}\n</parts>\n\nWhat counts as right: {}\n",
            parts(self.texts),
            self.task
        );
        if let Some(other) = self.merged {
            ask += &format!(
                "\nAnother wording of the same parts does well on other rows; join what is good in both:\n<other>\n{}\n</other>\n",
                parts(other)
            );
        }
        if !self.failures.is_empty() {
            ask += "\nRows that it got wrong:\n<failures>\n";
            for (n, failure) in self.failures.iter().enumerate() {
                ask += &format!(
                    "{}. Row: {}\n   Answer: {}\n   Expected: {}\n   {}\n",
                    n + 1,
                    cut(&failure.input),
                    cut(&failure.output),
                    cut(&failure.expected),
                    cut(&failure.reason)
                );
            }
            ask += "</failures>\n";
        }
        if !self.tried.is_empty() {
            ask += "\nTried before, not to be proposed again:\n<tried>\n";
            for tried in self.tried {
                let texts: Map<String, Value> = (tried.texts.iter())
                    .map(|(name, text)| (name.clone(), json!(text.trim())))
                    .collect();
                ask += &format!("{}: {}\n", tried.outcome, Value::Object(texts));
            }
            ask += "</tried>\n";
        }
        let keep = match self.keep {
            [] => String::new(),
            words => format!(
                " Keep these words where the text has them: {}.",
                words.join(", ")
            ),
        };
        ask += &format!(
            "\nPropose {} rewordings that would get such rows right, each by another idea, and none that only fits these rows. \
             Do not copy rows. Keep placeholders such as {{name}} as they are.{keep} Answer with a JSON list of {} objects and nothing else. \
             An object has the names of the parts that it changes, with their whole new texts, and under \"why\" one sentence.",
            self.wanted, self.wanted
        );
        Prompt::new(vec![
            Message::new(
                Role::System,
                "You improve the wording of prompts for language models.",
            ),
            Message::new(Role::User, ask),
        ])
    }
}

/// The edits in an answer: the JSON objects, in a list or not, that name a part.
pub fn read_edits(answer: &str, regions: &[Region]) -> Vec<Edit> {
    let values = json_values(answer, Grammar::Repaired);
    let listed = values.into_iter().flat_map(|value| match value {
        Value::Array(items) => items,
        other => vec![other],
    });
    let edits = listed.map(|value| {
        let texts = regions.iter().enumerate().filter_map(|(at, region)| {
            let text = value.get(&region.name)?.as_str()?;
            Some((at, text.to_owned()))
        });
        Edit {
            texts: texts.collect(),
            why: value.get("why").and_then(Value::as_str).map(str::to_owned),
        }
    });
    edits.filter(|edit| !edit.texts.is_empty()).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{} …", &text[..end]),
        None => text.to_owned(),
    }
}
