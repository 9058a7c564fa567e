//! Figures of labels, slices and fields as tables, for every form of a report to lay out.

use super::{ModelReport, figure_table::FigureTable};
use crate::{
    analysis::{
        CalibrationFinding, FigureFinding, Interval, LabelFigure, SliceFinding, VariantCalibration,
        VariantFinding,
    },
    narrate::{
        breakdown::{
            LABEL_NOTE, figure_difference, figure_name, figure_value, interactions,
            percent_or_dash, slice_name, verdict_word,
        },
        labels::{points_interval, score_range},
        verdict::adjustment_note,
    },
};

/// Variants in a table of one line each: the best ones.
const OVERVIEW: usize = 16;
/// Variants whose matrices and single labels are shown: the best ones.
const DETAILED: usize = 8;
/// Slices that are shown, those with most rows.
const SLICES: usize = 20;

/// The names that tables call variants by.
#[derive(Debug)]
pub(super) struct TableNames<'a> {
    pub(super) variants: &'a [String],
    pub(super) baseline: usize,
}

impl TableNames<'_> {
    fn name(&self, v: usize) -> String {
        self.variants.get(v).cloned().unwrap_or_default()
    }
}

fn texts<const N: usize>(all: [&str; N]) -> Vec<String> {
    all.map(str::to_owned).to_vec()
}

fn value(interval: Option<Interval>) -> String {
    interval.map_or("–".to_owned(), |i| format!("{:.1}", i.value * 100.0))
}

fn range(interval: Option<Interval>) -> String {
    interval.as_ref().map_or(String::new(), score_range)
}

/// The figures over all labels, one line per variant.
pub(super) fn label_overview(part: &ModelReport, names: &TableNames<'_>) -> Option<FigureTable> {
    let found = part.breakdown.labels.as_ref()?;
    let mut head = vec!["variant".to_owned()];
    head.extend(LabelFigure::ALL.map(|figure| figure_name(figure).to_owned()));
    head.push("95 % of F1 (macro)".into());
    head.push("F1 (macro) vs. baseline".into());
    let ranked = part.ranked();
    let mut notes = vec![LABEL_NOTE.to_owned()];
    if ranked.len() > OVERVIEW {
        let more = ranked.len() - OVERVIEW;
        notes.push(format!("{more} more variants are in the JSON report."));
    }
    let rows = ranked.into_iter().take(OVERVIEW).map(|v| {
        let figures = &found.variants[v].figures;
        let mut row = vec![names.name(v)];
        row.extend(LabelFigure::ALL.iter().zip(figures).map(|(figure, f)| {
            f.value
                .map_or("–".to_owned(), |i| figure_value(*figure, i.value))
        }));
        let first = figures.first();
        row.push(range(first.and_then(|f| f.value)));
        row.push(first.map_or(String::new(), figure_difference));
        row
    });
    Some(FigureTable {
        title: "Figures of labels".into(),
        rows: rows.collect(),
        head,
        texts: 1,
        notes,
    })
}

/// Precision, recall and F1 of each label, by label and variant.
pub(super) fn by_label(part: &ModelReport, names: &TableNames<'_>) -> Option<FigureTable> {
    let found = part.breakdown.labels.as_ref()?;
    let ranked: Vec<usize> = part.ranked().into_iter().take(DETAILED).collect();
    let figure = |f: &FigureFinding| match f.value {
        Some(i) => format!("{:.1} [{}]", i.value * 100.0, score_range(&i)),
        None => "–".to_owned(),
    };
    let mut rows = Vec::new();
    for (l, label) in found.labels.iter().enumerate() {
        for v in &ranked {
            let f = &found.variants[*v].labels[l];
            rows.push(vec![
                label.clone(),
                names.name(*v),
                f.expected.to_string(),
                f.read.to_string(),
                figure(&f.precision),
                figure(&f.recall),
                figure(&f.f1),
                figure_difference(&f.f1),
            ]);
        }
    }
    Some(FigureTable {
        title: "Each label".into(),
        head: texts([
            "label",
            "variant",
            "expected",
            "read",
            "precision",
            "recall",
            "F1",
            "F1 vs. baseline",
        ]),
        rows,
        texts: 2,
        notes: Vec::new(),
    })
}

/// The confusion matrix of each variant.
pub(super) fn matrices(part: &ModelReport, names: &TableNames<'_>) -> Vec<FigureTable> {
    let Some(found) = &part.breakdown.labels else {
        return Vec::new();
    };
    let matrix = |v: usize| {
        let matrix = &found.variants[v].matrix;
        let mut head = vec!["expected ↓ read →".to_owned()];
        head.extend(found.labels.iter().cloned());
        head.extend(texts(["unreadable", "failed"]));
        let rows = found.labels.iter().enumerate().map(|(l, label)| {
            let counts = matrix.row(l).iter().map(u64::to_string);
            std::iter::once(label.clone()).chain(counts).collect()
        });
        let left_out = match matrix.left_out {
            0 => Vec::new(),
            n => vec![format!("{n} more expect none of the labels.")],
        };
        FigureTable {
            title: format!("Confusion matrix of {}", names.name(v)),
            rows: rows.collect(),
            head,
            texts: 1,
            notes: left_out,
        }
    };
    part.ranked()
        .into_iter()
        .take(DETAILED)
        .map(matrix)
        .collect()
}

/// The scores of the variants side by side, one line per slice of each column.
pub(super) fn slice_overview(part: &ModelReport, names: &TableNames<'_>) -> Vec<FigureTable> {
    let ranked: Vec<usize> = part.ranked().into_iter().take(DETAILED).collect();
    let overview = |found: &SliceFinding| {
        let mut head = vec![found.column.clone(), "rows".to_owned()];
        head.extend(ranked.iter().map(|v| names.name(*v)));
        let rows = found.slices.iter().take(SLICES).map(|slice| {
            let mut row = vec![
                slice_name(slice.value.as_deref()).to_owned(),
                slice.rows.to_string(),
            ];
            row.extend(ranked.iter().map(|v| value(slice.variants[*v].score)));
            row
        });
        FigureTable {
            title: format!("Score by {}", found.column),
            rows: rows.collect(),
            head,
            texts: 1,
            notes: slice_notes(found, names),
        }
    };
    part.breakdown.slices.iter().map(overview).collect()
}

fn slice_notes(found: &SliceFinding, names: &TableNames<'_>) -> Vec<String> {
    let mut notes = interactions(found, names.variants, &names.name(names.baseline));
    notes.extend(adjustment_note(
        found.slices.iter().flat_map(|slice| &slice.variants),
    ));
    if let Some(more) = found.slices.len().checked_sub(SLICES + 1) {
        notes.push(format!("{} more values are in the JSON report.", more + 1));
    }
    notes
}

/// Score, interval, difference and verdict of each variant in each slice.
pub(super) fn slices(part: &ModelReport, names: &TableNames<'_>) -> Vec<FigureTable> {
    let ranked: Vec<usize> = part.ranked().into_iter().take(DETAILED).collect();
    let table = |found: &SliceFinding| {
        let mut rows = Vec::new();
        for slice in found.slices.iter().take(SLICES) {
            for v in &ranked {
                let mut row = vec![
                    slice_name(slice.value.as_deref()).to_owned(),
                    names.name(*v),
                    slice.variants[*v].n.to_string(),
                ];
                row.extend(finding_cells(&slice.variants[*v]));
                rows.push(row);
            }
        }
        FigureTable {
            title: format!("Score by {}", found.column),
            head: finding_head([found.column.as_str(), "variant"]),
            rows,
            texts: 2,
            notes: slice_notes(found, names),
        }
    };
    part.breakdown.slices.iter().map(table).collect()
}

/// Score, interval, difference and verdict of each variant in each field.
pub(super) fn fields(part: &ModelReport, names: &TableNames<'_>) -> Option<FigureTable> {
    let found = &part.breakdown.fields;
    let ranked: Vec<usize> = part.ranked().into_iter().take(DETAILED).collect();
    let mut rows = Vec::new();
    for field in found {
        for v in &ranked {
            let f = &field.variants[*v];
            let mut row = vec![field.name.clone(), names.name(*v), f.n.to_string()];
            row.extend(finding_cells(f));
            rows.push(row);
        }
    }
    (!found.is_empty()).then(|| FigureTable {
        title: "Each field".into(),
        head: finding_head(["field", "variant"]),
        rows,
        texts: 2,
        notes: adjustment_note(found.iter().flat_map(|field| &field.variants))
            .into_iter()
            .collect(),
    })
}

/// How the probabilities of each variant hold, and the curve of each.
pub(super) fn calibration(part: &ModelReport, names: &TableNames<'_>) -> Vec<FigureTable> {
    let ranked: Vec<usize> = part.ranked().into_iter().take(DETAILED).collect();
    let share = |value: f64| format!("{:.1}", value * 100.0);
    let table = |found: &CalibrationFinding| {
        let known = ranked
            .iter()
            .filter_map(|v| Some((*v, found.variants[*v].as_ref()?)));
        let row = |(v, of): (usize, &VariantCalibration)| {
            let (low, high) = of.calibration.interval;
            let (half, fitted) = of.threshold.unzip();
            let curve = of.calibration.curve.iter();
            let curve = curve.map(|b| format!("{}→{} ({})", share(b.stated), share(b.came), b.n));
            vec![
                names.name(v),
                share(of.mean_confidence),
                share(of.right),
                share(of.calibration.error),
                format!("{}–{}", share(low), share(high)),
                half.map_or(String::new(), share),
                fitted.map_or(String::new(), share),
                curve.collect::<Vec<String>>().join(" "),
            ]
        };
        let head = [
            "variant",
            "confidence",
            "right",
            "ECE",
            "95 %",
            "right at ½",
            "at another threshold",
            "curve",
        ];
        FigureTable {
            title: format!("Calibration of {}", found.metric),
            head: texts(head),
            rows: known.map(row).collect(),
            texts: 1,
            notes: vec![
                "Curve: stated → right, % (answers). The ECE of few answers is too high. The other threshold was chosen on half of the rows and judged on the other half.".into(),
            ],
        }
    };
    part.breakdown.calibration.iter().map(table).collect()
}

fn finding_head(first: [&str; 2]) -> Vec<String> {
    let rest = texts(["rows", "score", "95 %", "difference", "verdict"]);
    texts(first).into_iter().chain(rest).collect()
}

fn finding_cells(f: &VariantFinding) -> Vec<String> {
    let difference = f.difference.as_ref();
    vec![
        percent_or_dash(f.score.map(|s| s.value)),
        range(f.score),
        difference.map_or(String::new(), |d| points_interval(&d.interval)),
        verdict_word(&f.verdict).to_owned(),
    ]
}

/// Every table, in full.
pub(super) fn all_tables(part: &ModelReport, names: &TableNames<'_>) -> Vec<FigureTable> {
    let mut all: Vec<FigureTable> = label_overview(part, names).into_iter().collect();
    all.extend(by_label(part, names));
    all.extend(matrices(part, names));
    all.extend(slices(part, names));
    all.extend(fields(part, names));
    all.extend(calibration(part, names));
    all
}
