//! What the run over the sealed rows says of start and nominee of a search.

use super::{ReportError, RunReport};
use crate::{
    analysis::Interval,
    optimize::SealedComparison,
    store::{RunInfo, Store},
};

/// The paired difference of the second variant of a run to the first; `None` where no row was answered by both.
/// `calls`: those that the run took.
pub fn sealed_comparison(
    store: &Store,
    info: RunInfo,
    calls: u64,
) -> Result<Option<SealedComparison>, ReportError> {
    let run = info.id.clone();
    let report = RunReport::read(store, info)?;
    let variants = (report.models.first()).map(|model| &model.analysis.variants[..]);
    let Some([first, second]) = variants else {
        return Ok(None);
    };
    let mean = |score: &Option<Interval>| score.map_or(0.0, |s| s.value);
    Ok(second
        .difference
        .as_ref()
        .map(|difference| SealedComparison {
            run,
            calls,
            rows: difference.rows,
            start: mean(&first.score),
            nominee: mean(&second.score),
            difference: difference.interval.value,
            low: difference.interval.low,
            high: difference.interval.high,
            low_90: Some(difference.narrow.0),
            p: difference.p,
        }))
}
