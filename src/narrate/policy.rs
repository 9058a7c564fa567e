//! The result of a run that did not send every trial: a race, an estimate, a search for the spread, a condition.

use super::{
    labels::{count, percent_interval, points, points_interval},
    summary::is_tie,
    truncation::{cut_variants, not_comparable},
    verdict::inconclusive,
};
use crate::{
    analysis::{Analysis, Interval, VariantFinding},
    model::{EliminationCause, PolicySpec},
    policy::{
        Band, Elimination, MARGIN, Pilot, PolicyConclusion, RaceResult, Replay, ScoreBand,
        SequentialVerdict, UntilResult,
    },
};

/// Why a variant has fewer answers than others, in a few words: eliminated, or never sent.
pub fn partial_label(
    replay: Option<&Replay>,
    variant: usize,
    finding: &VariantFinding,
) -> Option<String> {
    let replay = replay?;
    if let Some(Some(Elimination { round, rows, cause })) = replay.eliminated.get(variant) {
        let when = format!("in round {round} after {}", count(*rows, "row"));
        return Some(match cause {
            EliminationCause::Score => format!("partial: eliminated {when}"),
            EliminationCause::SameScores => {
                format!("partial: left the race {when}: the same scores as another variant")
            }
            EliminationCause::CutAnswers => format!(
                "{}; left the race {when}",
                not_comparable(&finding.truncation)
            ),
        });
    }
    let sent = finding.score.is_some() || finding.failed > 0 || finding.unscored > 0;
    (!sent && replay.complete).then(|| "not sent".into())
}

/// Variants that leave a race.
pub fn eliminated(variants: usize, round: usize, rows: usize, cause: EliminationCause) -> String {
    let (variants, rows) = (count(variants, "variant"), count(rows, "row"));
    match cause {
        EliminationCause::Score => format!("round {round}: {variants} eliminated after {rows}"),
        EliminationCause::SameScores => format!(
            "round {round}: {variants} left after {rows}: the same scores as another variant"
        ),
        EliminationCause::CutAnswers => format!(
            "round {round}: {variants} not comparable after {rows}: too many answers were cut at max_tokens"
        ),
    }
}

/// The result, a sentence each. `names` are those of the variants; `rows` and `all` the rows and trials of the whole grid.
pub fn conclusion(
    spec: &PolicySpec,
    (replay, analysis): (&Replay, &Analysis),
    names: &[&str],
    rows: usize,
    all: usize,
) -> Vec<String> {
    let mut text = match &replay.conclusion {
        PolicyConclusion::Race(result) => race(names, spec, result),
        PolicyConclusion::Until(result) => until(names, spec, result),
        PolicyConclusion::Estimate(Some(band)) => Some(vec![estimate(band)]),
        PolicyConclusion::Spread(Some(band)) => Some(vec![spread(names, band)]),
        PolicyConclusion::Estimate(None) | PolicyConclusion::Spread(None) => None,
    }
    .unwrap_or_else(|| no_result(analysis));
    text.extend(cut_variants(analysis, names));
    if !replay.complete {
        text.push("Not finished: continue with --resume.".into());
    }
    let bias = match &replay.conclusion {
        // Where no row was left out, the answers did not decide what was sent.
        PolicyConclusion::Until(result) if result.rows == rows => "",
        _ if replay.trials == all => "",
        PolicyConclusion::Race(result) if result.skipped > 0 => {
            " Sampling was adaptive, so raw means are biased: rows on which a few variants scored the same were left out."
        }
        PolicyConclusion::Estimate(_) => {
            " Each variant was sent different rows, so compare these estimates, not the raw means."
        }
        _ => " Sampling was adaptive, so raw means are biased (upward for the winner).",
    };
    text.push(format!(
        "Used {}, {:.0} % of the full grid ({all}).{bias}",
        count(replay.trials, "trial"),
        100.0 * replay.trials as f64 / all.max(1) as f64
    ));
    text
}

fn no_result(analysis: &Analysis) -> Vec<String> {
    let text = match analysis.cut_variants().next() {
        None => "No answer has a score, so there is no result.",
        Some(_) => "No variant can be compared, so there is no result.",
    };
    vec![text.to_owned()]
}

fn name<'a>(names: &[&'a str], variant: u32) -> &'a str {
    names.get(variant as usize).copied().unwrap_or("")
}

/// `95 %`, `99.5 %`
fn level_text(level: f64) -> String {
    let text = format!("{:.2}", level * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn race(names: &[&str], spec: &PolicySpec, result: &RaceResult) -> Option<Vec<String>> {
    let leader = result.leader?;
    let level = match spec {
        PolicySpec::Race { level, .. } => *level,
        _ => 0.95,
    };
    let eliminated = (result.eliminated.iter().flatten())
        .filter(|e| e.cause != EliminationCause::CutAnswers)
        .count();
    let leader = name(names, leader);
    let mut text = vec![match result.alive.len() {
        1 if eliminated == 0 => {
            format!("{leader} is the only variant that can be compared; there was no race.")
        }
        1 if !result.not_comparable.is_empty() => format!(
            "{leader} won the race: it is the last of {} that can be compared.",
            count(eliminated + 1, "variant")
        ),
        1 => format!(
            "{leader} won the race: it is the last of {}.",
            count(eliminated + 1, "variant")
        ),
        n if result.decided => format!(
            "{leader} won the race: on {} it is better than {}, at {} confidence, however often you check.",
            count(result.rows, "row"),
            count(n - 1, "other remaining variant"),
            level_text(level)
        ),
        n => format!(
            "{leader} leads {} on {}; the race is not decided.",
            count(n, "remaining variant"),
            count(result.rows, "row")
        ),
    }];
    if let (1.., Some(score)) = (result.skipped, result.score) {
        text.push(format!(
            "On {} a few variants scored the same, so the others were not sent these; with them, {leader} scores {:.1} % on {}.",
            count(result.skipped, "row"),
            score * 100.0,
            count(result.rows + result.skipped, "row")
        ));
    }
    if eliminated > 0 {
        text.push(format!(
            "{} {} eliminated early: their intervals cover only the rows they were sent, and none is proven to be worse.",
            count(eliminated, "variant"),
            if eliminated == 1 { "was" } else { "were" }
        ));
    }
    Some(text)
}

/// The variants that an estimate is about.
fn over(band: &ScoreBand) -> String {
    if band.not_comparable.is_empty() {
        return "all variants".to_owned();
    }
    let n = band.variants.len() - band.not_comparable.len();
    format!("the {} that can be compared", count(n, "variant"))
}

fn score_band(band: &Band) -> String {
    percent_interval(band.value, band.low, band.high)
}

fn estimate(band: &ScoreBand) -> String {
    let quantiles: Vec<String> = band
        .quantiles
        .iter()
        .map(|(q, b)| {
            format!(
                "{:.0} % of variants score at most {}",
                q * 100.0,
                score_band(b)
            )
        })
        .collect();
    format!(
        "The average score over {} is {}; {}; worst {}, best {} (Rasch model, 95 % intervals).",
        over(band),
        score_band(&band.mean),
        quantiles.join("; "),
        score_band(&band.worst),
        score_band(&band.best)
    )
}

fn spread(names: &[&str], band: &ScoreBand) -> String {
    let of = |variant: u32| {
        let score = band.variants.get(variant as usize).map(score_band);
        format!("{}, {}", name(names, variant), score.unwrap_or_default())
    };
    let [value, low, high] = [band.spread.value, band.spread.low, band.spread.high]
        .map(|x| points(x).trim_start_matches('+').to_owned());
    format!(
        "The spread over {} is {value} points [{low} to {high}]. Best: {}. Worst: {} (Rasch model, 95 % intervals).",
        over(band),
        of(band.best_variant),
        of(band.worst_variant),
    )
}

fn until(names: &[&str], spec: &PolicySpec, result: &UntilResult) -> Option<Vec<String>> {
    let (condition, level) = match spec {
        PolicySpec::Until { condition, level } => (condition.as_str(), *level),
        _ => ("", 0.95),
    };
    let holds = if result.holds {
        "holds"
    } else {
        "does not hold"
    };
    let mut text = vec![format!(
        "{condition} {holds} after {}.",
        count(result.rows, "row")
    )];
    if result.intervals.is_empty() {
        let cut = result.not_comparable.iter().map(|v| name(names, *v));
        let cut: Vec<&str> = cut.collect();
        text.push(format!(
            "{} cannot be compared: too many answers were cut at max_tokens.",
            cut.join(" and ")
        ));
        return Some(text);
    }
    for (variant, band) in &result.intervals {
        let Band { value, low, high } = *band;
        text.push(if !result.of_differences {
            format!("{}: {}.", name(names, *variant), score_band(band))
        } else {
            let interval = points_interval(&Interval { value, low, high });
            format!("{}: {interval} points.", name(names, *variant))
        });
    }
    text.extend(result.verdict.map(|verdict| match verdict {
        SequentialVerdict::Better => "It is better.".into(),
        SequentialVerdict::Worse => "It is worse.".into(),
        SequentialVerdict::Equivalent => {
            format!("They differ by less than {:.0} points.", MARGIN * 100.0)
        }
        SequentialVerdict::Undecided => inconclusive(None),
    }));
    text.push(format!(
        "These {} intervals stay valid however often you check; those in the table are valid for a single check.",
        level_text(level)
    ));
    Some(text)
}

/// With fewer rows a projection is rough: the standard error of its variances is above a third of them.
const FEW_ROWS: usize = 20;

/// How to spend more calls.
pub fn power_advice(pilot: &Pilot) -> String {
    let points = |x: f64| format!("{:.1}", x * 100.0);
    let [rows, variants, samples] = pilot.doubles();
    let now = pilot.outlook(pilot.calls());
    let rough = if pilot.rows < FEW_ROWS {
        format!(
            "These figures are rough: they come from only {}. ",
            count(pilot.rows, "row")
        )
    } else {
        String::new()
    };
    let more_samples = match pilot.components.error {
        Some(_) => format!("; twice the samples, {}.", points(samples.detectable)),
        None => {
            ". The effect of a second sample is unknown until you run one (--samples 2).".into()
        }
    };
    let (what, best) = match (rows.mean_width, variants.mean_width) {
        (rows_width, width) if is_tie(rows_width.min(width), rows_width.max(width)) => {
            ("rows or wordings", rows)
        }
        (rows_width, width) if width < rows_width => ("wordings", variants),
        _ => ("rows", rows),
    };
    let average = if is_tie(best.mean_width, now.mean_width) {
        format!(
            "The average score over all possible wordings is known to ± {} points; twice as many rows or wordings hardly narrow it.",
            points(now.mean_width / 2.0)
        )
    } else {
        format!(
            "To know the average score over all possible wordings, add {what}: twice as many narrow it from ± {} to ± {} points.",
            points(now.mean_width / 2.0),
            points(best.mean_width / 2.0)
        )
    };
    format!(
        "{rough}To compare two wordings, add rows: twice as many detect a difference of {} points instead of {}{more_samples} {average} \
         Detecting a difference of 2 points needs about {} calls.",
        points(rows.detectable),
        points(now.detectable),
        pilot.calls_for(0.02)
    )
}
