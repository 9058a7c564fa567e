//! What changed between two wordings and what came of it.

use super::{
    labels::{count, p_value, percent, points_sentence},
    truncation::{REMEDY, cut_answers},
    verdict::inconclusive,
};
use crate::{
    diff::{ComparedPair, DiffConclusion, PairEffect, PromptChange, changes},
    display::{fit, one_line},
};

/// What to do, in a sentence.
pub fn conclusion(effect: &PairEffect, pair: &ComparedPair, margin: f64) -> String {
    let (before, after) = (&pair.before.shown_name, &pair.after.shown_name);
    match effect.conclusion {
        DiffConclusion::KeepAfter => format!("Keep {after}: it is significantly better."),
        DiffConclusion::KeepBefore => format!("Keep {before}: {after} is significantly worse."),
        DiffConclusion::Identical => {
            format!("Identical: {before} and {after} have the same prompts on every row.")
        }
        DiffConclusion::NoDifference => format!(
            "No difference: {after} and {before} are within {:.0} points of each other.",
            margin * 100.0
        ),
        DiffConclusion::Undecided => inconclusive(effect.more_rows),
        DiffConclusion::NotComparable => {
            let [cut_before, cut_after] = &effect.truncation;
            let (name, cut) = match cut_after.is_excessive {
                true => (after, cut_after),
                false => (before, cut_before),
            };
            format!(
                "Not comparable: {} under {name}. {REMEDY}",
                cut_answers(cut)
            )
        }
        DiffConclusion::FailsEverywhere => format!(
            "Both wordings fail: {} of {} are correct with neither. The cause is the task, the shots or the model, not this change.",
            effect.nobody,
            count(effect.rows_compared, "row")
        ),
        DiffConclusion::Nothing => {
            "Nothing to compare: no row has an answer on both sides.".to_owned()
        }
    }
}

/// Where to look next when both wordings fail; `experiment` where a project has it, so that there is advice on it.
pub fn advice_hint(effect: &PairEffect, experiment: Option<&str>) -> Option<String> {
    let experiment = experiment?;
    (effect.conclusion == DiffConclusion::FailsEverywhere).then(|| {
        format!(
            "`wording advise {experiment}` weighs better prompts, more rows, fine-tuning and label fixes; so does “Prompt or fine-tune” in `wording report`."
        )
    })
}

/// The scores, and their difference in points with its interval and p.
pub fn difference(effect: &PairEffect) -> String {
    let [before, after] =
        [&effect.before, &effect.after].map(|i| i.map_or("–".to_owned(), |i| percent(i.value)));
    let size = format!(
        "{} × {}",
        count(effect.rows_compared, "row"),
        count(effect.samples, "sample")
    );
    let Some(d) = &effect.difference else {
        return format!("{before} → {after}, {size}.");
    };
    let adjusted = match (effect.p, effect.p_adjusted) {
        (Some(p), Some(a)) if (p - a).abs() > 1e-9 => {
            format!(" (adjusted for the pairs compared: p {})", p_value(a))
        }
        _ => String::new(),
    };
    format!(
        "{before} → {after}: {}, p {}{adjusted}, {size}.",
        points_sentence(d),
        p_value(effect.p.unwrap_or(1.0))
    )
}

/// How many rows changed, and how.
pub fn row_counts(effect: &PairEffect) -> String {
    format!("{}.", effect.changes)
}

/// What repeating the same prompts does, compared with the effect; a sentence each, never none.
pub fn repeat_noise(effect: &PairEffect, pair: &ComparedPair) -> Vec<String> {
    let n = &effect.noise;
    let size = effect.difference.map_or(0.0, |d| d.value.abs() * 100.0);
    let mut all = vec![match (n.repeats_95, n.repeats_p) {
        (Some(limit), _) if limit <= 0.0 => "Repeating the same prompt changed no score.".into(),
        (Some(limit), Some(p)) => format!(
            "Repeating the same prompts alone changes the score by up to {:.1} points; the {size:.1} points here are {} that (p {}).",
            limit * 100.0,
            if p < 0.05 { "more than" } else { "within" },
            p_value(p)
        ),
        _ => {
            "The noise of repeating is unknown: it needs two samples per cell (--samples 2).".into()
        }
    }];
    if let Some(between) = n.between {
        let mut text = format!(
            "Answers to the same row differ between the two wordings in {:.0} % of pairs",
            between * 100.0
        );
        for (share, side) in [
            (n.before_itself, &pair.before),
            (n.after_itself, &pair.after),
        ] {
            if let Some(share) = share {
                text += &format!("; repeating {}, {:.0} %", side.shown_name, share * 100.0);
            }
        }
        all.push(text + ".");
    }
    if let Some(chance) = n.chance_95 {
        all.push(format!(
            "Two equal wordings would differ by up to {:.1} points on these rows by chance (95 %).",
            chance * 100.0
        ));
    }
    all
}

/// What changed in the template, its prompts and their price, a sentence each.
pub fn changed(pair: &ComparedPair) -> Vec<String> {
    let change = &pair.change;
    let mut all = vec![match changes(&change.template) {
        0 => "The template text is the same.".to_owned(),
        n => format!("{} in the template changed.", count(n, "place")),
    }];
    for block in &change.moved {
        let lines = block.text.lines().count();
        all.push(format!(
            "{} moved from line {} to line {}: “{}”.",
            count(lines, "line"),
            block.from,
            block.to,
            fit(&one_line(&block.text), 80)
        ));
    }
    for (axis, before, after) in &change.levels {
        all.push(format!("Axis {axis}: {before} → {after}."));
    }
    for (name, before, after) in &change.params {
        all.push(format!("Parameter {name}: {before} → {after}."));
    }
    if let Some(prompts) = &change.prompts {
        prompt_changes(prompts, &mut all);
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

fn prompt_changes(p: &PromptChange, all: &mut Vec<String>) {
    all.push(format!(
        "{} of {} changed.",
        p.changed,
        count(p.compared, "rendered prompt")
    ));
    let shots = &p.shots;
    if !shots.is_empty() {
        let mut parts = Vec::new();
        for (ids, word) in [(&shots.added, "added"), (&shots.removed, "removed")] {
            if !ids.is_empty() {
                parts.push(format!("{} {word}", ids.join(", ")));
            }
        }
        let moved = shots.moved.iter();
        parts
            .extend(moved.map(|(id, from, to)| format!("{id} moved from position {from} to {to}")));
        all.push(format!(
            "Shots changed for {}; for the first of them: {}.",
            count(shots.rows, "row"),
            parts.join("; ")
        ));
    }
    let cache = if p.shared_prefix < 0.5 {
        "the prompts begin differently, so a prompt cache cannot serve both".to_owned()
    } else {
        format!(
            "the first {:.0} are the same, so a prompt cache can serve both up to there",
            p.shared_prefix
        )
    };
    let difference = match (p.tokens[1] - p.tokens[0]).round() {
        0.0 => "no change".to_owned(),
        d => format!("{d:+.0}"),
    };
    all.push(format!(
        "Prompt length: {}{:.0} → {:.0} tokens ({difference}); {cache}.",
        if p.estimated { "about " } else { "" },
        p.tokens[0],
        p.tokens[1]
    ));
}
