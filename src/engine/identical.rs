//! Which variants are identical: they send the same prompts with the same parameters on every row, so that they are scored by
//! the same answers.

use super::Plan;
use std::collections::HashMap;

impl Plan {
    /// Of each variant, the first one that it is identical to: itself where it is like no other. Rows are read, so it is
    /// computed once, beside the session. Variants that differ on the first row are rendered for no other.
    pub fn identical_variants(&self) -> &[u32] {
        self.identical.get_or_init(|| {
            let mut first: Vec<u32> = (0..self.variants.len() as u32).collect();
            for row in 0..self.dataset.len() {
                let counts = first.iter().fold(HashMap::new(), |mut counts, group| {
                    *counts.entry(*group).or_insert(0usize) += 1;
                    counts
                });
                let shared: Vec<usize> = (0..first.len())
                    .filter(|v| row == 0 && first.len() > 1 || counts[&first[*v]] > 1)
                    .collect();
                if shared.is_empty() {
                    break;
                }
                let Ok(record) = self.dataset.row(row) else {
                    // Of rows that cannot be read nothing is known.
                    return (0..self.variants.len() as u32).collect();
                };
                let mut seen: HashMap<(u32, blake3::Hash), u32> = HashMap::new();
                for v in shared {
                    let group = if row == 0 { 0 } else { first[v] };
                    let hash = self.request_hash(v, &record);
                    first[v] = match hash {
                        Some(hash) => *seen.entry((group, hash)).or_insert(v as u32),
                        None => v as u32,
                    };
                }
            }
            first
        })
    }

    /// The same where it was computed; empty before.
    pub fn known_identical(&self) -> &[u32] {
        self.identical.get().map_or(&[], Vec::as_slice)
    }

    /// Hash of a variant's request for a row; `None` where its prompt cannot be rendered.
    fn request_hash(
        &self,
        v: usize,
        row: &std::sync::Arc<crate::model::Row>,
    ) -> Option<blake3::Hash> {
        let prompt = self.prompt(v, row).ok()?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{prompt:?}{:?}", self.variants[v].params).as_bytes());
        Some(hasher.finalize())
    }
}
