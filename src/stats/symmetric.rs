//! Symmetric positive definite matrices: Cholesky's factor, and what it solves. Row by row in one vector.

/// Cholesky's factor L of a symmetric positive definite matrix: L·Lᵀ.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cholesky {
    n: usize,
    /// Lower triangle, row by row, with zeros above.
    factor: Vec<f64>,
}

impl Cholesky {
    /// Factor an n × n matrix; `None` where it is not positive definite.
    pub(crate) fn of(matrix: &[f64], n: usize) -> Option<Cholesky> {
        let mut factor = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let (a, b) = (&factor[i * n..i * n + j], &factor[j * n..j * n + j]);
                let sum: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
                let rest = matrix[i * n + j] - sum;
                factor[i * n + j] = if i == j {
                    if rest <= 0.0 || !rest.is_finite() {
                        return None;
                    }
                    rest.sqrt()
                } else {
                    rest / factor[j * n + j]
                };
            }
        }
        Some(Cholesky { n, factor })
    }

    /// Solve for one right side.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let n = self.n;
        let mut x = right.to_vec();
        for i in 0..n {
            let sum: f64 = (0..i).map(|j| self.factor[i * n + j] * x[j]).sum();
            x[i] = (x[i] - sum) / self.factor[i * n + i];
        }
        self.solve_upper(&mut x);
        x
    }

    /// Solve Lᵀ·x = z in place. With z of independent standard normal numbers, x has the inverse as its covariance.
    pub(crate) fn solve_upper(&self, x: &mut [f64]) {
        let n = self.n;
        for i in (0..n).rev() {
            x[i] /= self.factor[i * n + i];
            let known = x[i];
            for (j, x) in x[..i].iter_mut().enumerate() {
                *x -= self.factor[i * n + j] * known;
            }
        }
    }

    pub(crate) fn inverse(&self) -> Vec<f64> {
        let n = self.n;
        let mut inverse = vec![0.0; n * n];
        let mut unit = vec![0.0; n];
        for j in 0..n {
            unit.fill(0.0);
            unit[j] = 1.0;
            for (i, x) in self.solve(&unit).into_iter().enumerate() {
                inverse[i * n + j] = x;
            }
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_solved_and_inverted() {
        let matrix = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let cholesky = Cholesky::of(&matrix, 3).unwrap();
        let x = cholesky.solve(&[1.0, 2.0, 3.0]);
        for i in 0..3 {
            let b: f64 = (0..3).map(|j| matrix[i * 3 + j] * x[j]).sum();
            assert!((b - (i + 1) as f64).abs() < 1e-12);
        }
        let inverse = cholesky.inverse();
        for i in 0..3 {
            for k in 0..3 {
                let one: f64 = (0..3).map(|j| matrix[i * 3 + j] * inverse[j * 3 + k]).sum();
                assert!((one - f64::from(u8::from(i == k))).abs() < 1e-12);
            }
        }
        assert_eq!(Cholesky::of(&[1.0, 2.0, 2.0, 1.0], 2), None);
    }
}
