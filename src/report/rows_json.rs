//! The rows of a run as JSON, each made while it is written.

use super::{ModelReport, RunReport, json_parts::put, opinions::Opinions};
use crate::model::TrialId;
use serde::{Serialize, Serializer, ser::Error};
use serde_json::{Map, Value, json};

/// All rows, with each model.
pub(super) struct RowsJson<'a> {
    pub(super) report: &'a RunReport,
    /// With what each variant answered, and what judges said of it.
    pub(super) with_answers: bool,
}

impl Serialize for RowsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RowsJson {
            report,
            with_answers,
        } = *self;
        let opinions = match with_answers {
            true => Opinions::read(&report.store, &report.info).map_err(S::Error::custom)?,
            false => Opinions::default(),
        };
        let parts = report.models.iter().enumerate();
        let rows = parts
            .flat_map(|(m, part)| (0..part.analysis.rows.len()).map(move |row| (m, part, row)));
        serializer.collect_seq(rows.map(|(m, part, row)| {
            let mut object = row_json(report, part, row, with_answers);
            let judge = judge_json(report, &opinions, m, row);
            if let (Some(map), false) = (object.as_object_mut(), judge.is_empty()) {
                map.insert("judge".into(), Value::Object(judge));
            }
            object
        }))
    }
}

/// One row, on its own.
fn row_json(report: &RunReport, part: &ModelReport, row: usize, with_answers: bool) -> Value {
    let f = part.analysis.rows.get(row).unwrap_or_default();
    let mut object = json!({
        "model": part.model, "row": row, "row_id": report.info.heads.id(row), "fragility": f.profile.fragility(),
        "right": f.profile.correct_samples, "of": f.profile.scored_samples, "flipping": f.profile.is_flipping(),
        "fragile": f.profile.is_fragile(), "always_wrong": f.profile.is_always_wrong(),
        // The former name of `always_wrong`.
        "nobody": f.profile.is_always_wrong(),
    });
    if let Some(map) = object.as_object_mut() {
        put(map, "entropy", f.entropy);
        if with_answers {
            put(map, "expected", report.info.heads.expected(row));
            map.insert("answers".into(), answers(report, part, row));
        }
    }
    object
}

/// What each variant answered to a row, sample by sample.
fn answers(report: &RunReport, part: &ModelReport, row: usize) -> Value {
    let of = |v: usize| -> Value {
        (0..report.info.samples)
            .map(|s| part.grid.cell(v, row, s))
            .map(|cell| {
                json!({"answer": cell.answer.and_then(|a| part.grid.read_answer(a)), "score": cell.score})
            })
            .collect()
    };
    let variants = report.info.variants.iter().enumerate();
    Value::Object(
        variants
            .map(|(v, variant)| (variant.name.clone(), of(v)))
            .collect(),
    )
}

/// What judges said of each variant's answers to a row, sample by sample; variants without any are left out.
fn judge_json(
    report: &RunReport,
    opinions: &Opinions,
    model: usize,
    row: usize,
) -> Map<String, Value> {
    let info = &report.info;
    let mut each = Map::new();
    for (v, variant) in info.variants.iter().enumerate() {
        let of_sample = |sample: usize| {
            let id = TrialId {
                variant: v as u32,
                model: model as u32,
                row: row as u32,
                sample: sample as u32,
            };
            opinions.json(info, id)
        };
        let samples: Vec<Option<Value>> = (0..info.samples).map(of_sample).collect();
        if samples.iter().any(Option::is_some) {
            each.insert(variant.name.clone(), json!(samples));
        }
    }
    each
}
