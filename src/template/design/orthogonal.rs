//! Few combinations from which every axis's own effect can be read.

use super::{
    arrays::arrays,
    combinations::{Combination, Combinations, total},
    confounding::{clear_of_interactions, worst_pair},
    random::random,
};
use std::collections::HashSet;

/// Most combinations that a computed design looks through.
const CANDIDATES: usize = 5_000;

/// The smallest array of the table that holds these axes with distinct combinations, the centre first; else a computed
/// one. Says what is confounded in it; the numbers of axes are written `{0}`, `{1}`. `None` where nothing is smaller than
/// every combination.
pub(super) fn orthogonal(
    sizes: &[usize],
    seed: u64,
    centre: &[usize],
) -> Option<(Vec<Combination>, String)> {
    let all = total(sizes);
    for (runs, columns) in arrays(sizes, all) {
        let mut rows: Vec<Combination> = (0..runs)
            .map(|run| columns.iter().map(|column| column[run]).collect())
            .collect();
        if rows.iter().collect::<HashSet<_>>().len() < runs {
            continue;
        }
        // The first run has level 0 everywhere: let the centre's levels be called so.
        for row in &mut rows {
            for (level, centre) in row.iter_mut().zip(centre) {
                *level = match *level {
                    0 => *centre,
                    same if same == *centre => 0,
                    other => other,
                };
            }
        }
        let clear = clear_of_interactions(&rows, sizes);
        let note = format!(
            "L{runs}, from the table: main effects are not confounded with each other{}",
            if clear {
                " and of interactions of two"
            } else {
                ", but each is confounded with interactions of two others; where axes interact, check with the full design"
            }
        );
        return Some((rows, note));
    }
    let rows = computed(sizes, seed, centre)?;
    let note = match worst_pair(&rows, sizes) {
        Some((a, b, v)) if v > 1e-9 => format!(
            "computed, near-orthogonal: {{{a}}} and {{{b}}} are confounded most (Cramér's V {v:.2}; 0 is clear), and each axis with interactions of two others"
        ),
        _ => "computed: main effects are not confounded with each other, but each is confounded with interactions of two others".into(),
    };
    Some((rows, note))
}

/// As many combinations as the largest product of two axes' levels, and at least one more than there are effects; each
/// the one whose pairs of levels stood together least so far.
fn computed(sizes: &[usize], seed: u64, centre: &[usize]) -> Option<Vec<Combination>> {
    let mut largest = sizes.to_vec();
    largest.sort_unstable_by(|a, b| b.cmp(a));
    let effects: usize = 1 + sizes.iter().map(|n| n - 1).sum::<usize>();
    let pair = largest.first().unwrap_or(&1) * largest.get(1).unwrap_or(&1);
    let wanted = pair.max(effects);
    let all = total(sizes);
    if wanted as u64 >= all {
        return None;
    }
    let mut candidates: Vec<Combination> = if all <= CANDIDATES as u64 {
        let full = Combinations::Full {
            sizes: sizes.to_vec(),
        };
        (0..all).filter_map(|n| full.get(n)).collect()
    } else {
        random(
            sizes,
            CANDIDATES.max(2 * wanted).min((all / 2) as usize),
            seed,
            centre,
        )
    };
    let mut costs = vec![0usize; candidates.len()];
    let mut rows = Vec::with_capacity(wanted);
    let mut next = candidates.iter().position(|one| one == centre);
    while let Some(best) = next {
        let row = candidates.swap_remove(best);
        costs.swap_remove(best);
        for (cost, one) in costs.iter_mut().zip(&candidates) {
            let same = one.iter().zip(&row).filter(|(a, b)| a == b).count();
            *cost += same * same;
        }
        rows.push(row);
        next = (0..candidates.len())
            .min_by_key(|i| (costs[*i], &candidates[*i]))
            .filter(|_| rows.len() < wanted);
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_array_is_taken_and_says_what_it_cannot_tell() {
        let (rows, note) = orthogonal(&[3, 3, 3], 7, &[1, 2, 0]).unwrap();
        assert_eq!((rows.len(), &rows[0]), (9, &vec![1, 2, 0]));
        assert!(
            note.starts_with("L9") && note.contains("confounded with interactions"),
            "{note}"
        );
        for axis in 0..3 {
            for level in 0..3 {
                assert_eq!(rows.iter().filter(|row| row[axis] == level).count(), 3);
            }
        }
        assert!(orthogonal(&[2, 2], 7, &[0, 0]).is_none());
    }

    #[test]
    fn where_no_array_fits_a_design_is_computed() {
        let sizes = [11, 10, 3, 2];
        let (rows, note) = orthogonal(&sizes, 7, &[10, 3, 0, 1]).unwrap();
        assert_eq!((rows.len(), &rows[0]), (110, &vec![10, 3, 0, 1]));
        let worst = worst_pair(&rows, &sizes).unwrap();
        assert!(worst.2 < 0.2, "{worst:?}");
        assert!(note.contains("computed"), "{note}");
        assert_eq!(rows.iter().collect::<HashSet<_>>().len(), 110);
    }
}
