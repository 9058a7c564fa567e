//! Factors behind a set of group means: what each one explains, and what the design cannot tell apart.
//!
//! Least squares with effects that add up to zero over the levels of a factor. What a factor explains is what it explains
//! beyond all others, so in an unbalanced design the shares need not add up to one.

/// A factor: the level of each group, as numbers from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// Level of each group.
    pub level_of: Vec<usize>,
    pub levels: usize,
}

/// What a factor, or an interaction of two, does to the group means: linear in them.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorEffect {
    /// Orthonormal directions in the space of groups; the squared length of a projection is what the factor explains.
    pub directions: Vec<Vec<f64>>,
    /// For each level, the weights of the groups whose sum is its effect. Empty for interactions, and where the effects cannot
    /// all be estimated.
    pub weights: Vec<Vec<f64>>,
    /// Degrees of freedom that it would have in a design that can tell everything apart.
    pub df: usize,
}

impl FactorEffect {
    /// Whether the design tells all of it apart from the rest.
    pub fn is_separate(&self) -> bool {
        self.directions.len() == self.df
    }

    /// Sum of squares explained.
    pub fn explains(&self, means: &[f64]) -> f64 {
        // An empty sum is −0.
        self.directions
            .iter()
            .map(|d| dot(d, means).powi(2))
            .fold(0.0, |sum, x| sum + x)
    }
}

/// Main effects, each beyond all others.
pub fn main_effects(factors: &[Factor]) -> Vec<FactorEffect> {
    let codes: Vec<Vec<Vec<f64>>> = factors.iter().map(Factor::codes).collect();
    (0..factors.len())
        .map(|f| {
            let others = codes.iter().enumerate().filter(|(o, _)| *o != f);
            let mut basis = Basis::new(factors[f].level_of.len());
            for column in others.flat_map(|(_, c)| c) {
                basis.add(column);
            }
            effect(&basis, &codes[f], Some(factors[f].levels))
        })
        .collect()
}

/// Interactions of two factors, each beyond all main effects and all other interactions of two: `(a, b, effect)`.
pub fn two_way_effects(factors: &[Factor]) -> Vec<(usize, usize, FactorEffect)> {
    let Some(groups) = factors.first().map(|f| f.level_of.len()) else {
        return Vec::new();
    };
    let codes: Vec<Vec<Vec<f64>>> = factors.iter().map(Factor::codes).collect();
    let pairs: Vec<(usize, usize)> = (0..factors.len())
        .flat_map(|a| (a + 1..factors.len()).map(move |b| (a, b)))
        .collect();
    let products: Vec<Vec<Vec<f64>>> = pairs
        .iter()
        .map(|(a, b)| {
            codes[*a]
                .iter()
                .flat_map(|x| codes[*b].iter().map(move |y| (x, y)))
                .map(|(x, y)| x.iter().zip(y).map(|(x, y)| x * y).collect())
                .collect()
        })
        .collect();
    let mut mains = Basis::new(groups);
    codes.iter().flatten().for_each(|c| mains.add(c));
    pairs
        .iter()
        .enumerate()
        .map(|(p, (a, b))| {
            let mut basis = mains.clone();
            for (other, columns) in products.iter().enumerate() {
                if other != p {
                    columns.iter().for_each(|c| basis.add(c));
                }
            }
            (*a, *b, effect(&basis, &products[p], None))
        })
        .collect()
}

impl Factor {
    /// One column a level but the last, which is −1 in all.
    fn codes(&self) -> Vec<Vec<f64>> {
        let last = self.levels.saturating_sub(1);
        (0..last)
            .map(|level| {
                self.level_of
                    .iter()
                    .map(|of| f64::from(i8::from(*of == level)) - f64::from(i8::from(*of == last)))
                    .collect()
            })
            .collect()
    }

    /// Whether two factors cut the groups in the same way, under whatever names.
    pub fn same_as(&self, other: &Factor) -> bool {
        self.decides(other) && other.decides(self)
    }

    /// Whether the level of this factor fixes that of the other.
    pub fn decides(&self, other: &Factor) -> bool {
        let mut known = vec![None; self.levels];
        self.level_of.iter().zip(&other.level_of).all(|(a, b)| {
            known
                .get_mut(*a)
                .is_none_or(|k: &mut Option<usize>| *k.get_or_insert(*b) == *b)
        })
    }
}

fn effect(others: &Basis, columns: &[Vec<f64>], levels: Option<usize>) -> FactorEffect {
    let mut basis = others.clone();
    let before = basis.vectors.len();
    // What is left of each column beyond the others, and its coordinates: columns = directions · upper.
    let mut upper: Vec<Vec<f64>> = Vec::new();
    for column in columns {
        basis.add(column);
        let directions = &basis.vectors[before..];
        upper.push(directions.iter().map(|d| dot(d, column)).collect());
    }
    let directions = basis.vectors.split_off(before);
    let df = columns.len();
    let weights = match levels {
        Some(levels) if directions.len() == df => level_weights(&directions, &upper, levels),
        _ => Vec::new(),
    };
    FactorEffect {
        directions,
        weights,
        df,
    }
}

/// Weights of the groups for the effect of each level: the last level's is what the others' lack to zero.
fn level_weights(directions: &[Vec<f64>], upper: &[Vec<f64>], levels: usize) -> Vec<Vec<f64>> {
    let groups = directions.first().map_or(0, Vec::len);
    let n = directions.len();
    // Back substitution, for all groups at once: upper[j][i] is row i, column j.
    let mut rows = vec![vec![0.0; groups]; n];
    for i in (0..n).rev() {
        let mut row = directions[i].clone();
        for j in i + 1..n {
            for (x, y) in row.iter_mut().zip(&rows[j]) {
                *x -= upper[j][i] * y;
            }
        }
        row.iter_mut().for_each(|x| *x /= upper[i][i]);
        rows[i] = row;
    }
    let mut last = vec![0.0; groups];
    for row in &rows {
        for (x, y) in last.iter_mut().zip(row) {
            *x -= y;
        }
    }
    rows.push(last);
    rows.truncate(levels);
    rows
}

/// Orthonormal vectors, the first of them constant.
#[derive(Debug, Clone)]
struct Basis {
    vectors: Vec<Vec<f64>>,
}

impl Basis {
    fn new(groups: usize) -> Basis {
        Basis {
            vectors: vec![vec![1.0 / (groups as f64).sqrt(); groups]],
        }
    }

    /// Add what is new in a vector, where anything is (Gram and Schmidt, twice for accuracy).
    fn add(&mut self, vector: &[f64]) {
        let size = dot(vector, vector).sqrt();
        let mut rest = vector.to_vec();
        for _ in 0..2 {
            for known in &self.vectors {
                let along = dot(known, &rest);
                for (x, k) in rest.iter_mut().zip(known) {
                    *x -= along * k;
                }
            }
        }
        let left = dot(&rest, &rest).sqrt();
        if left > 1e-8 * size.max(1.0) {
            rest.iter_mut().for_each(|x| *x /= left);
            self.vectors.push(rest);
        }
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(level_of: &[usize]) -> Factor {
        Factor {
            levels: level_of.iter().max().map_or(0, |m| m + 1),
            level_of: level_of.to_vec(),
        }
    }

    #[test]
    fn in_a_full_design_effects_are_marginal_means() {
        let factors = [factor(&[0, 0, 0, 1, 1, 1]), factor(&[0, 1, 2, 0, 1, 2])];
        let means = [1.0, 2.0, 6.0, 3.0, 4.0, 8.0];
        let effects = main_effects(&factors);
        let of =
            |f: usize| -> Vec<f64> { effects[f].weights.iter().map(|w| dot(w, &means)).collect() };
        let near = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-12)
        };
        assert!(near(&of(0), &[-1.0, 1.0]), "{:?}", of(0));
        assert!(near(&of(1), &[-2.0, -1.0, 3.0]), "{:?}", of(1));
        assert!((effects[0].explains(&means) - 6.0).abs() < 1e-12);
        assert!((effects[1].explains(&means) - 28.0).abs() < 1e-12);
        let both = two_way_effects(&factors);
        assert_eq!((both.len(), both[0].2.is_separate()), (1, true));
        assert!(both[0].2.explains(&means) < 1e-20);
    }

    #[test]
    fn what_changes_together_is_not_separate() {
        let together = [
            factor(&[0, 0, 1, 1]),
            factor(&[1, 1, 0, 0]),
            factor(&[0, 1, 0, 1]),
        ];
        let effects = main_effects(&together);
        assert!(!effects[0].is_separate() && !effects[1].is_separate() && effects[2].is_separate());
        assert!(together[0].same_as(&together[1]) && !together[0].same_as(&together[2]));
        // One at a time: main effects stand, interactions do not.
        let one = [factor(&[0, 1, 0]), factor(&[0, 0, 1])];
        assert!(main_effects(&one).iter().all(FactorEffect::is_separate));
        assert!(
            two_way_effects(&one)
                .iter()
                .all(|(.., e)| e.directions.is_empty())
        );
    }
}
