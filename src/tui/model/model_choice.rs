//! The models of the experiment as they are being changed: those that there are, those that endpoints list, those typed by
//! hand. Pure.

use super::{
    model_lists::{ModelLists, has_words},
    text_area::TextArea,
};
use crate::{engine::OfferedModel, model::ModelRef};
use std::path::PathBuf;

/// The models of the experiment as they are being changed.
#[derive(Debug, Clone)]
pub struct ModelChoice {
    /// What is typed: words of names, or a name.
    pub(crate) input: TextArea,
    /// The selected entry.
    pub(crate) at: usize,
    /// By which answers are known.
    pub(crate) number: u64,
    /// Those of the project file.
    pub(crate) before: Vec<ModelRef>,
    /// Those chosen now; new ones last.
    pub(crate) chosen: Vec<ModelRef>,
    pub(crate) lists: ModelLists,
}

/// A model that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ModelEntry {
    pub model: ModelRef,
    pub is_chosen: bool,
    pub origin: ModelOrigin,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ModelOrigin {
    /// In the project file.
    Experiment,
    /// Of the list of its endpoint.
    Listed(OfferedModel),
    /// Typed, with nobody to say whether there is one of that name.
    Typed,
}

impl ModelChoice {
    pub(crate) fn new(
        before: Vec<ModelRef>,
        endpoints: impl Iterator<Item = String>,
        number: u64,
    ) -> ModelChoice {
        ModelChoice {
            input: TextArea::default(),
            at: 0,
            number,
            chosen: before.clone(),
            before,
            lists: ModelLists::new(endpoints),
        }
    }

    /// Those of the experiment, those chosen, those listed, and what is typed; where something is typed, those that have all
    /// its words.
    pub(crate) fn entries(&self) -> Vec<ModelEntry> {
        let typed = self.input.text();
        let mut all: Vec<ModelEntry> = Vec::new();
        let mut add = |model: ModelRef, origin: ModelOrigin| {
            let is_typed = origin == ModelOrigin::Typed && !self.chosen.contains(&model);
            if (is_typed || has_words(&model.to_string(), &typed))
                && all.iter().all(|entry| entry.model != model)
            {
                all.push(ModelEntry {
                    is_chosen: self.chosen.contains(&model),
                    model,
                    origin,
                });
            }
        };
        for model in &self.before {
            add(model.clone(), ModelOrigin::Experiment);
        }
        for (model, offered) in self.lists.offered() {
            add(model, ModelOrigin::Listed(offered.clone()));
        }
        for model in &self.chosen {
            add(model.clone(), ModelOrigin::Typed);
        }
        for model in self.lists.typed(typed.trim()) {
            add(model, ModelOrigin::Typed);
        }
        all
    }

    /// Choose the selected entry, or let it go.
    pub(crate) fn toggle(&mut self) {
        let Some(entry) = self.entries().into_iter().nth(self.at) else {
            return;
        };
        match self.chosen.iter().position(|model| *model == entry.model) {
            Some(at) => {
                self.chosen.remove(at);
            }
            None => self.chosen.push(entry.model),
        }
    }

    /// Those of the project file that stay, in their order, and the new ones.
    pub(crate) fn wanted(&self) -> Vec<ModelRef> {
        let stay = self.before.iter().filter(|m| self.chosen.contains(m));
        let new = self.chosen.iter().filter(|m| !self.before.contains(m));
        stay.chain(new).cloned().collect()
    }
}

/// A change of a file that is shown before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    pub path: PathBuf,
    pub before: String,
    pub after: String,
}

/// The lines that a change of a file removes and adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedLines<'a> {
    /// Number of the first, from 1.
    pub first: usize,
    /// The line before them, and the one after.
    pub around: [Option<&'a str>; 2],
    pub removed: Vec<&'a str>,
    pub added: Vec<&'a str>,
}

impl FileChange {
    pub(crate) fn lines(&self) -> ChangedLines<'_> {
        let (before, after): (Vec<&str>, Vec<&str>) =
            (self.before.lines().collect(), self.after.lines().collect());
        let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| {
            pairs.take_while(|(a, b)| a == b).count()
        };
        let first = same(&mut before.iter().zip(&after));
        let above = first.checked_sub(1).map(|line| before[line]);
        let (before, after) = (&before[first..], &after[first..]);
        let last = same(&mut before.iter().rev().zip(after.iter().rev()));
        let (removed, below) = before.split_at(before.len() - last);
        ChangedLines {
            first: first + 1,
            around: [above, below.first().copied()],
            removed: removed.to_vec(),
            added: after[..after.len() - last].to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str) -> ModelRef {
        name.parse().unwrap()
    }

    fn choice() -> ModelChoice {
        let endpoints = ["demo", "lab"].map(str::to_owned);
        let mut choice = ModelChoice::new(vec![model("demo/icl")], endpoints.into_iter(), 1);
        let offered = |name: &str| OfferedModel {
            name: name.into(),
            ..OfferedModel::default()
        };
        let listed = ["icl", "echo"].map(offered).to_vec();
        choice.lists.insert("demo".into(), Ok(listed));
        choice
    }

    fn names(choice: &ModelChoice) -> Vec<String> {
        let entries = choice.entries().into_iter();
        entries.map(|entry| entry.model.to_string()).collect()
    }

    #[test]
    fn models_are_found_by_words_and_typed_by_hand() {
        let mut choice = choice();
        assert_eq!(names(&choice), ["demo/icl", "demo/echo"]);
        choice.input = TextArea::line("echo");
        assert_eq!(names(&choice), ["demo/echo", "lab/echo"]);
        choice.input = TextArea::line("lab/qwen 3");
        assert_eq!(names(&choice), ["lab/qwen 3"]);
        choice.toggle();
        choice.input = TextArea::default();
        assert_eq!(names(&choice), ["demo/icl", "demo/echo", "lab/qwen 3"]);
        let wanted: Vec<String> = choice.wanted().iter().map(ToString::to_string).collect();
        assert_eq!(wanted, ["demo/icl", "lab/qwen 3"]);
    }

    #[test]
    fn a_model_that_goes_and_comes_back_keeps_its_place() {
        let mut choice = choice();
        choice.at = 1;
        choice.toggle();
        choice.at = 0;
        choice.toggle();
        assert_eq!(choice.wanted(), [model("demo/echo")]);
        choice.toggle();
        assert_eq!(choice.wanted(), [model("demo/icl"), model("demo/echo")]);
    }

    #[test]
    fn only_the_lines_that_differ_are_shown() {
        let change = FileChange {
            path: "wording.toml".into(),
            before: "a\nb\nc\n".into(),
            after: "a\nx\ny\nc\n".into(),
        };
        let lines = change.lines();
        assert_eq!((lines.first, lines.around), (2, [Some("a"), Some("c")]));
        assert_eq!((lines.removed, lines.added), (vec!["b"], vec!["x", "y"]));
    }
}
