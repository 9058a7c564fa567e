//! `evals = { … }` of a metric of the kind `judge`: choices of which the judge names one, and how a reply is read.
//!
//! As the class `ModelBasedClassify` of OpenAI's package evals 3.0.1 does it.

use super::reader::Section;
use crate::read::ChoiceMatch;
use serde::{Deserialize, Serialize};
use toml::de::DeValue;

/// The choices of a judge, and which one a reply names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EvalsChoices {
    /// In the order in which they are looked for.
    pub choices: Vec<EvalsChoice>,
    /// How a line of the reply and a choice are compared.
    pub matches: ChoiceMatch,
    /// The last line that names a choice counts: the reasoning comes first.
    pub from_last: bool,
}

/// A choice and its score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EvalsChoice {
    pub text: String,
    /// From 0 to 1.
    pub score: f64,
}

impl EvalsChoices {
    /// The score of a reply that names none of them.
    pub fn lowest(&self) -> f64 {
        let scores = self.choices.iter().map(|choice| choice.score);
        scores.fold(f64::INFINITY, f64::min)
    }
}

/// Read the key of a metric.
pub(super) fn evals_choices(section: &Section<'_, '_>) -> Option<EvalsChoices> {
    let table = section.inner("evals")?;
    let item = table.require("choices")?;
    let items = match item.get_ref() {
        DeValue::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    let choice = |item| {
        let one = table.as_section("choices", "choices", item)?;
        let text = one
            .require("text")
            .and_then(|item| one.as_text("text", item));
        let at = one.require("score")?.span();
        let score = one.number("score");
        one.finish();
        if score.is_some_and(|score| !(0.0..=1.0).contains(&score)) {
            let help = "scores are between 0 and 1";
            (one.reader).problem(
                at,
                "the `score` of a choice is out of range",
                Some(help.into()),
            );
            return None;
        }
        Some(EvalsChoice {
            text: text?,
            score: score?,
        })
    };
    let choices: Vec<EvalsChoice> = items.into_iter().filter_map(choice).collect();
    if choices.is_empty() {
        section.reader.problem(
            item.span(),
            "the judge needs `choices`",
            Some("for example choices = [{ text = \"Yes\", score = 1 }, { text = \"No\", score = 0 }]".into()),
        );
    }
    let word = |key, known: &[&str]| {
        let item = table.get(key)?;
        let word = table.as_text(key, item)?;
        if !known.contains(&word.as_str()) {
            let message = format!("`{key}` is {word:?}");
            let help = format!("one of {}", known.join(", "));
            section.reader.problem(item.span(), message, Some(help));
        }
        Some(word)
    };
    let matches = word("match", &ChoiceMatch::ALL.map(ChoiceMatch::as_str)).and_then(|word| {
        let mut all = ChoiceMatch::ALL.into_iter();
        all.find(|one| one.as_str() == word)
    });
    let from_last = word("lines", &["first", "last"]).is_some_and(|word| word == "last");
    table.finish();
    if section.flag("pairwise") == Some(true) {
        let message = "a pairwise judge names the better answer, not one of `evals.choices`";
        section.reader.problem(item.span(), message, None);
    }
    Some(EvalsChoices {
        choices,
        matches: matches.unwrap_or_default(),
        from_last,
    })
}
