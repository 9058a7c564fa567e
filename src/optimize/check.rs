//! What a candidate must be before it costs a call: new, complete, not much longer, and free of the rows that judge it.

use super::regions::Texts;
use crate::{
    dataset::{Dataset, DatasetError},
    model::{Row, each_text},
    stats::word_runs,
    template::{Rejected, Rewording},
};
use std::{collections::HashSet, fmt};

/// Words in a row that a candidate may not share with a row that it is judged by.
pub(super) const RUN: usize = 8;
/// How many times as long as the start a wording may be, and how many characters longer in any case.
const GROWTH: (usize, usize) = (4, 1_200);

/// Why a candidate was left out.
#[derive(Debug, Clone, PartialEq)]
pub enum Unfit {
    /// A part is not a usable rewording.
    Part(String, Rejected),
    /// Nothing is changed, or it is a wording that was tried.
    Tried,
    /// It has words of a row that it would be judged by.
    Leak(String),
    /// It is much longer than the start.
    Long(usize),
    /// It does not render.
    Broken(String),
    /// It would show a shot that is a copy of a row that it would be judged by, or of its cluster.
    LeakedShot,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Part(part, why) => write!(f, "`{part}` {why}"),
            Unfit::Tried => f.write_str("is a wording that was tried"),
            Unfit::Leak(words) => write!(f, "copies a row that it would be judged by: “{words}”"),
            Unfit::Long(characters) => {
                write!(f, "is {characters} characters longer than the start")
            }
            Unfit::LeakedShot => {
                f.write_str("shows a shot that is like a row that it would be judged by")
            }
            Unfit::Broken(error) => write!(f, "does not render: {error}"),
        }
    }
}

/// The words of rows, to find copies of them.
#[derive(Debug, Clone, Default)]
pub struct Leaks(HashSet<u64>);

impl Leaks {
    /// Remember the texts of rows; of their fields and of their expected answers.
    pub fn add(&mut self, rows: &Dataset) -> Result<(), DatasetError> {
        for row in rows.rows() {
            let row = row?;
            for value in row.fields.values().chain(&row.expected) {
                each_text(value, &mut |text| {
                    self.0.extend(word_runs(text, RUN).map(|(hash, _)| hash));
                });
            }
        }
        Ok(())
    }

    /// Remember runs of words of rows whose texts are not known: for shots alone, since a message names the words of a text.
    pub(super) fn with_runs(&self, runs: HashSet<u64>) -> Leaks {
        Leaks(self.0.union(&runs).copied().collect())
    }

    /// Whether a text of a row, such as a shot, has words of one of the rows.
    pub(super) fn has(&self, row: &Row) -> bool {
        let mut is_found = false;
        for value in row.fields.values().chain(&row.expected) {
            each_text(value, &mut |text| {
                is_found |= self.find(text, "").is_some();
            });
        }
        is_found
    }

    /// Words that a text has from one of the rows and that the text of before has not.
    fn find(&self, text: &str, before: &str) -> Option<String> {
        let own: HashSet<u64> = word_runs(before, RUN).map(|(hash, _)| hash).collect();
        let found =
            word_runs(text, RUN).find(|(hash, _)| self.0.contains(hash) && !own.contains(hash));
        found.map(|(_, words)| words)
    }
}

/// Check the texts that an edit changes, and apply it: the wording that comes of it. `names`: of the texts, which come before
/// the settings.
pub(super) fn apply(
    names: &[String],
    start: &Texts,
    parent: &Texts,
    edit: &[(usize, String)],
    keep: &[String],
    leaks: &Leaks,
) -> Result<Texts, Unfit> {
    let mut texts = parent.clone();
    for (region, text) in edit {
        let Some(name) = names.get(*region) else {
            texts[*region].clone_from(text);
            continue;
        };
        // What must stay is what the start has: a parent may have come to hold more.
        let mut rewording = Rewording {
            text: start[*region].clone(),
            keep: keep.to_vec(),
            there: Vec::new(),
        };
        let text = text.trim();
        texts[*region] = rewording
            .accept(text)
            .map_err(|why| Unfit::Part(name.clone(), why))?;
        if let Some(words) = leaks.find(text, &start[*region]) {
            return Err(Unfit::Leak(words));
        }
    }
    let length = |texts: &Texts| -> usize {
        let texts = texts.iter().take(names.len());
        texts.map(|t| t.chars().count()).sum()
    };
    let (now, before) = (length(&texts), length(start));
    if now > (before * GROWTH.0).max(before + GROWTH.1) {
        return Err(Unfit::Long(now - before));
    }
    Ok(texts)
}

/// Letters and digits of so many texts, and the settings behind them as they are: what makes two wordings the same.
pub(super) fn bare(parts: &[String], texts: usize) -> String {
    let (texts, settings) = parts.split_at(texts.min(parts.len()));
    let all = texts.iter().flat_map(|text| text.chars().chain(['\n']));
    let all = all
        .filter(|c| c.is_alphanumeric() || *c == '\n')
        .flat_map(char::to_lowercase);
    all.chain(settings.join("\n").chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(edit: &str) -> Result<Texts, Unfit> {
        let row = Row {
            fields: serde_json::json!({"text": "The soup was cold and the waiter never came back to us."})
                .as_object()
                .cloned()
                .unwrap(),
            ..Row::default()
        };
        let mut leaks = Leaks::default();
        leaks.add(&Dataset::from_rows(vec![row])).unwrap();
        let start = vec![
            "Say positive or negative for {word}. ".to_owned(),
            "Read.".to_owned(),
        ];
        let names = ["ask".to_owned(), "user".to_owned()];
        apply(
            &names,
            &start,
            &start,
            &[(0, edit.to_owned())],
            &["positive".into()],
            &leaks,
        )
    }

    #[test]
    fn a_rewording_keeps_its_ends_and_other_parts() {
        let texts = applied("  Is {word} positive?\n").unwrap();
        assert_eq!(texts, ["Is {word} positive? ", "Read."]);
    }

    #[test]
    fn settings_are_the_same_only_as_they_are_written() {
        let of = |a: &str, b: &str| bare(&[a.to_owned(), b.to_owned()], 1);
        assert_eq!(of("Be brief.", "1, 2"), of("be  BRIEF!", "1, 2"));
        assert_ne!(of("Be brief.", "1, 21"), of("Be brief.", "1, 2, 1"));
    }

    #[test]
    fn what_is_lost_copied_or_too_long_is_left_out() {
        let why = |edit: &str| applied(edit).unwrap_err().to_string();
        assert_eq!(
            why("Is it positive?"),
            "`ask` does not keep {word} unchanged"
        );
        assert_eq!(why("Is {word} good?"), "`ask` lost the word “positive”");
        let copied =
            why("{word} is positive unless the SOUP was cold and the waiter never came back");
        assert!(
            copied.contains("“the soup was cold and the waiter never”"),
            "{copied}"
        );
        let long = why(&format!("{{word}} positive {}", "so ".repeat(600)));
        assert!(long.contains("characters longer"), "{long}");
        assert!(why("{word} positive {{ row.label }}").contains("does not keep"));
    }
}
