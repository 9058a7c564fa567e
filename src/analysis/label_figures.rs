//! Figures of labels, as plain data.

use super::{Interval, Verdict};
use crate::{outcome::ConfusionMatrix, stats::OVERALL_FIGURES};

/// A figure over all labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelFigure {
    MacroF1,
    WeightedF1,
    BalancedAccuracy,
    Mcc,
    Kappa,
}

impl LabelFigure {
    /// In the order of [`crate::stats::ClassFigures`].
    pub const ALL: [LabelFigure; OVERALL_FIGURES] = [
        LabelFigure::MacroF1,
        LabelFigure::WeightedF1,
        LabelFigure::BalancedAccuracy,
        LabelFigure::Mcc,
        LabelFigure::Kappa,
    ];

    /// The name in files and gates.
    pub fn as_str(self) -> &'static str {
        match self {
            LabelFigure::MacroF1 => "f1_macro",
            LabelFigure::WeightedF1 => "f1_weighted",
            LabelFigure::BalancedAccuracy => "balanced_accuracy",
            LabelFigure::Mcc => "mcc",
            LabelFigure::Kappa => "kappa",
        }
    }
}

/// One figure of one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureFinding {
    /// `None` where it is not defined.
    pub value: Option<Interval>,
    /// Difference to the baseline on the rows that both have.
    pub difference: Option<FigureDifference>,
    pub verdict: Verdict,
}

/// Difference of a figure to the baseline's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FigureDifference {
    pub interval: Interval,
    /// p by swapping the two variants at random, row by row.
    pub p: f64,
    /// By Holm over all variants (and labels) of the figure.
    pub p_adjusted: f64,
}

/// Precision, recall and F1 of one label.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFinding {
    /// Samples that expect the label.
    pub expected: u64,
    /// Samples that were read as it.
    pub read: u64,
    pub precision: FigureFinding,
    pub recall: FigureFinding,
    pub f1: FigureFinding,
}

/// The figures of one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct VariantLabels {
    pub matrix: ConfusionMatrix,
    /// In the order of [`LabelFigure::ALL`].
    pub figures: Vec<FigureFinding>,
    pub labels: Vec<LabelFinding>,
}

/// The figures of all variants.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFindings {
    pub labels: Vec<String>,
    pub variants: Vec<VariantLabels>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::ClassCounts;

    #[test]
    fn figures_stand_in_the_order_of_their_names() {
        let mut counts = ClassCounts::new(3);
        for (expected, read) in [
            (0, Some(0)),
            (0, Some(0)),
            (0, Some(1)),
            (1, Some(1)),
            (2, None),
        ] {
            counts.add(expected, read, 1.0);
        }
        let figures = counts.figures();
        let mut seen = Vec::new();
        for (figure, value) in LabelFigure::ALL.into_iter().zip(figures.values()) {
            let named = match figure {
                LabelFigure::MacroF1 => figures.macro_f1(),
                LabelFigure::WeightedF1 => figures.weighted_f1(),
                LabelFigure::BalancedAccuracy => figures.balanced_accuracy(),
                LabelFigure::Mcc => figures.mcc(),
                LabelFigure::Kappa => figures.kappa().unwrap(),
            };
            assert_eq!(*value, named, "{}", figure.as_str());
            assert!(!seen.contains(&named), "{}", figure.as_str());
            seen.push(named);
        }
    }
}
