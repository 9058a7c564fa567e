//! What a run came to that did not buy every trial: sentences for people, an object for machines.

use super::{ModelReport, RunReport};
use crate::{
    analysis::points,
    model::PolicySpec,
    policy::{
        Band, Elimination, MARGIN, PolicyConclusion, PolicyError, RaceResult, Replay, ScoreBand,
        SequentialVerdict, TrialSpace, UntilResult, replay,
    },
    store::RunInfo,
};
use serde_json::{Value, json};

/// What a policy came to on the grid of one model; `None` where every trial was sent.
pub(super) fn replayed(
    info: &RunInfo,
    grid: &crate::outcome::Grid,
) -> Option<Result<Replay, PolicyError>> {
    let spec = info.policy.as_ref()?;
    let field = TrialSpace::new(
        &info.variants,
        info.rows,
        info.samples,
        info.heads.cluster_numbers(),
        info.seed,
    );
    let names: Vec<&str> = info.variants.iter().map(|v| v.name.as_str()).collect();
    Some(replay(spec, &field, &names, info.models.len(), grid))
}

/// Why a variant has fewer answers than others, in a few words: it fell out of a race, or the policy never asked it.
pub(super) fn partial_words(part: &ModelReport, variant: usize) -> Option<String> {
    let replay = part.policy.as_ref()?;
    if let Some(Some(Elimination { round, rows })) = replay.falls.get(variant) {
        let plural = if *rows == 1 { "" } else { "s" };
        return Some(format!(
            "partial: fell in round {round}, {rows} row{plural}"
        ));
    }
    let finding = part.analysis.variants.get(variant)?;
    let asked = finding.score.is_some() || finding.failed > 0 || finding.unscored > 0;
    (!asked && replay.complete).then(|| "not asked".into())
}

/// Variants, the best first; those that fell out of a race come after those that did not, the last to fall first: the score
/// of a few rows says little.
pub(super) fn ranked(part: &ModelReport) -> Vec<usize> {
    let mut order = part.analysis.ranked();
    if let Some(replay) = &part.policy {
        let fell = |v: usize| replay.falls.get(v).copied().flatten();
        order.sort_by_key(|v| std::cmp::Reverse(fell(*v).map_or(usize::MAX, |fall| fall.round)));
    }
    order
}

/// What the run came to, a sentence each.
pub(super) fn conclusion_sentences(report: &RunReport, part: &ModelReport) -> Vec<String> {
    let (Some(spec), Some(replay)) = (&report.info.policy, &part.policy) else {
        return Vec::new();
    };
    let all = part.grid.variants() * part.grid.rows() * part.grid.samples();
    let share = 100.0 * replay.trials as f64 / all.max(1) as f64;
    let mut text = match &replay.conclusion {
        PolicyConclusion::Race(result) => race(report, spec, result),
        PolicyConclusion::Estimate(band) => vec![band.as_ref().map_or_else(nothing, estimate)],
        PolicyConclusion::Spread(band) => {
            vec![
                band.as_ref()
                    .map_or_else(nothing, |band| spread(report, band)),
            ]
        }
        PolicyConclusion::Until(result) => until(report, spec, result),
    };
    if !replay.complete {
        text.push("It is not over: --resume goes on.".into());
    }
    let took = format!(
        "It took {} trials, {share:.0} % of the {all} of the whole grid",
        replay.trials
    );
    text.push(match &replay.conclusion {
        // With no row left out, nothing hung on the answers.
        PolicyConclusion::Until(result) if result.rows == part.grid.rows() => format!("{took}."),
        _ if replay.trials == all => format!("{took}."),
        PolicyConclusion::Estimate(_) => format!("{took}; each variant saw rows of its own, so compare these estimates, not the plain means."),
        _ => format!("{took}. What to ask next hung on the answers, so the plain means are biased, those of the best upwards."),
    });
    text
}

fn nothing() -> String {
    "No answer has a score, so there is nothing to estimate from.".into()
}

fn name(report: &RunReport, variant: u32) -> &str {
    let variant = report.info.variants.get(variant as usize);
    variant.map_or("", |v| v.name.as_str())
}

fn percent(level: f64) -> String {
    let text = format!("{:.2}", level * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn race(report: &RunReport, spec: &PolicySpec, result: &RaceResult) -> Vec<String> {
    let Some(leader) = result.leader else {
        return vec![nothing()];
    };
    let level = match spec {
        PolicySpec::Race { level, .. } => *level,
        _ => 0.95,
    };
    let fell = result.falls.iter().flatten().count();
    let leader = name(report, leader);
    let mut text = vec![match result.alive.len() {
        1 => format!(
            "The race names {leader}: the last of {} variants.",
            fell + 1
        ),
        n if result.decided => format!(
            "The race names {leader}: on {} rows it is better than the {} other{} still in, at {} however often one looks.",
            result.rows,
            n - 1,
            if n == 2 { "" } else { "s" },
            percent(level)
        ),
        n => format!(
            "{leader} leads {n} variants still in, on {} rows; it is not decided.",
            result.rows
        ),
    }];
    if fell > 0 {
        text.push(format!(
            "{fell} variant{} fell on the way: each keeps the interval of the rows it was asked, and is not proven worse.",
            if fell == 1 { "" } else { "s" }
        ));
    }
    text
}

fn range(band: &Band) -> String {
    format!(
        "{:.1} % [{:.1} {:.1}]",
        band.value * 100.0,
        band.low * 100.0,
        band.high * 100.0
    )
}

fn estimate(band: &ScoreBand) -> String {
    let quantiles: Vec<String> = band
        .quantiles
        .iter()
        .map(|(q, b)| format!("{:.0} % of them: {}", q * 100.0, range(b)))
        .collect();
    format!(
        "Over all variants the score is {} on average; at most, {}; worst {}, best {} (Rasch model, 95 % bands).",
        range(&band.mean),
        quantiles.join("; "),
        range(&band.worst),
        range(&band.best)
    )
}

fn spread(report: &RunReport, band: &ScoreBand) -> String {
    let of = |variant: u32| {
        band.variants
            .get(variant as usize)
            .map_or(String::new(), range)
    };
    format!(
        "The spread over all variants is {} points [{} {}]. Best: {}, {}. Worst: {}, {} (Rasch model, 95 % bands).",
        points(band.spread.value).trim_start_matches('+'),
        points(band.spread.low).trim_start_matches('+'),
        points(band.spread.high).trim_start_matches('+'),
        name(report, band.best_variant),
        of(band.best_variant),
        name(report, band.worst_variant),
        of(band.worst_variant),
    )
}

fn until(report: &RunReport, spec: &PolicySpec, result: &UntilResult) -> Vec<String> {
    let (condition, level) = match spec {
        PolicySpec::Until { condition, level } => (condition.as_str(), *level),
        _ => ("", 0.95),
    };
    let mut text = vec![if result.holds {
        format!("{condition} holds after {} rows.", result.rows)
    } else {
        format!("{condition} does not hold after {} rows.", result.rows)
    }];
    let scores = result.verdict.is_none() && !condition.contains("diff");
    for (variant, band) in &result.intervals {
        let name = name(report, *variant);
        text.push(if scores {
            format!("{name}: {}.", range(band))
        } else {
            format!(
                "{name}: {} points [{} {}].",
                points(band.value),
                points(band.low),
                points(band.high)
            )
        });
    }
    if let Some(verdict) = result.verdict {
        text.push(match verdict {
            SequentialVerdict::Better => "It is better.".into(),
            SequentialVerdict::Worse => "It is worse.".into(),
            SequentialVerdict::Equivalent => {
                format!("They differ by less than {:.0} points.", MARGIN * 100.0)
            }
            SequentialVerdict::Undecided => "It cannot be told which is better.".into(),
        });
    }
    text.push(format!(
        "These intervals hold at {} however often one looks; those of the table hold for one look.",
        percent(level)
    ));
    text
}

fn band_json(band: &Band) -> Value {
    json!({"value": band.value, "low": band.low, "high": band.high})
}

/// The same for machines; `None` where every trial was sent.
pub(super) fn conclusion_json(report: &RunReport, part: &ModelReport) -> Option<Value> {
    let (spec, replay) = (report.info.policy.as_ref()?, part.policy.as_ref()?);
    let named = |variant: u32| name(report, variant).to_owned();
    let mut object = json!({
        "kind": spec.name(), "trials": replay.trials, "complete": replay.complete, "calls": spec.calls(),
    });
    let more = match &replay.conclusion {
        PolicyConclusion::Race(r) => json!({
            "leader": r.leader.map(named), "decided": r.decided, "rows": r.rows, "rounds": r.rounds,
            "alive": r.alive.iter().map(|v| named(*v)).collect::<Vec<_>>(),
        }),
        PolicyConclusion::Estimate(Some(b)) | PolicyConclusion::Spread(Some(b)) => json!({
            "mean": band_json(&b.mean), "worst": band_json(&b.worst), "best": band_json(&b.best), "spread": band_json(&b.spread),
            "best_variant": named(b.best_variant), "worst_variant": named(b.worst_variant),
            "quantiles": b.quantiles.iter().map(|(q, band)| {
                let mut object = band_json(band);
                object["share"] = json!(q);
                object
            }).collect::<Vec<_>>(),
            "variants": b.variants.iter().enumerate().map(|(v, band)| {
                let mut object = band_json(band);
                object["name"] = json!(named(v as u32));
                object
            }).collect::<Vec<_>>(),
        }),
        PolicyConclusion::Estimate(None) | PolicyConclusion::Spread(None) => json!({}),
        PolicyConclusion::Until(r) => json!({
            "holds": r.holds, "rows": r.rows,
            "verdict": r.verdict.map(|v| match v {
                SequentialVerdict::Better => "better",
                SequentialVerdict::Worse => "worse",
                SequentialVerdict::Equivalent => "equivalent",
                SequentialVerdict::Undecided => "undecided",
            }),
            "intervals": r.intervals.iter().map(|(v, band)| {
                let mut object = band_json(band);
                object["name"] = json!(named(*v));
                object
            }).collect::<Vec<_>>(),
        }),
    };
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
        object.retain(|_, value| !value.is_null());
    }
    if let PolicySpec::Until { condition, .. } = spec {
        object["condition"] = json!(condition);
    }
    if let PolicySpec::Until { level, .. } | PolicySpec::Race { level, .. } = spec {
        object["level"] = json!(level);
    }
    Some(object)
}
