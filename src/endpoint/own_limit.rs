//! How many calls a program takes at once, as it says when it starts.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Most calls that a program may ask for by itself; more are set in the project.
pub(crate) const MAX_OWN_LIMIT: usize = 64;

/// One, until the program says more. Cheap to clone; all clones show the same number.
#[derive(Debug, Clone)]
pub(crate) struct OwnLimit(Arc<AtomicUsize>);

impl OwnLimit {
    pub(super) fn new() -> OwnLimit {
        OwnLimit(Arc::new(AtomicUsize::new(1)))
    }

    pub(super) fn set(&self, most: u64) {
        let most = most.clamp(1, MAX_OWN_LIMIT as u64);
        self.0.store(most as usize, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}
