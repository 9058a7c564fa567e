//! The functions of gates: what they take and what fields they have.

use crate::expression::Named;

/// A name that takes arguments.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// What its first argument is, where that is no variant.
    pub(super) subject: Option<Subject>,
    /// Most variants that it takes.
    pub(super) variants: usize,
    pub(super) fields: &'static [&'static str],
    /// Whether it takes a slice.
    pub(super) sliced: bool,
    /// Whether it says how good variants are.
    pub(super) is_score: bool,
}

/// What a function is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Label,
    /// A label, or `macro` or `weighted`.
    LabelOrMean,
    Field,
    Column,
}

const PAIR: &[&str] = &[
    "low",
    "high",
    "p",
    "p_adjusted",
    "fixed",
    "broken",
    "improved",
    "worsened",
    "answer_changed",
    "unchanged",
    "churn",
    "rows",
];
/// Those of them that are counts.
pub(super) const PAIR_COUNTS: &[&str] = PAIR.split_at(4).1;
const FIGURE: &[&str] = &["low", "high", "diff", "diff_low", "diff_high", "p_adjusted"];
/// Means over all labels that `f1` takes in place of a label.
pub(super) const MEANS: [&str; 2] = ["macro", "weighted"];

const fn function(
    name: &'static str,
    variants: usize,
    fields: &'static [&'static str],
    sliced: bool,
) -> Function {
    Function {
        name,
        subject: None,
        variants,
        fields,
        sliced,
        is_score: false,
    }
}

/// A figure of how good a variant is.
const fn score(name: &'static str, fields: &'static [&'static str], sliced: bool) -> Function {
    Function {
        is_score: true,
        ..function(name, 1, fields, sliced)
    }
}

const fn about(name: &'static str, subject: Subject, fields: &'static [&'static str]) -> Function {
    Function {
        name,
        subject: Some(subject),
        variants: 1,
        fields,
        sliced: false,
        is_score: true,
    }
}

const FUNCTIONS: &[Function] = &[
    score("score", &["low", "high"], true),
    function("diff", 2, PAIR, true),
    function("p", 2, &[], false),
    function("failed", 1, &[], false),
    function("unreadable", 1, &[], false),
    function("refused", 1, &[], false),
    function("truncated", 1, &[], false),
    function("without_answer", 1, &[], false),
    function("cost", 1, &[], false),
    function("latency", 1, &["p50", "p95"], false),
    score("balanced_accuracy", FIGURE, false),
    score("mcc", FIGURE, false),
    score("kappa", FIGURE, false),
    about("f1", Subject::LabelOrMean, FIGURE),
    about("precision", Subject::Label, FIGURE),
    about("recall", Subject::Label, FIGURE),
    about("field", Subject::Field, FIGURE),
    about("interaction", Subject::Column, &[]),
];

pub(super) fn function_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

/// The function of a name; `None` where it is a path in the report.
pub(super) fn function_of(named: &Named) -> Option<&'static Function> {
    FUNCTIONS
        .iter()
        .find(|function| function.name == named.name)
}

/// The label, field or column that a name is about.
pub(super) fn subject_of(named: &Named) -> Option<&str> {
    function_of(named)?.subject?;
    named.arguments.first().map(String::as_str)
}

/// The variants that a name has.
pub(super) fn variants_of(named: &Named) -> &[String] {
    let skipped = usize::from(subject_of(named).is_some());
    &named.arguments[skipped..]
}
