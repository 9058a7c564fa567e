//! Entries of the open-source registry of OpenAI's evals: samples with `input` and `ideal`, judged by `Match` or `Includes`,
//! where these mean what the assertions of the rows mean.

use super::{
    ExportedExperiment, ExportedFiles, ExportedVariant,
    exportable::{Sendable, exportable_variants, file_names, messages},
};
use crate::{
    interop::{Notes, slug, toml},
    model::Row,
    project::{Api, AssertionPart, MetricKind},
    score::{self, Assertion, assertion_items, row_threshold},
};
use serde_json::{Map, Value, json};

/// The experiment as entries of a registry: one per wording.
pub fn to_evals(exported: &ExportedExperiment) -> ExportedFiles {
    let mut notes = Notes::default();
    let sendable = Sendable {
        developer: true,
        ..Sendable::default()
    };
    let variants = exportable_variants(exported, sendable, &mut notes);
    let check = check(exported, &mut notes);
    if let Some(metric) = exported
        .metrics
        .iter()
        .find(|metric| check != Check::Expected && !sees_thoughts(&metric.spec.kind))
    {
        let what = format!("the metric `{}`", metric.spec.name);
        let why = "evals score text between `<think>` tags as part of the answer, and nothing but the text; with `thoughts = true` and without `promptfoo` it is so here too";
        notes.dropped(&metric.at, what, why);
    }
    let names = file_names(&variants);
    let folder = match slug(&exported.name) {
        name if name.is_empty() => "wording".to_owned(),
        name => name,
    };
    let ideals = ideals(exported, &check, &mut notes);
    let (mut files, mut yaml, mut evals) = (Vec::new(), String::new(), Vec::new());
    for (variant, name) in variants.iter().zip(&names) {
        let mut lines = String::new();
        for (r, ideal) in &ideals {
            let sample = json!({"input": messages(&variant.prompts[*r]), "ideal": ideal});
            lines += &format!("{sample}\n");
        }
        let samples = format!("{folder}/{name}.jsonl");
        files.push((format!("data/{samples}").into(), lines));
        yaml += &entry(&folder, name, &samples, &check);
        evals.push(format!("{folder}-{name}"));
        check_params(variant, &check, &mut notes);
    }
    files.push((format!("evals/{folder}.yaml").into(), yaml));
    for model in &exported.models {
        let what = format!("the model `{}`", model.reference());
        match model.endpoint.api {
            Api::Chat | Api::Lines => notes.changed(
                &exported.at,
                what,
                "the registry has no models: pass the model to `oaieval`",
            ),
            Api::Completions | Api::Responses => notes.dropped(
                &exported.at,
                what,
                "samples are sent as chats, and `api` of its endpoint is another",
            ),
        }
    }
    if exported.samples > 1 {
        let why = "each sample is sent once";
        notes.dropped(&exported.at, "`samples`", why);
    }
    ExportedFiles {
        files,
        variants: variants.len(),
        rows: ideals.len(),
        notes: notes.finish(),
        next: format!(
            "oaieval MODEL {} --registry_path .",
            evals.first().map_or("EVAL", String::as_str)
        ),
    }
}

/// What is ideal for the rows, by their numbers; those without are noted.
fn ideals(exported: &ExportedExperiment, check: &Check, notes: &mut Notes) -> Vec<(usize, Value)> {
    let mut all = Vec::new();
    for (r, row) in exported.rows.iter().enumerate() {
        match check.ideal(exported, row) {
            Some(ideal) => all.push((r, ideal)),
            None => {
                let why = match row.expected {
                    Some(_) => "its expected answer is an object, and `ideal` a text or several",
                    None => "it has no expected answer",
                };
                notes.dropped(&exported.place_of(row), format!("row {}", row.id), why);
            }
        }
    }
    all
}

/// The two objects of an eval: which of its versions is current, and that version.
fn entry(folder: &str, name: &str, samples: &str, check: &Check) -> String {
    let eval = format!("{folder}-{name}");
    let text = |text: &str| toml(&Value::String(text.to_owned()));
    let mut entry = format!(
        "{eval}:\n  id: {eval}.test.v0\n  metrics: [accuracy]\n{eval}.test.v0:\n  class: {}\n  args:\n    samples_jsonl: {}\n",
        check.class(),
        text(samples)
    );
    if let Check::Includes { fold: true } = check {
        entry += "    ignore_case: true\n";
    }
    entry
}

/// The parameters that a class does not send as the experiment does: `Match` sends temperature 0, `Includes` none.
fn check_params(variant: &ExportedVariant, check: &Check, notes: &mut Notes) {
    let mut fixed = Map::new();
    if matches!(check, Check::Match) {
        fixed.insert("temperature".into(), json!(0));
    }
    let is_fixed = |name: &str, value: &Value| {
        fixed.get(name).and_then(Value::as_f64) == value.as_f64() && fixed.contains_key(name)
    };
    for (name, value) in &variant.params {
        if !is_fixed(name, value) {
            let what = format!("the parameter `{name}`");
            notes.dropped(&variant.at, what, "the registry sends its own parameters");
        }
    }
    for name in fixed
        .keys()
        .filter(|name| !variant.params.contains_key(*name))
    {
        let what = format!("the parameter `{name}`");
        let why = format!("`{}` sends 0, and the experiment none", check.class());
        notes.dropped(&variant.at, what, why);
    }
}

/// How a class compares an answer with the ideal ones.
#[derive(Debug, Clone, PartialEq)]
enum Check {
    /// It begins with one of them.
    Match,
    /// It contains one of them.
    Includes { fold: bool },
    /// None of the classes means what the metrics mean: `Includes` with the expected answer.
    Expected,
}

/// Whether assertions see an answer as the package does: the whole text, and nothing else.
fn sees_thoughts(kind: &MetricKind) -> bool {
    matches!(
        kind,
        MetricKind::Assertions {
            thoughts: true,
            promptfoo: None,
            ..
        }
    )
}

impl Check {
    fn class(&self) -> &'static str {
        match self {
            Check::Match => "evals.elsuite.basic.match:Match",
            Check::Includes { .. } | Check::Expected => "evals.elsuite.basic.includes:Includes",
        }
    }

    /// What is ideal for a row.
    fn ideal(&self, exported: &ExportedExperiment, row: &Row) -> Option<Value> {
        match self {
            Check::Expected => {
                let texts = row.right_texts();
                (!texts.is_empty()).then(|| json!(texts))
            }
            _ => {
                let column = assertion_column(exported)?;
                let (_, ideal) = meaning(row.fields.get(column)?)?;
                Some(ideal.into())
            }
        }
    }
}

/// The column of assertions, where the metrics are of these alone.
fn assertion_column(exported: &ExportedExperiment) -> Option<&str> {
    let columns = exported
        .metrics
        .iter()
        .map(|metric| match &metric.spec.kind {
            MetricKind::Assertions {
                part: AssertionPart::Named(_),
                ..
            } => None,
            MetricKind::Assertions { column, .. } => Some(column.as_str()),
            _ => None,
        });
    let columns: Option<Vec<&str>> = columns.collect();
    let columns = columns?;
    let first = *columns.first()?;
    columns
        .iter()
        .all(|column| *column == first)
        .then_some(first)
}

/// The check that all rows have; else the expected answer, which is noted.
fn check(exported: &ExportedExperiment, notes: &mut Notes) -> Check {
    let of_rows = assertion_column(exported).and_then(|column| {
        // A row with a threshold of its own may pass without it, or fail with it.
        let mut checks = exported.rows.iter().map(|row| {
            let cell = row
                .fields
                .get(column)
                .filter(|_| row_threshold(row).is_none())?;
            meaning(cell)
        });
        let (first, _) = checks.next()??;
        checks
            .all(|check| check.is_some_and(|(check, _)| check == first))
            .then_some(first)
    });
    of_rows.unwrap_or_else(|| {
        for metric in &exported.metrics {
            let what = format!("the metric `{}`", metric.spec.name);
            let why = "no evals class scores like this: exported as `Includes`, which accepts any answer that contains the expected one";
            notes.dropped(&metric.at, what, why);
        }
        Check::Expected
    })
}

/// What the assertions of a row mean as a class, and its ideal answers; `None` where they are not one of those that classes know.
fn meaning(cell: &Value) -> Option<(Check, Vec<String>)> {
    let listed = assertion_items(Some(cell)).ok()?;
    let [one] = &*listed else {
        return None;
    };
    let read = Assertion::read(one).ok()?;
    if read.not || read.weight == 0.0 {
        return None;
    }
    Some(match read.check {
        score::Check::Starts(start) => (Check::Match, vec![start]),
        score::Check::Contains {
            words,
            all: false,
            fold,
        } => (Check::Includes { fold }, words),
        score::Check::Pattern(_) => (Check::Match, beginnings(one["value"].as_str()?)?),
        _ => return None,
    })
}

/// The texts of which an answer begins with one, where a pattern says so: `^(?:a|b)`, as the import of a `Match` writes it.
fn beginnings(pattern: &str) -> Option<Vec<String>> {
    let inner = pattern.strip_prefix("^(?:")?.strip_suffix(')')?;
    let (mut all, mut text) = (Vec::new(), String::new());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next().filter(|c| !c.is_alphanumeric())?),
            '|' => all.push(std::mem::take(&mut text)),
            c if "^$.?*+()[]{}".contains(c) => return None,
            c => text.push(c),
        }
    }
    all.push(text);
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_means_what_an_assertion_means_or_is_none() {
        let of = |cell: Value| meaning(&cell);
        let matched = of(json!([{"type": "regex", "value": "^(?:a\\|b|c\\.)"}])).unwrap();
        assert_eq!(matched, (Check::Match, vec!["a|b".into(), "c.".into()]));
        let included = of(json!([{"type": "icontains-any", "value": ["x", "y"]}])).unwrap();
        assert_eq!(
            included,
            (Check::Includes { fold: true }, vec!["x".into(), "y".into()])
        );
        let included = of(json!([{"type": "contains-any", "value": "yes, no"}])).unwrap();
        assert_eq!(
            included,
            (
                Check::Includes { fold: false },
                vec!["yes".into(), "no".into()]
            )
        );
        for other in [
            json!([{"type": "not-contains", "value": "a"}]),
            json!([{"type": "contains-all", "value": ["a", "b"]}]),
            json!([{"type": "contains", "value": "a", "weight": 0}]),
            json!([{"type": "regex", "value": "^(?:a.)"}]),
            json!([{"type": "regex", "value": "^(?:\\d)"}]),
            json!([{"type": "equals", "value": "a"}]),
            json!([{"type": "contains", "value": "a"}, {"type": "contains", "value": "b"}]),
        ] {
            assert_eq!(of(other.clone()), None, "{other}");
        }
    }
}
