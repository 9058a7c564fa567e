//! What a difference comes to, in words, without layout: all forms of the report say the same.

use super::{ChangedRow, ComparedPair, DataQuality, DiffConclusion, DiffReport, PairEffect};
use crate::analysis::{Interval, p_text, points};

/// `✗→✓ fixed`.
pub(super) fn change_words(row: &ChangedRow) -> String {
    format!(
        "{}→{} {}",
        row.before.outcome.sign(),
        row.after.outcome.sign(),
        row.change.word()
    )
}

/// What to do, in a few words.
pub(super) fn conclusion(effect: &PairEffect, pair: &ComparedPair, margin: f64) -> String {
    let (before, after) = (&pair.before.name, &pair.after.name);
    match (effect.conclusion, effect.more_rows) {
        (DiffConclusion::KeepAfter, _) => format!("Keep {after}: it is better, beyond chance."),
        (DiffConclusion::KeepBefore, _) => {
            format!("Keep {before}: {after} is worse, beyond chance.")
        }
        (DiffConclusion::NoDifference, _) => format!(
            "No difference shown: {after} and {before} are within {:.0} points of each other.",
            margin * 100.0
        ),
        (DiffConclusion::Undecided, Some(n)) => format!(
            "Undecided: about {n} more row{} would tell.",
            if n == 1 { "" } else { "s" }
        ),
        (DiffConclusion::Undecided, None) => "Undecided: these rows cannot tell.".to_owned(),
        (DiffConclusion::FailsEverywhere, _) => format!(
            "Fails under every wording: {} of {} rows are right with neither. That is about the task, the shots or the model, not about these words (prompt or fine-tune).",
            effect.nobody, effect.rows_compared
        ),
        (DiffConclusion::Nothing, _) => {
            "Nothing to compare: no row has an answer on both sides.".to_owned()
        }
    }
}

/// Where to go on where the words are not what is wrong.
pub(super) fn onward(effect: &PairEffect, report: &DiffReport) -> Option<String> {
    let stuck = effect.conclusion == DiffConclusion::FailsEverywhere && report.advisable;
    stuck.then(|| {
        format!(
            "Prompt on, collect rows, fine-tune, or mend the labels? `wording advise {0}` weighs it, as does the part “Prompt or fine-tune” of `wording report`.",
            report.experiment
        )
    })
}

/// The difference in points with its interval and p.
pub(super) fn difference(effect: &PairEffect) -> String {
    let percent =
        |i: &Option<Interval>| i.map_or("–".to_owned(), |i| format!("{:.1} %", i.value * 100.0));
    let scores = format!("{} → {}", percent(&effect.before), percent(&effect.after));
    let size = format!(
        "{} row{} × {} sample{}",
        effect.rows_compared,
        if effect.rows_compared == 1 { "" } else { "s" },
        effect.samples,
        if effect.samples == 1 { "" } else { "s" }
    );
    match &effect.difference {
        Some(d) => {
            let adjusted = match (effect.p, effect.p_adjusted) {
                (Some(p), Some(a)) if (p - a).abs() > 1e-9 => {
                    format!(" (adjusted for the pairs compared: p {})", p_text(a))
                }
                _ => String::new(),
            };
            format!(
                "{scores}: {} points [{} to {}], p {}{adjusted}, {size}.",
                points(d.value),
                points(d.low),
                points(d.high),
                p_text(effect.p.unwrap_or(1.0))
            )
        }
        None => format!("{scores}, {size}."),
    }
}

/// How many rows moved which way.
pub(super) fn moved(effect: &PairEffect) -> String {
    format!("{}.", effect.changes)
}

/// What asking again does, beside the effect; a sentence each.
pub(super) fn noise(effect: &PairEffect, pair: &ComparedPair) -> Vec<String> {
    let n = &effect.noise;
    let mut all = Vec::new();
    let size = effect.difference.map_or(0.0, |d| d.value.abs() * 100.0);
    match (n.repeats_95, n.repeats_p) {
        (Some(limit), _) if limit <= 0.0 => {
            all.push("Asking the same wording again changed no score.".to_owned());
        }
        (Some(limit), Some(p)) => {
            let beyond = if p < 0.05 {
                "beyond"
            } else {
                "not beyond"
            };
            all.push(format!(
                "Asking again moves the score by up to {:.1} points by itself; the {size:.1} points here are {beyond} that (p {}).",
                limit * 100.0,
                p_text(p)
            ));
        }
        _ => all.push(
            "Not known what asking again does by itself: it needs two samples a cell (--samples 2)."
                .to_owned(),
        ),
    }
    if let Some(between) = n.between {
        let itself = |share: Option<f64>, name: &str| {
            share.map(|s| format!("{name} against itself {:.0} %", s * 100.0))
        };
        let beside: Vec<String> = [
            itself(n.before_itself, &pair.before.name),
            itself(n.after_itself, &pair.after.name),
        ]
        .into_iter()
        .flatten()
        .collect();
        let beside = if beside.is_empty() {
            String::new()
        } else {
            format!("; {}", beside.join(", "))
        };
        all.push(format!(
            "Answers to the same row differ between the two in {:.0} % of pairs{beside}.",
            between * 100.0
        ));
    }
    if let Some(chance) = n.chance_95 {
        all.push(format!(
            "Two wordings that are equal would differ by up to {:.1} points on such rows by chance (95 %).",
            chance * 100.0
        ));
    }
    all
}

/// What of the trials is not as planned; empty where all is well.
pub(super) fn troubles(t: &DataQuality) -> String {
    let mut parts: Vec<String> = [
        (t.missing, "missing"),
        (t.failed, "failed"),
        (t.truncated, "truncated"),
        (t.refused, "refused"),
        (t.unreadable, "unreadable"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, word)| format!("{n} {word}"))
    .collect();
    if !t.failures.is_empty() {
        let kinds: Vec<String> = t.failures.iter().map(|(k, n)| format!("{k} {n}")).collect();
        parts.push(format!("({})", kinds.join(", ")));
    }
    parts.join(", ").replace(", (", " (")
}

/// What changed in the words, a sentence each.
pub(super) fn changed(pair: &ComparedPair) -> Vec<String> {
    let change = &pair.change;
    let places = crate::diff::changes(&change.template);
    let mut all = vec![match places {
        0 => "The template’s text is the same.".to_owned(),
        1 => "1 place in the template changed.".to_owned(),
        n => format!("{n} places in the template changed."),
    }];
    for block in &change.moved {
        let lines = block.text.lines().count();
        all.push(format!(
            "{} moved from line {} to line {}: “{}”.",
            if lines == 1 {
                "A line".to_owned()
            } else {
                format!("A block of {lines} lines")
            },
            block.from,
            block.to,
            crate::display::fit(&crate::display::one_line(&block.text), 80)
        ));
    }
    for (axis, before, after) in &change.levels {
        all.push(format!("Axis {axis}: {before} → {after}."));
    }
    for (name, before, after) in &change.params {
        all.push(format!("Parameter {name}: {before} → {after}."));
    }
    if let Some(p) = &change.prompts {
        all.push(format!(
            "{} of {} rendered prompts changed.",
            p.changed, p.compared
        ));
        let shots = &p.shots;
        if !shots.is_empty() {
            let mut parts = Vec::new();
            for (ids, word) in [(&shots.added, "added"), (&shots.removed, "removed")] {
                if !ids.is_empty() {
                    parts.push(format!("{} {word}", ids.join(", ")));
                }
            }
            if !shots.moved.is_empty() {
                let moved: Vec<String> = shots
                    .moved
                    .iter()
                    .map(|(id, from, to)| format!("{id} from place {from} to {to}"))
                    .collect();
                parts.push(format!("moved {}", moved.join(", ")));
            }
            all.push(format!(
                "Shots changed for {} rows; for the first of them: {}.",
                shots.rows,
                parts.join("; ")
            ));
        }
        let about = if p.estimated { "about " } else { "" };
        all.push(format!(
            "A prompt has {about}{:.0} → {:.0} tokens ({}); {}.",
            p.tokens[0],
            p.tokens[1],
            match (p.tokens[1] - p.tokens[0]).round() {
                0.0 => "as many".to_owned(),
                d => format!("{d:+.0}"),
            },
            if p.shared_prefix < 0.5 {
                "the two begin differently, so a server’s cache cannot serve both".to_owned()
            } else {
                format!(
                    "the first {:.0} are the same in both, and so far a server’s cache can serve both",
                    p.shared_prefix
                )
            }
        ));
    }
    if let Some(why) = &change.not_rendered {
        all.push(format!("The prompts cannot be rendered again: {why}."));
    }
    for effect in &pair.effects {
        let costs = (
            effect.trials_before.cost_per_1000,
            effect.trials_after.cost_per_1000,
        );
        if let (Some(a), Some(b)) = costs {
            all.push(format!(
                "1,000 calls of {} cost ${a:.4} → ${b:.4} ({:+.4}).",
                effect.model,
                b - a
            ));
        }
    }
    all
}
