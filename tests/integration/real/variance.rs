//! The tables of `docs/real-variance.md` follow from the recorded runs, by the statistics of the product.
//!
//! `INSTA_UPDATE=always cargo test --test integration real::` draws them anew.

use super::recorded::{Measure, Recorded, RecordedVariant};
use std::{fmt::Write as _, path::Path};
use wording::analysis::{Analysis, AnalysisSpec, Interval, analyse};

const SENTIMENT: &[&str] = &[
    "instruction",
    "labels",
    "place",
    "layout",
    "cue",
    "end",
    "shots.count",
    "shots.order",
];
const EXTRACTION: &[&str] = &["schema", "layout", "shots.count"];

fn percent(value: f64) -> String {
    format!("{:.1}", value * 100.0)
}

fn range(i: &Interval) -> String {
    format!(
        "{:.1} [{:.1}, {:.1}]",
        i.value * 100.0,
        i.low * 100.0,
        i.high * 100.0
    )
}

fn effect(i: &Interval) -> String {
    format!(
        "{:+.1} [{:+.1}, {:+.1}]",
        i.value * 100.0,
        i.low * 100.0,
        i.high * 100.0
    )
}

fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

fn table(head: &[&str], lines: Vec<Vec<String>>) -> String {
    let mut text = format!(
        "| {} |\n|{}\n",
        head.join(" | "),
        " --- |".repeat(head.len())
    );
    for line in lines {
        writeln!(text, "| {} |", line.join(" | ")).unwrap();
    }
    text
}

fn scores(found: &Analysis) -> Vec<Interval> {
    let mut scores: Vec<Interval> = found.variants.iter().filter_map(|v| v.score).collect();
    scores.sort_by(|a, b| a.value.total_cmp(&b.value));
    scores
}

/// All tasks at temperature 0 in a line each.
fn tasks() -> String {
    let lines = [
        ("sentiment", SENTIMENT),
        ("genre", SENTIMENT),
        ("extraction", EXTRACTION),
    ]
    .into_iter()
    .map(|(name, axes)| {
        let run = Recorded::load(name);
        let found = analyse(&run.grid(Measure::Score), &run.spec(axes));
        let (scores, spread) = (scores(&found), found.spread.as_ref().unwrap());
        let always = (!run.labels.is_empty()).then(|| {
            let most = (0..run.labels.len()).map(|n| {
                run.expected
                    .bytes()
                    .filter(|c| usize::from(c - b'a') == n)
                    .count()
            });
            most.max().unwrap() as f64 / run.rows() as f64
        });
        let (cut, most_cut) = run.cut();
        vec![
            name.to_owned(),
            format!("{} × {}", run.variants.len(), run.rows()),
            range(&scores[0]),
            percent(scores[scores.len() / 2].value),
            range(scores.last().unwrap()),
            percent(found.best.as_ref().unwrap().held_out),
            always.map_or("–".to_owned(), percent),
            format!("{}, {}", percent(spread.value), percent(spread.null_95)),
            format!("{}, {}", percent(cut), percent(most_cut)),
        ]
    });
    table(
        &[
            "task",
            "wordings × rows",
            "worst, %",
            "median, %",
            "best, %",
            "best, on other rows, %",
            "always one label, %",
            "spread, 95 % of chance, points",
            "cut: mean, most, %",
        ],
        lines.collect(),
    )
}

fn axes_table(run: &Recorded, spec: &AnalysisSpec) -> String {
    let score = analyse(&run.grid(Measure::Score), spec);
    let label = (!run.labels.is_empty()).then(|| analyse(&run.grid(Measure::FirstLabel), spec));
    let mut lines = Vec::new();
    for (i, axis) in score.effects.axes.iter().enumerate() {
        for (l, level) in axis.levels.iter().enumerate() {
            let first = l == 0;
            let once = |text: String| if first { text } else { String::new() };
            let mut line = vec![
                once(axis.name.clone()),
                once(format!("{:.0} %", axis.share * 100.0)),
                once(p_value(axis.p_adjusted)),
                level.name.clone(),
                effect(&level.effect),
            ];
            if let Some(label) = &label {
                let shift = &label.effects.axes[i];
                line.push(
                    shift
                        .levels
                        .get(l)
                        .map_or(String::new(), |l| effect(&l.effect)),
                );
            }
            lines.push(line);
        }
        if axis.levels.is_empty() {
            lines.push(vec![
                axis.name.clone(),
                format!("{:.0} %", axis.share * 100.0),
                p_value(axis.p_adjusted),
                "not separable".to_owned(),
            ]);
        }
    }
    let answers = format!(
        "share of “{}”, points",
        run.labels.first().map_or("", String::as_str)
    );
    let mut head = vec![
        "axis",
        "of the variance",
        "p (Holm)",
        "level",
        "score, points",
    ];
    if label.is_some() {
        head.push(&answers);
    }
    table(&head, lines)
}

/// The means of the wordings that share these levels.
fn groups(run: &Recorded, axes: &[&str]) -> String {
    let levels = |v: &RecordedVariant| -> Vec<String> {
        axes.iter().map(|axis| v.axes[*axis].clone()).collect()
    };
    let mut all: Vec<Vec<String>> = run.variants.iter().map(levels).collect();
    all.sort();
    all.dedup();
    let lines = all.into_iter().map(|group| {
        let part = run.only(|v| levels(v) == group);
        let mut line = group;
        let tokens: f64 = part.variants.iter().map(|v| v.prompt_tokens).sum();
        line.extend([
            part.variants.len().to_string(),
            format!("{:.0}", tokens / part.variants.len() as f64),
            range(&pooled(&part, Measure::Score)),
            range(&pooled(&part, Measure::NoAnswer)),
        ]);
        if !part.labels.is_empty() {
            line.push(range(&pooled(&part, Measure::FirstLabel)));
        }
        line
    });
    let answers = first_label(run);
    let mut head = axes.to_vec();
    head.extend(["wordings", "prompt tokens", "score, %", "no answer, %"]);
    if !run.labels.is_empty() {
        head.push(&answers);
    }
    table(&head, lines.collect())
}

/// Sentiment with four shots in this layout.
fn four_shots(layout: &str) -> Recorded {
    Recorded::load("sentiment").only(|v| v.axes["shots.count"] == "4" && v.axes["layout"] == layout)
}

fn first_label(run: &Recorded) -> String {
    format!(
        "share of “{}”, %",
        run.labels.first().map_or("", String::as_str)
    )
}

/// The mean over variants with an interval over rows: the variants of a row are its samples.
fn pooled(run: &Recorded, measure: Measure) -> Interval {
    let grid = run.grid(measure);
    let samples = run.variants.len() * run.samples();
    let mut one = wording::outcome::Grid::new(1, run.rows(), samples).with_rules(grid.rules());
    for v in 0..run.variants.len() {
        for row in 0..run.rows() {
            for sample in 0..run.samples() {
                one.copy(
                    &grid,
                    (v, row, sample),
                    (0, row, v * run.samples() + sample),
                );
            }
        }
    }
    analyse(&one, &run.spec(&[])).variants[0].score.unwrap()
}

/// Every sequence of four labels: what the number of positive shots and each place do.
fn majority() -> String {
    let positive = |level: &str| level.matches('p').count();
    let lines = (0..=4).map(|n| {
        let mut run = Recorded::load("order");
        run.variants.retain(|v| positive(&v.axes["sequence"]) == n);
        vec![
            n.to_string(),
            run.variants.len().to_string(),
            range(&pooled(&run, Measure::FirstLabel)),
            range(&pooled(&run, Measure::Score)),
        ]
    });
    table(
        &[
            "positive shots of 4",
            "wordings",
            "share of “positive”, %",
            "score, %",
        ],
        lines.collect(),
    )
}

fn places() -> String {
    let run = Recorded::load("order");
    let mut spec = run.spec(&["draw"]);
    for place in 0..4 {
        let level = |v: &RecordedVariant| {
            v.axes["sequence"][place..=place]
                .replace('p', "positive")
                .replace('n', "negative")
        };
        spec.axes
            .push(run.axis(&format!("shot {}", place + 1), level));
    }
    let label = analyse(&run.grid(Measure::FirstLabel), &spec);
    let score = analyse(&run.grid(Measure::Score), &spec);
    let lines = label
        .effects
        .axes
        .iter()
        .zip(&score.effects.axes)
        .map(|(label, score)| {
            // Two levels: the difference is twice the effect of one.
            let twice = |i: &Interval| {
                effect(&Interval {
                    value: i.value * 2.0,
                    low: i.low * 2.0,
                    high: i.high * 2.0,
                })
            };
            vec![
                if label.name == "draw" {
                    "other texts (first against second)".to_owned()
                } else {
                    format!("{} positive instead of negative", label.name)
                },
                twice(&label.levels[0].effect),
                p_value(label.p_adjusted),
                twice(&score.levels[0].effect),
                p_value(score.p_adjusted),
            ]
        });
    table(
        &[
            "change",
            "share of “positive”, points",
            "p (Holm)",
            "score, points",
            "p (Holm)",
        ],
        lines.collect(),
    )
}

/// Sequences with two shots of each label, in all orders.
fn orders() -> String {
    let mut run = Recorded::load("order");
    run.variants
        .retain(|v| v.axes["sequence"].matches('p').count() == 2);
    let mut sequences: Vec<String> = run
        .variants
        .iter()
        .map(|v| v.axes["sequence"].clone())
        .collect();
    sequences.sort();
    sequences.dedup();
    let lines = sequences.into_iter().map(|sequence| {
        let part = Recorded::load("order").only(|v| v.axes["sequence"] == sequence);
        vec![
            sequence,
            range(&pooled(&part, Measure::FirstLabel)),
            range(&pooled(&part, Measure::Score)),
        ]
    });
    table(
        &["order", "share of “positive”, %", "score, %"],
        lines.collect(),
    )
}

/// How much answers to the same prompt differ, and how much wordings differ beyond that.
fn noise() -> String {
    let runs = [
        (
            "sentiment, temperature 0",
            Recorded::load("noise").only(|v| v.axes["params.temperature"] == "0.0"),
        ),
        (
            "sentiment, temperature 1",
            Recorded::load("noise").only(|v| v.axes["params.temperature"] == "1.0"),
        ),
        ("genre, temperature 1", Recorded::load("genre-noise")),
        (
            "extraction, temperature 1",
            Recorded::load("extraction-noise"),
        ),
    ];
    let lines = runs.into_iter().map(|(name, run)| {
        let found = analyse(&run.grid(Measure::Score), &run.spec(&[]));
        let shares = found.components.as_ref().unwrap();
        let sample = shares.sample.unwrap().value.max(0.0);
        let all = shares.variant.value.max(0.0)
            + shares.row.value.max(0.0)
            + shares.variant_row.value.max(0.0)
            + sample;
        let share = |value: f64| format!("{:.0}", value.max(0.0) / all * 100.0);
        let spread = found.spread.as_ref().unwrap();
        let (scores, agreement) = (scores(&found), found.agreement.as_ref().unwrap());
        vec![
            name.to_owned(),
            format!(
                "{} × {} × {}",
                run.variants.len(),
                run.rows(),
                run.samples()
            ),
            percent(scores.iter().map(|s| s.value).sum::<f64>() / scores.len() as f64),
            if run.labels.is_empty() {
                "–".to_owned()
            } else {
                percent(agreement.itself.unwrap())
            },
            if run.labels.is_empty() {
                "–".to_owned()
            } else {
                percent(agreement.raw)
            },
            [
                shares.variant.value,
                shares.row.value,
                shares.variant_row.value,
                sample,
            ]
            .map(share)
            .join(", "),
            format!(
                "{}, {}",
                percent(spread.value),
                spread
                    .repeats
                    .map_or("–".to_owned(), |r| percent(r.null_95))
            ),
        ]
    });
    table(
        &[
            "run",
            "wordings × rows × samples",
            "mean score, %",
            "same answer again, %",
            "same answer with another wording, %",
            "variance: wording, row, wording × row, repeat, %",
            "spread, 95 % of repeats alone, points",
        ],
        lines.collect(),
    )
}

fn drawn(name: &str) -> String {
    match name {
        "tasks" => tasks(),
        "sentiment axes" => axes_table(
            &Recorded::load("sentiment"),
            &Recorded::load("sentiment").spec(SENTIMENT),
        ),
        "genre axes" => axes_table(
            &Recorded::load("genre"),
            &Recorded::load("genre").spec(SENTIMENT),
        ),
        "extraction axes" => axes_table(
            &Recorded::load("extraction"),
            &Recorded::load("extraction").spec(EXTRACTION),
        ),
        "sentiment shots" => groups(&Recorded::load("sentiment"), &["layout", "shots.count"]),
        "sentiment turns" => groups(&four_shots("turns"), &["shots.order"]),
        "sentiment inline" => groups(&four_shots("inline"), &["cue"]),
        "genre shots" => groups(&Recorded::load("genre"), &["layout", "shots.count"]),
        "extraction shots" => groups(&Recorded::load("extraction"), &["schema", "shots.count"]),
        "majority" => majority(),
        "places" => places(),
        "orders" => orders(),
        "noise" => noise(),
        _ => panic!("no table `{name}`"),
    }
}

#[test]
fn the_tables_of_the_page_follow_from_the_recorded_runs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/real-variance.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let mut parts = page.split("<!-- table: ");
    let mut new = parts.next().unwrap().to_owned();
    let mut tables = 0;
    for part in parts {
        let (name, rest) = part.split_once(" -->\n").unwrap();
        let (_, after) = rest.split_once("<!-- end -->").unwrap();
        write!(
            new,
            "<!-- table: {name} -->\n{}<!-- end -->{after}",
            drawn(name)
        )
        .unwrap();
        tables += 1;
    }
    assert!(tables >= 8, "{tables} tables");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|u| u == "always") {
        std::fs::write(&path, new).unwrap();
    } else {
        assert!(
            page == new,
            "docs/real-variance.md differs from the recorded runs; INSTA_UPDATE=always draws its tables anew"
        );
    }
}
