//! What people's ratings say about two wordings, or one, and how far a judge may be believed.

use super::Interval;
use crate::stats::{
    ClassCounts, MeanEstimate, PredictionPowered, RatedUnit, VerdictCounts, WeightedSample,
    WeightedUnit, wilson,
};

/// Verdicts of the judge closer to 0 are ties.
const TIE: f64 = 1.0 / 3.0;
/// How much wider than from ratings alone a corrected figure may be.
const MAX_WIDENING: f64 = 1.05;

/// The first rating of a pair of answers, or of one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct RatedAnswer {
    /// In [−1, 1]: 1 where the first wording is better, or for the best grade. The prediction is the judge's.
    pub unit: RatedUnit,
    pub is_both_bad: bool,
    /// Whether the preferred answer was on the left; `None` where neither was preferred.
    pub is_left: Option<bool>,
    /// Characters of the answers, in the order of the wordings.
    pub lengths: Vec<usize>,
}

/// What is rated, and by whom.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RatingSample {
    /// Named in a run of several models.
    pub model: Option<String>,
    pub wordings: Vec<String>,
    pub answers: Vec<RatedAnswer>,
    /// What the judge says about those that are not rated.
    pub unrated: Vec<f64>,
    /// Pairs of different answers, or answers.
    pub items: usize,
    /// Pairs of the same answer.
    pub identical: usize,
    /// The judge's metric.
    pub judge: Option<String>,
    /// Names with their number of ratings, repeats included.
    pub raters: Vec<(String, usize)>,
    /// Repeats by the same person, and how many were the same.
    pub repeats: (usize, usize),
    /// Whether the first wording is preferred by a test that holds at every look.
    pub verdict: Option<bool>,
}

/// What ratings say.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingFinding {
    /// Named in a run of several models.
    pub model: Option<String>,
    pub wordings: Vec<String>,
    pub judge_metric: Option<String>,
    pub raters: Vec<(String, usize)>,
    pub rated: usize,
    pub items: usize,
    pub identical: usize,
    /// First better, second better, ties, both bad.
    pub counts: [usize; 4],
    /// From the ratings alone. Of two: the share that the first wins, a tie counting half, of all rows. Of one: the mean grade, 0
    /// to 1.
    pub score: Interval,
    /// The same from ratings and the judge together.
    pub corrected: Option<CorrectedScore>,
    /// How many more ratings settle which is better, with 80 % power, if the difference is what it seems.
    pub more_ratings: Option<usize>,
    pub verdict: Option<bool>,
    pub repeats: (usize, usize),
    /// Share of preferred answers that were on the left: 0.5 without a lean.
    pub left: Option<Interval>,
    pub agreement: Option<JudgeAgreement>,
}

/// A judge's score, corrected by ratings.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrectedScore {
    /// What the judge says of all: as the score of the ratings is, a share or a difference.
    pub uncorrected: f64,
    /// By prediction-powered inference.
    pub score: Interval,
    /// How far the judge is used, 0 to 1.
    pub lambda: f64,
    /// By how often people confirm each of the judge's verdicts, where that is about as narrow as the ratings alone.
    pub by_accuracy: Option<Interval>,
}

/// How a judge agrees with people.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgeAgreement {
    /// Of people and of the judge: first better (or a good grade), neither, second better (or a bad grade).
    pub confusion: [[usize; 3]; 3],
    pub accuracy: Interval,
    pub kappa: Option<f64>,
    /// How much more often than people the judge prefers the longer answer.
    pub longer: Option<Interval>,
}

impl JudgeAgreement {
    /// How many of the judge's verdicts of a kind people share, and how many there are.
    pub fn shared(&self, verdict: usize) -> (usize, usize) {
        let all = (0..3).map(|people| self.confusion[people][verdict]).sum();
        (self.confusion[verdict][verdict], all)
    }
}

impl RatingFinding {
    /// `None` below two ratings.
    pub fn new(sample: &RatingSample) -> Option<RatingFinding> {
        let units: Vec<RatedUnit> = sample.answers.iter().map(|answer| answer.unit).collect();
        let is_pair = sample.wordings.len() == 2;
        let unrated = match &sample.judge {
            Some(_) => sample.unrated.as_slice(),
            None => &[],
        };
        let powered = PredictionPowered::new(&units, unrated, (-1.0, 1.0))?;
        let rows = (sample.items + sample.identical).max(1) as f64;
        let part = if is_pair {
            sample.items as f64 / rows
        } else {
            1.0
        };
        let share = |value: f64| 0.5 * (1.0 + part * value);
        let interval = |mean: MeanEstimate| Interval {
            value: share(mean.value),
            low: share(mean.low),
            high: share(mean.high),
        };
        let is = |answer: &&RatedAnswer, sign: f64| answer.unit.value * sign > 0.0;
        let count =
            |keep: &dyn Fn(&&RatedAnswer) -> bool| sample.answers.iter().filter(keep).count();
        let both_bad = count(&|answer| answer.is_both_bad);
        let neither = count(&|answer| answer.unit.value == 0.0);
        let sides: Vec<bool> = sample.answers.iter().filter_map(|a| a.is_left).collect();
        let agreement = sample
            .judge
            .as_ref()
            .map(|_| judge_agreement(&sample.answers));
        let corrected = powered.predicted.filter(|_| sample.judge.is_some());
        Some(RatingFinding {
            model: sample.model.clone(),
            wordings: sample.wordings.clone(),
            judge_metric: sample.judge.clone(),
            raters: sample.raters.clone(),
            rated: units.len(),
            items: sample.items,
            identical: sample.identical,
            counts: [
                count(&|a| is(a, 1.0)),
                count(&|a| is(a, -1.0)),
                neither - both_bad,
                both_bad,
            ],
            score: interval(powered.rated_alone),
            corrected: corrected.map(|predicted| CorrectedScore {
                uncorrected: share(predicted),
                score: interval(powered.mean),
                lambda: powered.lambda,
                by_accuracy: by_accuracy(&units, unrated, powered.rated_alone).map(interval),
            }),
            more_ratings: (is_pair && powered.mean.low <= 0.0 && powered.mean.high >= 0.0)
                .then(|| powered.ratings_needed(0.0))
                .flatten(),
            verdict: sample.verdict,
            repeats: sample.repeats,
            left: share_of(sides.iter().filter(|left| **left).count(), sides.len()),
            agreement,
        })
    }
}

fn share_of(part: usize, all: usize) -> Option<Interval> {
    let (part, all) = (part as f64, all as f64);
    let (low, high) = wilson(part, all);
    (all > 0.0).then(|| Interval {
        value: part / all,
        low,
        high,
    })
}

/// Of values at the ends of the range or in its middle.
pub(super) fn by_accuracy(
    rated: &[RatedUnit],
    unrated: &[f64],
    alone: MeanEstimate,
) -> Option<MeanEstimate> {
    let is_counted = |unit: &RatedUnit| [-1.0, 0.0, 1.0].contains(&unit.value);
    if !rated.iter().all(is_counted) {
        return None;
    }
    let mut counts = VerdictCounts::new(3);
    for unit in rated {
        counts.add_rated(verdict(unit.predicted, TIE), unit.value, unit.weight);
    }
    (unrated.iter()).for_each(|predicted| counts.add_unrated(verdict(*predicted, TIE)));
    let found = counts.corrected()?;
    (found.width() <= MAX_WIDENING * alone.width()).then_some(found)
}

fn verdict(value: f64, tie: f64) -> usize {
    match value {
        v if v > tie => 0,
        v if v < -tie => 2,
        _ => 1,
    }
}

fn judge_agreement(answers: &[RatedAnswer]) -> JudgeAgreement {
    let mut confusion = [[0; 3]; 3];
    let mut counts = ClassCounts::new(3);
    let mut longer = Vec::new();
    for answer in answers {
        let (people, judge) = (
            verdict(answer.unit.value, 0.0),
            verdict(answer.unit.predicted, TIE),
        );
        confusion[people][judge] += 1;
        counts.add(people, Some(judge), 1.0);
        if let [first, second] = answer.lengths.as_slice()
            && first != second
        {
            let sign = if first > second { 1.0 } else { -1.0 };
            // Verdicts 0, 1, 2 are 1, 0, −1 for the first.
            longer.push(WeightedUnit {
                value: sign * (people as f64 - judge as f64) * 0.5,
                weight: answer.unit.weight,
            });
        }
    }
    let agreed = (0..3).map(|v| confusion[v][v]).sum();
    JudgeAgreement {
        confusion,
        accuracy: share_of(agreed, answers.len()).unwrap_or_default(),
        kappa: counts.kappa(),
        longer: WeightedSample::new(&longer, (-1.0, 1.0)).map(|sample| {
            let (low, high) = sample.interval(0.025);
            Interval {
                value: sample.mean(),
                low,
                high,
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(value: f64, predicted: f64, lengths: [usize; 2]) -> RatedAnswer {
        RatedAnswer {
            unit: RatedUnit {
                value,
                predicted,
                weight: 1.0,
            },
            is_both_bad: false,
            is_left: (value != 0.0).then_some(value > 0.0),
            lengths: lengths.to_vec(),
        }
    }

    #[test]
    fn a_judge_that_likes_long_answers_is_found_out_and_corrected() {
        // People prefer the first, which is shorter, three times of four; the judge prefers the longer one always.
        let answers: Vec<RatedAnswer> = (0..40)
            .map(|i| answer(if i % 4 == 0 { -1.0 } else { 1.0 }, -1.0, [10, 30]))
            .collect();
        let sample = RatingSample {
            wordings: vec!["a".into(), "b".into()],
            answers,
            unrated: vec![-1.0; 160],
            items: 200,
            identical: 50,
            judge: Some("helpful".into()),
            ..RatingSample::default()
        };
        let found = RatingFinding::new(&sample).unwrap();
        assert_eq!(found.counts, [30, 10, 0, 0]);
        // 0.75 of 200 pairs, and 50 ties.
        assert!((found.score.value - 0.7).abs() < 1e-12, "{found:?}");
        let corrected = found.corrected.unwrap();
        assert!((corrected.uncorrected - 0.1).abs() < 1e-12);
        assert!((corrected.score.value - 0.7).abs() < 1e-9);
        let agreement = found.agreement.unwrap();
        assert_eq!(agreement.confusion, [[0, 0, 30], [0, 0, 0], [0, 0, 10]]);
        assert_eq!(
            (agreement.shared(2), agreement.shared(0)),
            ((10, 40), (0, 0))
        );
        let longer = agreement.longer.unwrap();
        assert!((longer.value - 0.75).abs() < 1e-12 && longer.low > 0.5);
        assert_eq!(found.more_ratings, None, "it is settled");
    }

    #[test]
    fn grades_are_corrected_by_a_good_judge() {
        let answers: Vec<RatedAnswer> = (0..60)
            .map(|i| {
                let value = if i % 3 == 0 { -1.0 } else { 1.0 };
                let said = if i % 20 == 0 { -value } else { value };
                RatedAnswer {
                    lengths: vec![5],
                    is_left: None,
                    ..answer(value, said, [0, 0])
                }
            })
            .collect();
        let sample = RatingSample {
            wordings: vec!["a".into()],
            answers,
            unrated: (0..400)
                .map(|i| if i % 3 == 0 { -1.0 } else { 1.0 })
                .collect(),
            items: 460,
            judge: Some("helpful".into()),
            ..RatingSample::default()
        };
        let found = RatingFinding::new(&sample).unwrap();
        let corrected = found.corrected.unwrap();
        let width = |i: Interval| i.high - i.low;
        assert!(
            width(corrected.score) < 0.7 * width(found.score),
            "{corrected:?}"
        );
        assert!(corrected.by_accuracy.is_some(), "{corrected:?}");
        assert_eq!(RatingFinding::new(&RatingSample::default()), None);
    }
}
