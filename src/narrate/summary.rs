//! What a run found beside its verdicts: what to expect, axes, where scores differ, rows, and what to do next.

use super::labels::{count, first_of, p_value, percent, points, points_interval};
use crate::{
    analysis::{
        Analysis, AxisEffects, AxisFinding, Purchase, Resource, Unavailable, VarianceShares,
    },
    display::fit,
};

/// What to expect on new rows, and what repeating does. `adaptive`: a policy chose the trials.
pub fn expectations(found: &Analysis, names: &[impl AsRef<str>], adaptive: bool) -> Vec<String> {
    let mut all: Vec<String> = expected_score(found, names).into_iter().collect();
    // Where a policy chose the trials, few rows are shared, and its own conclusion says more.
    if let (Some(overall), false) = (&found.overall, adaptive) {
        let comparable = found.comparable().count();
        let which = match found.variants.len() - comparable {
            0 => "all variants".to_owned(),
            _ => format!("the {} that can be compared", count(comparable, "variant")),
        };
        all.push(format!(
            "Average over {which}: {}.",
            percent(overall.average)
        ));
    }
    if let Some(noise) = found.spread.as_ref().and_then(|s| s.repeats) {
        all.push(if noise.null_95 > 0.0 {
            format!(
                "Repeating the same prompts alone gives a best-to-worst difference of up to {:.1} points (p {}).",
                noise.null_95 * 100.0,
                p_value(noise.p)
            )
        } else {
            "Repeating the same prompts changed no score.".to_owned()
        });
    }
    if let Some(a) = &found.agreement {
        let itself = a.itself.map_or(String::new(), |i| {
            format!("; repeating one variant, {:.0} %", i * 100.0)
        });
        all.push(format!(
            "Two variants give the same answer to a row in {:.0} % of cases{itself}.",
            a.raw * 100.0
        ));
    }
    all
}

/// The score to expect of the best variant on new rows.
pub fn expected_score(found: &Analysis, names: &[impl AsRef<str>]) -> Option<String> {
    let best = found.best.as_ref()?;
    let score = found.variants[best.variant].score?;
    let scored = found.comparable().count();
    Some(format!(
        "{} scores {}. As it was chosen as the best of {}, expect {} on new rows.",
        names.get(best.variant).map_or("", AsRef::as_ref),
        percent(score.value),
        count(scored, "variant"),
        percent(best.held_out)
    ))
}

/// How the rows react to the wording, over the answers so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct LiveRowCounts {
    pub answered: usize,
    pub differ: usize,
    /// Whether any answer has a score; else none is correct or wrong.
    pub is_scored: bool,
    /// Rows whose answer changes when the same prompt is repeated; `None` with one sample.
    pub noisy: Option<usize>,
    pub flipping: usize,
    pub always_wrong: usize,
    pub unreadable: usize,
    pub failed: usize,
}

/// How many rows the wording changes.
pub fn row_sensitivity(rows: &LiveRowCounts) -> String {
    let verb = if rows.differ == 1 {
        "changes"
    } else {
        "change"
    };
    let flip = if rows.flipping == 1 { "flips" } else { "flip" };
    let flipping = match rows.is_scored {
        true => format!(" ({} {flip} between correct and wrong)", rows.flipping),
        false => String::new(),
    };
    let always_wrong = match (rows.is_scored, rows.always_wrong) {
        (false, _) => String::new(),
        (true, 1) => "; 1 is always wrong".into(),
        (true, n) => format!("; {n} are always wrong"),
    };
    let noisy = rows
        .noisy
        .map_or(String::new(), |n| format!(", {n} when repeated"));
    let mut text = format!(
        "{} of {} {verb} with the wording{flipping}{noisy}{always_wrong}",
        rows.differ,
        count(rows.answered, "row"),
    );
    for (n, word) in [(rows.unreadable, "unreadable"), (rows.failed, "failed")] {
        if n > 0 {
            text += &format!(", {n} {word}");
        }
    }
    text + "."
}

/// Rows that are wrong under every variant, by their ids.
pub fn always_wrong(ids: &[String], rows: usize, shown: usize) -> String {
    format!(
        "{} of {}: {}. Check the task and the labels of these rows; changing the wording does not help.",
        ids.len(),
        count(rows, "row"),
        first_of(ids, shown)
    )
}

/// Rows to which variants give different answers, by their ids, the most disputed first.
pub fn disputed_rows(ids: &[String], rows: usize, shown: usize) -> String {
    match ids.len() {
        0 => format!(
            "All variants give the same answer to each of {}.",
            count(rows, "row")
        ),
        n => format!(
            "Variants disagree on {n} of {}{}{}.",
            count(rows, "row"),
            if n > shown { ", most on " } else { ": " },
            first_of(ids, shown)
        ),
    }
}

/// How much of the spread comes from how strictly answers are read; `None` where it makes no difference. Spreads of the same
/// outputs under three readings.
pub fn scorer_share(strict: f64, normalized: f64, extracted: f64) -> Option<String> {
    let [strict, normalized, extracted] = [strict, normalized, extracted].map(|x| x * 100.0);
    if (strict - extracted).abs() < 0.05 && (normalized - extracted).abs() < 0.05 {
        return None;
    }
    let share = if strict > extracted {
        format!(
            "; {:.1} points of it come from the strict comparison, not from the wording",
            strict - extracted
        )
    } else {
        String::new()
    };
    Some(format!(
        "Best to worst for the same outputs: {strict:.1} points compared exactly, {normalized:.1} ignoring case and punctuation, \
         {extracted:.1} as the metric reads them{share}."
    ))
}

/// What an axis does in a few words, and how sure that is.
pub fn axis_effect(axis: &AxisFinding) -> (String, AxisStrength) {
    if !axis.confounded_with.is_empty() {
        return (
            format!(
                "cannot be separated from {}",
                axis.confounded_with.join(", ")
            ),
            AxisStrength::Confounded,
        );
    }
    if axis.same_calls.is_some() {
        return ("no effect seen".to_owned(), AxisStrength::None);
    }
    let p = p_value(axis.p_adjusted);
    if axis.p_adjusted < 0.05 {
        return (format!("affects the score (p {p})"), AxisStrength::Score);
    }
    match &axis.answers {
        Some(a) if a.p_adjusted < 0.05 => (
            format!(
                "changes the answers (p {}); no significant effect on the score",
                p_value(a.p_adjusted)
            ),
            AxisStrength::Answers,
        ),
        _ => (
            format!("no significant effect on the score (p {p})"),
            AxisStrength::None,
        ),
    }
}

/// What an axis is shown to affect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisStrength {
    Score,
    Answers,
    Confounded,
    None,
}

/// Details of an axis, a sentence each.
pub fn axis_details(axis: &AxisFinding) -> Vec<String> {
    if let Some(same) = axis.same_calls {
        return vec![format!(
            "{} of calls that differ in this parameter alone: the same answer and the same number of tokens in each; the endpoint may ignore it, or these prompts do not depend on it",
            count(same, "comparison")
        )];
    }
    let mut all = Vec::new();
    if axis.p_adjusted < 0.05 && !axis.levels.is_empty() {
        let mut levels: Vec<_> = axis.levels.iter().collect();
        levels.sort_by(|a, b| b.effect.value.total_cmp(&a.effect.value));
        let shown: Vec<String> = levels
            .iter()
            .map(|l| format!("{} {}", l.name, points_interval(&l.effect)))
            .collect();
        all.push(format!(
            "{} points compared with the axis mean",
            shown.join(", ")
        ));
    }
    let Some(a) = &axis.answers else { return all };
    let significant = a.p_adjusted < 0.05;
    if let Some(changed) = a.changed {
        let direction = if significant {
            ""
        } else {
            ", in no consistent direction"
        };
        all.push(format!(
            "changing only this axis changes {:.0} % of the answers{direction}",
            changed * 100.0
        ));
    }
    if let (true, Some(lean)) = (significant, &a.lean) {
        all.push(format!(
            "“{}” is {:.1} points more frequent with {} than with {}",
            fit(&lean.answer, 32),
            lean.shift * 100.0,
            lean.more_with,
            lean.less_with
        ));
    }
    all
}

/// Which axes interact, and which interactions the design cannot separate.
pub fn interactions(effects: &AxisEffects) -> Vec<String> {
    let significant = effects.interactions.iter().filter(|i| i.p_adjusted < 0.05);
    let mut all: Vec<String> = significant
        .map(|i| {
            format!(
                "{} and {} interact: {:.0} % of the variance between variants (p {}).",
                i.axes.0,
                i.axes.1,
                i.share * 100.0,
                p_value(i.p_adjusted)
            )
        })
        .collect();
    if !effects.inseparable.is_empty() && effects.axes.len() > 1 {
        let pairs: Vec<String> = effects
            .inseparable
            .iter()
            .map(|(a, b)| format!("{a} with {b}"))
            .collect();
        let pairs = first_of(&pairs, 3);
        all.push(format!("This design cannot measure interactions: {pairs}."));
    }
    all
}

/// Where the differences between scores come from: names and variances. Empty where all scores are the same.
pub fn variance_parts(c: &VarianceShares) -> Vec<(&'static str, f64)> {
    let mut parts = vec![
        ("some rows are harder", c.row.value),
        (
            if c.sample.is_some() {
                "wordings suit different rows"
            } else {
                "wordings suit different rows, and noise"
            },
            c.variant_row.value,
        ),
        ("some wordings are better", c.variant.value),
    ];
    parts.extend(c.sample.map(|s| ("repeating the same prompt", s.value)));
    let total: f64 = parts.iter().map(|p| p.1).sum();
    if total <= 0.0 {
        return Vec::new();
    }
    parts
        .into_iter()
        .map(|(name, x)| (name, x / total))
        .collect()
}

/// For where there are no differences to explain.
pub fn equal_scores(c: &VarianceShares) -> String {
    format!(
        "All scores are equal on the {} that all variants share.",
        count(c.rows, "row")
    )
}

/// Whether one error is so little smaller than another that it recommends nothing.
pub(super) fn is_tie(smaller: f64, larger: f64) -> bool {
    larger - smaller <= 0.02 * larger
}

/// How to spend the next calls, and which differences the rows so far can detect.
pub fn next_steps(found: &Analysis, names: &[&str], baseline: usize) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(next) = &found.next
        && next.error > 0.0
        && let Some((first, others)) = next.choices.split_first()
    {
        let name = |what: Resource| match what {
            Resource::Rows => "rows",
            Resource::Variants => "variants",
            Resource::Samples => "samples per cell",
        };
        let (ties, others): (Vec<&Purchase>, Vec<&Purchase>) =
            others.iter().partition(|c| is_tie(first.error, c.error));
        let others: Vec<String> = others
            .iter()
            .map(|c| format!("{}: {:.2}", name(c.what), c.error * 100.0))
            .collect();
        let others = match others.is_empty() {
            true => String::new(),
            false => format!(" ({})", others.join(", ")),
        };
        let best: Vec<&str> = std::iter::once(first)
            .chain(ties)
            .map(|c| name(c.what))
            .collect();
        let from_to = format!(
            "from {:.2} to {:.2} points",
            next.error * 100.0,
            first.error * 100.0
        );
        let calls = count(next.calls, "call");
        all.push(if is_tie(first.error, next.error) {
            format!("The next {calls} hardly narrow the mean score, whatever they buy: its standard error falls {from_to} at best.")
        } else {
            format!(
                "Spend the next {calls} on {}: the standard error of the mean score falls {from_to}{others}.",
                best.join(" or ")
            )
        });
    }
    let differences = found.variants.iter().filter_map(|f| f.difference.as_ref());
    if let Some(detectable) = differences.filter_map(|d| d.detectable).reduce(f64::max) {
        all.push(format!(
            "With these rows, a true difference of {} points or more from {} is detected 4 times out of 5 (80 % power).",
            points(detectable).trim_start_matches('+'),
            names.get(baseline).copied().unwrap_or("")
        ));
    }
    all
}

/// Why a figure is missing.
pub fn unavailable(need: &Unavailable) -> String {
    let figure = match need.figure {
        "score" => "A score",
        "spread" => "The spread",
        "best" => "The expected score",
        "components" => "The breakdown of score differences",
        "repeats" => "The noise of repeating",
        "agreement" => "Agreement",
        "axes" => "The effect of an axis",
        "clusters" => "This dataset",
        other => other,
    };
    format!("{figure} needs {}.", need.needs)
}
