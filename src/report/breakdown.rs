//! Figures of labels, of slices and of the fields of JSON answers: gathered from a run for the analysis.

use crate::{
    analysis::{
        AnalysisSpec, CalibrationFinding, LabelFindings, SliceFinding, VariantFinding,
        calibration_finding, findings_together, label_findings, slice_findings,
    },
    model::{RowHeads, SliceColumn},
    outcome::{ExpectedLabels, Grid},
    read::normalize,
    store::{RunInfo, Store, StoreError},
};
use serde_json::Value;
use std::{collections::HashMap, sync::LazyLock};

/// A breakdown that is computed when it is first used.
pub type LazyBreakdown = LazyLock<Breakdown, Box<dyn FnOnce() -> Breakdown + Send>>;

/// Scores by label, by slice and by field.
#[derive(Debug, Default)]
pub struct Breakdown {
    /// Where the main metric has a closed set of labels.
    pub labels: Option<LabelFindings>,
    /// Each column of `slices`.
    pub slices: Vec<SliceFinding>,
    /// Each field of `json` metrics that compare several.
    pub fields: Vec<MetricFinding>,
    /// Each `probability` metric.
    pub calibration: Vec<CalibrationFinding>,
    /// Each further metric that is no such field.
    pub metrics: Vec<MetricFinding>,
}

/// The findings of a metric that is not the main one.
#[derive(Debug)]
pub struct MetricFinding {
    /// Of a field `metric.field`.
    pub name: String,
    /// p is adjusted over all variants and fields, or all variants and other metrics.
    pub variants: Vec<VariantFinding>,
}

impl Breakdown {
    /// What was found of each variant by a metric that is not the main one.
    pub(super) fn metric(&self, name: &str) -> Option<&[VariantFinding]> {
        let mut all = self.fields.iter().chain(&self.metrics);
        Some(&all.find(|found| found.name == name)?.variants)
    }

    /// Labels and slices of one model's grid.
    pub fn of_grid(
        grid: &Grid,
        labels: &[String],
        heads: &RowHeads,
        slices: &[SliceColumn],
        spec: &AnalysisSpec,
    ) -> Breakdown {
        let expected = expected_labels(labels, heads);
        Breakdown {
            labels: label_findings(grid, &expected, spec),
            slices: slice_findings(grid, slices, spec),
            ..Breakdown::default()
        }
    }

    /// The same with the fields of JSON answers and further metrics, whose scores are read from the store now; computed when first used, for
    /// most readers of a run need none of it.
    pub(super) fn when_used(
        store: &Store,
        info: &RunInfo,
        model: usize,
        grid: &Grid,
        spec: &AnalysisSpec,
    ) -> Result<LazyBreakdown, StoreError> {
        let fields = info.field_metrics();
        let others: Vec<usize> = (1..info.metrics.len())
            .filter(|metric| !fields.contains(metric))
            .collect();
        let read = |metrics: &[usize]| {
            let names: Vec<String> = metrics.iter().map(|m| info.metrics[*m].clone()).collect();
            Ok::<_, StoreError>((names, store.metric_grids(info, model, metrics)?))
        };
        let (fields, others) = (read(&fields)?, read(&others)?);
        let (labels, heads, slices) =
            (info.labels.clone(), info.heads.clone(), info.slices.clone());
        let (grid, spec) = (grid.clone(), spec.clone());
        Ok(LazyBreakdown::new(Box::new(move || {
            let calibration = calibrations(
                &fields.0,
                &fields.1,
                &expected_labels(&labels, &heads),
                &spec,
            );
            let find = |(names, grids): (Vec<String>, Vec<Grid>)| {
                let findings = names.into_iter().zip(findings_together(&grids, &spec));
                findings
                    .map(|(name, variants)| MetricFinding { name, variants })
                    .collect()
            };
            Breakdown {
                calibration,
                fields: find(fields),
                metrics: find(others),
                ..Breakdown::of_grid(&grid, &labels, &heads, &slices, &spec)
            }
        })))
    }
}

/// Of the metrics that have both the probability of the expected label and that of the most probable one.
fn calibrations(
    names: &[String],
    grids: &[Grid],
    labels: &ExpectedLabels,
    spec: &AnalysisSpec,
) -> Vec<CalibrationFinding> {
    let grid_of = |name: String| Some(&grids[names.iter().position(|known| *known == name)?]);
    let metrics = names
        .iter()
        .filter_map(|name| name.strip_suffix(".confidence"));
    let found = metrics.filter_map(|metric| {
        let expected = grid_of(format!("{metric}.expected"))?;
        let confidence = grid_of(format!("{metric}.confidence"))?;
        grid_of(format!("{metric}.brier"))?;
        Some(calibration_finding(
            metric,
            [expected, confidence],
            labels,
            spec,
        ))
    });
    found.collect()
}

/// The labels that each row expects. A list in the answer column means any of its members.
pub(super) fn expected_labels(labels: &[String], heads: &RowHeads) -> ExpectedLabels {
    if labels.is_empty() {
        return ExpectedLabels::default();
    }
    let number: HashMap<String, u32> = labels.iter().map(|l| normalize(l)).zip(0..).collect();
    let find = |text: &str| {
        let exact = labels.iter().position(|label| label == text);
        exact
            .map(|at| at as u32)
            .or_else(|| number.get(&normalize(text)).copied())
    };
    let rows = (0..heads.len()).map(|row| {
        let text = heads.expected(row).unwrap_or_default();
        find(text).map_or_else(
            || several(text).iter().filter_map(|text| find(text)).collect(),
            |label| vec![label],
        )
    });
    ExpectedLabels::new(labels.to_vec(), rows)
}

/// The members of a JSON list, or of the list in SQuAD's `{"text": […]}`, as texts.
fn several(text: &str) -> Vec<String> {
    let all = match serde_json::from_str(text) {
        Ok(Value::Array(all)) => all,
        Ok(Value::Object(mut squad)) => match squad.remove("text") {
            Some(Value::Array(all)) => all,
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    let texts = all.into_iter().map(|value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TextColumnBuilder;

    #[test]
    fn a_list_expects_any_of_its_labels_and_case_does_not_matter() {
        let mut expected = TextColumnBuilder::default();
        for text in ["Refund", "[\"billing\", \"refund\"]", "other", "[3]"] {
            expected.push(Some(text));
        }
        let heads = RowHeads {
            rows: 4,
            expected: Some(expected.finish()),
            ..RowHeads::default()
        };
        let labels = ["refund", "billing", "3"].map(str::to_owned);
        let found = expected_labels(&labels, &heads);
        let rows = [vec![0], vec![1, 0], vec![], vec![2]];
        assert_eq!(found, ExpectedLabels::new(labels.to_vec(), rows));
    }
}
