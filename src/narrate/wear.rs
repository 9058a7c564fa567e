//! Sentences on the wear of rows: how many wordings were compared on them, what luck shows among so many, what to do next.

use super::labels::count;
use crate::{
    analysis::{WearAdvice, WearFinding},
    display::{fit, one_line, thousands},
};

/// Longest name of a wording.
const NAME: usize = 32;

/// `12 wordings compared, the best gains +4.1 by luck alone`, for a line with little room; and the same in fewer words. Empty
/// where luck is unknown.
pub fn wear_labels(found: &WearFinding) -> Vec<String> {
    let labels = found.luck.map(|luck| {
        let (compared, luck) = (count(found.wordings, "wording"), points(luck));
        [
            format!("{compared} compared, the best gains {luck} by luck alone"),
            format!("best of {}: luck {luck}", found.wordings),
        ]
    });
    labels.into_iter().flatten().collect()
}

/// What is known of a set of rows, a sentence each. `sealed`: how many sealed rows there are to open.
pub fn wear_sentences(found: &WearFinding, sealed: Option<usize>) -> Vec<String> {
    let compared = format!(
        "{} compared on {}.",
        count(found.wordings, "wording"),
        count(found.rows, "row")
    );
    let mut all = vec![compared];
    if let (Some(luck), Some(high)) = (found.luck, found.luck_95) {
        all.push(format!(
            "If they were equally good, the best would stand {} points above their average by luck ({} in one of 20 cases).",
            points(luck),
            points(high)
        ));
    }
    if let (Some(gain), Some(best)) = (found.gain, &found.best) {
        all.push(format!(
            "The best, {}, stands {}.",
            name(best),
            points(gain)
        ));
    }
    if let (Some(released), true) = (found.released, found.wordings > 1) {
        let steps: Vec<String> = found.ladder.iter().map(|step| name(step)).collect();
        all.push(format!(
            "What reused rows may report (the Ladder): {:.1} %, by {}.",
            released * 100.0,
            match steps.len() {
                1 => format!("{}, the first; no later wording improved on it", steps[0]),
                n => format!("{} after {}", steps[n - 1], count(n - 1, "improvement")),
            }
        ));
    }
    all.push(advice(found, sealed));
    all
}

fn advice(found: &WearFinding, sealed: Option<usize>) -> String {
    match (found.advice(), sealed) {
        (WearAdvice::Fresh, _) => "These rows are fresh: nothing was chosen on them yet.".into(),
        (WearAdvice::WithinLuck, _) => {
            let more = found.rows_needed.and_then(|n| n.checked_sub(found.rows));
            match more.filter(|more| *more > 0) {
                Some(more) => format!(
                    "That is within luck: keep the sealed rows closed, and label about {} more rows to see a gain of 5 points among so many wordings.",
                    thousands(more as u64)
                ),
                None => "That is within luck, on rows that would show a gain of 5 points: there is probably none.".into(),
            }
        }
        (WearAdvice::BeyondLuck, Some(rows)) => format!(
            "That is more than luck: open the {} once, for the wording that you would ship.",
            count(rows, "sealed row")
        ),
        (WearAdvice::BeyondLuck, None) => {
            "That is more than luck, but its size is not to be trusted: confirm it on new rows, and seal them first (sealed = 0.3).".into()
        }
    }
}

fn points(gain: f64) -> String {
    format!("{:+.1}", gain * 100.0)
}

fn name(text: &str) -> String {
    fit(&one_line(text), NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(gain: f64) -> WearFinding {
        WearFinding {
            wordings: 12,
            rows: 84,
            luck: Some(0.041),
            luck_95: Some(0.065),
            gain: Some(gain),
            best: Some("bold\u{1b}[2J".into()),
            ladder: vec!["plain".into()],
            released: Some(0.6),
            rows_needed: Some(884),
        }
    }

    #[test]
    fn the_advice_follows_from_luck() {
        assert_eq!(
            wear_labels(&found(0.05)),
            [
                "12 wordings compared, the best gains +4.1 by luck alone",
                "best of 12: luck +4.1"
            ]
        );
        let within = wear_sentences(&found(0.05), Some(36)).join(" ");
        assert!(within.contains("label about 800 more rows"), "{within}");
        assert!(within.contains("by plain, the first"), "{within}");
        assert!(!within.contains('\u{1b}'), "{within}");
        let beyond = wear_sentences(&found(0.09), Some(36)).join(" ");
        assert!(beyond.contains("open the 36 sealed rows once"), "{beyond}");
        let unsealed = wear_sentences(&found(0.09), None).join(" ");
        assert!(unsealed.contains("seal them first"), "{unsealed}");
    }
}
