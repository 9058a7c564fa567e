//! The GPU memory that tuning needs, estimated from the number of parameters.

use serde::Serialize;

/// What to estimate for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub struct GpuMemorySpec {
    pub parameters_b: f64,
    /// Rank of the adapters, on all linear layers.
    pub rank: u64,
    /// Tokens of a training example.
    pub sequence: u64,
    /// Examples on the GPU at once.
    pub batch: u64,
}

/// Estimated GPU memory in GB (10⁹ bytes).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub struct GpuMemoryEstimate {
    pub spec: GpuMemorySpec,
    /// Adapters over a base of 4 bits.
    pub qlora_gb: f64,
    /// Adapters over a base of 16 bits.
    pub lora_gb: f64,
    pub full_gb: f64,
}

/// Entries of the vocabulary, as in recent models.
const VOCABULARY: f64 = 128_000.0;
/// Memory of the runtime, GB.
const RUNTIME_GB: f64 = 1.0;
/// Bytes a trained parameter: weight and gradient in bf16, master copy and two moments of AdamW in fp32 (Rajbhandari et al.
/// 2020).
const TRAINED: f64 = 16.0;
/// Bytes a parameter of nf4 with double quantisation: 4.127 bits (Dettmers et al. 2023).
const NF4: f64 = 0.516;

/// Estimate. The shape of the model is guessed: layers of 12·d² parameters, d/128 of them, gated feed-forward of 3.5·d and
/// grouped keys and values; gradient checkpointing is on, attention is computed in blocks. Good to about a quarter.
pub fn memory(spec: GpuMemorySpec) -> GpuMemoryEstimate {
    let parameters = spec.parameters_b * 1e9;
    let d = (parameters * 128.0 / 12.0).cbrt();
    let layers = d / 128.0;
    let tokens = (spec.sequence * spec.batch) as f64;
    // Adapters add rank × (inputs + outputs) to each linear layer: together 20·d a layer in this shape.
    let adapters = 20.0 * d * layers * spec.rank as f64;
    // Checkpoints of every layer, one layer's activations (34 bytes a value, Korthikanti et al. 2022), and the logits with
    // their gradient.
    let activations = tokens * d * (2.0 * layers + 34.0) + tokens * VOCABULARY * 8.0;
    let embeddings = (2.0 * VOCABULARY * d).min(parameters * 0.3);
    let gb = |bytes: f64| bytes / 1e9 + RUNTIME_GB;
    GpuMemoryEstimate {
        spec,
        qlora_gb: gb((parameters - embeddings) * NF4
            + embeddings * 2.0
            + adapters * TRAINED
            + activations),
        lora_gb: gb(parameters * 2.0 + adapters * TRAINED + activations),
        full_gb: gb(parameters * TRAINED + activations),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_billion_parameters_need_what_is_known_of_them() {
        let m = memory(GpuMemorySpec {
            parameters_b: 8.0,
            rank: 16,
            sequence: 512,
            batch: 4,
        });
        // Known of models of that size: QLoRA fits 12 GB, LoRA needs 24, full tuning several of 80.
        assert!((7.0..12.0).contains(&m.qlora_gb), "{m:?}");
        assert!((18.0..24.0).contains(&m.lora_gb), "{m:?}");
        assert!((125.0..145.0).contains(&m.full_gb), "{m:?}");
    }

    #[test]
    fn more_of_anything_takes_more() {
        let of = |b, rank, sequence, batch| {
            memory(GpuMemorySpec {
                parameters_b: b,
                rank,
                sequence,
                batch,
            })
            .qlora_gb
        };
        let base = of(1.0, 8, 256, 1);
        for more in [
            of(2.0, 8, 256, 1),
            of(1.0, 64, 256, 1),
            of(1.0, 8, 2048, 1),
            of(1.0, 8, 256, 8),
        ] {
            assert!(more > base);
        }
    }
}
