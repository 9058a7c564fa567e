//! The hashes of a plan by which answers of earlier runs are recognized.

use super::{Plan, read_options};
use crate::{
    catalog,
    model::{AnswerKeys, ModelRef},
    project::MetricKind,
    shots::Select,
};
use std::fmt::Debug;

impl Plan {
    /// See [`AnswerKeys`].
    pub fn answer_keys(&self) -> AnswerKeys {
        let shots = key(|hash| {
            for shot in self.shots.shots() {
                add(hash, &shot.fields);
                add(hash, &(&shot.expected, self.shots.text(shot)));
            }
        });
        let variants = (0..self.variants.len()).map(|v| self.variant_key(v, shots));
        AnswerKeys {
            variants: variants.collect(),
            models: self.models.iter().map(|m| self.model_key(m)).collect(),
            scoring: self.scoring_key(),
            identical: self.identical_variants().to_vec(),
        }
    }

    fn variant_key(&self, v: usize, pool: u64) -> Option<u64> {
        let (variant, shots) = (&self.variants[v], &self.variant_shots[v]);
        let shows_shots = self.templates.shows_shots(variant);
        // Which shots are nearest depends on the embeddings at hand.
        if shows_shots && shots.select == Select::Similarity {
            return None;
        }
        let template = self.templates.text_key(variant.template)?;
        Some(key(|hash| {
            add(hash, &(env!("CARGO_PKG_VERSION"), template));
            add(hash, &(&variant.levels, self.params(v)));
            if let Some(tools) = &self.tool_identity {
                add(hash, &(tools, self.tool_rounds()));
            }
            add(
                hash,
                &(self.experiment.seed, read_options(&self.experiment)),
            );
            if shows_shots {
                add(hash, &(shots, pool));
            }
        }))
    }

    fn model_key(&self, model: &ModelRef) -> u64 {
        let spec = self.endpoints.get(&model.endpoint);
        let target = spec.map(|spec| self.request_target(spec, model));
        key(|hash| add(hash, &(model, target)))
    }

    fn scoring_key(&self) -> u64 {
        let experiment = &self.experiment;
        let counts_cost =
            (experiment.metrics.iter()).any(|m| matches!(m.kind, MetricKind::Cost { .. }));
        let prices = self
            .models
            .iter()
            .filter(|_| counts_cost)
            .map(|model| catalog::price(&model.model, self.endpoints.get(&model.endpoint)));
        key(|hash| {
            add(hash, &(env!("CARGO_PKG_VERSION"), &experiment.answer));
            add(hash, &experiment.metrics);
            for (metric, rubric) in &self.rubrics {
                add(hash, &(metric, rubric.text_key()));
            }
            add(hash, &prices.collect::<Vec<_>>());
        })
    }
}

fn key(write: impl FnOnce(&mut blake3::Hasher)) -> u64 {
    let mut hash = blake3::Hasher::new();
    write(&mut hash);
    let mut bytes = [0; 8];
    hash.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// Plain data is told apart by how it is written out.
fn add(hash: &mut blake3::Hasher, data: &impl Debug) {
    hash.update(format!("{data:?}").as_bytes());
    hash.update(&[0]);
}
