//! An order of rows that is walked from its start: the first open one is found without looking at those before it again.

/// An order of rows, and how far it was walked.
#[derive(Debug, Clone, Default)]
pub(super) struct WalkOrder {
    rows: Vec<u32>,
    place_of: Vec<u32>,
    next: usize,
}

impl WalkOrder {
    /// `rows`: a permutation of all rows.
    pub(super) fn new(rows: Vec<u32>) -> WalkOrder {
        let mut place_of = vec![0; rows.len()];
        for (place, row) in rows.iter().enumerate() {
            place_of[*row as usize] = place as u32;
        }
        WalkOrder {
            rows,
            place_of,
            next: 0,
        }
    }

    /// The first row that is open.
    pub(super) fn first_open(&mut self, is_open: impl Fn(usize) -> bool) -> Option<usize> {
        let mut rest = self.rows[self.next..].iter();
        self.next += rest.position(|row| is_open(*row as usize))?;
        Some(self.rows[self.next] as usize)
    }

    /// A row that was passed is open again.
    pub(super) fn reopen(&mut self, row: usize) {
        self.next = self.next.min(self.place_of[row] as usize);
    }
}
