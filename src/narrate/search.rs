//! A search for a better wording: its parts, its candidates, and what the sealed rows say.

use super::labels::{count, percent, points, points_interval};
use crate::{
    analysis::Interval,
    optimize::{
        CandidateRecord, CandidateState, Ending, PartSizes, SealedComparison, SearchRecord,
        SearchVerdict, candidate_name,
    },
};

/// `60 rows: 13 feedback, 29 selection, 18 sealed`
pub fn parts(parts: PartSizes) -> String {
    let all = parts.feedback + parts.selection + parts.sealed;
    format!(
        "{}: {} feedback (the writer sees failures of these), {} selection (candidates compete on these), {} sealed (opened once, at the end)",
        count(all, "row"),
        parts.feedback,
        parts.selection,
        parts.sealed
    )
}

/// `24 candidates in 7 rounds: 1 adopted, 3 kept, 20 dropped`
pub fn tally(record: &SearchRecord) -> String {
    let candidates = &record.candidates;
    let tried = candidates
        .iter()
        .filter(|c| c.state != CandidateState::Start);
    let of = |state: CandidateState| tried.clone().filter(|c| c.state == state).count();
    let rounds = candidates.iter().map(|c| c.round);
    let rounds = rounds.chain(record.proposals.iter().map(|p| p.round)).max();
    format!(
        "{} in {}: {} adopted, {} kept, {} dropped",
        count(tried.clone().count(), "candidate"),
        count(rounds.unwrap_or(0), "round"),
        of(CandidateState::Adopted),
        of(CandidateState::Kept),
        of(CandidateState::Dropped)
    )
}

/// What a search has cost so far.
pub fn spent(record: &SearchRecord) -> String {
    let spent = &record.spent;
    let stored = match spent.stored {
        0 => String::new(),
        n => format!(" ({n} of them answered from the store)"),
    };
    let sealed = record.ending.as_ref().and_then(|e| e.sealed.as_ref());
    let sealed = sealed.map_or(String::new(), |sealed| {
        format!(", {} on sealed rows", count(sealed.calls as usize, "call"))
    });
    format!(
        "{}{sealed}, and {} of the writer{stored}, ${:.2}",
        count(spent.calls as usize, "call"),
        count(spent.writer_calls as usize, "call"),
        spent.usd
    )
}

/// What selection promised.
pub fn promised(ending: &Ending) -> String {
    format!(
        "selection rows promised {} points: an expectation that is shrunk for the few rows, and still flatters what was selected by it",
        points(ending.promised)
    )
}

/// The wording that was put before the sealed rows.
pub fn nominee(ending: &Ending) -> String {
    let adopted = match ending.adopted {
        true => "adopted by the test over the whole search",
        false => "not shown to be better on selection rows",
    };
    format!("{}, {adopted}", candidate_name(ending.nominee))
}

/// The paired difference on the sealed rows, nominee minus start.
pub fn sealed_difference(sealed: &SealedComparison) -> Interval {
    Interval {
        value: sealed.difference,
        low: sealed.low,
        high: sealed.high,
    }
}

/// What the sealed rows gave.
pub fn sealed(sealed: &SealedComparison) -> String {
    format!(
        "sealed rows gave {} points: {} against {} on {}, p {}",
        points_interval(&sealed_difference(sealed)),
        percent(sealed.nominee),
        percent(sealed.start),
        count(sealed.rows, "row"),
        super::labels::p_value(sealed.p)
    )
}

/// The verdict, in a sentence.
pub fn verdict(record: &SearchRecord, ending: &Ending) -> String {
    if record.candidates.len() < 2 {
        let left_out: usize = record.proposals.iter().map(|p| p.left_out.len()).sum();
        return format!(
            "no gain shown: {} proposed no rewording that could be tried ({} left out; `--format json` has its answers); the sealed rows stay sealed",
            record.request.writer,
            count(left_out, "edit")
        );
    }
    match (ending.verdict(), &ending.sealed) {
        (SearchVerdict::KeepNew, _) => "keep the new wording: it is better on rows that nobody had seen".into(),
        (SearchVerdict::Worse, _) => "worse: the new wording is worse on rows that nobody had seen; keep the one that you have".into(),
        (SearchVerdict::NoGainShown, None) => "no gain shown: no candidate looked better than the start, and the sealed rows stay sealed".into(),
        (SearchVerdict::NoGainShown, Some(_)) => "no gain shown: on the sealed rows the difference may be chance; keep the wording that you have, or label more rows".into(),
    }
}

/// A candidate in a line: name, state, score and gain.
pub fn candidate(record: &CandidateRecord) -> String {
    let score = record.score.map_or("no score".to_owned(), percent);
    let rows = count(record.rows, "row");
    match (record.state, record.gain) {
        (CandidateState::Start, _) | (_, None) => format!("{}: {score} on {rows}", record.name),
        (state, Some(gain)) => format!(
            "{} {}: {score} on {rows}, {} points to the start on the same rows",
            record.name,
            state.as_str(),
            points(gain)
        ),
    }
}
