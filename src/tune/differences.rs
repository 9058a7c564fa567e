//! Where what is trained is not what is evaluated: what a form cannot say, and what its readers make of it.

use super::{TrainingExample, TrainingFormat, turns::joined_examples};
use crate::{
    display::count,
    model::{Date, Role},
};
use regex::Regex;
use serde_json::Value;
use std::{collections::BTreeMap, sync::LazyLock};

/// What of the examples the forms say in another way.
pub fn differences(examples: &[&TrainingExample], formats: &[TrainingFormat]) -> Vec<String> {
    let mut all = Vec::new();
    let number = |has: &dyn Fn(&TrainingExample) -> bool| {
        examples.iter().filter(|example| has(example)).count()
    };
    if formats.iter().any(|format| format.info_file().is_some()) {
        let joined = joined_examples(examples);
        if joined > 0 {
            all.push(format!(
                "alpaca and sharegpt join neighbouring turns of one role and put system turns first, so the prompt that is trained differs from the one that is evaluated in {}",
                count(joined, "example")
            ));
        }
        let blank = number(&|example| {
            let is_system = |role: Role| matches!(role, Role::System | Role::Developer);
            let mut system = example.messages.iter().filter(|m| is_system(m.role));
            let has_one = system.clone().next().is_some();
            has_one && system.all(|message| message.content.is_empty())
        });
        if blank > 0 {
            all.push(format!(
                "{}: alpaca and sharegpt leave out a system turn without text, and trainers write that of their template",
                count(blank, "example")
            ));
        }
    }
    let developer = number(&|example| {
        let mut messages = example.messages.iter();
        messages.any(|message| message.role == Role::Developer)
    });
    if developer > 0 {
        all.push(format!(
            "{}: turns of the developer are system turns in training files",
            count(developer, "example")
        ));
    }
    all
}

/// Texts that the library `datasets` reads as timestamps (5.2): a date, perhaps with a time and a zone.
static TIMESTAMP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let time = r"(?:[01]\d|2[0-3])(?::?[0-5]\d(?::?[0-5]\d)?)?";
    let zone = r"(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)";
    Regex::new(&format!(
        r"^(\d{{4}}-\d{{2}}-\d{{2}})(?:[ T]{time}{zone}?)?$"
    ))
    .ok()
});

fn is_timestamp(text: &str) -> bool {
    let found = TIMESTAMP.as_ref().and_then(|form| form.captures(text));
    found.is_some_and(|found| found[1].parse::<Date>().is_ok())
}

/// The columns of a file in which every text is a date: `datasets` reads them as timestamps, and trainers see other texts.
#[derive(Debug, Default)]
pub struct DateColumns(BTreeMap<String, bool>);

impl DateColumns {
    /// Look at a line of the file.
    pub fn add(&mut self, line: &Value) {
        self.look(line, &mut String::new());
    }

    fn look(&mut self, value: &Value, path: &mut String) {
        match value {
            Value::String(text) => match self.0.get_mut(path.as_str()) {
                Some(all) => *all &= is_timestamp(text),
                None => {
                    self.0.insert(path.clone(), is_timestamp(text));
                }
            },
            Value::Array(items) => items.iter().for_each(|item| self.look(item, path)),
            Value::Object(map) => {
                for (key, value) in map {
                    let length = path.len();
                    if length > 0 {
                        path.push('.');
                    }
                    path.push_str(key);
                    self.look(value, path);
                    path.truncate(length);
                }
            }
            _ => {}
        }
    }

    /// What becomes of them in the file.
    pub fn difference(&self, file: &str) -> Option<String> {
        let dates = self.0.iter().filter(|(_, all)| **all);
        let dates: Vec<String> = dates.map(|(path, _)| format!("`{path}`")).collect();
        (!dates.is_empty()).then(|| {
            format!(
                "{file}: all texts of {} are dates, which the library `datasets` reads as timestamps: TRL learns `<datetime>` in their place, and LLaMA-Factory leaves the examples out. Load the file with `features` that name texts, as train.py of `wording tune config` does",
                dates.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Message;
    use serde_json::json;

    #[test]
    fn what_datasets_reads_as_a_timestamp_is_one() {
        for text in [
            "2026-11-30",
            "2026-11-30 10",
            "2026-11-30 10:00",
            "2026-11-30T10:00:00Z",
            "2026-11-30 10:00:00+01",
            "2026-11-30T10:00:00+0100",
            "2026-11-30T10Z",
            "0001-01-01",
            "9999-12-31",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in [
            "2026-11-30T10:00:00.5",
            "2026-11",
            "20261130",
            "2026-13-45",
            "2026-02-30",
            "10:00:00",
            " 2026-11-30",
            "2026-11-30\n",
            "2026/11/30",
            "",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }

    #[test]
    fn a_column_of_dates_alone_is_told() {
        let mut columns = DateColumns::default();
        let line = |answer: &str| json!({"prompt": [{"role": "user", "content": "when?"}], "completion": [{"role": "assistant", "content": answer}]});
        columns.add(&line("2026-11-30"));
        columns.add(&line("2025-01-01"));
        let told = columns.difference("f.jsonl").unwrap();
        assert!(
            told.starts_with("f.jsonl: all texts of `completion.content` are dates"),
            "{told}"
        );
        columns.add(&line("none"));
        assert_eq!(columns.difference("f.jsonl"), None);
    }

    #[test]
    fn what_a_form_cannot_say_is_told() {
        let example = |messages: &[(Role, &str)]| TrainingExample {
            messages: messages
                .iter()
                .map(|(role, text)| Message::new(*role, *text))
                .collect(),
            answer: "y".into(),
            wrong: None,
            is_preference_only: false,
        };
        let developer = example(&[(Role::Developer, "x"), (Role::User, "q")]);
        let blank = example(&[(Role::System, ""), (Role::User, "q")]);
        let twice = example(&[(Role::User, "q"), (Role::User, "r")]);
        let told = |example: &TrainingExample, format| differences(&[example], &[format]);
        assert_eq!(told(&developer, TrainingFormat::Trl).len(), 1);
        assert_eq!(told(&blank, TrainingFormat::Trl), [""; 0]);
        assert!(told(&blank, TrainingFormat::Alpaca)[0].contains("without text"));
        assert!(told(&twice, TrainingFormat::ShareGpt)[0].contains("join"));
        assert_eq!(told(&twice, TrainingFormat::Axolotl), [""; 0]);
    }
}
