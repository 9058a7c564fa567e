//! The metrics that scored a run, for whoever looks at what they read in its answers.

use crate::{project::MetricSpec, score::Scorer, store::RunInfo};

/// The metrics of a run, compiled: as they were kept with it; of a run of an earlier version, the current ones, where they
/// have the same names.
pub fn run_scorer(info: &RunInfo, current: Option<&[MetricSpec]>) -> Option<Scorer> {
    let specs = match info.metric_specs.as_slice() {
        [] => current?,
        kept => kept,
    };
    let scorer = Scorer::new(specs).ok()?;
    (scorer.names() == info.metrics).then_some(scorer)
}
