//! What an export wrote and what it left out, for reading and for the next step.

use super::{Checked, Dropped};
use crate::display::{count, one_line};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// Tokens of the examples, prompt and answer together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct TokenLengths {
    /// Half of them are shorter.
    pub median: u64,
    /// 95 of 100 are shorter.
    pub p95: u64,
    pub longest: u64,
    /// What no example exceeds, whatever the tokenizer.
    #[serde(default)]
    pub upper_bound: u64,
    /// Of all together, once.
    pub total: u64,
    /// Whether they are estimates.
    pub estimated: bool,
}

impl TokenLengths {
    /// From the tokens of each example, and the most that any of them can have.
    pub fn from_counts(mut counts: Vec<u64>, upper_bound: u64, estimated: bool) -> TokenLengths {
        counts.sort_unstable();
        let at = |q: f64| {
            let last = counts.len().saturating_sub(1);
            counts
                .get((q * last as f64).round() as usize)
                .copied()
                .unwrap_or(0)
        };
        TokenLengths {
            median: at(0.5),
            p95: at(0.95),
            longest: at(1.0),
            upper_bound,
            total: counts.iter().sum(),
            estimated,
        }
    }
}

/// What an export wrote: `export.json` beside the files.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema, Deserialize)]
pub struct ExportReport {
    /// Always 1.
    pub schema_version: u32,
    pub experiment: String,
    /// The wording of the prompts.
    pub variant: String,
    /// Whether the prompts show shots.
    pub shots: bool,
    /// Seed of the split.
    pub seed: u64,
    /// Examples to train on.
    pub train: usize,
    /// Examples to validate on.
    pub validation: usize,
    /// Preference pairs: examples with a wrong answer too, and rated pairs.
    pub pairs: usize,
    /// Preference pairs from ratings. They are no examples: the preferred answer is better than the other, not known to be right.
    #[serde(default)]
    pub rated_pairs: usize,
    /// Of the rated pairs, those with an answer to another wording than the one that is trained.
    #[serde(default)]
    pub pairs_of_other_wordings: usize,
    /// Examples of each origin.
    pub origins: BTreeMap<String, usize>,
    /// Examples of each answer (the 50 most frequent).
    pub balance: BTreeMap<String, usize>,
    pub tokens: TokenLengths,
    pub files: Vec<String>,
    /// How many were left out, by reason.
    pub left_out: BTreeMap<String, usize>,
    /// Rows that are nearly the same as an earlier one (kept, on the same side of the split).
    pub near_duplicates: usize,
    /// What of the files is not what is evaluated; then the exit code is 1.
    #[serde(default)]
    pub differences: Vec<String>,
    /// What should be looked at.
    pub warnings: Vec<String>,
    /// Ids of rows that were evaluated and are trained on now: they must not be evaluated any more.
    pub spent: Vec<String>,
}

impl ExportReport {
    /// What is odd about the rows, in sentences.
    pub fn warn(checked: &Checked, train: usize) -> Vec<String> {
        let mut all = Vec::new();
        let balance = checked.balance();
        let most = balance.values().copied().max().unwrap_or(0);
        let least = balance.iter().min_by_key(|(_, n)| **n);
        if let Some((label, n)) = least
            && balance.len() > 1
            && balance.len() * 2 <= checked.kept.len()
            && most >= 4 * n.max(&1)
        {
            all.push(format!(
                "unbalanced: `{label}` has {n} rows, the most frequent answer has {most}; limit it with --max-per-label"
            ));
        }
        if !checked.conflicts.is_empty() {
            all.push(format!(
                "{} with conflicting labels left out: fix their labels",
                count(checked.conflicts.len(), "text")
            ));
        }
        if train == 0 && !checked.kept.is_empty() {
            all.push("only rated pairs: there are no examples with a right answer, so the other formats have no files".into());
        } else if train < 10 {
            all.push(format!(
                "only {train} training examples: fine-tuning jobs require at least 10"
            ));
        } else if train < 50 {
            all.push(format!(
                "only {train} training examples: fine-tuning usually needs 50, better 500"
            ));
        }
        all
    }

    /// What rated pairs are and which prompt they are trained with; `None` without any.
    pub fn about_rated_pairs(&self) -> Option<String> {
        let pairs = (self.rated_pairs > 0).then(|| count(self.rated_pairs, "rated pair"))?;
        let other = match self.pairs_of_other_wordings {
            0 => String::new(),
            n => format!(
                "; the prompt is that of {}, {n} {} an answer to another wording",
                self.variant,
                if n == 1 { "has" } else { "have" }
            ),
        };
        Some(format!(
            "{pairs}, in preference files only: the preferred answer is better, not known to be right{other}"
        ))
    }

    /// A few lines for a terminal; `dir` is the folder of the files.
    pub fn summary(&self, dir: &Path) -> String {
        let list = |all: &BTreeMap<String, usize>| {
            all.iter()
                .map(|(what, n)| format!("{n} {}", one_line(what)))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let mut text = format!(
            "{}: {} training examples, {} validation examples, {}\nwording   {}, {} shots\nsources   {}\n{}tokens    {}{} at the median, {} at most\n",
            dir.display(),
            self.train,
            self.validation,
            count(self.pairs, "preference pair"),
            self.variant,
            if self.shots { "with" } else { "without" },
            list(&self.origins),
            match self.balance.is_empty() {
                true => String::new(),
                false => format!("answers   {}\n", list(&self.balance)),
            },
            if self.tokens.estimated { "~" } else { "" },
            self.tokens.median,
            self.tokens.longest,
        );
        if let Some(rated) = self.about_rated_pairs() {
            text += &format!("rated     {rated}\n");
        }
        for (why, n) in &self.left_out {
            text += &format!("left out  {n}: {why}\n");
        }
        if self.near_duplicates > 0 {
            text += &format!(
                "similar   {} nearly identical to an earlier one, kept on its side of the split\n",
                count(self.near_duplicates, "row")
            );
        }
        text + &format!("files     {}", self.files.join(", "))
    }

    /// As Markdown, with the rows that were left out.
    pub fn markdown(&self, dropped: &[Dropped]) -> String {
        let mut text = format!(
            "# Training files of {}\n\n{} examples to train on, {} to validate on; wording `{}`, {} shots; seed {}.\n",
            self.experiment,
            self.train,
            self.validation,
            self.variant,
            if self.shots { "with" } else { "without" },
            self.seed,
        );
        if !self.balance.is_empty() {
            text += "\n| answer | examples |\n| --- | ---: |\n";
        }
        for (label, n) in &self.balance {
            text += &format!("| {} | {n} |\n", cell(label));
        }
        if let Some(rated) = self.about_rated_pairs() {
            text += &format!("\n{}\n", cell(&rated));
        }
        let about = if self.tokens.estimated { "about " } else { "" };
        text += &format!(
            "\nTokens of an example: {about}{} at the median, {} at the 95th percentile, {} at most.\n",
            self.tokens.median, self.tokens.p95, self.tokens.longest
        );
        for warning in self.differences.iter().chain(&self.warnings) {
            text += &format!("\n- {}", cell(warning));
        }
        if !dropped.is_empty() {
            text += "\n\n## Left out\n\n| row | why | of |\n| --- | --- | --- |\n";
            for d in dropped {
                text += &format!(
                    "| {} | {} | {} |\n",
                    cell(&d.id),
                    d.reason.as_str(),
                    cell(d.of.as_deref().unwrap_or(""))
                );
            }
        }
        text
    }
}

fn cell(text: &str) -> String {
    one_line(text)
        .replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "\\<")
}
