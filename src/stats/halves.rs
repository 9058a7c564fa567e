//! The score to expect of the best: chosen on one half of the units, measured on the other.

use super::{
    bootstrap::ResampleSpec,
    matrix::Matrix,
    random::{Indices, Purpose, in_blocks, stream},
};

/// Mean, over random halves and both ways round, of the mean (sum / weight) on one half of the column that is best on the
/// other; columns that tie for the best are averaged. `weights` is the weight of each unit. `None` below two units or one
/// column, or where a half has no weight.
pub fn held_out_best(matrix: &Matrix, weights: &[f64], halves: ResampleSpec) -> Option<f64> {
    let (units, columns) = (matrix.units(), matrix.columns());
    if units < 2 || columns == 0 || weights.len() != units || halves.draws == 0 {
        return None;
    }
    let totals = matrix.sums();
    let weight: f64 = weights.iter().sum();
    let found = in_blocks(halves.draws, halves.threads, |half| {
        let mut rng = stream(halves.seed, Purpose::Halves, half as u64);
        let mut draw = Indices::new(&mut rng);
        let (mut sums, mut of) = (vec![0.0; columns], 0.0);
        let mut wanted = units / 2;
        for (unit, weight) in weights.iter().enumerate() {
            // Of those left, as many as are still wanted, each with the same chance.
            if draw.next(units - unit) >= wanted {
                continue;
            }
            wanted -= 1;
            of += weight;
            for (sum, x) in sums.iter_mut().zip(matrix.unit(unit)) {
                *sum += x;
            }
        }
        let rest: Vec<f64> = totals.iter().zip(&sums).map(|(t, s)| t - s).collect();
        let far = weight - of;
        (of > 0.0 && far > 0.0)
            .then(|| 0.5 * (chosen(&sums, &rest) / far + chosen(&rest, &sums) / of))
    });
    let found: Option<Vec<f64>> = found.into_iter().collect();
    found.map(|all| all.iter().sum::<f64>() / all.len() as f64)
}

/// The sum elsewhere of the column with the highest sum here.
fn chosen(here: &[f64], elsewhere: &[f64]) -> f64 {
    let most = here.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let near = most - 1e-6 * most.abs().max(1.0);
    let (mut sum, mut n) = (0.0, 0.0);
    for (h, e) in here.iter().zip(elsewhere) {
        if *h >= near {
            sum += e;
            n += 1.0;
        }
    }
    sum / n
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: ResampleSpec = ResampleSpec {
        draws: 200,
        seed: 7,
        threads: 2,
    };

    #[test]
    fn a_true_best_keeps_its_score_and_a_lucky_one_does_not() {
        let truly = Matrix::from_fn(100, 3, |u, c| f64::from(u8::from(c == 1 || u % 2 == 0)));
        assert_eq!(held_out_best(&truly, &[1.0; 100], SPEC), Some(1.0));
        // Eight columns that are right on other halves of the units each: the best of one half is no better on the other.
        let lucky = Matrix::from_fn(40, 8, |u, c| {
            f64::from((u * 37 + c * 61 + u * c * 7) as u32 % 97 % 2)
        });
        let most = lucky.sums().iter().copied().fold(0.0, f64::max) / 40.0;
        assert!(held_out_best(&lucky, &[1.0; 40], SPEC).unwrap() < most - 0.02);
        assert_eq!(held_out_best(&Matrix::new(1, 3), &[1.0], SPEC), None);
    }
}
