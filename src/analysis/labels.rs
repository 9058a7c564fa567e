//! From a grid of labels to figures: each with its interval, and its difference to the baseline with a verdict.

use super::{
    AnalysisSpec, FigureFinding, LabelFinding, LabelFindings, Truncation, VariantLabels, Verdict,
    raw_figures::RawFigures,
};
use crate::{
    outcome::{ExpectedLabels, Grid, LabelGrid},
    stats::{FIGURES_PER_CLASS, OVERALL_FIGURES, holm},
};

/// Analyze answers as labels; `None` without labels.
pub fn label_findings(
    grid: &Grid,
    expected: &ExpectedLabels,
    spec: &AnalysisSpec,
) -> Option<LabelFindings> {
    if expected.labels().is_empty() || expected.is_empty() {
        return None;
    }
    let labels = LabelGrid::new(grid, expected);
    let raw: Vec<RawFigures> = (0..grid.variants())
        .map(|v| RawFigures::new(grid, &labels, v, spec))
        .collect();
    let p_adjusted = adjusted(
        &raw,
        OVERALL_FIGURES + FIGURES_PER_CLASS * expected.labels().len(),
    );
    let cut: Vec<Truncation> = (0..grid.variants())
        .map(|v| Truncation::of_variant(grid, v, spec))
        .collect();
    let cut_baseline = cut.get(spec.baseline).copied().unwrap_or_default();
    let variants = raw.iter().enumerate().map(|(v, raw)| {
        let is_baseline = v == spec.baseline;
        let not_comparable = (!is_baseline)
            .then(|| Verdict::not_comparable(&cut[v], &cut_baseline))
            .flatten();
        let finding = |i: usize| {
            let found = raw.finding(i, p_adjusted[i][v], is_baseline, spec.margin);
            match &not_comparable {
                Some(verdict) => FigureFinding {
                    verdict: verdict.clone(),
                    ..found
                },
                None => found,
            }
        };
        let matrix = labels.matrix(v);
        VariantLabels {
            figures: (0..OVERALL_FIGURES).map(finding).collect(),
            labels: (0..expected.labels().len())
                .map(|label| {
                    let first = OVERALL_FIGURES + FIGURES_PER_CLASS * label;
                    LabelFinding {
                        expected: matrix.expected(label),
                        read: matrix.read(label),
                        precision: finding(first),
                        recall: finding(first + 1),
                        f1: finding(first + 2),
                    }
                })
                .collect(),
            matrix,
        }
    });
    Some(LabelFindings {
        variants: variants.collect(),
        labels: expected.labels().to_vec(),
    })
}

/// For each figure and variant its adjusted p: Holm over the variants, and over the labels too where it is a label's.
fn adjusted(raw: &[RawFigures], figures: usize) -> Vec<Vec<f64>> {
    let mut all = vec![vec![1.0; raw.len()]; figures];
    let families = (0..OVERALL_FIGURES)
        .map(|i| vec![i])
        .chain((0..FIGURES_PER_CLASS).map(|kind| {
            (OVERALL_FIGURES + kind..figures)
                .step_by(FIGURES_PER_CLASS)
                .collect()
        }));
    for family in families {
        let members: Vec<(usize, usize, f64)> = (family.iter())
            .flat_map(|i| raw.iter().enumerate().map(move |(v, raw)| (*i, v, raw)))
            .filter_map(|(i, v, raw)| Some((i, v, raw.differences.as_ref()?[i].as_ref()?.p)))
            .collect();
        let p: Vec<f64> = members.iter().map(|(_, _, p)| *p).collect();
        for ((i, v, _), p_adjusted) in members.into_iter().zip(holm(&p)) {
            all[i][v] = p_adjusted;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        outcome::{Cell, CellState},
        stats::wilson,
    };

    /// A grid of answers, one letter per row: the expected ones, then those of each variant; `?` is unreadable.
    fn found(expected: &str, variants: &[&str], spec: &AnalysisSpec) -> LabelFindings {
        let labels: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let number = |letter: char| labels.iter().position(|l| l.starts_with(letter));
        let rows = expected.chars().map(|c| vec![number(c).unwrap() as u32]);
        let task = ExpectedLabels::new(labels.clone(), rows);
        let mut grid = Grid::new(variants.len(), expected.len(), 1);
        for (v, answers) in variants.iter().enumerate() {
            for (row, (read, wanted)) in answers.chars().zip(expected.chars()).enumerate() {
                let answer = (read != '?').then(|| grid.intern(&read.to_string()));
                let cell = Cell {
                    state: if read == '?' {
                        CellState::Unreadable
                    } else {
                        CellState::Scored
                    },
                    score: Some(f64::from(u8::from(read == wanted))),
                    answer,
                    truncated: false,
                    latency_ms: 0.0,
                    prompt_tokens: 0,
                    cached_tokens: 0,
                    completion_tokens: 0,
                };
                grid.set(v, row, 0, cell);
            }
        }
        label_findings(&grid, &task, spec).unwrap()
    }

    fn spec() -> AnalysisSpec {
        AnalysisSpec {
            resamples: 1_000,
            ..AnalysisSpec::default()
        }
    }

    #[test]
    fn a_variant_that_finds_the_rare_label_is_better_in_its_recall_and_in_macro_f1() {
        let expected = "a".repeat(60) + &"b".repeat(20);
        let base = "a".repeat(80);
        let good = "a".repeat(58) + "ba" + &"b".repeat(18) + "?a";
        let found = found(&expected, &[&base, &good], &spec());
        let [base, good] = &found.variants[..] else {
            panic!()
        };
        assert_eq!(base.matrix.row(1), [20, 0, 0, 0, 0]);
        assert_eq!(good.matrix.row(1), [1, 18, 0, 1, 0]);
        let recall = &good.labels[1].recall;
        assert_eq!(recall.value.unwrap().value, 0.9);
        assert_eq!(recall.verdict, Verdict::Better);
        assert!(recall.difference.unwrap().interval.low > 0.6, "{recall:?}");
        assert_eq!(good.figures[0].verdict, Verdict::Better);
        assert_eq!(base.figures[0].verdict, Verdict::Baseline);
        // Recall of 0 in every resample: Wilson's interval for twenty rows.
        let none = base.labels[1].recall.value.unwrap();
        assert_eq!((none.low, none.high), wilson(0.0, 20.0));
        // A label that never occurs counts as 0 and enters no mean.
        assert_eq!(good.labels[2].f1.value.unwrap().value, 0.0);
        assert!(good.figures[0].value.unwrap().value > 0.9);
    }

    #[test]
    fn the_same_answers_never_differ_and_order_and_threads_change_nothing() {
        let expected = "aabbc".repeat(12);
        let answers = "abbbc".repeat(12);
        let one = found(&expected, &[&answers, &answers], &spec());
        for figure in one.variants[1]
            .figures
            .iter()
            .chain([&one.variants[1].labels[0].f1])
        {
            let d = figure.difference.unwrap();
            assert_eq!((d.interval.value, d.p), (0.0, 1.0));
            assert!(d.interval.low < -0.02 && d.interval.high > 0.02);
        }
        let reversed = |text: &str| text.chars().rev().collect::<String>();
        let other = AnalysisSpec {
            threads: 1,
            ..spec()
        };
        let two = found(
            &reversed(&expected),
            &[reversed(&answers).as_str(); 2],
            &other,
        );
        assert_eq!(one, two);
    }
}
