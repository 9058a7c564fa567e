//! Which pieces of a wording do nothing: a screening in which half of them are left out at a time, by an orthogonal design.

/// An orthogonal two-level design: for each run, whether each piece is there. Columns of a Hadamard matrix of Sylvester's kind
/// (1867), so that the effects of pieces are told apart where each acts by itself; the first run has every piece.
pub(super) fn design(pieces: usize) -> Vec<Vec<bool>> {
    let runs = (pieces + 1).next_power_of_two();
    (0..runs)
        .map(|run| {
            (1..=pieces)
                .map(|column| (run & column).count_ones() % 2 == 0)
                .collect()
        })
        .collect()
}

/// The effect of having each piece, with its standard error: the mean score of the runs that have it, minus that of the others.
/// `scores`: of each run on the same rows; rows without a score in some run are left out.
pub(super) fn effects(design: &[Vec<bool>], scores: &[Vec<Option<f64>>]) -> Vec<(f64, f64)> {
    let pieces = design.first().map_or(0, Vec::len);
    let rows = scores.iter().map(Vec::len).min().unwrap_or(0);
    let whole: Vec<usize> = (0..rows)
        .filter(|row| scores.iter().all(|run| run[*row].is_some()))
        .collect();
    (0..pieces)
        .map(|piece| {
            let of_rows: Vec<f64> = whole
                .iter()
                .map(|row| {
                    let signed = design.iter().zip(scores).map(|(run, scores)| {
                        let score = scores[*row].unwrap_or(0.0);
                        if run[piece] { score } else { -score }
                    });
                    2.0 * signed.sum::<f64>() / design.len() as f64
                })
                .collect();
            mean_and_error(&of_rows)
        })
        .collect()
}

/// Mean of independent values, and its standard error, in which four values of variance 0.04 count as seen before any: few
/// rows that agree are no proof.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    if values.is_empty() {
        return (0.0, f64::INFINITY);
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, ((squares + 0.16) / (n + 3.0) / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_balanced_and_orthogonal() {
        for pieces in 1..20 {
            let design = design(pieces);
            assert!(design[0].iter().all(|there| *there));
            let sign = |there: bool| if there { 1 } else { -1 };
            for a in 0..pieces {
                assert_eq!(design.iter().map(|run| sign(run[a])).sum::<i32>(), 0);
                for b in 0..a {
                    let product = design.iter().map(|run| sign(run[a]) * sign(run[b]));
                    assert_eq!(product.sum::<i32>(), 0, "{a} and {b} of {pieces}");
                }
            }
        }
    }

    #[test]
    fn additive_effects_are_found_exactly() {
        let truth = [0.2, -0.1, 0.0, 0.05, 0.3];
        let design = design(truth.len());
        let of_row = |row: usize, run: &Vec<bool>| {
            let there = run.iter().zip(truth).filter(|(there, _)| **there);
            row as f64 * 0.1 + there.map(|(_, effect)| effect).sum::<f64>()
        };
        let mut scores: Vec<Vec<Option<f64>>> = (design.iter())
            .map(|run| (0..4).map(|row| Some(of_row(row, run))).collect())
            .collect();
        // A row without one of its scores would mix the effects.
        scores[3][2] = None;
        for ((found, error), truth) in effects(&design, &scores).into_iter().zip(truth) {
            // Three rows that agree: √(0.16 / 6 / 3).
            assert!((found - truth).abs() < 1e-12, "{found} {truth}");
            assert!((error - (0.16_f64 / 18.0).sqrt()).abs() < 1e-12, "{error}");
        }
        assert_eq!(effects(&design, &[])[0].1, f64::INFINITY);
    }
}
