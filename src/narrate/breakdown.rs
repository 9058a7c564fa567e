//! Words for figures of labels, slices and fields.

use super::labels::{p_value, percent, points, short_decimal};
use crate::analysis::{FigureFinding, LabelFigure, SliceFinding, Verdict};

/// `F1 (macro)`
pub fn figure_name(figure: LabelFigure) -> &'static str {
    match figure {
        LabelFigure::MacroF1 => "F1 (macro)",
        LabelFigure::WeightedF1 => "F1 (weighted)",
        LabelFigure::BalancedAccuracy => "balanced accuracy",
        LabelFigure::Mcc => "MCC",
        LabelFigure::Kappa => "Cohen's κ",
    }
}

/// A figure over all labels: shares in percent, correlations with two decimals.
pub fn figure_value(figure: LabelFigure, value: f64) -> String {
    match figure {
        LabelFigure::Mcc | LabelFigure::Kappa => format!("{value:.2}"),
        _ => format!("{:.1}", value * 100.0),
    }
}

/// A verdict in a word.
pub fn verdict_word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Baseline => "baseline",
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Identical => "identical",
        Verdict::Equivalent => "equivalent",
        Verdict::Undecided { .. } => "inconclusive",
        Verdict::NotComparable { .. } => "not comparable",
    }
}

/// `+3.0 better`: the difference of a figure to the baseline's, with its verdict.
pub fn figure_difference(finding: &FigureFinding) -> String {
    match (&finding.verdict, &finding.difference) {
        (verdict, Some(d)) => format!("{} {}", points(d.interval.value), verdict_word(verdict)),
        (Verdict::Baseline, None) => "baseline".to_owned(),
        (_, None) => "no shared rows".to_owned(),
    }
}

/// How to read figures of labels.
pub const LABEL_NOTE: &str = "Unreadable answers count as wrong; failed trials do not count. \
    F1 (macro) is the mean over labels that occur; a share of nothing (0/0) is 0.";

/// The name of a slice.
pub fn slice_name(value: Option<&str>) -> &str {
    value.unwrap_or("(no value)")
}

/// Whether the variants' effects depend on the slice: a sentence for each that does, or one for all.
pub fn interactions(
    found: &SliceFinding,
    names: &[impl AsRef<str>],
    baseline: &str,
) -> Vec<String> {
    let tested = found.interactions.iter().zip(names);
    let tested: Vec<_> = tested
        .filter_map(|(interaction, name)| Some(((*interaction)?, name.as_ref())))
        .collect();
    let sentences: Vec<String> = (tested.iter())
        .filter(|(interaction, _)| interaction.p_adjusted < 0.05)
        .map(|(interaction, name)| {
            format!(
                "The difference between {name} and {baseline} depends on `{}`: it varies by {} points between slices (p {}).",
                found.column,
                short_decimal(interaction.range * 100.0),
                p_value(interaction.p_adjusted)
            )
        })
        .collect();
    let smallest = tested.iter().map(|(i, _)| i.p_adjusted).reduce(f64::min);
    match (sentences.is_empty(), smallest) {
        (false, _) => sentences,
        (true, Some(p)) => vec![format!(
            "No evidence that differences to {baseline} depend on `{}` (smallest p {}).",
            found.column,
            p_value(p)
        )],
        (true, None) => Vec::new(),
    }
}

/// `81.3 %`, or a dash where there is no score.
pub fn percent_or_dash(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::SliceInteraction;

    #[test]
    fn an_interaction_is_named_only_where_it_is_significant() {
        let found = |p| SliceFinding {
            column: "language".into(),
            slices: Vec::new(),
            interactions: vec![
                None,
                Some(SliceInteraction {
                    p,
                    p_adjusted: p,
                    range: 0.123,
                }),
            ],
        };
        assert_eq!(
            interactions(&found(0.01), &["base", "new"], "base"),
            [
                "The difference between new and base depends on `language`: it varies by 12.3 points between slices (p = 0.010)."
            ]
        );
        assert_eq!(
            interactions(&found(0.4), &["base", "new"], "base"),
            ["No evidence that differences to base depend on `language` (smallest p = 0.400)."]
        );
    }
}
