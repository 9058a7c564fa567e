//! Values of figures of labels, slices and fields for gates.

use super::functions::{MEANS, function_of, subject_of};
use crate::expression::Named;
use crate::{
    analysis::{FigureFinding, Interval, LabelFigure, LabelFindings, SliceFinding, VariantFinding},
    report::Breakdown,
};

/// What a name asks for, found in the breakdown of a model: one value for each of these variants that has one. `None` where
/// the name asks for something else.
pub(super) fn figures(found: &Breakdown, named: &Named, variants: &[usize]) -> Option<Vec<f64>> {
    let field = named.fields.first().map(String::as_str);
    if let Some((column, value)) = named.slices.first() {
        let slice = slice(&found.slices, column, value);
        let findings = slice.map_or(&[][..], |slice| &slice.variants);
        return Some(each(variants, |v| of_score(findings.get(v)?, field)));
    }
    let labels = found.labels.as_ref();
    let label_figure = |kind: LabelFigure| {
        let at = LabelFigure::ALL.iter().position(|k| *k == kind);
        each(variants, |v| {
            of_figure(&labels?.variants.get(v)?.figures[at?], field)
        })
    };
    Some(match (function_of(named)?.name, subject_of(named)) {
        ("balanced_accuracy", _) => label_figure(LabelFigure::BalancedAccuracy),
        ("mcc", _) => label_figure(LabelFigure::Mcc),
        ("kappa", _) => label_figure(LabelFigure::Kappa),
        ("f1", Some(mean)) if mean == MEANS[0] => label_figure(LabelFigure::MacroF1),
        ("f1", Some(mean)) if mean == MEANS[1] => label_figure(LabelFigure::WeightedF1),
        (kind @ ("f1" | "precision" | "recall"), Some(label)) => each(variants, |v| {
            let found = label_finding(labels?, v, label)?;
            let figure = match kind {
                "f1" => &found.f1,
                "precision" => &found.precision,
                _ => &found.recall,
            };
            of_figure(figure, field)
        }),
        ("field", Some(name)) => {
            let findings = found.metric(name);
            each(variants, |v| of_score(findings?.get(v)?, field))
        }
        ("interaction", Some(column)) => {
            let column = found.slices.iter().find(|s| s.column == column);
            each(variants, |v| {
                Some((*column?.interactions.get(v)?)?.p_adjusted)
            })
        }
        _ => return None,
    })
}

/// The findings of a variant in one slice.
pub(super) fn slice_finding<'a>(
    found: &'a Breakdown,
    named: &Named,
    variant: usize,
) -> Option<&'a VariantFinding> {
    let (column, value) = named.slices.first()?;
    slice(&found.slices, column, value)?.variants.get(variant)
}

fn slice<'a>(
    all: &'a [SliceFinding],
    column: &str,
    value: &str,
) -> Option<&'a crate::analysis::Slice> {
    let column = all.iter().find(|s| s.column == column)?;
    let mut slices = column.slices.iter();
    slices.find(|slice| slice.value.as_deref().unwrap_or_default() == value)
}

fn label_finding<'a>(
    labels: &'a LabelFindings,
    variant: usize,
    label: &str,
) -> Option<&'a crate::analysis::LabelFinding> {
    let at = labels.labels.iter().position(|l| l == label)?;
    labels.variants.get(variant)?.labels.get(at)
}

fn each(variants: &[usize], value: impl Fn(usize) -> Option<f64>) -> Vec<f64> {
    variants.iter().filter_map(|v| value(*v)).collect()
}

fn of_figure(figure: &FigureFinding, field: Option<&str>) -> Option<f64> {
    let difference = figure.difference.map(|d| (d.interval, d.p_adjusted));
    part(figure.value, difference, field)
}

fn of_score(finding: &VariantFinding, field: Option<&str>) -> Option<f64> {
    let difference = finding.difference.as_ref();
    part(
        finding.score,
        difference.map(|d| (d.interval, d.p_adjusted)),
        field,
    )
}

fn part(
    value: Option<Interval>,
    difference: Option<(Interval, f64)>,
    field: Option<&str>,
) -> Option<f64> {
    Some(match field {
        None => value?.value,
        Some("low") => value?.low,
        Some("high") => value?.high,
        Some("diff") => difference?.0.value,
        Some("diff_low") => difference?.0.low,
        Some("diff_high") => difference?.0.high,
        Some(_) => difference?.1,
    })
}
