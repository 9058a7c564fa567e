//! What people rated in a run: the journal's ratings of its outputs, as findings and in every form.

use crate::{
    analysis::{Interval, RatedAnswer, RatingFinding, RatingSample},
    annotation::{Preference, Rating, RatingRecord, RatingSession},
    engine::RatedOutputs,
    store::{RunInfo, Store, StoreError},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Heading of the section about ratings.
pub(super) const RATINGS: &str = "Ratings by people";

/// What is rated together: one model's answers of one or two variants.
type Contest = (usize, Vec<usize>);

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

/// The findings of every pair of wordings, and of every wording, that has ratings of the run's outputs.
pub fn rating_findings(
    store: &Store,
    info: &RunInfo,
    records: &[RatingRecord],
) -> Result<Vec<RatingFinding>, StoreError> {
    let variant = |name: &str| info.variants.iter().position(|v| v.name == name);
    let mut contests: BTreeSet<Contest> = BTreeSet::new();
    for record in records {
        let known: Option<BTreeSet<usize>> = record
            .shown
            .iter()
            .map(|shown| variant(&shown.variant))
            .collect();
        if let Some(variants) = known {
            let variants: Vec<usize> = variants.into_iter().collect();
            contests.extend((0..info.models.len()).map(|model| (model, variants.clone())));
        }
    }
    let mut findings = Vec::new();
    for (model, variants) in contests {
        let outputs = RatedOutputs::read(store, info, model, &variants)?;
        let wordings = variants.iter().map(|v| info.variants[*v].name.clone());
        let session = RatingSession::new(
            wordings.collect(),
            outputs.items.clone(),
            records,
            "",
            info.seed,
            false,
        );
        findings.extend(RatingFinding::new(&rating_sample(&session, &outputs)));
    }
    Ok(findings)
}

pub(super) fn ratings_json(found: &[RatingFinding]) -> Value {
    found.iter().map(one_json).collect()
}

fn interval(interval: Interval) -> Value {
    json!({"value": interval.value, "low": interval.low, "high": interval.high})
}

fn one_json(found: &RatingFinding) -> Value {
    let raters = found.raters.iter();
    let [first, second, ties, both_bad] = found.counts;
    json!({
        "wordings": found.wordings,
        "raters": raters.map(|(name, n)| json!({"name": name, "ratings": n})).collect::<Vec<_>>(),
        "rated": found.rated,
        "items": found.items,
        "identical": found.identical,
        "counts": {"first": first, "second": second, "ties": ties, "both_bad": both_bad},
        "score": interval(found.score),
        "corrected": found.corrected.as_ref().map(|corrected| json!({
            "metric": found.judge_metric,
            "uncorrected": corrected.uncorrected,
            "score": interval(corrected.score),
            "lambda": corrected.lambda,
            "by_accuracy": corrected.by_accuracy.map(interval),
        })),
        "more_ratings": found.more_ratings,
        "preferred": found.verdict.and_then(|first| found.wordings.get(usize::from(!first))),
        "repeats": {"all": found.repeats.0, "same": found.repeats.1},
        "left": found.left.map(interval),
        "judge": found.agreement.as_ref().map(|agreement| json!({
            "metric": found.judge_metric,
            "agreement": interval(agreement.accuracy),
            "cohen_kappa": agreement.kappa,
            "confusion": agreement.confusion,
            "prefers_longer": agreement.longer.map(interval),
        })),
    })
}
