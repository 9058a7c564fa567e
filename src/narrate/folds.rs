//! Searches that are judged by folds: what each found, and what may be said of all of them together.
//!
//! What is measured is the gain of such searches. Nothing is said of the gain of the one wording that is offered.

use super::labels::{count, percent, points, points_interval};
use crate::{
    analysis::Interval,
    display::thousands,
    optimize::{
        Ending, FoldRecord, HeldOutComparison, PartSizes, PooledGain, SearchRecord, SearchVerdict,
        candidate_name,
    },
};

/// `60 rows in 5 folds: each judges, once, a search on the others`
pub fn parts(record: &SearchRecord) -> String {
    format!(
        "{} in {}: each judges, once, the wording of a search on the other rows",
        count(record.parts.feedback + record.parts.selection, "row"),
        count(record.request.folds.unwrap_or(0), "fold")
    )
}

/// The same before anything is sent; `sizes`: the rows of each fold's search, and as sealed ones those of the fold.
pub fn parts_and_sizes(record: &SearchRecord, sizes: &[PartSizes]) -> String {
    let range = |of: &dyn Fn(&PartSizes) -> usize| {
        let all = sizes.iter().map(of);
        match (all.clone().min().unwrap_or(0), all.max().unwrap_or(0)) {
            (least, most) if least == most => most.to_string(),
            (least, most) => format!("{least} to {most}"),
        }
    };
    let feedback = match record.request.writer {
        None => String::new(),
        Some(_) => format!(
            "{} feedback (the writer sees failures of these), ",
            range(&|sizes| sizes.feedback)
        ),
    };
    format!(
        "{}. Each search has {feedback}{} selection (candidates compete on these) and {} that judge it",
        parts(record),
        range(&|sizes| sizes.selection),
        range(&|sizes| sizes.sealed)
    )
}

/// How the calls are shared, before anything is sent.
pub fn calls(record: &SearchRecord, sizes: &[PartSizes]) -> String {
    let request = &record.request;
    let searches = sizes.len() as u64 + 1;
    let judging = sizes
        .iter()
        .map(|sizes| sizes.sealed_calls(request.samples as u64));
    let writer = match request.writer {
        None => String::new(),
        Some(_) => format!(
            " and {} of the writer",
            thousands(request.writer_calls / searches)
        ),
    };
    format!(
        "at most {} calls: {}{writer} for each of {} searches and for a last one on all rows, which is made only where those gain; up to {} of them for start and nominee on the rows of the fold. What one search leaves goes to the next ones",
        thousands(request.budget_calls),
        thousands(request.budget_calls / searches),
        sizes.len(),
        judging.max().unwrap_or(0)
    )
}

/// Which of the searches is in progress: `fold 2 of 5`; `None` where there are no folds.
pub fn search(record: &SearchRecord) -> Option<String> {
    let folds = record.request.folds?;
    Some(match record.request.fold {
        Some(fold) => format!("fold {fold} of {folds}"),
        None => "all rows".into(),
    })
}

/// What came of a fold's search.
pub fn fold(record: &SearchRecord, fold: &FoldRecord) -> String {
    let number = format!(
        "fold {} of {}",
        fold.number,
        record.request.folds.unwrap_or(0)
    );
    let held_out = &fold.held_out;
    match (fold.nominee, held_out.start, held_out.nominee) {
        (0, ..) => format!("{number}: nothing looked better than the start, so there is no gain"),
        (nominee, Some(start), Some(score)) => format!(
            "{number}: {} {} points on its {} ({} against {})",
            candidate_name(nominee),
            points(held_out.difference),
            count(held_out.rows, "row"),
            percent(score),
            percent(start)
        ),
        (nominee, ..) => format!(
            "{number}: no row of it was answered by both the start and {}",
            candidate_name(nominee)
        ),
    }
}

/// The wording that a fold's search put before its rows.
pub fn nominee(fold: &FoldRecord) -> String {
    match (fold.nominee, fold.adopted) {
        (0, _) => "the start".into(),
        (nominee, true) => format!("{}, adopted", candidate_name(nominee)),
        (nominee, false) => candidate_name(nominee),
    }
}

/// Mean score of start and nominee on the rows of a fold.
pub fn scores(held_out: &HeldOutComparison) -> [String; 2] {
    [held_out.start, held_out.nominee].map(|score| score.map_or("–".into(), percent))
}

/// What the searches of all folds gained, with its interval.
pub fn interval(pooled: &PooledGain) -> Interval {
    Interval {
        value: pooled.difference,
        low: pooled.low,
        high: pooled.high,
    }
}

/// What such searches gain.
pub fn gain(record: &SearchRecord, pooled: &PooledGain) -> String {
    if record.folds.iter().all(|fold| fold.nominee == 0) {
        return format!(
            "none: no search on {} found a wording that looked better than the start",
            count(record.folds.len(), "fold")
        );
    }
    let figures = points_interval(&interval(pooled)).replacen(" [", " points [", 1);
    let said = match pooled.low > 0.0 || pooled.high < 0.0 {
        true => format!("a search of this kind gains {figures} on rows that it has not seen"),
        false => format!("these searches gained {figures} on rows that they had not seen"),
    };
    let missing = match pooled.missing {
        0 => String::new(),
        1 => "; 1 other row failed with a wording and does not count".into(),
        n => format!("; {n} other rows failed with a wording and do not count"),
    };
    format!(
        "{said}: the average of {} searches over {}, with a 95 % interval{missing}",
        record.folds.len(),
        count(pooled.rows, "row")
    )
}

/// The verdict, in a sentence: of searches, never of the wording.
pub(super) fn verdict(ending: &Ending) -> String {
    match (ending.verdict(), ending.nominee) {
        (SearchVerdict::SearchesGain, 0) => "such searches gain, but the one on all rows found nothing that looked better than the start; keep the wording that you have, or search again with more calls".into(),
        (SearchVerdict::SearchesGain, _) => "such searches gain. The new wording is that of a search on all rows: its own gain was not measured, and may be larger or smaller. Fresh rows would measure it".into(),
        (SearchVerdict::Worse, _) => "worse: such searches lose on rows that they have not seen; keep the wording that you have".into(),
        _ => "no gain shown: what such searches gain may be chance, so none was made on all rows; keep the wording that you have, or label more rows".into(),
    }
}
