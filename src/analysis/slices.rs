//! Scores by the value of a column of the dataset, and whether a variant's effect differs between the values.

use super::{
    AnalysisSpec, VariantFinding,
    draws::{Draws, SharedDraws},
    table::Table,
    variants::{Compared, conclude},
};
use crate::{
    model::SliceColumn,
    outcome::Grid,
    stats::{GroupValue, ResampleSpec, group_effects, holm},
};
use std::collections::HashMap;

/// What was found in the slices of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceFinding {
    pub column: String,
    /// Slices, those with most rows first.
    pub slices: Vec<Slice>,
    /// For each variant whether its difference to the baseline depends on the slice; `None` for the baseline, and where
    /// fewer than two slices have two rows that both answered.
    pub interactions: Vec<Option<SliceInteraction>>,
}

/// The rows with one value in a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// The value; `None` for rows without one.
    pub value: Option<String>,
    pub rows: usize,
    /// Findings of each variant on these rows, p adjusted over all variants and slices of the column.
    pub variants: Vec<VariantFinding>,
}

/// Whether a variant's difference to the baseline depends on the slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SliceInteraction {
    /// By flipping signs of deviations from the overall difference.
    pub p: f64,
    /// By Holm over all variants and columns.
    pub p_adjusted: f64,
    /// Largest minus smallest difference over the slices.
    pub range: f64,
}

/// Analyze the slices of each column.
pub fn slice_findings(
    grid: &Grid,
    columns: &[SliceColumn],
    spec: &AnalysisSpec,
) -> Vec<SliceFinding> {
    let mut found: Vec<SliceFinding> = columns
        .iter()
        .map(|column| {
            let slices = rows_by_value(column, grid.rows());
            let parts = slices.iter().map(|(_, rows)| compare(grid, rows, spec));
            let concluded = conclude(parts.collect(), spec.margin);
            SliceFinding {
                column: column.name.clone(),
                interactions: interactions(grid, &slices, spec),
                slices: slices
                    .into_iter()
                    .zip(concluded)
                    .map(|((value, rows), variants)| Slice {
                        value,
                        rows: rows.len(),
                        variants,
                    })
                    .collect(),
            }
        })
        .collect();
    let all = found
        .iter()
        .flat_map(|column| column.interactions.iter().flatten());
    let p: Vec<f64> = all.map(|interaction| interaction.p).collect();
    let all = found
        .iter_mut()
        .flat_map(|column| column.interactions.iter_mut().flatten());
    for (interaction, p_adjusted) in all.zip(holm(&p)) {
        interaction.p_adjusted = p_adjusted;
    }
    found
}

/// Findings of each of several grids of the same variants and rows, such as the fields of an answer: p is adjusted over all.
pub fn findings_together(grids: &[Grid], spec: &AnalysisSpec) -> Vec<Vec<VariantFinding>> {
    let parts = grids.iter().map(|grid| compare_all(grid, spec)).collect();
    conclude(parts, spec.margin)
}

type RowsByValue = Vec<(Option<String>, Vec<usize>)>;

/// The rows of each value, most rows first; rows without a value last.
fn rows_by_value(column: &SliceColumn, rows: usize) -> RowsByValue {
    let mut place: HashMap<Option<&str>, usize> = HashMap::new();
    let mut slices: RowsByValue = Vec::new();
    for row in 0..rows {
        let value = column.values.get(row);
        let at = *place.entry(value).or_insert_with(|| {
            slices.push((value.map(str::to_owned), Vec::new()));
            slices.len() - 1
        });
        slices[at].1.push(row);
    }
    slices.sort_by_key(|(value, rows)| (value.is_none(), std::cmp::Reverse(rows.len())));
    slices
}

/// Compare the variants on some rows.
fn compare(grid: &Grid, rows: &[usize], spec: &AnalysisSpec) -> Compared {
    let mut part = Grid::new(grid.variants(), rows.len(), grid.samples()).with_rules(grid.rules());
    for (to, row) in rows.iter().enumerate() {
        for v in 0..grid.variants() {
            for s in 0..grid.samples() {
                part.copy(grid, (v, *row, s), (v, to, s));
            }
        }
    }
    let mut number: HashMap<u32, u32> = HashMap::new();
    let clusters = rows
        .iter()
        .filter_map(|row| spec.clusters.get(*row))
        .map(|cluster| {
            let next = number.len() as u32;
            *number.entry(*cluster).or_insert(next)
        });
    let weights = rows.iter().filter_map(|row| spec.weights.get(*row));
    let spec = AnalysisSpec {
        clusters: clusters.collect(),
        weights: weights.copied().collect(),
        axes: Vec::new(),
        ..spec.clone()
    };
    compare_all(&part, &spec)
}

fn compare_all(grid: &Grid, spec: &AnalysisSpec) -> Compared {
    let resample = spec.resample();
    let table = Table::new(grid, spec);
    let shared = table.shared();
    let base = table.column_of.get(spec.baseline).copied().flatten();
    let of_shared = SharedDraws::new(&table, &shared, resample);
    let draws = Draws::new(
        &table,
        base,
        &of_shared,
        shared.len() == grid.rows(),
        resample,
    );
    Compared::new(grid, &table, &draws, spec, resample)
}

fn interactions(
    grid: &Grid,
    slices: &RowsByValue,
    spec: &AnalysisSpec,
) -> Vec<Option<SliceInteraction>> {
    let resample: ResampleSpec = spec.resample();
    let mean = |v: usize, row: usize| grid.summary(v, row).mean();
    (0..grid.variants())
        .map(|v| {
            if v == spec.baseline {
                return None;
            }
            let mut values = Vec::new();
            for (group, (_, rows)) in slices.iter().enumerate() {
                let differences: Vec<GroupValue> = rows
                    .iter()
                    .filter_map(|row| {
                        Some(GroupValue {
                            unit: spec.clusters.get(*row).map_or(*row, |c| *c as usize),
                            group,
                            value: mean(v, *row)? - mean(spec.baseline, *row)?,
                            weight: spec.weights.get(*row).copied().unwrap_or(1.0),
                        })
                    })
                    .collect();
                // A slice with a single row says nothing of how much its rows vary.
                if differences.len() > 1 {
                    values.extend(differences);
                }
            }
            let found = group_effects(&values, resample)?;
            let means = found.groups.values().map(|(_, mean)| *mean);
            Some(SliceInteraction {
                p: found.p,
                p_adjusted: found.p,
                range: means.clone().fold(f64::NEG_INFINITY, f64::max)
                    - means.fold(f64::INFINITY, f64::min),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::Verdict,
        model::TextColumnBuilder,
        outcome::{Cell, CellState},
    };

    fn column(values: impl Iterator<Item = Option<&'static str>>) -> SliceColumn {
        let mut builder = TextColumnBuilder::default();
        values.for_each(|value| builder.push(value));
        SliceColumn {
            name: "language".into(),
            values: builder.finish(),
        }
    }

    fn grid(rows: usize, score: impl Fn(usize, usize) -> bool) -> Grid {
        let mut grid = Grid::new(2, rows, 1);
        for v in 0..2 {
            for row in 0..rows {
                let cell = Cell {
                    state: CellState::Scored,
                    score: Some(f64::from(u8::from(score(v, row)))),
                    answer: None,
                    truncated: false,
                    latency_ms: 0.0,
                    prompt_tokens: 0,
                    cached_tokens: 0,
                    completion_tokens: 0,
                };
                grid.set(v, row, 0, cell);
            }
        }
        grid
    }

    #[test]
    fn an_effect_in_one_language_is_found_there_and_as_an_interaction() {
        // The variant mends every English row and changes nothing in German ones; two rows have no language.
        let language = |row: usize| match row {
            80.. => None,
            row if row % 2 == 0 => Some("en"),
            _ => Some("de"),
        };
        let grid = grid(82, |v, row| row % 3 == 0 || (v == 1 && row % 2 == 0));
        let spec = AnalysisSpec {
            resamples: 2_000,
            ..AnalysisSpec::default()
        };
        let found = slice_findings(&grid, &[column((0..82).map(language))], &spec).remove(0);
        let named: Vec<_> = (found.slices.iter())
            .map(|slice| (slice.value.as_deref(), slice.rows))
            .collect();
        assert_eq!(named, [(Some("en"), 40), (Some("de"), 40), (None, 2)]);
        let verdicts: Vec<&Verdict> = found
            .slices
            .iter()
            .map(|s| &s.variants[1].verdict)
            .collect();
        assert_eq!(*verdicts[0], Verdict::Better);
        assert!(matches!(verdicts[1], Verdict::Undecided { .. }));
        let d = found.slices[0].variants[1].difference.as_ref().unwrap();
        assert_eq!(d.p_adjusted, 3.0 * d.p);
        assert_eq!(found.interactions[0], None);
        let interaction = found.interactions[1].unwrap();
        assert!(
            interaction.p_adjusted < 0.01 && interaction.range > 0.6,
            "{interaction:?}"
        );
    }
}
