//! The scores that a policy has bought so far.

/// A variant and a row: all samples of it are bought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct VariantRow {
    pub variant: u32,
    /// Index of the row.
    pub row: u32,
}

/// Mean scores of pairs, held for the variants that have any.
#[derive(Debug, Clone)]
pub struct Observations {
    rows: usize,
    /// Sum and number of the scores of each row.
    cells: Vec<Vec<(f64, u32)>>,
}

impl Observations {
    pub fn new(variants: usize, rows: usize) -> Observations {
        Observations {
            rows,
            cells: vec![Vec::new(); variants],
        }
    }

    /// Record the score of one trial; trials without a score are left out.
    pub fn record(&mut self, pair: VariantRow, score: f64) {
        let Some(cells) = self.cells.get_mut(pair.variant as usize) else {
            return;
        };
        if cells.is_empty() {
            cells.resize(self.rows, (0.0, 0));
        }
        if let Some((sum, n)) = cells.get_mut(pair.row as usize) {
            *sum += score;
            *n += 1;
        }
    }

    /// Mean score of a pair, where it has any.
    pub fn score(&self, variant: u32, row: u32) -> Option<f64> {
        let (sum, n) = *self.cells.get(variant as usize)?.get(row as usize)?;
        (n > 0).then(|| sum / f64::from(n))
    }

    /// The scores of each of these rows: (variant, score).
    pub fn by_row(&self, rows: &[u32]) -> Vec<Vec<(u32, f64)>> {
        let variants = 0..self.cells.len() as u32;
        rows.iter()
            .map(|row| {
                let scores = variants.clone().map(|v| (v, self.score(v, *row)));
                scores.filter_map(|(v, x)| Some((v, x?))).collect()
            })
            .collect()
    }

    /// Rows of a variant with a score.
    pub fn rows_of(&self, variant: u32) -> usize {
        let cells = self.cells.get(variant as usize);
        cells.map_or(0, |cells| cells.iter().filter(|(_, n)| *n > 0).count())
    }
}
