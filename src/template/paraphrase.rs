//! Other wordings of a level, asked of a model: the request, and what of its answer can be kept.
//!
//! Sends nothing itself; `engine::paraphrases` does.

use super::{Template, TemplateError};
use crate::model::{Level, Message, Prompt, Role};
use regex::Regex;
use serde_json::Value;
use std::{fmt, sync::LazyLock};

/// What must stand in a paraphrase as it stands in the text.
static PLACEHOLDER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\{\{.*?\}\}|\{%.*?%\}|\$?\{\w+\}|%\w\b|<[A-Za-z_]\w*>").ok());

/// Paraphrases wanted of a text.
#[derive(Debug, Clone)]
pub struct Rewording {
    pub text: String,
    /// Words that must stay as they are, where the text has them: the labels.
    pub keep: Vec<String>,
    /// Wordings that there are already, the text among them.
    pub there: Vec<String>,
}

/// Why a paraphrase was left out.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejected {
    /// It is one that there is already, but for case, white space and marks.
    There,
    /// It lost or changed a placeholder.
    Placeholder(String),
    /// It lost a word that must stay.
    Word(String),
    /// It is empty, or holds characters that no text should.
    Unreadable,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rejected::There => f.write_str("repeats another one"),
            Rejected::Placeholder(placeholder) => {
                write!(f, "does not keep {placeholder} unchanged")
            }
            Rejected::Word(word) => write!(f, "lost the word “{word}”"),
            Rejected::Unreadable => f.write_str("is not readable text"),
        }
    }
}

impl Rewording {
    /// Of a level of an axis in a template's front matter, the first where none is named; the labels must stay.
    pub fn for_level(
        template: &Template,
        axis: &str,
        level: Option<&str>,
        labels: &[String],
    ) -> Result<Rewording, TemplateError> {
        let axis = template.axis(axis)?;
        let found = match level {
            None => axis.levels.first(),
            Some(name) => axis.levels.iter().find(|level| level.name == *name),
        };
        let Some(found) = found else {
            let known: Vec<&str> = axis.levels.iter().map(|l| l.name.as_str()).collect();
            return Err(TemplateError::new(format!(
                "the axis `{}` has no level `{}`; available: {}",
                axis.name,
                level.unwrap_or(""),
                known.join(", ")
            )));
        };
        let Some(text) = wording(found) else {
            return Err(TemplateError::new(format!(
                "the level `{}` of `{}` is not text, so it cannot be paraphrased; choose another with --level",
                found.name, axis.name
            )));
        };
        Ok(Rewording {
            text: text.to_owned(),
            keep: labels.to_vec(),
            there: axis
                .levels
                .iter()
                .filter_map(|level| level.value.as_str().map(str::to_owned))
                .collect(),
        })
    }

    /// The request for `n` of them.
    pub fn request(&self, n: usize) -> Prompt {
        let mut keep = placeholders(&self.text);
        keep.extend(self.kept().map(str::to_owned));
        let keep = match keep.as_slice() {
            [] => String::new(),
            all => format!(" Keep these exactly as they are: {}.", all.join(", ")),
        };
        let but: String = self
            .there
            .iter()
            .filter(|there| **there != self.text)
            .map(|there| format!("\n- {}", there.trim()))
            .collect();
        let but = if but.is_empty() {
            but
        } else {
            format!("\n\nNot one of these:{but}")
        };
        let ask = format!(
            "Write {n} other wordings of the text between the marks. Each must ask for exactly the same, in the same language, \
             in other words, and no two may be alike.{keep} Answer with a JSON list of {n} strings and nothing else.{but}\n\n\
             <text>\n{}\n</text>",
            self.text.trim()
        );
        Prompt::new(vec![
            Message::new(
                Role::System,
                "You rewrite instructions for language models without changing what they ask for.",
            ),
            Message::new(Role::User, ask),
        ])
    }

    /// The words to keep that the text has.
    fn kept(&self) -> impl Iterator<Item = &str> {
        self.keep
            .iter()
            .map(String::as_str)
            .filter(|word| self.text.contains(*word))
    }

    /// What can be kept of an answer; each paraphrase with the white space that the text has at its ends. Kept ones count
    /// as there from then on.
    pub fn read(&mut self, answer: &str) -> (Vec<String>, Vec<(String, Rejected)>) {
        let (mut kept, mut rejected) = (Vec::new(), Vec::new());
        for candidate in candidates(answer) {
            match self.accept(&candidate) {
                Err(why) => rejected.push((candidate, why)),
                Ok(text) => kept.push(text),
            }
        }
        (kept, rejected)
    }

    /// Take a wording, with the white space that the text has at its ends; it counts as there from then on.
    pub fn accept(&mut self, candidate: &str) -> Result<String, Rejected> {
        if let Some(why) = self.reject(candidate) {
            return Err(why);
        }
        let start = self.text.len() - self.text.trim_start().len();
        let end = self.text.trim_end().len().max(start);
        let text = format!("{}{candidate}{}", &self.text[..start], &self.text[end..]);
        self.there.push(text.clone());
        Ok(text)
    }

    fn reject(&self, candidate: &str) -> Option<Rejected> {
        if candidate.is_empty()
            || candidate
                .chars()
                .any(|c| c.is_control() && c != '\n' && c != '\t')
        {
            return Some(Rejected::Unreadable);
        }
        let (mut want, mut have) = (placeholders(&self.text), placeholders(candidate));
        want.sort();
        have.sort();
        if want != have {
            let other = want
                .iter()
                .find(|p| !have.contains(p))
                .or_else(|| have.iter().find(|p| !want.contains(p)));
            let other = other.or(want.first()).or(have.first());
            return Some(Rejected::Placeholder(other.cloned().unwrap_or_default()));
        }
        if let Some(lost) = self.kept().find(|word| !candidate.contains(word)) {
            return Some(Rejected::Word(lost.to_owned()));
        }
        let same = self
            .there
            .iter()
            .any(|there| bare(there) == bare(candidate));
        same.then_some(Rejected::There)
    }
}

/// The text of a level, where it is one that could be reworded.
pub fn wording(level: &Level) -> Option<&str> {
    match &level.value {
        Value::String(text) if text.chars().any(char::is_alphabetic) => Some(text),
        _ => None,
    }
}

/// Whether something stands in a text for a value, such as `{name}` or `{{ row.text }}`.
pub fn has_placeholder(text: &str) -> bool {
    !placeholders(text).is_empty()
}

fn placeholders(text: &str) -> Vec<String> {
    let found = PLACEHOLDER.as_ref().map(|p| p.find_iter(text));
    found.map_or(Vec::new(), |all| {
        all.map(|m| m.as_str().to_owned()).collect()
    })
}

/// Letters and digits alone, in lower case: what makes two wordings the same.
fn bare(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The texts in an answer: of the JSON list in it, else of its lines without numbers, bullets and quotes.
fn candidates(answer: &str) -> Vec<String> {
    let list = answer.find('[').and_then(|start| {
        let end = answer.rfind(']').filter(|end| *end > start)?;
        serde_json::from_str::<Vec<String>>(&answer[start..=end]).ok()
    });
    let texts = list.unwrap_or_else(|| {
        let lines = answer.lines().map(|line| {
            let line = line.trim().trim_start_matches(['-', '*', '•']).trim_start();
            let number = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
            let line = match &line[number..] {
                rest if number > 0 && rest.starts_with(['.', ')', ':']) => &rest[1..],
                _ => line,
            };
            line.trim().trim_matches(['"', '“', '”', ',']).to_owned()
        });
        lines.filter(|line| !line.starts_with("```")).collect()
    });
    texts
        .into_iter()
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewording(text: &str) -> Rewording {
        Rewording {
            text: text.into(),
            keep: vec!["positive".into(), "negative".into(), "neutral".into()],
            there: vec![text.into()],
        }
    }

    #[test]
    fn an_answer_is_read_as_json_or_as_lines() {
        let list = ["Say it.", "Tell me."];
        for answer in [
            "[\"Say it.\", \"Tell me.\"]",
            "Sure:\n```json\n[\"Say it.\",\n \"Tell me.\"]\n```",
            "1. Say it.\n2) \"Tell me.\"\n",
            "- Say it.\n\n* Tell me.",
        ] {
            assert_eq!(candidates(answer), list, "{answer}");
        }
    }

    #[test]
    fn placeholders_and_labels_must_stay_and_no_wording_comes_twice() {
        let mut rewording = rewording("Is {{ text }} positive or negative? ");
        let (kept, rejected) = rewording.read(
            r#"["Would you call {{ text }} positive or negative?", "is {{text}} positive or negative?",
                "Is it positive or negative?", "Is {{ text }} good or negative?", "IS {{ text }}: positive, or negative",
                "would you call {{ text }} Positive or negative", "Would you call {{ text }}, positive or negative?"]"#,
        );
        assert_eq!(kept, ["Would you call {{ text }} positive or negative? "]);
        let why: Vec<String> = rejected.iter().map(|(_, why)| why.to_string()).collect();
        assert_eq!(
            why,
            [
                "does not keep {{ text }} unchanged",
                "does not keep {{ text }} unchanged",
                "lost the word “positive”",
                "repeats another one",
                "lost the word “positive”",
                "repeats another one"
            ]
        );
    }

    #[test]
    fn the_request_names_what_must_stay_and_what_is_there() {
        let mut rewording = rewording("Is {x} positive?");
        rewording.there.push("Is {x} good?".into());
        let prompt = rewording.request(3);
        let ask = &prompt.messages[1].content;
        assert!(
            ask.contains("Keep these exactly as they are: {x}, positive."),
            "{ask}"
        );
        assert!(ask.contains("Not one of these:\n- Is {x} good?"), "{ask}");
        assert!(ask.ends_with("<text>\nIs {x} positive?\n</text>"), "{ask}");
    }
}
