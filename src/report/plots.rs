//! The plots that a report can be written as, by their names.

use super::{RunReport, scatter::scatter_file, svg::charts};

const COST: &str = "cost";
const LATENCY: &str = "latency";

pub const PLOTS: [&str; 7] = [
    "scores",
    "differences",
    "effects",
    "spread",
    "shares",
    COST,
    LATENCY,
];

/// A plot of a run as a file, one chart per model; of all models together for cost and latency. `None` where there is nothing to
/// plot.
pub fn plot(report: &RunReport, kind: &str, title: Option<&str>) -> Option<String> {
    match kind {
        COST | LATENCY => scatter_file(report, kind == LATENCY, title),
        _ => charts(report, kind, title),
    }
}
