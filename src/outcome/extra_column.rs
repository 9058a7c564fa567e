//! A number for each sample of a grid besides its main score: the score of a further metric, or what a call cost.
//!
//! Held only where there are such numbers, in chunks that are copied when they are written while somebody else reads them.

use std::sync::Arc;

/// Numbers beside the cells of a grid, with their sum for each variant.
#[derive(Debug, Clone, Default)]
pub(super) struct ExtraColumn {
    chunks: Vec<Option<Arc<Vec<f64>>>>,
    /// Sum and number of those known, by variant.
    sums: Vec<(f64, u64)>,
}

/// Where a number stands: chunk, place in it, samples in the chunk, and the variant it counts for.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExtraPlace {
    pub(super) chunk: usize,
    pub(super) at: usize,
    pub(super) size: usize,
    pub(super) variant: usize,
}

impl ExtraColumn {
    pub(super) fn get(&self, place: ExtraPlace) -> Option<f64> {
        let chunk = self.chunks.get(place.chunk)?.as_ref()?;
        chunk.get(place.at).copied().filter(|x| !x.is_nan())
    }

    pub(super) fn set(&mut self, place: ExtraPlace, value: Option<f64>) {
        let before = self.get(place);
        if before == value {
            return;
        }
        if self.sums.len() <= place.variant {
            self.sums.resize(place.variant + 1, (0.0, 0));
        }
        let (sum, n) = &mut self.sums[place.variant];
        *sum += value.unwrap_or(0.0) - before.unwrap_or(0.0);
        *n = *n + u64::from(value.is_some()) - u64::from(before.is_some());
        if self.chunks.len() <= place.chunk {
            self.chunks.resize(place.chunk + 1, None);
        }
        let chunk =
            self.chunks[place.chunk].get_or_insert_with(|| Arc::new(vec![f64::NAN; place.size]));
        if let Some(held) = Arc::make_mut(chunk).get_mut(place.at) {
            *held = value.unwrap_or(f64::NAN);
        }
    }

    /// The mean over a variant's samples; `None` where none is known.
    pub(super) fn mean(&self, variant: usize) -> Option<f64> {
        let (sum, n) = *self.sums.get(variant)?;
        (n > 0).then(|| sum / n as f64)
    }
}
