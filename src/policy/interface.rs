//! What a policy is: it chooses pairs of variant and row by the scores so far, and draws a conclusion.

use super::{Elimination, Observations, PolicyConclusion, VariantRow};
use std::fmt::Debug;

/// Differences within this margin count as equivalent.
pub const MARGIN: f64 = 0.02;

/// Chooses the pairs of variant and row to try next.
pub trait Policy: Debug + Send {
    /// The next batch, once every pair of the batch before has its scores (or has failed); empty at the end.
    fn next(&mut self, observations: &Observations) -> Vec<VariantRow>;

    /// The conclusion so far.
    fn conclude(&self, observations: &Observations) -> PolicyConclusion;

    /// Most pairs that it chooses.
    fn max_pairs(&self) -> usize;

    /// When each variant was eliminated; empty where none ever is.
    fn eliminated(&self) -> &[Option<Elimination>] {
        &[]
    }
}
