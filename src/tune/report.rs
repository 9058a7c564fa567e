//! What an export wrote and what it left out, for reading and for the next step.

use super::{Checked, Dropped};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Tokens of the examples, prompt and answer together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Of all examples, those with a wrong answer too.
    pub pairs: usize,
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
                crate::display::count(checked.conflicts.len(), "text")
            ));
        }
        if train < 10 {
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

    /// As Markdown, with the rows that were left out.
    pub fn markdown(&self, dropped: &[Dropped]) -> String {
        let mut text = format!(
            "# Training files of {}\n\n{} examples to train on, {} to validate on; wording `{}`, {} shots; seed {}.\n\n| answer | examples |\n| --- | ---: |\n",
            self.experiment,
            self.train,
            self.validation,
            self.variant,
            if self.shots { "with" } else { "without" },
            self.seed,
        );
        for (label, n) in &self.balance {
            text += &format!("| {} | {n} |\n", cell(label));
        }
        let about = if self.tokens.estimated { "about " } else { "" };
        text += &format!(
            "\nTokens of an example: {about}{} at the median, {} at the 95th percentile, {} at most.\n",
            self.tokens.median, self.tokens.p95, self.tokens.longest
        );
        for warning in &self.warnings {
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
    crate::display::one_line(text)
        .replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "\\<")
}
