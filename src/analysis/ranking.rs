//! How strong several wordings are in people's ratings, where each is compared with only some of the others.

use super::Interval;
use crate::stats::{Comparison, Comparisons, Connections, MeanEstimate, NoStrengths};
use std::collections::BTreeSet;

/// The strengths of the wordings that people compared, three or more.
#[derive(Debug, Clone, PartialEq)]
pub struct PreferenceRanking {
    /// Named in a run of several models.
    pub model: Option<String>,
    /// Pairs of answers that were rated, and rows that they belong to.
    pub rated: usize,
    pub rows: usize,
    pub has_ties: bool,
    /// Wordings that ratings connect. Those of different groups are not comparable.
    pub groups: Vec<Vec<RankedWording>>,
}

/// A wording with its ratings.
#[derive(Debug, Clone, PartialEq)]
pub struct RankedWording {
    pub wording: String,
    pub won: usize,
    pub lost: usize,
    pub ties: usize,
    pub strength: WordingStrength,
}

/// How strong a wording is among those of its group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WordingStrength {
    Estimated {
        /// Natural logarithm, 0 for the average of the wordings that are estimated.
        log_strength: Interval,
        /// The share of decided comparisons that it wins against one of average strength.
        win_share: Interval,
    },
    /// Stronger than all that are estimated: neither they nor any that they beat ever beat it.
    Above,
    /// Weaker than all that are estimated.
    Below,
    /// No comparison tells.
    Unknown(NoStrengths),
}

impl WordingStrength {
    fn estimated(log_strength: MeanEstimate) -> WordingStrength {
        let share = |x: f64| 1.0 / (1.0 + (-x).exp());
        WordingStrength::Estimated {
            log_strength: log_strength.into(),
            win_share: Interval {
                value: share(log_strength.value),
                low: share(log_strength.low),
                high: share(log_strength.high),
            },
        }
    }

    /// The strongest first.
    fn order(self) -> f64 {
        match self {
            WordingStrength::Above => f64::NEG_INFINITY,
            WordingStrength::Estimated { log_strength, .. } => -log_strength.value,
            WordingStrength::Below => f64::MAX,
            WordingStrength::Unknown(_) => f64::INFINITY,
        }
    }
}

impl PreferenceRanking {
    /// `comparisons` of `wordings`, by their places; their units are rows. `None` where fewer than three were compared.
    pub fn new(
        model: Option<String>,
        wordings: &[String],
        comparisons: &[Comparison],
    ) -> Option<PreferenceRanking> {
        let rated: BTreeSet<usize> = comparisons
            .iter()
            .flat_map(|comparison| [comparison.first, comparison.second])
            .collect();
        let rows: BTreeSet<usize> = comparisons.iter().map(|c| c.unit).collect();
        let rated: Vec<usize> = rated.into_iter().collect();
        if rated.len() < 3 {
            return None;
        }
        let mut all = Comparisons::new(wordings.len());
        comparisons
            .iter()
            .for_each(|comparison| all.add(*comparison));
        let groups = components(&rated, comparisons).into_iter().map(|members| {
            let strengths = strengths(&all.between(&members));
            let mut group: Vec<RankedWording> = members
                .iter()
                .zip(strengths)
                .map(|(wording, strength)| {
                    let [won, lost, ties] = all.tally(*wording);
                    RankedWording {
                        wording: wordings[*wording].clone(),
                        won,
                        lost,
                        ties,
                        strength,
                    }
                })
                .collect();
            group.sort_by(|a, b| a.strength.order().total_cmp(&b.strength.order()));
            group
        });
        Some(PreferenceRanking {
            model,
            rated: comparisons.len(),
            rows: rows.len(),
            has_ties: comparisons.iter().any(|c| c.result.is_eq()),
            groups: groups.collect(),
        })
    }
}

/// Wordings that comparisons connect, whoever won.
fn components(rated: &[usize], comparisons: &[Comparison]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = rated.iter().map(|wording| vec![*wording]).collect();
    for comparison in comparisons {
        let place =
            |groups: &[Vec<usize>], wording| groups.iter().position(|g| g.contains(&wording));
        let places = (
            place(&groups, comparison.first),
            place(&groups, comparison.second),
        );
        if let (Some(a), Some(b)) = places
            && a != b
        {
            let joined = groups.remove(a.max(b));
            groups[a.min(b)].extend(joined);
        }
    }
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups
}

/// The strengths of connected wordings: of the largest part of them in which each beat each, and whether the others are above it or
/// below.
fn strengths(all: &Comparisons) -> Vec<WordingStrength> {
    let wordings: Vec<usize> = (0..all.competitors()).collect();
    let mut reason = None;
    // A tie speaks for both, unless the likelihood has no maximum so.
    for is_tie_both in [true, false] {
        let connections = all.connections(is_tie_both);
        let groups = connections.groups();
        let Some(core) = groups
            .iter()
            .rev()
            .max_by_key(|g| g.len())
            .filter(|g| g.len() > 1)
        else {
            continue;
        };
        let found = match all.between(core).fit() {
            Ok(found) => found,
            Err(why) => {
                reason.get_or_insert(why);
                continue;
            }
        };
        let strength = |wording: &usize| match core.iter().position(|member| member == wording) {
            Some(place) => WordingStrength::estimated(found.strengths[place]),
            None => standing(&connections, *wording, core[0]),
        };
        return wordings.iter().map(strength).collect();
    }
    let reason = reason.unwrap_or(NoStrengths::Disconnected);
    vec![WordingStrength::Unknown(reason); wordings.len()]
}

/// A wording that is not estimated, beside one that is.
fn standing(connections: &Connections, wording: usize, core: usize) -> WordingStrength {
    match (
        connections.reaches(wording, core),
        connections.reaches(core, wording),
    ) {
        (true, false) => WordingStrength::Above,
        (false, true) => WordingStrength::Below,
        _ => WordingStrength::Unknown(NoStrengths::Disconnected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    fn ranking(results: &[(usize, usize, Ordering, usize)]) -> Option<PreferenceRanking> {
        let names: Vec<String> = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
        let mut all = Vec::new();
        for (first, second, result, times) in results {
            for row in 0..*times {
                all.push(Comparison {
                    first: *first,
                    second: *second,
                    result: *result,
                    weight: 1.0,
                    unit: row,
                });
            }
        }
        PreferenceRanking::new(None, &names, &all)
    }

    fn names(group: &[RankedWording]) -> String {
        group.iter().map(|ranked| ranked.wording.as_str()).collect()
    }

    use Ordering::{Equal, Greater, Less};

    #[test]
    fn wordings_that_were_never_compared_are_ranked_through_others() {
        let found = ranking(&[
            (0, 1, Greater, 12),
            (0, 1, Less, 6),
            (1, 2, Greater, 12),
            (1, 2, Less, 6),
        ])
        .unwrap();
        assert_eq!((found.rated, found.rows, found.has_ties), (36, 12, false));
        assert_eq!(found.groups.len(), 1);
        assert_eq!(names(&found.groups[0]), "abc");
        let share = |at: usize| match found.groups[0][at].strength {
            WordingStrength::Estimated { win_share, .. } => win_share,
            other => panic!("{other:?}"),
        };
        // a beats b two to one, and b c: odds of 2 against the average.
        assert!((share(0).value - 2.0 / 3.0).abs() < 1e-9);
        assert!((share(1).value - 0.5).abs() < 1e-9);
        assert!(share(0).low < 0.6 && share(0).high > 0.7);
        let middle = &found.groups[0][1];
        assert_eq!((middle.won, middle.lost, middle.ties), (18, 18, 0));
        assert_eq!(ranking(&[(0, 1, Greater, 12), (0, 1, Less, 6)]), None);
    }

    #[test]
    fn what_ratings_do_not_connect_is_not_compared() {
        let found = ranking(&[
            (0, 1, Greater, 3),
            (1, 0, Greater, 2),
            (2, 3, Greater, 3),
            (2, 3, Less, 2),
        ])
        .unwrap();
        let groups: Vec<String> = found.groups.iter().map(|group| names(group)).collect();
        assert_eq!(groups, ["ab", "cd"]);
    }

    #[test]
    fn who_never_lost_is_above_and_who_never_won_below() {
        let found = ranking(&[
            (0, 1, Greater, 4),
            (0, 1, Less, 3),
            (2, 0, Greater, 4),
            (1, 3, Greater, 4),
        ])
        .unwrap();
        let group = &found.groups[0];
        assert_eq!(names(group), "cabd");
        assert_eq!(group[0].strength, WordingStrength::Above);
        assert_eq!(group[3].strength, WordingStrength::Below);
        let tied = ranking(&[
            (0, 1, Greater, 4),
            (0, 1, Less, 3),
            (1, 3, Greater, 4),
            (1, 3, Equal, 1),
        ])
        .unwrap();
        assert!(
            matches!(
                tied.groups[0][2].strength,
                WordingStrength::Estimated { win_share, .. } if win_share.value < 0.3
            ),
            "a tie speaks for both"
        );
        let one_way = ranking(&[(0, 1, Greater, 3), (1, 2, Greater, 3)]).unwrap();
        assert!(
            one_way.groups[0].iter().all(
                |ranked| ranked.strength == WordingStrength::Unknown(NoStrengths::Disconnected)
            )
        );
        let undecided = ranking(&[(0, 1, Equal, 3), (1, 2, Equal, 3)]).unwrap();
        assert_eq!(
            undecided.groups[0][0].strength,
            WordingStrength::Unknown(NoStrengths::OnlyTies)
        );
    }
}
