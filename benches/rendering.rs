//! Rendering beside bare minijinja on the same template, in the same run.
//!
//! `cargo bench --bench rendering [-- SECONDS]`: prompts a second of `TemplateSet::render` (roles, messages, fuel, errors
//! with places) and of a minijinja environment alone, which is given the same rows as serde values and makes one text.
//! Then: the nearest 8 of 10,000 shots for 1,000 rows, the index included.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench tells what it measured, and fails loudly"
)]

use minijinja::{Environment, Value, context, value::Serde};
use serde_json::json;
use std::{
    collections::BTreeMap,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};
use wording::{
    dataset::ReadOptions,
    model::{Row, Variant},
    project::DesignSpec,
    shots::{ResolvedShots, Select, ShotOrder, ShotPool},
    template::TemplateSet,
};

const FOUR_SHOTS: &str =
    "{{ role(\"system\") }}{{ instruction }} Answer with one word: positive or negative.
{% for shot in shots %}
{{ role(\"user\") }}{{ field(\"Review\", shot.text) }}
{{ role(\"assistant\") }}{{ shot.label }}
{% endfor %}
{{ role(\"user\") }}{{ field(\"Review\", row.text) }}
";
const ONE_LINE: &str = "Is it positive or negative? {{ row.text }}";

fn row(index: usize) -> Arc<Row> {
    let text = format!(
        "Number {index} came a week late, in a box that somebody had sat on. The handle is loose and the lid does not \
         close; I wrote to the shop twice and got the same friendly answer twice. It keeps tea warm for an hour, which is \
         what I bought it for, so I will live with it."
    );
    Arc::new(Row {
        index,
        id: format!("r{index}"),
        fields: json!({"id": index, "text": text, "label": "negative", "source": "shop"})
            .as_object()
            .unwrap()
            .clone(),
        expected: None,
        cluster: None,
    })
}

fn bare(template: &str) -> Environment<'static> {
    let mut bare = Environment::new();
    let mut syntax = minijinja::syntax::SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    bare.set_syntax(syntax.build().unwrap());
    bare.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    bare.add_function("role", |name: &str| format!("<|{name}|>"));
    bare.add_function("field", |name: &str, value: &str| {
        format!("{name}: {value}")
    });
    bare.add_template_owned("a", template.to_owned()).unwrap();
    bare
}

/// Calls a second.
fn rate(time: Duration, mut call: impl FnMut(usize) -> usize) -> f64 {
    let started = Instant::now();
    let mut calls = 0;
    while started.elapsed() < time {
        for _ in 0..64 {
            black_box(call(calls));
            calls += 1;
        }
    }
    calls as f64 / started.elapsed().as_secs_f64()
}

fn main() {
    let seconds = std::env::args()
        .filter_map(|a| a.parse::<f64>().ok())
        .next();
    let time = Duration::from_secs_f64(seconds.unwrap_or(1.0));
    let rows: Vec<Arc<Row>> = (0..256).map(row).collect();
    for (name, template, count) in [("four shots", FOUR_SHOTS, 4), ("one line", ONE_LINE, 0)] {
        let dir = tempfile::tempdir().unwrap();
        let front = match count {
            0 => String::new(),
            _ => "+++\n[axes]\ninstruction = [\"Classify the sentiment of the review.\"]\n+++\n"
                .to_owned(),
        };
        std::fs::write(dir.path().join("a.j2"), front + template).unwrap();
        let set = TemplateSet::load(dir.path(), &["a.j2".into()]).unwrap();
        let variant: Variant = set
            .variants(&[], &BTreeMap::new(), &DesignSpec::Full, None)
            .unwrap()
            .get(0)
            .unwrap();
        let bare = bare(template);
        let alone = bare.get_template("a").unwrap();
        let shots = |i: usize| &rows[i % 200..i % 200 + count];
        let context = |i: usize| {
            let shots: Vec<_> = shots(i)
                .iter()
                .map(|s| Value::from(Serde(&s.fields)))
                .collect();
            context! { row => Serde(&rows[i % 256].fields), shots, instruction => "Classify the sentiment of the review." }
        };
        let made: Vec<Value> = (0..256).map(context).collect();
        let bytes: usize = set
            .render(&variant, &rows[0], shots(0))
            .unwrap()
            .content_len();
        for round in 0..3 {
            let ours = rate(time, |i| {
                set.render(&variant, &rows[i % 256], shots(i))
                    .unwrap()
                    .content_len()
            });
            let theirs = rate(time, |i| alone.render(context(i)).unwrap().len());
            let ready = rate(time, |i| alone.render(made[i % 256].clone()).unwrap().len());
            println!(
                "{name}, {bytes} bytes, round {round}: ours {ours:.0}/s; bare minijinja {theirs:.0}/s, ratio {:.2}; bare with values made before {ready:.0}/s, ratio {:.2}",
                ours / theirs,
                ours / ready
            );
        }
    }
    for select in [Select::Bm25, Select::Mmr, Select::Random] {
        let took = choosing(select.clone());
        println!(
            "8 of 10,000 shots for 1,000 rows by {select:?}: {:.3} s",
            took.as_secs_f64()
        );
    }
}

/// Shots and rows of 30 words each, of a vocabulary in which few words are frequent and most are rare.
fn choosing(select: Select) -> Duration {
    let mut state = 7u64;
    let mut word = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let uniform = (state >> 11) as f64 / (1u64 << 53) as f64;
        format!("word{}", (uniform.powi(4) * 20_000.0) as u32)
    };
    let mut rows = |n: usize| -> Vec<Arc<Row>> {
        let text = |_| (0..30).map(|_| word()).collect::<Vec<_>>().join(" ");
        let texts: Vec<String> = (0..n).map(text).collect();
        let row = |(i, text): (usize, String)| {
            let fields =
                json!({"id": i, "text": text, "label": if i % 3 == 0 { "a" } else { "b" }});
            Arc::new(Row {
                index: i,
                id: i.to_string(),
                expected: fields.get("label").cloned(),
                fields: fields.as_object().unwrap().clone(),
                cluster: None,
            })
        };
        texts.into_iter().enumerate().map(row).collect()
    };
    let (shots, asked) = (rows(10_000), rows(1_000));
    let columns = ReadOptions {
        answer: Some("label".into()),
        id: Some("id".into()),
        ..ReadOptions::default()
    };
    let spec = ResolvedShots {
        count: Some(8),
        select,
        order: ShotOrder::Given,
    };
    let started = Instant::now();
    let pool = ShotPool::new(shots, columns);
    let chosen: usize = asked
        .iter()
        .map(|row| pool.choose(row, &spec, 7).len())
        .sum();
    assert_eq!(chosen, 8_000);
    started.elapsed()
}
