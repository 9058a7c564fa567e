//! Where the variance comes from, and how to spend the next calls.

use super::{
    Interval, NextCalls, Purchase, Resource, VarianceShares, draws::SharedDraws, table::Table,
};
use crate::stats::{Components, components, expanded_tail, mean_variance, percentiles};

/// Calls that the decision study spends.
const CALLS: usize = 100;

/// Variance components over the rows that have every sample of every variant; needs two variants and two such rows.
pub(super) fn variance_shares(
    table: &Table,
    full: &[usize],
    drawn: &SharedDraws,
) -> Option<(VarianceShares, Components)> {
    let found = components(&SharedDraws::exact(table, full), table.samples)?;
    let all: Vec<Components> = drawn
        .component_sums()
        .filter_map(|sums| components(&sums, table.samples))
        .collect();
    let interval = |value: f64, of: &dyn Fn(&Components) -> f64| {
        let mut values: Vec<f64> = all.iter().map(of).collect();
        // Drawing rows again adds their noise to the differences between variants: the resamples are moved back to where
        // the estimate is (Brennan 2001, ch. 6, on the bias of such resamples).
        let bias = values.iter().sum::<f64>() / values.len().max(1) as f64 - value;
        let (low, high) = percentiles(&mut values, expanded_tail(0.025, drawn.units()));
        Interval {
            value,
            low: (low - bias).max(0.0).min(value),
            high: (high - bias).max(value),
        }
    };
    let shares = VarianceShares {
        variant: interval(found.column, &|c| c.column),
        row: interval(found.unit, &|c| c.unit),
        variant_row: interval(found.interaction, &|c| c.interaction),
        sample: found
            .error
            .map(|e| interval(e, &|c| c.error.unwrap_or(0.0))),
        truncated: found.truncated,
        rows: full.len(),
    };
    Some((shares, found))
}

/// The error of the mean score after 100 more calls, spent on rows, on variants or on samples.
pub(super) fn next_calls(table: &Table, rows: usize, found: &Components) -> NextCalls {
    let (v, i, r) = (table.columns() as f64, rows as f64, table.samples as f64);
    let calls = CALLS as f64;
    let error = |v: f64, i: f64, r: f64| mean_variance(found, v, i, r).max(0.0).sqrt();
    let mut choices = vec![
        Purchase {
            what: Resource::Rows,
            more: calls / (v * r),
            error: error(v, i + calls / (v * r), r),
        },
        Purchase {
            what: Resource::Variants,
            more: calls / (i * r),
            error: error(v + calls / (i * r), i, r),
        },
    ];
    // With one sample, what samples alone would change is not known apart.
    if found.error.is_some() {
        choices.push(Purchase {
            what: Resource::Samples,
            more: calls / (v * i),
            error: error(v, i, r + calls / (v * i)),
        });
    }
    choices.sort_by(|a, b| a.error.total_cmp(&b.error));
    NextCalls {
        calls: CALLS,
        error: error(v, i, r),
        choices,
    }
}
