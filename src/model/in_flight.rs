//! How many requests of a run are in flight, for whoever shows it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The number of requests in flight. Cheap to clone; all clones count together.
#[derive(Debug, Clone, Default)]
pub struct InFlightGauge(Arc<AtomicU64>);

impl InFlightGauge {
    /// Count one more until the guard is dropped.
    pub fn enter(&self) -> InFlight {
        InFlight {
            in_flight: self.0.fetch_add(1, Ordering::Relaxed) + 1,
            gauge: self.clone(),
        }
    }

    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A request in flight.
#[derive(Debug)]
pub struct InFlight {
    gauge: InFlightGauge,
    /// How many were in flight when it was sent, itself included.
    pub in_flight: u64,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.gauge.0.fetch_sub(1, Ordering::Relaxed);
    }
}
