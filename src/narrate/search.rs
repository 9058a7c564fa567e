//! A search for a better wording: its parts, its candidates, and what the sealed rows say.

use super::labels::{count, percent, points, points_interval, short_decimal};
use crate::{
    analysis::Interval,
    display::thousands,
    model::ModelRef,
    optimize::{
        CandidateRecord, CandidateState, Ending, PartSizes, PieceRecord, Savings, SealedComparison,
        Search, SearchRecord, SearchVerdict, candidate_name,
    },
};

/// `60 rows: 13 feedback, 29 selection, 18 sealed`
pub fn parts(parts: PartSizes) -> String {
    let all = parts.feedback + parts.selection + parts.sealed;
    let feedback = match parts.feedback {
        0 => String::new(),
        n => format!("{n} feedback (the writer sees failures of these), "),
    };
    format!(
        "{}: {feedback}{} selection (candidates compete on these), {} sealed (opened once, at the end)",
        count(all, "row"),
        parts.selection,
        parts.sealed
    )
}

/// That a writer is a stand-in.
pub fn stand_in(writer: &ModelRef) -> String {
    format!("{writer} is a stand-in, not a language model: its rewordings are made by rules")
}

/// `24 candidates in 7 rounds: 1 adopted, 3 kept, 20 dropped`
pub fn tally(record: &SearchRecord) -> String {
    let candidates = &record.candidates;
    let tried = candidates
        .iter()
        .filter(|c| c.state != CandidateState::Start);
    let of = |state: CandidateState| tried.clone().filter(|c| c.state == state).count();
    let undecided = match of(CandidateState::Undecided) {
        0 => String::new(),
        n => format!(", {n} undecided: the budget ran out"),
    };
    if record.request.shorter.is_some() {
        return format!(
            "{} screened without half of the pieces, then {} tested: {} as good within the margin, {} not shown to be{undecided}",
            of(CandidateState::Screened),
            tried.clone().count() - of(CandidateState::Screened),
            of(CandidateState::Adopted),
            of(CandidateState::Dropped)
        );
    }
    let rounds = candidates.iter().map(|c| c.round);
    let rounds = rounds.chain(record.proposals.iter().map(|p| p.round)).max();
    format!(
        "{} in {}: {} adopted, {} kept, {} dropped{undecided}",
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
        n => format!(" ({n} answered from the store)"),
    };
    let sealed = record.ending.as_ref().and_then(|e| e.sealed.as_ref());
    let sealed = sealed.map_or(String::new(), |sealed| {
        format!(", {} on sealed rows", sealed.calls)
    });
    let writer = match spent.writer_calls {
        0 => String::new(),
        n => format!(" and {n} of the writer"),
    };
    let money = spent.known_usd();
    let money = money.map_or_else(|| "price unknown".to_owned(), |usd| format!("${usd:.2}"));
    format!(
        "{}{writer}{stored}{sealed}, {money}",
        count(spent.calls as usize, "call")
    )
}

/// The pieces that may be left out, by number.
pub fn pieces_that_may_go(pieces: &[PieceRecord]) -> String {
    let texts = pieces.iter().enumerate();
    let texts: Vec<String> = texts
        .map(|(at, piece)| format!("{} “{}”", at + 1, piece.text.trim()))
        .collect();
    format!(
        "{} may be left out: {}",
        count(pieces.len(), "piece"),
        texts.join("; ")
    )
}

/// What becomes of a piece.
pub fn fate(piece: &PieceRecord) -> &'static str {
    match (piece.is_left_out, piece.is_undecided) {
        (true, _) => "left out",
        (false, true) => "stays, undecided",
        (false, false) => "stays",
    }
}

/// A piece in a line: its text, what it costs, what it does, and whether it stays.
pub fn piece(piece: &PieceRecord) -> String {
    let effect = piece.effect.map_or(String::new(), |effect| {
        format!(
            ", effect {} ± {:.1} points",
            points(effect.effect),
            196.0 * effect.error
        )
    });
    format!(
        "{}: “{}” ({}{effect})",
        fate(piece),
        piece.text.trim(),
        count(piece.tokens as usize, "token")
    )
}

/// What a shorter wording saves.
pub fn savings(savings: &Savings) -> String {
    let saved = savings.tokens_before - savings.tokens_after;
    let about = match savings.is_estimate {
        true => "about ",
        false => "",
    };
    let usd = savings
        .usd_per_1000
        .map_or(String::new(), |usd| format!(", ${usd:.4}"));
    format!(
        "{about}{:.0} of {:.0} tokens a prompt; in 1,000 calls {about}{} tokens{usd}",
        saved,
        savings.tokens_before,
        thousands((saved * 1_000.0).round() as u64)
    )
}

/// What selection promised.
pub fn promised(ending: &Ending) -> String {
    if ending.margin.is_some() {
        return format!(
            "on selection rows {} points to the start; the wording was chosen by them",
            points(ending.promised)
        );
    }
    format!(
        "selection rows promised {} points: an expectation that is shrunk for the few rows, and still flatters what was selected by it",
        points(ending.promised)
    )
}

/// The wording that was put before the sealed rows.
pub fn nominee(ending: &Ending) -> String {
    let adopted = match (ending.margin, ending.adopted) {
        (Some(_), _) => {
            "as good within the margin on selection rows, by tests on rows that it was also chosen by"
        }
        (None, true) => "adopted by the test over the whole search",
        (None, false) => "not shown to be better on selection rows",
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

/// How much worse a shorter wording may be by the sealed rows.
pub fn loss(sealed: &SealedComparison) -> String {
    format!(
        "at most {:.1} points worse, by a one-sided test at 5 % (the lower end of the 90 % interval)",
        100.0 * (-sealed.at_least()).max(0.0)
    )
}

/// The verdict, in a sentence.
pub fn verdict(record: &SearchRecord, ending: &Ending) -> String {
    if ending.pooled.is_some() {
        return super::folds::verdict(ending);
    }
    if let Some(margin) = ending.margin {
        return shorter_verdict(record, ending, margin);
    }
    match (ending.verdict(), &ending.sealed) {
        (SearchVerdict::KeepNew, _) => "keep the new wording: it is better on rows that nobody had seen".into(),
        (SearchVerdict::Worse, _) => "worse: the new wording is worse on rows that nobody had seen; keep the one that you have".into(),
        (_, None) => format!("no gain shown: {}; the sealed rows stay sealed", why_none(record)),
        (_, Some(sealed)) if sealed.low > 0.0 || sealed.high < 0.0 => "no gain shown: the interval leaves out 0, but p is not below 0.05; keep the wording that you have, or label more rows".into(),
        (_, Some(_)) => "no gain shown: on the sealed rows the difference may be chance; keep the wording that you have, or label more rows".into(),
    }
}

/// Why no candidate is put before the sealed rows.
fn why_none(record: &SearchRecord) -> String {
    let candidates = record.candidates.get(1..).unwrap_or_default();
    let undecided = (candidates.iter())
        .filter(|c| c.state == CandidateState::Undecided)
        .count();
    // What may be enough: what a round costs in dollars is not known before it.
    let (spent, was, enough) = match record.is_out_of_money() {
        true => ("the money", "was", "a higher --budget-usd"),
        false => ("the calls", "were", "more calls"),
    };
    if candidates.is_empty() {
        let Some(writer) = &record.request.writer else {
            return format!("{spent} {was} not enough for one round; {enough} may be");
        };
        if record.request.writer_calls == 0 {
            return format!("{writer} was not asked, as --writer-calls is 0");
        }
        if record.proposals.is_empty() {
            return format!("{spent} {was} not enough for one round; {enough} may be");
        }
        let left_out: usize = record.proposals.iter().map(|p| p.left_out.len()).sum();
        return format!(
            "{writer} proposed no rewording that could be tried ({} left out; `--format json` has its answers)",
            count(left_out, "edit")
        );
    }
    let most = candidates.iter().map(|c| c.rows).max().unwrap_or(0);
    match (undecided, most) {
        (0, _) => "no candidate looked better than the start".into(),
        (_, 0) => format!("{spent} ran out before any candidate was tried; {enough} may be enough"),
        (_, most) if most < 2 * Search::FIRST_STAGE => format!(
            "{spent} ran out before any candidate was tried on more than {}",
            count(most, "row")
        ),
        (n, _) => format!(
            "{spent} ran out with {} undecided, and no other looked better than the start",
            count(n, "candidate")
        ),
    }
}

fn shorter_verdict(record: &SearchRecord, ending: &Ending, margin: f64) -> String {
    let margin = format!("{} points", short_decimal(100.0 * margin));
    let undecided = record
        .pieces
        .iter()
        .filter(|p| p.is_undecided && !p.is_left_out)
        .count();
    let sentence = match (ending.verdict(), &ending.sealed) {
        (SearchVerdict::KeepShorter, _) => format!(
            "keep the shorter wording: on rows that nobody had seen it is at most {margin} worse"
        ),
        (SearchVerdict::Worse, _) => format!(
            "worse: on rows that nobody had seen the shorter wording is more than {margin} worse; keep the one that you have"
        ),
        (_, None) => format!(
            "nothing is left out: no shorter wording was shown to be at most {margin} worse; the sealed rows stay sealed"
        ),
        (_, Some(_)) => format!(
            "not shown to be as good: the sealed rows allow for a loss of more than {margin}; keep the wording that you have, or label more rows"
        ),
    };
    match undecided {
        0 => sentence,
        1 => format!("{sentence}; 1 piece stays, undecided: the budget ran out"),
        n => format!("{sentence}; {n} pieces stay, undecided: the budget ran out"),
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
