//! Sentences about what people's ratings say, and about how far a judge may be believed.

use super::labels::{count, percent, percent_interval, points, points_sentence, score_range};
use crate::analysis::{
    CorrectedScore, GradeDifference, Interval, NoStrengths, PreferenceRanking, RatingFinding,
    WordingStrength,
};

/// Everything about the ratings of two wordings, or of one.
pub fn rating_sentences(found: &RatingFinding) -> Vec<String> {
    let mut all = vec![who(found)];
    all.push(score(found));
    all.extend(corrected(found));
    all.extend(settled(found));
    all.extend(repeats(found));
    all.extend(agreement(found));
    all
}

fn range(interval: Interval) -> String {
    percent_interval(interval.value, interval.low, interval.high)
}

fn who(found: &RatingFinding) -> String {
    let raters = found.raters.iter().map(|(name, n)| format!("{name} {n}"));
    let raters = raters.collect::<Vec<_>>().join(", ");
    let (one, identical) = match found.wordings.len() {
        2 => (
            "pair",
            match found.identical {
                0 => String::new(),
                n => format!("; {} with the same answer count as ties", count(n, "row")),
            },
        ),
        _ => ("answer", String::new()),
    };
    format!(
        "{}People rated {} of {} (ratings: {raters}){identical}.",
        of_model(found.model.as_deref()),
        count(found.rated, one),
        found.items
    )
}

fn of_model(model: Option<&str>) -> String {
    model.map_or(String::new(), |model| format!("{model}: "))
}

/// The grades of two wordings, row by row.
pub fn grade_difference_sentences(found: &GradeDifference) -> Vec<String> {
    let [first, second] = &found.wordings;
    let mut all = vec![format!(
        "{}{first} against {second}, each graded by itself: {} of the scale, on {} graded for both of {}.",
        of_model(found.model.as_deref()),
        points_sentence(&found.difference),
        count(found.graded, "row"),
        found.rows,
    )];
    if let (Some(corrected), Some(judge)) = (&found.corrected, &found.judge_metric) {
        let value = |value| format!("{} points", points(value));
        all.extend(corrections(corrected, judge, value, |interval| {
            points_sentence(&interval)
        }));
    }
    if found.is_open {
        all.push(match found.more_rows {
            Some(more) => format!(
                "Inconclusive: about {} graded for both would settle it, if the difference is what it seems.",
                count(more, "more row")
            ),
            None if found.graded < found.rows => {
                "Inconclusive: the other rows would not settle it, if the difference is what it seems.".into()
            }
            None => "Inconclusive: all rows are graded for both.".into(),
        });
    }
    all
}

/// The strengths of several wordings: what they are made of, and which are not comparable.
pub fn ranking_sentences(found: &PreferenceRanking) -> Vec<String> {
    let wordings: usize = found.groups.iter().map(Vec::len).sum();
    let ties = match found.has_ties {
        true => ", ties by Davidson 1970",
        false => "",
    };
    let mut all = vec![format!(
        "{}Strengths of {wordings} wordings from {} of answers to {} (Bradley and Terry 1952{ties}): how often each would be \
         preferred to a wording of average strength, ties aside.",
        of_model(found.model.as_deref()),
        count(found.rated, "rated pair"),
        count(found.rows, "row"),
    )];
    if found.groups.len() > 1 {
        let groups = found.groups.iter().map(|group| {
            let names: Vec<&str> = group.iter().map(|ranked| ranked.wording.as_str()).collect();
            names.join(", ")
        });
        let groups: Vec<String> = groups.collect();
        all.push(format!(
            "Not comparable, as no ratings connect them: {}. Each group has an average of its own.",
            groups.join(" | ")
        ));
    }
    let is = |strength: WordingStrength| {
        let wordings = found.groups.iter().flatten();
        wordings
            .filter(|ranked| ranked.strength == strength)
            .count()
    };
    if is(WordingStrength::Above) + is(WordingStrength::Below) > 0 {
        all.push("A wording that never lost to the others, or never won, is above or below them; how far needs more ratings.".into());
    }
    let reasons = [
        (
            NoStrengths::Disconnected,
            "all comparisons of two wordings went one way",
        ),
        (
            NoStrengths::OnlyTies,
            "comparisons ended in nothing but ties",
        ),
        (NoStrengths::OneUnit, "the ratings are of one row"),
        (
            NoStrengths::Unbounded,
            "wordings are too far apart for an estimate",
        ),
    ];
    for (reason, said) in reasons {
        if is(WordingStrength::Unknown(reason)) > 0 {
            all.push(format!("Where {said}, strengths need more ratings."));
        }
    }
    all
}

/// The strength of a wording, and its interval, for a table.
pub fn strength_cells(strength: WordingStrength) -> [String; 2] {
    match strength {
        WordingStrength::Estimated { win_share, .. } => {
            [percent(win_share.value), score_range(&win_share)]
        }
        WordingStrength::Above => ["above".into(), String::new()],
        WordingStrength::Below => ["below".into(), String::new()],
        WordingStrength::Unknown(_) => ["unknown".into(), String::new()],
    }
}

fn score(found: &RatingFinding) -> String {
    match found.wordings.as_slice() {
        [first, second] => {
            let [won, lost, ties, both_bad] = found.counts;
            format!(
                "{first} wins {} against {second}, ties counting half: {won} won, {lost} lost, {}, {both_bad} both bad.",
                range(found.score),
                count(ties, "tie")
            )
        }
        wordings => format!(
            "{} is graded {} of the scale on average.",
            wordings.first().map_or("", String::as_str),
            range(found.score)
        ),
    }
}

fn corrected(found: &RatingFinding) -> Vec<String> {
    match (&found.corrected, &found.judge_metric) {
        (Some(corrected), Some(judge)) => corrections(corrected, judge, percent, range),
        _ => Vec::new(),
    }
}

/// What the judge says, and what it is with the ratings; `value` and `range` say a figure and one with its interval.
fn corrections(
    corrected: &CorrectedScore,
    judge: &str,
    value: impl Fn(f64) -> String,
    range: impl Fn(Interval) -> String,
) -> Vec<String> {
    let mut all = vec![format!(
        "The judge of `{judge}` says {}; corrected by the ratings it is {}.",
        value(corrected.uncorrected),
        range(corrected.score)
    )];
    if corrected.lambda == 0.0 {
        all.push("The judge's verdicts say nothing about the ratings, so the corrected figure is that of the ratings alone.".into());
    }
    if let Some(by_accuracy) = corrected.by_accuracy {
        all.push(format!(
            "Corrected by how often people confirm each of its verdicts (Rogan and Gladen 1978), it is {}.",
            range(by_accuracy)
        ));
    }
    all
}

fn settled(found: &RatingFinding) -> Option<String> {
    let [first, second] = found.wordings.as_slice() else {
        return None;
    };
    let sides = [(first, second), (second, first)];
    if let Some(is_first) = found.verdict {
        let (better, worse) = sides[usize::from(!is_first)];
        return Some(format!(
            "People prefer {better} to {worse} (5 % error over all looks)."
        ));
    }
    Some(match found.more_ratings {
        Some(more) => format!(
            "Inconclusive: about {} would settle it, if the difference is what it seems.",
            count(more, "more rating")
        ),
        None if found.rated < found.items => {
            "Inconclusive so far: more ratings are needed before the verdict holds at every look."
                .into()
        }
        None => "Inconclusive: all pairs are rated.".into(),
    })
}

fn repeats(found: &RatingFinding) -> Option<String> {
    let (all, same) = found.repeats;
    (all > 0).then(|| {
        format!(
            "Of {} made again, {same} came out as before.",
            count(all, "rating")
        )
    })
}

fn agreement(found: &RatingFinding) -> Vec<String> {
    let (Some(agreement), Some(judge)) = (&found.agreement, &found.judge_metric) else {
        return Vec::new();
    };
    let kappa = agreement
        .kappa
        .map_or(String::new(), |kappa| format!(", Cohen's κ {kappa:.2}"));
    let mut all = vec![format!(
        "The judge of `{judge}` agrees with people on {}{kappa}.",
        range(agreement.accuracy)
    )];
    let names = match found.wordings.as_slice() {
        [first, second] => [first.clone(), "a tie".into(), second.clone()],
        _ => ["good".into(), "middling".into(), "bad".into()],
    };
    let verdicts = names.iter().enumerate().filter_map(|(verdict, name)| {
        let (shared, all) = agreement.shared(verdict);
        (all > 0).then(|| format!("{name} {shared} of {all}"))
    });
    let verdicts: Vec<String> = verdicts.collect();
    all.push(format!(
        "Verdicts of the judge that people share: {}.",
        verdicts.join(", ")
    ));
    if let Some(longer) = agreement.longer.filter(|i| i.low > 0.0 || i.high < 0.0) {
        let (how, share) = match longer.value > 0.0 {
            true => ("more", longer.value),
            false => ("less", -longer.value),
        };
        all.push(format!(
            "The judge prefers the longer answer {} {how} often than people do.",
            percent(share)
        ));
    }
    all
}
