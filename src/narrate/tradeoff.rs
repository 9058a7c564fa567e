//! Sentences about scores against cost and latency.

use super::labels::{and_more, percent};
use crate::analysis::{Expense, Tradeoff};

/// Variants that are named.
const NAMED: usize = 6;

/// What scores are held against, for headings and axes.
pub fn expense_name(expense: Expense) -> &'static str {
    match expense {
        Expense::Cost => "cost per 1,000 calls",
        Expense::Tokens => "tokens per call",
        Expense::Latency => "median latency",
    }
}

/// A figure of an expense: `$0.2100`, `164 tokens`, `820 ms`.
pub fn expense_figure(expense: Expense, value: f64) -> String {
    match expense {
        Expense::Cost => format!("${:.4}", value * 1e3),
        Expense::Tokens => format!("{value:.0} tokens"),
        Expense::Latency => format!("{value:.0} ms"),
    }
}

/// Which variants no other beats in both: their names, scores and expenses, the least expense first.
pub fn front(tradeoff: &Tradeoff, front: &[(String, f64, f64)]) -> String {
    let expense = tradeoff.expense;
    let better = match expense {
        Expense::Cost | Expense::Tokens => "cheaper",
        Expense::Latency => "faster",
    };
    let named: Vec<String> = front
        .iter()
        .take(NAMED)
        .map(|(name, score, value)| {
            format!(
                "{name} ({}, {})",
                percent(*score),
                expense_figure(expense, *value)
            )
        })
        .collect();
    let without = lacking(tradeoff).map_or(String::new(), |said| format!(" {said}"));
    let comparable = match tradeoff.not_comparable {
        0 => "",
        _ => "comparable variant ",
    };
    format!(
        "Score against {}: no other {comparable}is better and {better} than {}.{without}",
        expense_name(expense),
        and_more(&named.join(", "), front.len() - named.len()),
    )
}

/// How many have no figure; `None` where all have one.
pub fn lacking(tradeoff: &Tradeoff) -> Option<String> {
    (tradeoff.lacking > 0).then(|| format!("{} without a figure left out.", tradeoff.lacking))
}
