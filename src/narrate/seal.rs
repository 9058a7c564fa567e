//! Sentences on sealed rows: how many there are, and how often they were opened.

use super::labels::count;
use crate::{
    display::{fit, one_line, thousands, utc},
    model::RunSeal,
    store::SealOpeningRecord,
};

/// Most openings that are listed one by one.
const LISTED: usize = 5;

/// Longest reason that is shown, in columns.
const REASON: usize = 60;

/// `120 rows`, or where some are sealed `84 of 120 rows (36 sealed)`.
pub fn row_count(rows: usize, seal: Option<&RunSeal>) -> String {
    match seal {
        None => count(rows, "row"),
        Some(seal) => format!(
            "{} of {} ({} sealed)",
            thousands(rows as u64),
            count(seal.all(), "row"),
            thousands(seal.sealed as u64)
        ),
    }
}

/// What to know of the sealed rows beside the figures of a run; `openings` are those of its experiment.
pub fn seal_note(seal: &RunSeal, openings: &[SealOpeningRecord]) -> String {
    let sealed = thousands(seal.sealed as u64);
    let all = count(seal.all(), "row");
    let Some(own) = seal.opening else {
        return match openings.last() {
            None => format!(
                "{sealed} of {all} are sealed and not in these figures; they were never opened."
            ),
            Some(last) => format!(
                "{sealed} of {all} are sealed and not in these figures; they were opened {}, last on {} UTC.",
                times(openings.len()),
                utc(last.opened_at)
            ),
        };
    };
    let before: Vec<&SealOpeningRecord> = openings.iter().filter(|o| o.number < own).collect();
    match before.last() {
        None => format!(
            "These are the {sealed} sealed of {all}, opened for the first time by this run."
        ),
        Some(last) => format!(
            "These are the {sealed} sealed of {all}. Sealed rows were opened {} before, last on {} UTC ({}): what was chosen after \
             that is no longer judged on fresh rows.",
            times(before.len()),
            utc(last.opened_at),
            fit(&one_line(&last.reason), REASON)
        ),
    }
}

/// What is said when sealed rows are opened; `before` are the earlier openings of the experiment.
pub fn opening_note(experiment: &str, sealed: usize, before: &[SealOpeningRecord]) -> String {
    let opened = format!(
        "{} of `{}` opened; this is recorded",
        count(sealed, "sealed row"),
        one_line(experiment)
    );
    match before.last() {
        None => opened + ". They were never opened before",
        Some(last) => format!(
            "{opened}. They were opened {} before, last on {} UTC",
            times(before.len()),
            utc(last.opened_at)
        ),
    }
}

/// The openings of an experiment, as a list.
pub fn opening_list(experiment: &str, openings: &[SealOpeningRecord]) -> String {
    let mut text = format!(
        "sealed rows of `{}` were opened {}:\n",
        one_line(experiment),
        times(openings.len())
    );
    let earlier = openings.len().saturating_sub(LISTED);
    if earlier > 0 {
        text += &format!("  {earlier} earlier\n");
    }
    for opening in &openings[earlier..] {
        let run = opening.run.as_ref().map_or("no run", |run| run.0.as_str());
        text += &format!(
            "  {} UTC  {run:<12}  {}  {}\n",
            utc(opening.opened_at),
            count(opening.rows, "row"),
            fit(&one_line(&opening.reason), REASON)
        );
    }
    text
}

fn times(n: usize) -> String {
    match n {
        1 => "once".into(),
        n => format!("{} times", thousands(n as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RowKeyColumns, SealRule, SealedBy};

    fn seal(opening: Option<i64>) -> RunSeal {
        RunSeal {
            rule: SealRule {
                by: SealedBy::Share(0.3),
                seed: 7,
                key: RowKeyColumns::default(),
            },
            sealed: 36,
            open: 84,
            opening,
        }
    }

    fn opening(number: i64) -> SealOpeningRecord {
        SealOpeningRecord {
            number,
            experiment: "e".into(),
            opened_at: 1_700_000_000,
            run: None,
            reason: "release\u{1b}[31m".into(),
            rows: 36,
        }
    }

    #[test]
    fn rows_are_counted_with_the_sealed_ones() {
        assert_eq!(row_count(120, None), "120 rows");
        assert_eq!(
            row_count(84, Some(&seal(None))),
            "84 of 120 rows (36 sealed)"
        );
    }

    #[test]
    fn a_note_counts_the_openings_before() {
        let all = [opening(1), opening(2), opening(3)];
        assert!(seal_note(&seal(None), &[]).contains("never opened"));
        assert!(seal_note(&seal(None), &all[..1]).contains("opened once"));
        assert!(seal_note(&seal(Some(1)), &all).contains("for the first time"));
        let third = seal_note(&seal(Some(3)), &all);
        assert!(third.contains("opened 2 times before"), "{third}");
        assert!(!third.contains('\u{1b}'), "{third}");
    }
}
