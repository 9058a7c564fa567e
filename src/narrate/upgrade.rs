//! Whether another model can take the place of one: verdicts, flips, cost, and what to try where it is worse.

use super::{
    labels::{count, first_of, percent, points_interval, problems},
    truncation::{REMEDY, cut_answers},
    verdict::inconclusive,
};
use crate::{
    analysis::Interval,
    diff::DataQuality,
    display::thousands,
    outcome::RowChange,
    policy::{Band, SequentialVerdict},
    upgrade::{
        FromAccess, Refusal, UpgradeEnding, UpgradeFindings, UpgradePart, UpgradeVerdict,
        UpgradedWording,
    },
};

/// Wordings and parts that a sentence names.
const NAMED: usize = 3;
/// More unreadable answers than this share of all need a word on the form of answers.
const UNREADABLE: f64 = 0.05;

/// `sentiment: openai/gpt-4o → openai/gpt-5`
pub fn title(found: &UpgradeFindings) -> String {
    format!(
        "Upgrade of {}: {} → {}",
        found.experiment, found.request.from, found.request.to
    )
}

/// The whole in a sentence or two: how many wordings can move, and which cannot.
pub fn conclusion(found: &UpgradeFindings) -> String {
    let movable = found.wordings.iter().filter(|w| w.can_move()).count();
    let to = &found.request.to;
    let all = count(found.wordings.len(), "wording");
    let mut text = match (movable, found.wordings.len()) {
        (0, 1) => format!("This wording is not shown to do as well with {to}."),
        (0, _) => format!("None of {all} is shown to do as well with {to}."),
        (1, 1) => format!("This wording can move to {to}."),
        (n, m) if n == m => format!("All {all} can move to {to}."),
        (n, _) => format!("{n} of {all} can move to {to}."),
    };
    for verdict in UpgradeVerdict::ALL.iter().copied() {
        let names: Vec<&str> = found.with(verdict).map(|w| w.shown_name.as_str()).collect();
        if !names.is_empty() && found.wordings.len() > 1 {
            let word = capitalized(verdict_word(verdict));
            text += &format!(" {word}: {}.", first_of(&names, NAMED));
        }
    }
    text
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// A verdict for a table.
pub fn verdict_word(verdict: UpgradeVerdict) -> &'static str {
    match verdict {
        UpgradeVerdict::Equivalent => "equivalent",
        UpgradeVerdict::Better => "better",
        UpgradeVerdict::Worse => "worse",
        UpgradeVerdict::Undecided => "inconclusive",
        UpgradeVerdict::NotComparable => "not comparable",
        UpgradeVerdict::NoAnswers => "no answers",
    }
}

/// The verdict of a part for a table; nothing where it shows nothing.
pub fn part_word(part: &UpgradePart) -> &'static str {
    match part.scores.verdict {
        SequentialVerdict::Undecided => "",
        verdict => verdict_word(verdict.into()),
    }
}

/// `-8.2 [-14.1 to -2.0]`, in points.
pub fn difference(band: &Band) -> String {
    points_interval(&interval(band))
}

/// The same as an interval to draw.
pub fn interval(band: &Band) -> Interval {
    Interval {
        value: band.value,
        low: band.low,
        high: band.high,
    }
}

/// The verdict of a wording in a sentence.
pub fn verdict(wording: &UpgradedWording, found: &UpgradeFindings) -> String {
    let (from, to) = (&found.request.from, &found.request.to);
    let band = (wording.outcome.difference.as_ref()).map_or(String::new(), |band| {
        format!(": {} points", difference(band))
    });
    match wording.outcome.verdict {
        UpgradeVerdict::Equivalent => {
            let margin = found.request.margin * 100.0;
            format!("Equivalent: {to} is within {margin} points of {from}{band}.")
        }
        UpgradeVerdict::Better => format!("Better: {to} scores higher{band}."),
        UpgradeVerdict::Worse => format!("Worse: {to} scores lower{band}."),
        UpgradeVerdict::Undecided => {
            let compared = wording.outcome.compared;
            let more = (wording.outcome.rows_needed).map(|rows| rows.saturating_sub(compared));
            let band = band.trim_start_matches(": ");
            format!("{} So far {band}.", inconclusive(more))
        }
        UpgradeVerdict::NotComparable => {
            let [before, after] = &wording.effect.truncation;
            let (model, cut) = match after.is_excessive {
                true => (to, after),
                false => (from, before),
            };
            format!(
                "Not comparable: {} with {model}. {REMEDY}",
                cut_answers(cut)
            )
        }
        UpgradeVerdict::NoAnswers => match found.refusals.is_empty() {
            true => "No row has a scored answer of both models.".into(),
            false => format!("{to} refused every request."),
        },
    }
}

/// The scores, how many rows the verdict rests on, and which are left out.
pub fn rows(wording: &UpgradedWording, found: &UpgradeFindings) -> String {
    let outcome = &wording.outcome;
    let scores = wording.scores.map_or(String::new(), |[from, to]| {
        format!("Score {} → {}; ", percent(from), percent(to))
    });
    let mut text = format!(
        "{scores}{} of {} compared",
        thousands(outcome.compared as u64),
        count(found.rows, "row")
    );
    if outcome.left_out > 0 {
        text += &format!(
            "; {} left out, as {} has no answer to them",
            thousands(outcome.left_out as u64),
            found.request.from
        );
    }
    let unanswered = outcome.tried.len() - outcome.left_out - outcome.compared;
    if unanswered > 0 {
        text += &format!(
            "; {} without a scored answer of {}",
            thousands(unanswered as u64),
            found.request.to
        );
    }
    text + "."
}

/// How many rows changed, and how often an answer flips beside what the old model does by itself.
pub fn flips(wording: &UpgradedWording, found: &UpgradeFindings) -> String {
    let (from, to) = (&found.request.from, &found.request.to);
    let mut text = format!("{}.", wording.effect.changes);
    let Some(between) = wording.flips.between else {
        return text;
    };
    text += &format!(
        " Of an answer of each model to the same row, exactly one is correct in {} of pairs",
        percent(between)
    );
    text += &match wording.flips.before_itself {
        Some(itself) => format!("; of two answers of {from}, in {}", percent(itself)),
        None => format!("; of two answers of {from} this is not known, as it has one per row"),
    };
    if let Some(itself) = wording.flips.after_itself {
        text += &format!("; of two of {to}, in {}", percent(itself));
    }
    text + "."
}

/// Trials of each model that did not go as planned, one sentence each.
pub fn trial_problems(wording: &UpgradedWording, found: &UpgradeFindings) -> Vec<String> {
    let sides = [
        (&found.request.from, &wording.effect.trials_before),
        (&found.request.to, &wording.effect.trials_after),
    ];
    let all = sides
        .into_iter()
        .map(|(model, trials)| (model, problems(trials)));
    all.filter(|(_, problems)| !problems.is_empty())
        .map(|(model, problems)| format!("Answers of {model}: {problems}."))
        .collect()
}

/// `$0.6021`, for 1,000 calls.
pub fn cost(trials: &DataQuality) -> String {
    (trials.cost_per_1000).map_or("–".to_owned(), |usd| format!("{usd:.4}"))
}

/// What to know of the test.
pub fn method(found: &UpgradeFindings) -> String {
    let wordings = found.wordings.len();
    let shared = match wordings {
        0 | 1 => String::new(),
        n => format!(
            ", {:.2} % for each of {n} wordings",
            found.alpha_of_each() * 100.0
        ),
    };
    format!(
        "Margin {} points. A wrong verdict on any wording has a chance of {} % at most{shared}; intervals hold together and however often you check.",
        found.request.margin * 100.0,
        found.request.alpha * 100.0
    )
}

/// What was sent, and what kept it from more; one sentence each.
pub fn course(found: &UpgradeFindings) -> Vec<String> {
    let [old, new] = &found.spent;
    let (from, to) = (&found.request.from, &found.request.to);
    let calls = |n: u64| count(n as usize, "call");
    let usd = old.usd + new.usd;
    let mut all = vec![format!(
        "Sent now: {} to {to}, {} to {from}, ${usd:.2}; other answers are from the store.",
        calls(new.calls),
        calls(old.calls)
    )];
    if let FromAccess::StoredOnly(reason) = &found.access {
        all.push(format!(
            "{from} counts with its stored answers only: {reason}."
        ));
    }
    match &found.ending {
        None => {}
        Some(UpgradeEnding::Cap(reason)) => {
            all.push(format!(
                "Ended early: {reason}. The same command continues from the stored answers."
            ));
        }
        Some(UpgradeEnding::Failed(reason)) => all.push(format!("Ended early: {reason}.")),
    }
    all
}

/// A refusal, with what to do.
pub fn refusal(refusal: &Refusal, found: &UpgradeFindings) -> String {
    let to = &found.request.to;
    let trials = count(refusal.trials, "trial");
    match refusal.parameters.as_slice() {
        [] => format!("{to} refused {trials}: {}.", refusal.failure),
        names => format!(
            "{to} refuses `{}` ({trials}): {}. Remove {} from `params` of the experiment, or set a value that it takes.",
            names.join("`, `"),
            refusal.failure,
            match names.len() {
                1 => "it",
                _ => "them",
            }
        ),
    }
}

/// What to try with a wording that cannot move, the most promising first; nothing where it can.
pub fn advice(wording: &UpgradedWording, found: &UpgradeFindings) -> Vec<String> {
    if wording.can_move() {
        return Vec::new();
    }
    let (experiment, to) = (&found.experiment, &found.request.to);
    let mut all = Vec::new();
    match wording.outcome.verdict {
        UpgradeVerdict::NotComparable | UpgradeVerdict::NoAnswers => return all,
        UpgradeVerdict::Undecided => {
            if let Some(UpgradeEnding::Cap(_)) = found.ending {
                all.push("Repeat the command with a higher cap.".to_owned());
            } else {
                all.push(
                    "All rows are used: add labelled rows, or accept a wider --margin.".to_owned(),
                );
            }
            return all;
        }
        _ => {}
    }
    let trials = &wording.effect.trials_after;
    let before = &wording.effect.trials_before;
    let share = |n: usize, of: &DataQuality| n as f64 / of.answered.max(1) as f64;
    let unreadable = share(trials.unreadable, trials);
    if unreadable > share(before.unreadable, before) + UNREADABLE {
        all.push(format!(
            "{} of {} of {to} are unreadable: look at them first. If they are right in another form, say in the prompt what an answer looks like, or let the metric accept the form.",
            trials.unreadable,
            count(trials.answered, "answer")
        ));
    }
    if trials.refused > before.refused {
        all.push(format!(
            "{to} refuses {}: reword what it takes as unsafe.",
            count(trials.refused, "row")
        ));
    }
    let movable: Vec<&str> = (found.wordings.iter())
        .filter(|other| other.can_move())
        .map(|other| other.shown_name.as_str())
        .collect();
    if !movable.is_empty() {
        all.push(format!(
            "Use another wording with {to}: {}.",
            first_of(&movable, NAMED)
        ));
    }
    let lost = (wording.parts.iter()).filter(|part| part.changes.broken > part.changes.fixed);
    let lost: Vec<String> = lost
        .filter(|part| part.scores.verdict == SequentialVerdict::Worse)
        .map(|part| {
            format!(
                "{} ({} broken, {} fixed)",
                part.name(),
                part.changes.broken,
                part.changes.fixed
            )
        })
        .collect();
    if !lost.is_empty() {
        all.push(format!(
            "Most is lost in {}: say more about it in the prompt, or show examples.",
            first_of(&lost, NAMED)
        ));
    }
    all.push(format!(
        "Search for a wording that suits {to}: `wording optimize {experiment} --models {to} --from '{}' --writer MODEL --budget-calls 2000`.",
        wording.name
    ));
    all
}

/// `12 broken, 3 fixed`, for a row of a table.
pub fn broken_and_fixed(wording: &UpgradedWording) -> [usize; 2] {
    let changes = &wording.effect.changes;
    [RowChange::Broken, RowChange::Fixed].map(|change| changes.get(change))
}
