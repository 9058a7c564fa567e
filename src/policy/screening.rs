//! How many variants try a row before the others do.
//!
//! Rows that all variants get right, or all get wrong, say nothing of which is better. Where such rows are many, a few variants that
//! are drawn at random for each row show most of them (two-phase sampling, Neyman 1938): if their scores are the same, the row
//! is skipped. The number is that which the rows so far show to tell most apart per call.

/// Rows from which a number is chosen.
const LEAST_ROWS: usize = 6;
/// Most variants that try a row first.
const MOST_PROBES: usize = 6;

/// How rows are tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Screening {
    /// Variants that try a row first; all of them without screening.
    pub probes: usize,
    /// Pairs that a row is expected to take.
    pub cost: f64,
}

impl Screening {
    /// All variants try every row.
    pub(super) fn none(variants: usize) -> Screening {
        Screening {
            probes: variants,
            cost: variants as f64,
        }
    }

    /// The best way for so many variants by their scores on the rows that they share.
    pub(super) fn choose(variants: usize, rows: &[Vec<Option<f64>>]) -> Screening {
        let scored = rows.iter().filter_map(|row| RowScores::of(variants, row));
        let scored: Vec<RowScores> = scored.collect();
        let all: f64 = scored.iter().map(|row| row.discordance).sum();
        let none = Screening::none(variants);
        if scored.len() < LEAST_ROWS || all == 0.0 {
            return none;
        }
        let mut best = (1.0 / none.cost, none);
        for probes in 2..=MOST_PROBES.min(variants.saturating_sub(1)) {
            let (mut seen, mut completed) = (0.0, 0.0);
            for row in &scored {
                let differ = row.chance_to_differ(probes);
                seen += differ * row.discordance;
                completed += differ;
            }
            let others = (variants - probes) as f64 * completed / scored.len() as f64;
            let cost = probes as f64 + others;
            let value = seen / all / cost;
            if value > best.0 {
                best = (value, Screening { probes, cost });
            }
        }
        best.1
    }
}

/// The scores of all variants on a row: how many have each.
struct RowScores {
    counts: Vec<usize>,
    variants: usize,
    /// Sum of the squared differences of all pairs.
    discordance: f64,
}

impl RowScores {
    /// `None` where one has no score.
    fn of(variants: usize, row: &[Option<f64>]) -> Option<RowScores> {
        let mut scores: Vec<f64> = row.iter().copied().collect::<Option<_>>()?;
        if scores.len() != variants {
            return None;
        }
        scores.sort_unstable_by(f64::total_cmp);
        let (sum, squares) = (scores.iter()).fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
        let counts: Vec<usize> = (scores.chunk_by(|a, b| is_same(*a, *b)))
            .map(<[f64]>::len)
            .collect();
        let discordance = match counts.len() {
            1 => 0.0,
            _ => variants as f64 * squares - sum * sum,
        };
        Some(RowScores {
            counts,
            variants,
            discordance,
        })
    }

    /// Chance that so many variants drawn at random do not all score the same.
    fn chance_to_differ(&self, probes: usize) -> f64 {
        let same = |count: &usize| -> f64 {
            let falling = |n: usize, i: usize| n.saturating_sub(i) as f64;
            (0..probes)
                .map(|i| falling(*count, i) / falling(self.variants, i))
                .product()
        };
        1.0 - self.counts.iter().map(same).sum::<f64>()
    }
}

/// Whether two scores are the same but for rounding.
pub(super) fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(right: usize, of: usize) -> Vec<Option<f64>> {
        (0..of)
            .map(|v| Some(f64::from(u8::from(v < right))))
            .collect()
    }

    #[test]
    fn chances_by_hand() {
        let scores = RowScores::of(4, &row(1, 4)).unwrap();
        // Two of four, one of which stands alone: in half of the draws it is among them.
        assert!((scores.chance_to_differ(2) - 0.5).abs() < 1e-12);
        assert!((scores.discordance - 3.0).abs() < 1e-12);
        let scores = RowScores::of(4, &row(4, 4)).unwrap();
        assert_eq!((scores.chance_to_differ(3), scores.discordance), (0.0, 0.0));
        assert!(RowScores::of(2, &[Some(1.0), None]).is_none());
    }

    #[test]
    fn rows_that_are_mostly_alike_are_screened_and_others_are_not() {
        let alike: Vec<_> = (0..10)
            .map(|r| row(if r < 8 { 16 } else { 8 }, 16))
            .collect();
        let found = Screening::choose(16, &alike);
        assert!(
            (2..=4).contains(&found.probes) && found.cost < 7.0,
            "{found:?}"
        );
        let apart: Vec<_> = (0..10).map(|r| row(6 + r % 3, 16)).collect();
        let found = Screening::choose(16, &apart);
        assert!(found.cost > 10.0, "{found:?}");
        assert_eq!(Screening::choose(16, &alike[..5]), Screening::none(16));
        assert_eq!(
            Screening::choose(2, &[row(1, 2), row(2, 2)]),
            Screening::none(2)
        );
    }
}
