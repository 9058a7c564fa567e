//! The leaderboard: one line per variant and model, their rank, and the order by any column.
//!
//! The one home of the order of variants: tables, reports and the session all take it from here.

use super::{Analysis, Interval, Live, VariantFinding, Verdict};
use crate::outcome::Grid;
use std::cmp::Ordering;

/// How good a variant is, for ranking.
struct Standing {
    /// The round of its elimination; `usize::MAX` where it never was.
    eliminated: usize,
    excessive_cuts: bool,
    score: f64,
    p_best: f64,
}

impl Standing {
    fn new(finding: &VariantFinding, eliminated: Option<usize>) -> Standing {
        Standing {
            eliminated: eliminated.unwrap_or(usize::MAX),
            excessive_cuts: finding.truncation.is_excessive,
            score: finding.score.map_or(f64::NEG_INFINITY, |s| s.value),
            p_best: finding.p_best,
        }
    }

    /// Best first: by score; those without a score, then eliminated ones, the last eliminated first, as a score from few rows
    /// says little; last those of which too many answers were cut. Equals share a rank.
    fn compare(&self, other: &Standing) -> Ordering {
        (self.excessive_cuts.cmp(&other.excessive_cuts))
            .then(other.eliminated.cmp(&self.eliminated))
            .then(other.score.total_cmp(&self.score))
    }
}

/// Indices and ranks from 1, best first; of equals, those first that are the best more often.
fn ranks(standings: &[Standing]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..standings.len()).collect();
    order.sort_by(|a, b| {
        let (a, b) = (&standings[*a], &standings[*b]);
        a.compare(b).then(b.p_best.total_cmp(&a.p_best))
    });
    let mut ranks: Vec<(usize, usize)> = Vec::with_capacity(order.len());
    for (place, index) in order.into_iter().enumerate() {
        let shared = ranks.last().filter(|(previous, _)| {
            standings[*previous].compare(&standings[index]) == Ordering::Equal
        });
        let rank = shared.map_or(place + 1, |(_, rank)| *rank);
        ranks.push((index, rank));
    }
    ranks
}

impl Analysis {
    /// Variants, best first.
    pub fn ranked(&self) -> Vec<usize> {
        let ranks = self.ranks(&[]).into_iter();
        ranks.map(|(variant, _)| variant).collect()
    }

    /// Variants with their ranks, best first, where some were eliminated: the round of each, if any.
    pub fn ranks(&self, eliminated: &[Option<usize>]) -> Vec<(usize, usize)> {
        let standings: Vec<Standing> = (self.variants.iter().enumerate())
            .map(|(v, finding)| Standing::new(finding, eliminated.get(v).copied().flatten()))
            .collect();
        ranks(&standings)
    }
}

/// One model's part of a leaderboard.
#[derive(Debug)]
pub struct LeaderboardPart<'a> {
    pub model: usize,
    pub grid: &'a Grid,
    /// Number of metrics, the main one included.
    pub metrics: usize,
    /// Without one, there are means but no intervals, verdicts and medians.
    pub analysis: Option<&'a Analysis>,
    /// Intervals while a run is in progress.
    pub live: Option<&'a Live>,
    /// The round in which each variant was eliminated, where any was.
    pub eliminated: Vec<Option<usize>>,
}

impl LeaderboardPart<'_> {
    /// What was found of a variant, unless that was before it had answers.
    fn finding(&self, variant: usize) -> Option<&VariantFinding> {
        let finding = self.analysis?.variants.get(variant)?;
        let is_older = finding.score.is_none() && self.grid.is_active(variant);
        (!is_older).then_some(finding)
    }
}

/// One variant with one model.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaderboardLine {
    pub variant: usize,
    pub model: usize,
    /// From 1, shared by equal scores; `None` without a score.
    pub rank: Option<usize>,
    /// From 0, in the order by rank; no two lines share it.
    place: usize,
    /// Mean score.
    pub score: Option<f64>,
    /// Rows with a score, where that is known.
    pub scored_rows: Option<usize>,
    /// Rows that there are.
    pub rows: usize,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// Difference to the baseline with the same model.
    pub difference: Option<Interval>,
    pub verdict: Option<Verdict>,
    pub fixed: Option<usize>,
    pub broken: Option<usize>,
    /// Mean scores by the further metrics, in their order.
    pub metrics: Vec<Option<f64>>,
    /// Mean tokens per call.
    pub prompt_tokens: Option<f64>,
    pub completion_tokens: Option<f64>,
    /// Mean cost per call.
    pub cost_usd: Option<f64>,
    /// Median.
    pub latency_ms: Option<f64>,
    pub eliminated: bool,
    /// Whether too many of its answers were cut at the token limit.
    pub is_cut: bool,
}

/// What a leaderboard can be sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaderboardColumn {
    #[default]
    Rank,
    /// The order of the project.
    Variant,
    Model,
    Score,
    /// Rows with a score.
    Rows,
    Difference,
    /// A further metric, from 1.
    Metric(usize),
    Fixed,
    Broken,
    PromptTokens,
    CompletionTokens,
    Cost,
    Latency,
}

/// An order of the lines. Every column begins with its better end: high scores, low costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct LeaderboardSort {
    pub column: LeaderboardColumn,
    pub reversed: bool,
}

/// One line per variant and model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Leaderboard {
    /// By model, then in the order of the project.
    pub lines: Vec<LeaderboardLine>,
}

impl Leaderboard {
    pub fn new(parts: &[LeaderboardPart<'_>]) -> Leaderboard {
        let mut lines = Vec::new();
        let mut standings = Vec::new();
        for part in parts {
            for variant in 0..part.grid.variants() {
                let finding = part.finding(variant);
                let line = LeaderboardLine::new(part, finding, variant);
                let eliminated = part.eliminated.get(variant).copied().flatten();
                let standing = finding.map_or_else(
                    || Standing {
                        eliminated: eliminated.unwrap_or(usize::MAX),
                        excessive_cuts: part.grid.is_cut(variant),
                        score: line.score.unwrap_or(f64::NEG_INFINITY),
                        p_best: 0.0,
                    },
                    |finding| Standing::new(finding, eliminated),
                );
                standings.push(standing);
                lines.push(line);
            }
        }
        for (place, (line, rank)) in ranks(&standings).into_iter().enumerate() {
            let line: &mut LeaderboardLine = &mut lines[line];
            line.place = place;
            line.rank = line.score.map(|_| rank);
        }
        Leaderboard { lines }
    }

    /// Indices of the lines in an order; lines without a value come last, equals by their place.
    pub fn order(&self, sort: LeaderboardSort) -> Vec<usize> {
        let keys: Vec<(Option<f64>, usize)> = (self.lines.iter())
            .map(|line| (line.sort_key(sort.column), line.place))
            .collect();
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (keys[*a], keys[*b]);
            let by_value = match (a.0, b.0) {
                (Some(a), Some(b)) if sort.reversed => b.total_cmp(&a),
                (Some(a), Some(b)) => a.total_cmp(&b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            };
            by_value.then(a.1.cmp(&b.1))
        });
        order
    }

    /// Whether a score is of a part of the rows.
    pub fn is_partial(&self) -> bool {
        (self.lines.iter()).any(|line| line.partial_rows().is_some())
    }

    /// Indices of the lines, best first.
    pub fn ranked(&self) -> Vec<usize> {
        self.order(LeaderboardSort::default())
    }
}

impl LeaderboardLine {
    fn new(
        part: &LeaderboardPart<'_>,
        finding: Option<&VariantFinding>,
        variant: usize,
    ) -> LeaderboardLine {
        let live = part.live.and_then(|live| live.variant(variant));
        let compared = finding.and_then(|f| f.difference.as_ref());
        let (score, difference) = match &live {
            Some(live) => (live.score, live.difference),
            None => (finding.and_then(|f| f.score), compared.map(|d| d.interval)),
        };
        let totals = part.grid.totals(variant);
        let per_call = |sum: u64| (totals.answers > 0).then(|| sum as f64 / totals.answers as f64);
        let answered = totals.answers > 0;
        let of_finding =
            |value: fn(&VariantFinding) -> f64| finding.filter(|_| answered).map(value);
        LeaderboardLine {
            variant,
            model: part.model,
            rank: None,
            place: 0,
            score: score.map(|s| s.value).or(part.grid.metric_mean(0, variant)),
            scored_rows: (live.map(|live| live.rows))
                .or(finding.map(|f| f.n))
                .or((part.grid.samples() == 1).then_some(totals.answered as usize)),
            rows: part.grid.rows(),
            interval: score.map(|s| (s.low, s.high)),
            difference,
            verdict: finding.map(|f| f.verdict.clone()),
            fixed: compared.map(|d| d.changes.fixed),
            broken: compared.map(|d| d.changes.broken),
            metrics: (1..part.metrics)
                .map(|metric| part.grid.metric_mean(metric, variant))
                .collect(),
            prompt_tokens: of_finding(|f| f.prompt_tokens).or(per_call(totals.prompt_tokens)),
            completion_tokens: of_finding(|f| f.completion_tokens)
                .or(per_call(totals.completion_tokens)),
            cost_usd: part.grid.mean_cost(variant),
            latency_ms: finding.and_then(|f| f.latency_p50_ms),
            eliminated: part.eliminated.get(variant).is_some_and(Option::is_some),
            is_cut: part.grid.is_cut(variant),
        }
    }

    /// Rows with a score and all rows, where the score is of a part of them: it does not compare with scores of other rows.
    pub fn partial_rows(&self) -> Option<(usize, usize)> {
        let scored = self.scored_rows.filter(|_| self.score.is_some())?;
        (scored < self.rows).then_some((scored, self.rows))
    }

    /// What it is sorted by, the better the lower.
    fn sort_key(&self, column: LeaderboardColumn) -> Option<f64> {
        let count = |n: Option<usize>| n.map(|n| n as f64);
        match column {
            LeaderboardColumn::Rank => count(self.rank),
            LeaderboardColumn::Variant => Some(self.variant as f64),
            LeaderboardColumn::Model => Some(self.model as f64),
            LeaderboardColumn::Score => self.score.map(|score| -score),
            LeaderboardColumn::Rows => count(self.scored_rows).map(|n| -n),
            LeaderboardColumn::Difference => self.difference.map(|d| -d.value),
            LeaderboardColumn::Metric(metric) => {
                let further = metric.checked_sub(1)?;
                self.metrics.get(further)?.map(|mean| -mean)
            }
            LeaderboardColumn::Fixed => count(self.fixed).map(|n| -n),
            LeaderboardColumn::Broken => count(self.broken),
            LeaderboardColumn::PromptTokens => self.prompt_tokens,
            LeaderboardColumn::CompletionTokens => self.completion_tokens,
            LeaderboardColumn::Cost => self.cost_usd,
            LeaderboardColumn::Latency => self.latency_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::{AnalysisSpec, Expense, Tradeoff, analyse},
        outcome::{Cell, CellState},
    };

    fn grid(variants: &[&str], latency: &[f32]) -> Grid {
        let mut grid = Grid::new(variants.len(), 8, 1);
        for (v, marks) in variants.iter().enumerate() {
            for (row, mark) in marks.bytes().enumerate() {
                let cell = Cell {
                    state: CellState::Scored,
                    score: Some(f64::from(u8::from(mark == b'1'))),
                    answer: None,
                    truncated: false,
                    latency_ms: latency[v],
                    prompt_tokens: 5,
                    cached_tokens: 0,
                    completion_tokens: 1,
                };
                grid.set(v, row, 0, cell);
                grid.set_extras(
                    (v, row, 0),
                    std::iter::once(Some(0.25 * v as f64)),
                    Some(v as f64),
                );
            }
        }
        grid
    }

    #[test]
    fn lines_of_all_models_are_ranked_together_and_sorted_by_any_column() {
        let first = grid(&["11110000", "11111100", ""], &[30.0, 20.0, 0.0]);
        let second = grid(&["11111110", "11000000", "1"], &[10.0, 40.0, 50.0]);
        let spec = AnalysisSpec::default();
        let found = [analyse(&first, &spec), analyse(&second, &spec)];
        let part = |model: usize, grid| LeaderboardPart {
            model,
            grid,
            metrics: 2,
            analysis: Some(&found[model]),
            live: None,
            eliminated: Vec::new(),
        };
        let board = Leaderboard::new(&[part(0, &first), part(1, &second)]);
        let ranks: Vec<Option<usize>> = board.lines.iter().map(|l| l.rank).collect();
        assert_eq!(ranks, [4, 3, 0, 2, 5, 1].map(|n| (n > 0).then_some(n)));
        assert_eq!(board.ranked(), [5, 3, 1, 0, 4, 2]);
        let order = |column, reversed| board.order(LeaderboardSort { column, reversed });
        assert_eq!(order(LeaderboardColumn::Latency, false)[..3], [3, 1, 0]);
        assert_eq!(order(LeaderboardColumn::Latency, true), [5, 4, 0, 1, 3, 2]);
        assert_eq!(order(LeaderboardColumn::Variant, false), [3, 0, 1, 4, 5, 2]);
        assert_eq!(order(LeaderboardColumn::Metric(1), false)[..2], [5, 1]);
        assert_eq!(order(LeaderboardColumn::Cost, false)[..2], [3, 0]);
        assert_eq!(order(LeaderboardColumn::Metric(7), false), board.ranked());
        assert_eq!(order(LeaderboardColumn::Rows, true)[..2], [2, 5]);
        let partial = |line: &LeaderboardLine| line.partial_rows();
        let partial: Vec<_> = board.lines.iter().map(partial).collect();
        assert_eq!(partial, [None, None, None, None, None, Some((1, 8))]);
        assert!(board.is_partial());
        let front = |lines: &[usize], expense| {
            let tradeoff = Tradeoff::new(&board, lines, expense);
            let front = tradeoff.front().map(|point| point.line);
            (tradeoff.points.len(), front.collect::<Vec<usize>>())
        };
        let all: Vec<usize> = (0..board.lines.len()).collect();
        assert_eq!(front(&all, Expense::Cost), (5, vec![3, 5]));
        assert_eq!(front(&[4, 1, 0], Expense::Cost), (3, vec![0, 1]));
        // The fastest is the second best, and the slowest the best.
        assert_eq!(front(&all, Expense::Latency), (5, vec![3, 5]));
        assert_eq!(
            (board.lines[1].fixed, board.lines[1].broken),
            (Some(2), Some(0))
        );
    }

    #[test]
    fn eliminated_variants_come_last_whatever_their_score() {
        let grid = grid(&["11110000", "11111111", "11000000"], &[1.0; 3]);
        let found = analyse(&grid, &AnalysisSpec::default());
        let eliminated = vec![None, Some(1), None];
        assert_eq!(found.ranked(), [1, 0, 2]);
        assert_eq!(found.ranks(&eliminated), [(0, 1), (2, 2), (1, 3)]);
        let board = Leaderboard::new(&[LeaderboardPart {
            model: 0,
            grid: &grid,
            metrics: 1,
            analysis: Some(&found),
            live: None,
            eliminated,
        }]);
        assert_eq!(board.ranked(), [0, 2, 1]);
        let tradeoff = Tradeoff::new(&board, &[0, 1, 2], Expense::Cost);
        assert_eq!(tradeoff.front().map(|p| p.line).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn cut_answers_lead_no_front() {
        let mut grid = grid(&["11110000", "11111111"], &[2.0, 1.0]);
        for row in 0..8 {
            let cell = Cell {
                state: CellState::Truncated,
                truncated: true,
                ..grid.cell(1, row, 0)
            };
            grid.set(1, row, 0, cell);
        }
        let found = analyse(&grid, &AnalysisSpec::default());
        let board = Leaderboard::new(&[LeaderboardPart {
            model: 0,
            grid: &grid,
            metrics: 1,
            analysis: Some(&found),
            live: None,
            eliminated: Vec::new(),
        }]);
        let tradeoff = Tradeoff::new(&board, &[0, 1], Expense::Latency);
        assert_eq!((tradeoff.points.len(), tradeoff.not_comparable), (2, 1));
        assert_eq!(tradeoff.front().map(|p| p.line).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn equal_scores_share_a_rank_and_leave_the_next_ones_out() {
        let grid = grid(&["11000000", "11110000", "00001111", "11100000"], &[1.0; 4]);
        let found = analyse(&grid, &AnalysisSpec::default());
        let mut ranks = found.ranks(&[]);
        ranks.sort_unstable();
        assert_eq!(ranks, [(0, 4), (1, 1), (2, 1), (3, 3)]);
    }
}
