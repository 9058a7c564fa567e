//! What rewording could still gain, counted against chance.
//!
//! That some wording is right on a row is no evidence: coins tossed often enough are right on every row. What counts is what
//! the wordings know together (the answer that most of them give) and how much better than its neighbors a good one is.

use super::{Headroom, ModelFigures, answer_groups::AnswerGroups};
use crate::{
    analysis::{AnalysisSpec, Interval},
    model::{RowHeads, Variant},
    outcome::{AnswerId, CellState, Grid},
    stats::{expected_maximum, moments, wilson},
};
use std::collections::HashSet;

/// Most row ids that are listed.
const NAMED: usize = 20;
/// Fewer wordings have no majority.
const VOTERS: usize = 3;

pub(super) fn headroom(
    base: &ModelFigures<'_>,
    best: usize,
    groups: &AnswerGroups,
    (variants, heads): (&[Variant], &RowHeads),
    spec: &AnalysisSpec,
) -> Option<Headroom> {
    let counts = base.analysis.rows.row_counts();
    if counts.scored == 0 {
        return None;
    }
    let share = |n: usize| n as f64 / counts.scored as f64;
    let ids = |rows: &[usize]| {
        (rows.iter().take(NAMED))
            .map(|row| heads.id(*row).into_owned())
            .collect()
    };
    let active: Vec<usize> = base.analysis.comparable().collect();
    Some(Headroom {
        reachable: share(counts.ever_correct),
        best_of_each_row: best_of_each_row(base.grid, &active)?,
        reachable_by_chance: 1.0 - all_wrong_by_chance(&[base.grid], groups),
        hopeless: share(counts.always_wrong),
        vote: vote(base.grid, &active, spec),
        more_wordings: more_wordings(base.grid, &alike(&active, best, variants)),
        row_counts: counts,
        hopeless_rows: ids(&base.analysis.rows.always_wrong()),
        fragile_rows: ids(&base.analysis.rows.by_fragility()),
    })
}

/// The mean over rows of the best score that any of these wordings has; one that was not tried on a row may be right on it.
/// `None` where no row has a score.
fn best_of_each_row(grid: &Grid, variants: &[usize]) -> Option<f64> {
    let best = |row| {
        let mut known = None;
        let mut all_tried = true;
        for v in variants {
            let cell = grid.summary(*v, row);
            all_tried &= cell.mean().is_some() || cell.failed > 0;
            known = known.into_iter().chain(cell.mean()).reduce(f64::max);
        }
        known.map(|best| if all_tried { best } else { 1.0 })
    };
    let (sum, rows) = (0..grid.rows())
        .filter_map(best)
        .fold((0.0, 0usize), |(sum, rows), best| (sum + best, rows + 1));
    (rows > 0).then(|| sum / rows as f64)
}

/// The share of rows on which every wording of these models that was tried on them is wrong by chance: if each were as good as
/// it is on the rows that expect the same answer, independently of the row and of the others.
pub(super) fn all_wrong_by_chance(grids: &[&Grid], groups: &AnswerGroups) -> f64 {
    let rows = grids.first().map_or(0, |grid| grid.rows());
    let mut all_wrong: Vec<Option<f64>> = vec![None; rows];
    for grid in grids {
        for v in grid.comparable() {
            let (mut right, mut scored) = (vec![0usize; groups.len()], vec![0usize; groups.len()]);
            let is_scored = |row: &usize| grid.summary(v, *row).scored() > 0;
            for row in (0..rows).filter(is_scored) {
                scored[groups.group(row)] += 1;
                right[groups.group(row)] += usize::from(grid.summary(v, row).is_correct());
            }
            for row in (0..rows).filter(is_scored) {
                let group = groups.group(row);
                let wrong = 1.0 - right[group] as f64 / scored[group] as f64;
                *all_wrong[row].get_or_insert(1.0) *= wrong;
            }
        }
    }
    let known: Vec<f64> = all_wrong.into_iter().flatten().collect();
    known.iter().sum::<f64>() / known.len().max(1) as f64
}

/// The score of the answer that most samples of all wordings give to a row; answers that tie are averaged.
fn vote(grid: &Grid, active: &[usize], spec: &AnalysisSpec) -> Option<Interval> {
    if active.len() < VOTERS || !grid.reads_answers() {
        return None;
    }
    let (mut sum, mut rows, mut clusters) = (0.0, 0usize, HashSet::<u32>::new());
    for row in 0..grid.rows() {
        // Answer, votes, sum of their scores.
        let mut tally: Vec<(AnswerId, usize, f64)> = Vec::new();
        let mut voters = 0;
        for v in active {
            let mut answered = false;
            for sample in 0..grid.samples() {
                let cell = grid.cell(*v, row, sample);
                answered |= cell.state.is_answered();
                let (CellState::Scored, Some(answer)) = (cell.state, cell.answer) else {
                    continue;
                };
                let score = cell.score.unwrap_or(0.0);
                match tally.iter_mut().find(|(known, ..)| *known == answer) {
                    Some((_, n, sum)) => (*n, *sum) = (*n + 1, *sum + score),
                    None => tally.push((answer, 1, score)),
                }
            }
            voters += usize::from(answered);
        }
        if voters < VOTERS {
            continue;
        }
        rows += 1;
        clusters.extend(spec.clusters.get(row));
        let most = tally.iter().map(|(_, n, _)| *n).max().unwrap_or(0);
        let (mut score, mut winners) = (0.0, 0.0);
        for (_, n, of_answer) in tally.iter().filter(|(_, n, _)| *n == most) {
            score += of_answer / *n as f64;
            winners += 1.0;
        }
        sum += score / f64::max(winners, 1.0);
    }
    let value = sum / rows.max(1) as f64;
    let units = match clusters.len() {
        0 => rows,
        n => n,
    } as f64;
    let (low, high) = wilson(value * units, units);
    (rows > 0).then_some(Interval { value, low, high })
}

/// The wordings with as many shots as the best one: what differs between them is the wording.
fn alike(active: &[usize], best: usize, variants: &[Variant]) -> Vec<usize> {
    let shots = |v: usize| Some(&variants.get(v)?.level("shots.count")?.name);
    (active.iter().copied())
        .filter(|v| shots(*v) == shots(best))
        .collect()
}

/// What twice as many wordings like these would add to the best of them: wordings are taken as normal draws whose variance is
/// that between the means less what the rows alone give.
fn more_wordings(grid: &Grid, variants: &[usize]) -> Option<f64> {
    let k = variants.len();
    // Scores of a row under every wording, into a buffer; `false` where one is missing.
    let scores = |row: usize, buffer: &mut Vec<f64>| {
        buffer.clear();
        buffer.extend(variants.iter().map_while(|v| grid.summary(*v, row).mean()));
        buffer.len() == k
    };
    let (mut n, mut means, mut buffer) = (0.0, vec![0.0; k], Vec::with_capacity(k));
    for row in 0..grid.rows() {
        if scores(row, &mut buffer) {
            n += 1.0;
            means.iter_mut().zip(&buffer).for_each(|(sum, x)| *sum += x);
        }
    }
    if k < 2 || n < 2.0 {
        return None;
    }
    means.iter_mut().for_each(|sum| *sum /= n);
    let (grand, between) = moments(&means)?;
    let mut residual = 0.0;
    for row in 0..grid.rows() {
        if scores(row, &mut buffer) {
            let own = buffer.iter().sum::<f64>() / k as f64;
            let rest = |(x, m): (&f64, &f64)| (x - own - m + grand).powi(2);
            residual += buffer.iter().zip(&means).map(rest).sum::<f64>();
        }
    }
    let error = residual / ((k as f64 - 1.0) * (n - 1.0)) / n;
    let deviation = (between - error).max(0.0).sqrt();
    Some(deviation * (expected_maximum(2 * k) - expected_maximum(k)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Cell;

    /// A variant per line: the label that it gives to each row.
    fn grid(expected: &str, variants: &[&str]) -> (Grid, AnswerGroups) {
        let mut grid = Grid::new(variants.len(), expected.len(), 1);
        for (v, line) in variants.iter().enumerate() {
            let cells = line.chars().zip(expected.chars()).enumerate();
            for (row, (given, right)) in cells.filter(|(_, (given, _))| *given != '.') {
                let answer = grid.intern(&given.to_string());
                let cell = Cell {
                    state: CellState::Scored,
                    score: Some(f64::from(u8::from(given == right))),
                    answer: Some(answer),
                    truncated: false,
                    latency_ms: 1.0,
                    prompt_tokens: 1,
                    cached_tokens: 0,
                    completion_tokens: 1,
                };
                grid.set(v, row, 0, cell);
            }
        }
        let answers: Vec<String> = expected.chars().map(String::from).collect();
        let groups = AnswerGroups::new(answers.iter().map(|a| Some(a.as_str())));
        (grid, groups)
    }

    #[test]
    fn opposite_constants_are_right_on_every_row_by_chance() {
        let (found, groups) = grid("pnpnpnpn", &["pppppppp", "nnnnnnnn"]);
        assert_eq!(all_wrong_by_chance(&[&found], &groups), 0.0);
        assert_eq!(best_of_each_row(&found, &[0, 1]), Some(1.0));
        assert_eq!(best_of_each_row(&found, &[1]), Some(0.5));
        assert_eq!(best_of_each_row(&found, &[]), None);
        let constant = groups.constant(&found, 0, 0.0).unwrap();
        assert_eq!((constant.score.value, constant.gain.value), (0.5, 0.0));
        let shares = groups.shares(&found, 0);
        assert_eq!((shares[1].given, shares[1].expected), (1.0, 0.5));
    }

    #[test]
    fn a_wording_that_was_not_tried_on_a_row_is_no_evidence_there() {
        let (found, _) = grid("pnpn", &["ppnn", "pnnp", "pppp"]);
        let one = AnswerGroups::new([None; 4].into_iter());
        // Right on half of the rows each.
        assert!((all_wrong_by_chance(&[&found], &one) - 0.125).abs() < 1e-12);
        assert_eq!(best_of_each_row(&found, &[0, 1, 2]), Some(1.0));
        let (found, _) = grid("pnpn", &["ppnn", "pnnp", "pp.p"]);
        // Nothing was sent to the third on the third row: two wordings are wrong there, and it may be right.
        let third = 2.0 / 3.0;
        let expected = (3.0 * 0.25 * third + 0.25) / 4.0;
        assert!((all_wrong_by_chance(&[&found], &one) - expected).abs() < 1e-12);
        assert_eq!(best_of_each_row(&found, &[0, 1]), Some(0.75));
        assert_eq!(best_of_each_row(&found, &[0, 1, 2]), Some(1.0));
        assert_eq!(
            vote(&found, &[0, 1, 2], &AnalysisSpec::default())
                .unwrap()
                .value,
            1.0 / 3.0
        );
    }

    #[test]
    fn a_vote_shows_what_wordings_know_together() {
        let expected = "pnpnpnpn".repeat(4);
        // Each is wrong on other rows: two of three are right on all.
        let wrong_at = |of: usize| -> String {
            let turn = |(row, c): (usize, char)| match row % 3 == of {
                true if c == 'p' => 'n',
                true => 'p',
                false => c,
            };
            expected.chars().enumerate().map(turn).collect()
        };
        let lines: Vec<String> = (0..3).map(wrong_at).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (found, _) = grid(&expected, &lines);
        let voted = vote(&found, &[0, 1, 2], &AnalysisSpec::default()).unwrap();
        assert_eq!(voted.value, 1.0);
        assert!(more_wordings(&found, &[0, 1, 2]).unwrap() < 0.01);
        assert_eq!(vote(&found, &[0, 1], &AnalysisSpec::default()), None);
    }
}
