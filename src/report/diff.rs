//! What there is to report of the difference of two wordings: what changed in the words, and what came of it.

use crate::{
    analysis::{Interval, Verdict, points, verdict_word},
    diff::{Piece, changes},
    model::ModelRef,
};
use serde::Serialize;

/// One of the two wordings.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// Name of the variant.
    pub variant: String,
    /// File of its template.
    pub path: String,
    /// Mean prompt tokens a call, estimated.
    pub prompt_tokens: f64,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// Wrong before, right after.
    Fixed,
    /// Right before, wrong after.
    Broken,
    /// Wrong in both, differently.
    Churn,
}

/// A row whose answer changed.
#[derive(Debug, Clone, Serialize)]
pub struct ChangedRow {
    /// The row.
    pub row_id: String,
    /// What became of it.
    pub fate: Fate,
    /// Its text.
    pub input: String,
    /// The expected answer.
    pub expected: Option<String>,
    /// Output before.
    pub before: String,
    /// Output after.
    pub after: String,
}

/// What the change did with one model.
#[derive(Debug, Clone, Serialize)]
pub struct Effect {
    /// Which model.
    pub model: ModelRef,
    /// Score before.
    pub before: Option<Interval>,
    /// Score after.
    pub after: Option<Interval>,
    /// The difference, paired.
    pub difference: Option<Interval>,
    /// p of the difference.
    pub p: Option<f64>,
    /// Rows compared.
    pub rows_compared: usize,
    /// The verdict's word.
    pub verdict: String,
    /// Rows more that would tell, where it is undecided.
    pub more_rows: Option<usize>,
    /// Trials that failed in either.
    pub failed: usize,
    /// Rows whose answer changed: fixed, broken, then churn.
    pub rows: Vec<ChangedRow>,
}

/// The whole report.
#[derive(Debug, Clone, Serialize)]
pub struct DiffReport {
    /// Version of this form.
    pub schema_version: u32,
    /// Title.
    pub title: String,
    /// Experiment.
    pub experiment: String,
    /// The run that was made or read.
    pub run: String,
    /// Before.
    pub before: Side,
    /// After.
    pub after: Side,
    /// The templates, word by word.
    pub template_diff: Vec<Piece>,
    /// Axes on other levels: axis, before, after.
    pub levels: Vec<(String, String, String)>,
    /// The prompts of the first row whose prompt changed, word by word.
    pub prompt_diff: Vec<Piece>,
    /// Rendered prompts that changed.
    pub prompts_changed: usize,
    /// Rendered prompts compared.
    pub prompts: usize,
    /// What came of it, a model.
    pub effects: Vec<Effect>,
}

impl DiffReport {
    /// Whether a model of it is the built-in stand-in.
    pub fn has_demo(&self) -> bool {
        self.effects.iter().any(|e| e.model.endpoint == "demo")
    }

    /// How much changed, in words.
    pub fn prompts_sentence(&self) -> String {
        let n = changes(&self.template_diff);
        format!(
            "{} in the template; {} of {} rendered prompts changed; {:.0} → {:.0} tokens a prompt.",
            match n {
                0 => "No change".to_owned(),
                1 => "1 change".to_owned(),
                n => format!("{n} changes"),
            },
            self.prompts_changed,
            self.prompts,
            self.before.prompt_tokens,
            self.after.prompt_tokens,
        )
    }
}

impl Effect {
    /// A verdict from the analysis.
    pub fn verdict_of(verdict: &Verdict) -> (String, Option<usize>) {
        let more = match verdict {
            Verdict::Undecided { more_rows } => *more_rows,
            _ => None,
        };
        (verdict_word(verdict).to_owned(), more)
    }

    /// How many rows have this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.rows.iter().filter(|r| r.fate == fate).count()
    }

    /// What came of it, in words.
    pub fn sentence(&self, report: &DiffReport) -> String {
        let percent = |i: &Option<Interval>| {
            i.map_or("–".to_owned(), |i| format!("{:.1} %", i.value * 100.0))
        };
        let mut text = format!(
            "{}: {} → {}: {}.",
            report.after.variant,
            percent(&self.before),
            percent(&self.after),
            match self.difference {
                Some(d) => format!(
                    "{} points [{} to {}], p = {:.3}, {} rows",
                    points(d.value),
                    points(d.low),
                    points(d.high),
                    self.p.unwrap_or(1.0),
                    self.rows_compared
                ),
                None => "no rows to compare".to_owned(),
            }
        );
        text += &format!(
            " {} fixed, {} broken, {} wrong in another way.",
            self.count(Fate::Fixed),
            self.count(Fate::Broken),
            self.count(Fate::Churn)
        );
        text += &match (self.verdict.as_str(), self.more_rows) {
            ("better", _) => " Better, beyond chance.".to_owned(),
            ("worse", _) => " Worse, beyond chance.".to_owned(),
            ("equivalent", _) => " Equivalent: no difference above 2 points.".to_owned(),
            (_, Some(n)) => format!(" Undecided: about {n} more rows would tell."),
            _ => " Undecided.".to_owned(),
        };
        if self.failed > 0 {
            text += &format!(" {} trials failed.", self.failed);
        }
        text
    }
}
