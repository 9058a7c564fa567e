//! Units × columns of numbers, row by row, padded so that whole vectors can be added.

/// Columns are padded to a multiple of this.
pub(crate) const LANES: usize = 4;

/// Units × columns, one unit after the other: resampling reads whole units.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    units: usize,
    columns: usize,
    stride: usize,
    values: Vec<f64>,
}

impl Matrix {
    pub fn new(units: usize, columns: usize) -> Matrix {
        let stride = columns.div_ceil(LANES) * LANES;
        Matrix {
            units,
            columns,
            stride,
            values: vec![0.0; units * stride],
        }
    }

    /// From a function of unit and column.
    pub fn from_fn(units: usize, columns: usize, value: impl Fn(usize, usize) -> f64) -> Matrix {
        let mut matrix = Matrix::new(units, columns);
        for unit in 0..units {
            for (column, x) in matrix.unit_mut(unit).iter_mut().enumerate() {
                *x = value(unit, column);
            }
        }
        matrix
    }

    pub fn units(&self) -> usize {
        self.units
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn unit(&self, unit: usize) -> &[f64] {
        let at = unit * self.stride;
        &self.values[at..at + self.columns]
    }

    /// One unit, to be changed.
    pub fn unit_mut(&mut self, unit: usize) -> &mut [f64] {
        let at = unit * self.stride;
        &mut self.values[at..at + self.columns]
    }

    /// Sums of the columns.
    pub fn sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        for unit in 0..self.units {
            for (sum, x) in sums.iter_mut().zip(self.unit(unit)) {
                *sum += x;
            }
        }
        sums
    }

    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }
}
