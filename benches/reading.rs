//! Speed of reading, on one core: label scores a second by the form of the answer, and one pass over the tables of readings.
//!
//! `cargo bench --bench reading`; timings are the least of several, as other work on the machine only adds to them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench tells what it measured, and fails loudly"
)]

#[path = "../tests/integration/support/readings.rs"]
mod readings;

use readings::{Case, cases, scorer};
use serde_json::json;
use std::{
    hint::black_box,
    time::{Duration, Instant},
};
use wording::{
    model::{Completion, Row},
    score::Scorer,
};

/// The least time of a pass, after one that compiles what is compiled once.
fn least(mut pass: impl FnMut()) -> Duration {
    pass();
    let times = (0..7).map(|_| {
        let start = Instant::now();
        pass();
        start.elapsed()
    });
    times.min().unwrap()
}

fn label_scores(scorer: &Scorer, expected: &str, texts: &[&str]) {
    let row = Row {
        expected: Some(expected.into()),
        ..Row::default()
    };
    for text in texts {
        let completion = Completion {
            text: (*text).to_owned(),
            ..Completion::default()
        };
        const N: u32 = 200_000;
        let time = least(|| {
            for _ in 0..N {
                black_box(scorer.score(black_box(&completion), &row, None));
            }
        });
        let rate = f64::from(N) / time.as_secs_f64() / 1e6;
        println!("label scores of {text:?}: {rate:.2} million/s (bound: 3)");
    }
}

fn main() {
    let sentiment = scorer(&json!({"kind": "label", "labels": ["positive", "negative"]}));
    label_scores(
        &sentiment,
        "positive",
        &[
            "positive",
            "Positive.",
            "**Positive**",
            "Sentiment: positive",
            "The sentiment of this review is negative.",
        ],
    );
    let intents = scorer(&json!({"kind": "label", "labels": ["card_lost", "top_up", "退款"]}));
    label_scores(
        &intents,
        "card_lost",
        &["card lost", "Card-Lost.", "退款。"],
    );
    let letters = scorer(&json!({"kind": "label", "labels": ["A", "B", "C", "D"]}));
    label_scores(&letters, "B", &["B", "(B)", "The answer is B."]);

    let cases = cases();
    for case in &cases {
        assert!(!case.line["why"].is_null(), "no reason: {}", case.line);
    }
    let read = |case: &Case| drop(black_box(case.read()));
    let time = least(|| cases.iter().for_each(read));
    println!(
        "{} readings of the tables: {time:.1?} (bound: 50 ms)",
        cases.len()
    );
}
