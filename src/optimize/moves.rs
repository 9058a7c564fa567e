//! Moves that need no writer: other shots, another order or number of them, another format, another level of a short axis. Drawn by
//! seed, one change at a time.

use super::{
    Leaks, Regions,
    regions::Texts,
    setting::{SettingKind, ShotChoice, format_text, read_format},
};
use crate::{
    engine::Plan,
    model::{Row, Shot, answer_text},
    project::{CASINGS, JOINERS, SEPARATORS},
    shots::{Select, ShotOrder},
    stats::Stream,
};
use rand::{RngExt, SeedableRng, seq::SliceRandom};
use std::collections::HashSet;

/// Of the candidates of a round that a writer is asked for, one of so many is such a move.
pub(super) const ONE_OF: usize = 4;
/// A wording may have twice as many shots as the start, and so many in any case.
const FEW_SHOTS: usize = 8;
/// Draws until a move is given up: what it would make was tried or may not be.
pub(super) const DRAWS: usize = 24;

/// The shots that a move may take: those that are no copy of a row that judges, and of no cluster of such a row.
#[derive(Debug, Clone, Default)]
pub(super) struct FreeShots {
    /// Number and answer of each.
    shots: Vec<(usize, String)>,
    /// Whether no shot of the pool was left out, so that shots may be chosen by row from all of it.
    is_whole_pool: bool,
}

impl FreeShots {
    /// `judges`: the open rows that judge; `is_sealed`: whether a shot is of a cluster of sealed rows. Copies of sealed rows are
    /// in no pool.
    pub(super) fn of(
        plan: &Plan,
        judges: &[std::sync::Arc<Row>],
        leaks: &Leaks,
        is_sealed: &dyn Fn(&Shot) -> bool,
    ) -> FreeShots {
        let texts: HashSet<String> = judges.iter().map(|row| plan.shots.text(row)).collect();
        let clusters: HashSet<&str> = judges.iter().filter_map(|r| r.cluster.as_deref()).collect();
        let column = plan.experiment.cluster.as_ref();
        let pool = plan.shots.shots();
        let is_free = |shot: &Shot, text: &String| {
            let cluster = column
                .and_then(|column| shot.fields.get(column))
                .map(answer_text);
            let is_beside = cluster.is_some_and(|cluster| clusters.contains(cluster.as_str()));
            !texts.contains(text) && !is_beside && !leaks.has(shot) && !is_sealed(shot)
        };
        let shots: Vec<(usize, String)> = (pool.iter().zip(plan.shots.texts()))
            .filter(|(shot, text)| is_free(shot, text))
            .map(|(shot, _)| (shot.index + 1, shot.expected_text().unwrap_or_default()))
            .collect();
        FreeShots {
            is_whole_pool: shots.len() == pool.len() && plan.sealed_shots == 0,
            shots,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.shots.len()
    }

    /// The first shot of a text that it may not have, by number; 0 where shots would be chosen from a pool with such ones. What the start
    /// has may stay.
    pub(super) fn forbidden(&self, text: &str, start: &str) -> Option<usize> {
        let listed = |text| match ShotChoice::read(text) {
            Some(ShotChoice::Listed(numbers)) => Some(numbers),
            _ => None,
        };
        let Some(numbers) = listed(text) else {
            let is_by_row = listed(start).is_none();
            return (!self.is_whole_pool && !is_by_row).then_some(0);
        };
        let before = listed(start).unwrap_or_default();
        let is_free = |number: &usize| self.shots.iter().any(|(free, _)| free == number);
        numbers
            .into_iter()
            .find(|number| !before.contains(number) && !is_free(number))
    }

    /// So many, of each answer in turn, drawn; `None` where there are fewer.
    fn balanced(&self, count: usize, rng: &mut Stream) -> Option<Vec<usize>> {
        if self.shots.len() < count {
            return None;
        }
        let mut shots: Vec<&(usize, String)> = self.shots.iter().collect();
        shots.shuffle(rng);
        let mut seen: Vec<(&str, usize)> = Vec::new();
        let mut turns: Vec<(usize, usize)> = Vec::new();
        for (number, answer) in shots {
            let at = seen.iter().position(|(known, _)| known == answer);
            let at = at.unwrap_or_else(|| {
                seen.push((answer, 0));
                seen.len() - 1
            });
            turns.push((seen[at].1, *number));
            seen[at].1 += 1;
        }
        turns.sort_by_key(|(turn, _)| *turn);
        let drawn = turns.into_iter().take(count);
        Some(drawn.map(|(_, number)| number).collect())
    }
}

/// The stream that the moves of a round are drawn by.
pub(super) fn stream(seed: u64, round: usize) -> Stream {
    Stream::seed_from_u64(seed ^ 0x6d6f_7665_7300_0000 ^ (round as u64).rotate_left(40))
}

/// A change of one setting: which part, its new text, and the change in words. `None` where the wording has no setting, or the draw
/// has nothing to change.
pub(super) fn draw(
    regions: &Regions,
    texts: &Texts,
    free: &FreeShots,
    rng: &mut Stream,
) -> Option<(usize, String, String)> {
    let settings: Vec<(usize, &SettingKind)> = regions.settings().collect();
    if settings.is_empty() {
        return None;
    }
    let (at, kind) = settings[rng.random_range(0..settings.len())];
    let (name, before) = (&regions.regions()[at].name, &texts[at]);
    let text = match kind {
        SettingKind::Shots => {
            let most = |text| ShotChoice::read(text).map_or(0, |shots| shots.len());
            let most = (2 * most(&regions.regions()[at].text)).max(FEW_SHOTS);
            other_shots(ShotChoice::read(before)?, free, most, rng)?.to_string()
        }
        SettingKind::Format => {
            let mut format = read_format(before)?;
            let other =
                |all: &[&str], rng: &mut Stream| all[rng.random_range(0..all.len())].to_owned();
            match rng.random_range(0..3) {
                0 => format.casing = other(&CASINGS, rng),
                1 => format.separator = other(&SEPARATORS, rng),
                _ => format.joiner = other(&JOINERS, rng),
            }
            format_text(&format)
        }
        SettingKind::Level(axis) => axis.levels[rng.random_range(0..axis.levels.len())]
            .name
            .clone(),
    };
    let why = format!("{name} {text} instead of {before}");
    (text != *before).then_some((at, text, why))
}

impl ShotChoice {
    fn len(&self) -> usize {
        match self {
            ShotChoice::Listed(numbers) => numbers.len(),
            ShotChoice::ByRow { count, .. } => *count,
        }
    }
}

/// One change of the shots: another one, another order, fewer, more, a fresh draw, or those nearest to each row.
fn other_shots(
    shots: ShotChoice,
    free: &FreeShots,
    most: usize,
    rng: &mut Stream,
) -> Option<ShotChoice> {
    let count = shots.len();
    let other_count = |rng: &mut Stream| match rng.random_range(0..4) {
        0 => count / 2,
        1 => count.saturating_sub(1),
        2 => count + 1,
        _ => 2 * count.max(1),
    };
    Some(match shots {
        ShotChoice::Listed(mut numbers) => {
            let others: Vec<usize> = (free.shots.iter())
                .map(|(number, _)| *number)
                .filter(|number| !numbers.contains(number))
                .collect();
            match rng.random_range(0..6) {
                0 => {
                    let at = (!numbers.is_empty()).then(|| rng.random_range(0..numbers.len()))?;
                    numbers[at] = *others.get(rng.random_range(0..others.len().max(1)))?;
                }
                1 => match rng.random() {
                    true => numbers.reverse(),
                    false => numbers.shuffle(rng),
                },
                2 => {
                    let to = other_count(rng).min(most);
                    match to < count {
                        // Those that stay keep their order.
                        true => {
                            while numbers.len() > to {
                                numbers.remove(rng.random_range(0..numbers.len()));
                            }
                        }
                        false => {
                            let mut others = others;
                            others.shuffle(rng);
                            numbers.extend(others.into_iter().take(to - count));
                        }
                    }
                }
                3 | 4 => numbers = free.balanced(count.max(1).min(most), rng)?,
                _ => {
                    if !free.is_whole_pool || count == 0 || count >= free.shots.len() {
                        return None;
                    }
                    return Some(ShotChoice::ByRow {
                        select: if rng.random() {
                            Select::Bm25
                        } else {
                            Select::Mmr
                        },
                        count,
                        order: ShotOrder::NearestLast,
                    });
                }
            }
            ShotChoice::Listed(numbers)
        }
        ShotChoice::ByRow {
            select,
            count,
            order,
        } => match rng.random_range(0..4) {
            0 => ShotChoice::ByRow {
                count: other_count(rng).clamp(1, most.min(free.shots.len()).max(1)),
                select,
                order,
            },
            1 => ShotChoice::ByRow {
                order: match order {
                    ShotOrder::NearestLast => ShotOrder::Given,
                    _ => ShotOrder::NearestLast,
                },
                select,
                count,
            },
            2 => ShotChoice::ByRow {
                select: match select {
                    Select::Bm25 => Select::Mmr,
                    _ => Select::Bm25,
                },
                count,
                order,
            },
            _ => ShotChoice::Listed(free.balanced(count.min(most), rng)?),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(numbers: &[usize], is_whole_pool: bool) -> FreeShots {
        let answer = |n: &usize| if n.is_multiple_of(3) { "no" } else { "yes" };
        FreeShots {
            shots: numbers.iter().map(|n| (*n, answer(n).to_owned())).collect(),
            is_whole_pool,
        }
    }

    #[test]
    fn moves_take_free_shots_alone_and_never_one_twice() {
        let all: Vec<usize> = (1..=12).filter(|n| *n != 5).collect();
        let free = free(&all, false);
        let mut kinds = HashSet::new();
        for seed in 0..400 {
            let mut rng = stream(seed, 3);
            let Some(shots) = other_shots(ShotChoice::read("1, 2, 5").unwrap(), &free, 6, &mut rng)
            else {
                continue;
            };
            let ShotChoice::Listed(numbers) = &shots else {
                panic!("{shots} from a pool with copies");
            };
            let distinct: HashSet<&usize> = numbers.iter().collect();
            assert!(
                distinct.len() == numbers.len() && numbers.len() <= 6,
                "{shots}"
            );
            assert_eq!(
                free.forbidden(&shots.to_string(), "1, 2, 5"),
                None,
                "{shots}"
            );
            kinds.insert(numbers.len());
            let again = other_shots(
                ShotChoice::read("1, 2, 5").unwrap(),
                &free,
                6,
                &mut stream(seed, 3),
            );
            assert_eq!(again, Some(shots));
        }
        assert_eq!(kinds, HashSet::from([1, 2, 3, 4, 6]));
        assert_eq!(free.forbidden("1, 5", "1, 2"), Some(5));
        assert_eq!(free.forbidden("bm25 2 given", "1, 2"), Some(0));
        assert_eq!(free.forbidden("bm25 4 given", "bm25 2 given"), None);
    }

    #[test]
    fn where_no_shot_is_free_those_of_the_start_move_alone() {
        let free = free(&[], false);
        for seed in 0..60 {
            let start = ShotChoice::read("1, 2, 5").unwrap();
            let Some(ShotChoice::Listed(numbers)) =
                other_shots(start, &free, 8, &mut stream(seed, 2))
            else {
                continue;
            };
            assert!(
                !numbers.is_empty() && numbers.iter().all(|n| [1, 2, 5].contains(n)),
                "{numbers:?}"
            );
        }
    }

    #[test]
    fn a_fresh_draw_is_balanced() {
        let free = free(&(1..=9).collect::<Vec<_>>(), true);
        for seed in 0..20 {
            let drawn = free.balanced(4, &mut stream(seed, 1)).unwrap();
            let no = drawn.iter().filter(|n| n.is_multiple_of(3)).count();
            assert_eq!((drawn.len(), no), (4, 2), "{drawn:?}");
        }
    }
}
