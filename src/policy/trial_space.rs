//! The space that a policy chooses from: variants, rows, which rows belong together, and the random order of the rows.

use crate::stats::Stream;
use crate::{analysis::AnalysisSpec, model::Variant};
use rand::{RngExt, SeedableRng};

/// What a policy knows before anything is bought.
#[derive(Debug, Clone)]
pub struct TrialSpace {
    pub variants: usize,
    pub rows: usize,
    /// Trials that a pair of variant and row takes.
    pub samples: usize,
    /// Level of every variant, one list an axis.
    pub factors: Vec<Vec<u32>>,
    pub seed: u64,
    /// All rows in random order; rows of a cluster follow each other.
    order: Vec<u32>,
    /// Number of the unit (cluster or row) at each place of the order, ascending.
    unit_at: Vec<u32>,
    largest_unit: usize,
}

impl TrialSpace {
    /// A space; `clusters` holds the cluster of every row, or nothing.
    pub fn new(
        variants: &[Variant],
        rows: usize,
        samples: usize,
        clusters: &[u32],
        seed: u64,
    ) -> TrialSpace {
        let axes = AnalysisSpec::axes_of(variants);
        let factors = axes
            .iter()
            .map(|axis| axis.level_of.iter().map(|l| *l as u32).collect())
            .collect();
        TrialSpace::from_clusters(variants.len(), rows, samples, factors, clusters, seed)
    }

    /// The same from numbers alone.
    pub fn from_clusters(
        variants: usize,
        rows: usize,
        samples: usize,
        factors: Vec<Vec<u32>>,
        clusters: &[u32],
        seed: u64,
    ) -> TrialSpace {
        let mut rng = Stream::seed_from_u64(seed ^ 0x0f1e_1d0f_0a0d_e505);
        let mut order: Vec<u32> = (0..rows as u32).collect();
        shuffle(&mut order, &mut rng);
        let cluster = |row: u32| {
            let clustered = clusters.len() == rows;
            if clustered {
                clusters[row as usize]
            } else {
                row
            }
        };
        // Clusters in the order in which their first row was drawn.
        let mut place = std::collections::HashMap::new();
        for row in &order {
            let next = place.len() as u32;
            place.entry(cluster(*row)).or_insert(next);
        }
        order.sort_by_key(|row| place[&cluster(*row)]);
        let unit_at: Vec<u32> = order.iter().map(|row| place[&cluster(*row)]).collect();
        let largest_unit = unit_at.chunk_by(|a, b| a == b).map(<[u32]>::len).max();
        TrialSpace {
            variants,
            rows,
            samples,
            factors,
            seed,
            order,
            unit_at,
            largest_unit: largest_unit.unwrap_or(1),
        }
    }

    /// All rows in random order.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The units that are wholly among the first `rows` of the order: mean value, and size as a share of the largest. Rows
    /// without a value are left out.
    pub fn units(&self, rows: usize, value: impl Fn(u32) -> Option<f64>) -> Vec<(f64, f64)> {
        let rows = rows.min(self.rows);
        // A unit that goes on after the last row is not whole.
        let whole = match (
            rows.checked_sub(1).map(|l| self.unit_at[l]),
            self.unit_at.get(rows),
        ) {
            (Some(last), Some(next)) if last == *next => {
                self.unit_at.partition_point(|u| *u < last)
            }
            _ => rows,
        };
        let mut units = Vec::new();
        let mut from = 0;
        for unit in self.unit_at[..whole].chunk_by(|a, b| a == b) {
            let to = from + unit.len();
            let (mut sum, mut n) = (0.0, 0.0);
            for x in self.order[from..to].iter().filter_map(|row| value(*row)) {
                sum += x;
                n += 1.0;
            }
            if n > 0.0 {
                units.push((sum / n, n / self.largest_unit as f64));
            }
            from = to;
        }
        units
    }
}

/// A uniform shuffle (Fisher and Yates).
pub(super) fn shuffle<T>(items: &mut [T], rng: &mut Stream) {
    for i in (1..items.len()).rev() {
        items.swap(i, rng.random_range(0..=i));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_an_order_of_the_seed() {
        let space = |seed| TrialSpace::from_clusters(2, 50, 1, Vec::new(), &[], seed);
        assert_eq!(space(7).order(), space(7).order());
        assert_ne!(space(7).order(), space(8).order());
        let mut sorted = space(7).order().to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<u32>>());
    }

    #[test]
    fn rows_of_a_cluster_are_one_unit_and_count_only_when_whole() {
        let clusters: Vec<u32> = (0..12).map(|row| row / 4).collect();
        let space = TrialSpace::from_clusters(1, 12, 1, Vec::new(), &clusters, 3);
        let first = space.order()[0] / 4;
        assert!(space.order()[..4].iter().all(|row| row / 4 == first));
        assert_eq!(space.units(3, |_| Some(1.0)), []);
        assert_eq!(space.units(7, |_| Some(0.5)), [(0.5, 1.0)]);
        assert_eq!(
            space.units(12, |row| (row % 4 < 2).then_some(1.0)),
            [(1.0, 0.5); 3]
        );
    }
}
