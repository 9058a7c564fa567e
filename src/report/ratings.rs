//! What people rated in a run: the journal's ratings of its outputs, as findings and in every form.

use crate::{
    analysis::{
        CorrectedScore, GradeDifference, GradePairSample, PreferenceRanking, RankedWording,
        RatedAnswer, RatingFinding, RatingSample, WordingStrength,
    },
    annotation::{GradePairs, Preference, Rating, RatingRecord, RatingSession},
    engine::RatedOutputs,
    stats::{Comparison, RatedUnit},
    store::{RunInfo, Store, StoreError},
};
use serde_json::{Value, json};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

/// Heading of the section about ratings.
pub(super) const RATINGS: &str = "Ratings by people";

/// The sample of a session of ratings.
pub fn rating_sample(session: &RatingSession, outputs: &RatedOutputs) -> RatingSample {
    let mut raters: BTreeMap<&str, usize> = BTreeMap::new();
    for rating in session.ratings() {
        *raters.entry(&rating.record.by).or_default() += 1;
    }
    let first_rating = |item: usize| session.ratings().iter().find(|rating| rating.item == item);
    let answers = session
        .rated_units()
        .into_iter()
        .filter_map(|(item, unit)| {
            let rating = first_rating(item)?.record.rating;
            Some(RatedAnswer {
                unit,
                is_both_bad: rating == Rating::Prefer(Preference::BothBad),
                is_left: match rating {
                    Rating::Prefer(Preference::Left) => Some(true),
                    Rating::Prefer(Preference::Right) => Some(false),
                    _ => None,
                },
                lengths: session.items()[item]
                    .texts
                    .iter()
                    .map(|t| t.chars().count())
                    .collect(),
            })
        });
    RatingSample {
        model: None,
        wordings: session.wordings().to_vec(),
        answers: answers.collect(),
        unrated: session.unrated_predictions(),
        items: session.items().len(),
        identical: outputs.identical,
        judge: outputs.judge.clone(),
        raters: raters
            .into_iter()
            .map(|(name, n)| (name.to_owned(), n))
            .collect(),
        repeats: session.repeats(),
        verdict: session.verdict().filter(|_| session.wordings().len() == 2),
    }
}

/// What ratings say about a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RatingFindings {
    /// Of every pair of wordings, and of every wording, that has ratings of the run's outputs.
    pub contests: Vec<RatingFinding>,
    /// Of every two wordings that were graded by themselves.
    pub grade_differences: Vec<GradeDifference>,
    /// Of the models of which more than two wordings were compared.
    pub rankings: Vec<PreferenceRanking>,
}

impl RatingFindings {
    /// `records`: the ratings that stand. Those of other texts than the run's are left out.
    pub fn read(
        store: &Store,
        info: &RunInfo,
        records: &[RatingRecord],
    ) -> Result<RatingFindings, StoreError> {
        let names: Vec<String> = info.variants.iter().map(|v| v.name.clone()).collect();
        let mut found = RatingFindings::default();
        for (m, model) in info.models.iter().enumerate() {
            let model = (info.models.len() > 1).then(|| model.to_string());
            let mut comparisons = Vec::new();
            // Each with the judge of its answers.
            let mut graded: Vec<(RatingSession, Option<String>)> = Vec::new();
            for variants in rated_together(&names, records) {
                let outputs = RatedOutputs::read(store, info, m, &variants)?;
                let wordings = variants.iter().map(|v| names[*v].clone());
                let session = RatingSession::new(
                    wordings.collect(),
                    outputs.items.clone(),
                    records,
                    "",
                    info.seed,
                    false,
                );
                if let [first, second] = variants.as_slice() {
                    comparisons.extend(rated_comparisons(&session, (*first, *second)));
                }
                let sample = RatingSample {
                    model: model.clone(),
                    ..rating_sample(&session, &outputs)
                };
                found.contests.extend(RatingFinding::new(&sample));
                if variants.len() == 1 {
                    graded.push((session, outputs.judge));
                }
            }
            for (at, (first, judge)) in graded.iter().enumerate() {
                for (second, other) in &graded[at + 1..] {
                    let judge = judge.clone().filter(|_| judge == other);
                    let pairs = GradePairs::new(first, second, judge.is_some());
                    found
                        .grade_differences
                        .extend(GradeDifference::new(GradePairSample {
                            model: model.clone(),
                            wordings: [first, second].map(|session| session.wordings()[0].clone()),
                            graded: pairs.graded,
                            ungraded: pairs.ungraded,
                            judge,
                        }));
                }
            }
            let ranking = PreferenceRanking::new(model, &names, &comparisons);
            found.rankings.extend(ranking);
        }
        Ok(found)
    }
}

/// The variants that were rated together, two or one, by their places among `names`.
fn rated_together(names: &[String], records: &[RatingRecord]) -> BTreeSet<Vec<usize>> {
    let place = |name: &str| names.iter().position(|known| known == name);
    let together = records.iter().filter_map(|record| {
        let shown = record.shown.iter();
        let known: Option<BTreeSet<usize>> = shown.map(|shown| place(&shown.variant)).collect();
        known.map(|variants| variants.into_iter().collect())
    });
    together.collect()
}

/// The first rating of each pair. Of two wordings all weigh as many as there are ratings: those with few ratings do not decide.
fn rated_comparisons(session: &RatingSession, wordings: (usize, usize)) -> Vec<Comparison> {
    let units = session.rated_units();
    let total: f64 = units.iter().map(|(_, unit)| unit.weight).sum();
    let mean = total / units.len().max(1) as f64;
    let comparison = |(item, unit): &(usize, RatedUnit)| Comparison {
        first: wordings.0,
        second: wordings.1,
        // A tie seen from the other side is −0.
        result: unit.value.partial_cmp(&0.0).unwrap_or(Ordering::Equal),
        weight: unit.weight / mean,
        unit: session.items()[*item].row,
    };
    units.iter().map(comparison).collect()
}

pub(super) fn rankings_json(found: &[PreferenceRanking]) -> Value {
    let wording = |ranked: &RankedWording| {
        let (log_strength, win_share) = match ranked.strength {
            WordingStrength::Estimated {
                log_strength,
                win_share,
            } => (Some(log_strength), Some(win_share)),
            _ => (None, None),
        };
        json!({
            "wording": ranked.wording,
            "counts": {"won": ranked.won, "lost": ranked.lost, "ties": ranked.ties},
            "strength": match ranked.strength {
                WordingStrength::Estimated { .. } => "estimated",
                WordingStrength::Above => "above",
                WordingStrength::Below => "below",
                WordingStrength::Unknown(_) => "unknown",
            },
            "log_strength": log_strength,
            "win_share": win_share,
        })
    };
    let group = |group: &Vec<RankedWording>| group.iter().map(wording).collect::<Value>();
    let ranking = |ranking: &PreferenceRanking| {
        json!({
            "model": ranking.model,
            "rated": ranking.rated,
            "rows": ranking.rows,
            "comparable": ranking.groups.iter().map(group).collect::<Value>(),
        })
    };
    found.iter().map(ranking).collect()
}

pub(super) fn ratings_json(found: &[RatingFinding]) -> Value {
    found.iter().map(one_json).collect()
}

pub(super) fn grade_differences_json(found: &[GradeDifference]) -> Value {
    let difference = |found: &GradeDifference| {
        json!({
            "model": found.model,
            "wordings": found.wordings,
            "graded": found.graded,
            "rows": found.rows,
            "difference": found.difference,
            "corrected": corrected_json(found.corrected.as_ref(), found.judge_metric.as_deref()),
            "more_rows": found.more_rows,
        })
    };
    found.iter().map(difference).collect()
}

fn corrected_json(corrected: Option<&CorrectedScore>, judge: Option<&str>) -> Value {
    let Some(corrected) = corrected else {
        return Value::Null;
    };
    json!({
        "metric": judge,
        "uncorrected": corrected.uncorrected,
        "score": corrected.score,
        "lambda": corrected.lambda,
        "by_accuracy": corrected.by_accuracy,
    })
}

fn one_json(found: &RatingFinding) -> Value {
    let raters = found.raters.iter();
    let [first, second, ties, both_bad] = found.counts;
    json!({
        "model": found.model,
        "wordings": found.wordings,
        "raters": raters.map(|(name, n)| json!({"name": name, "ratings": n})).collect::<Vec<_>>(),
        "rated": found.rated,
        "items": found.items,
        "identical": found.identical,
        "counts": {"first": first, "second": second, "ties": ties, "both_bad": both_bad},
        "score": found.score,
        "corrected": corrected_json(found.corrected.as_ref(), found.judge_metric.as_deref()),
        "more_ratings": found.more_ratings,
        "preferred": found.verdict.and_then(|first| found.wordings.get(usize::from(!first))),
        "repeats": {"all": found.repeats.0, "same": found.repeats.1},
        "left": found.left,
        "judge": found.agreement.as_ref().map(|agreement| json!({
            "metric": found.judge_metric,
            "agreement": agreement.accuracy,
            "cohen_kappa": agreement.kappa,
            "confusion": agreement.confusion,
            "prefers_longer": agreement.longer,
        })),
    })
}
