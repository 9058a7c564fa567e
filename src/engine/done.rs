//! Which trials a resumed run has behind it: one bit each.

use crate::model::TrialId;

/// A set of trials of one plan.
#[derive(Debug, Clone, Default)]
pub(super) struct DoneSet {
    variants: usize,
    rows: usize,
    samples: usize,
    bits: Vec<u64>,
    len: u64,
}

impl DoneSet {
    /// An empty set for a plan of this shape.
    pub(super) fn new(models: usize, variants: usize, rows: usize, samples: usize) -> DoneSet {
        DoneSet {
            variants,
            rows,
            samples,
            bits: vec![0; (models * variants * rows * samples).div_ceil(64)],
            len: 0,
        }
    }

    fn bit_of(&self, id: TrialId) -> (usize, u64) {
        let cell = (id.model as usize * self.variants + id.variant as usize) * self.rows;
        let bit = (cell + id.row as usize) * self.samples + id.sample as usize;
        (bit / 64, 1 << (bit % 64))
    }

    /// Put a trial in.
    pub(super) fn insert(&mut self, id: TrialId) {
        let (word, bit) = self.bit_of(id);
        if let Some(word) = self.bits.get_mut(word) {
            self.len += u64::from(*word & bit == 0);
            *word |= bit;
        }
    }

    /// Whether a trial is in it.
    pub(super) fn contains(&self, id: TrialId) -> bool {
        let (word, bit) = self.bit_of(id);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }

    /// How many there are.
    pub(super) fn len(&self) -> u64 {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_is_in_once() {
        let mut done = DoneSet::new(2, 3, 5, 7);
        let id = |model, variant, row, sample| TrialId {
            variant,
            model,
            row,
            sample,
        };
        done.insert(id(1, 2, 4, 6));
        done.insert(id(1, 2, 4, 6));
        done.insert(id(0, 0, 0, 0));
        assert_eq!(done.len(), 2);
        assert!(done.contains(id(1, 2, 4, 6)) && !done.contains(id(0, 2, 4, 6)));
    }
}
