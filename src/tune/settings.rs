//! Training settings, each with its reason, from the number of examples, their length and the GPU memory.
//!
//! Knows no trainer; `trainer` writes them in the format of each.

use schemars::JsonSchema;
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Adapters over a base of 4 bits.
    QLora,
    /// Adapters over a base of 16 bits.
    Lora,
}

/// Where training runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    Gpu,
    /// In 32 bits, which every CPU computes with.
    Cpu,
}

/// What the settings depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettingsSpec {
    /// Examples to train on.
    pub train: usize,
    /// Examples to validate on.
    pub validation: usize,
    /// Tokens of the longest example.
    pub longest: u64,
    /// What no example exceeds, whatever the tokenizer; 0 if unknown.
    pub upper_bound: u64,
    /// Parameters of the base model, in billions.
    pub parameters_b: f64,
    pub device: Device,
    /// Memory of the GPU in GB; a CPU's is not limited.
    pub gpu_memory_gb: f64,
    pub seed: u64,
}

/// A value and the reason for it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Setting<T> {
    pub value: T,
    pub why: String,
}

fn setting<T>(value: T, why: impl Into<String>) -> Setting<T> {
    Setting {
        value,
        why: why.into(),
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Settings {
    pub device: Device,
    pub method: Setting<Method>,
    pub rank: Setting<u32>,
    pub alpha: Setting<u32>,
    pub dropout: Setting<f64>,
    pub learning_rate: Setting<f64>,
    /// Passes over the training set.
    pub epochs: Setting<u32>,
    /// Examples per step on the GPU.
    pub batch: Setting<u32>,
    /// Steps whose gradients are summed.
    pub accumulation: Setting<u32>,
    /// Tokens after which an example is cut.
    pub cutoff: Setting<u64>,
    /// Steps in which the learning rate rises.
    pub warmup: Setting<u64>,
    /// Whether there is a validation set.
    pub validate: bool,
    pub seed: u64,
}

impl Settings {
    /// Choose them. `memory_gb(method, rank, sequence, batch)` estimates what training takes.
    pub fn choose(
        spec: &SettingsSpec,
        memory_gb: impl Fn(Method, u32, u64, u32) -> f64,
    ) -> Settings {
        let n = spec.train;
        let rank = match n {
            0..200 => setting(
                8,
                format!("{n} examples: a larger adapter would memorize them"),
            ),
            200..2_000 => setting(16, format!("{n} examples: the usual rank")),
            _ => setting(32, format!("{n} examples: enough for a larger adapter")),
        };
        let epochs = match n {
            0..500 => setting(
                3,
                format!(
                    "{n} examples: three epochs, as the validation loss usually rises after that"
                ),
            ),
            500..5_000 => setting(2, format!("{n} examples: two epochs")),
            _ => setting(1, format!("{n} examples: one epoch is enough")),
        };
        // What memory has to hold, and where examples are cut: a base's tokenizer may need several times the tokens of the counted
        // one, and trainers cut an example at its end, where the answer is, or leave it out.
        let length = (spec.longest + spec.longest / 10 + 16).next_multiple_of(64);
        let cutoff = spec.upper_bound.max(length).next_multiple_of(64);
        let cpu = spec.device == Device::Cpu;
        let room = if cpu {
            f64::INFINITY
        } else {
            spec.gpu_memory_gb * 0.9
        };
        let fits = |method| memory_gb(method, rank.value, length, 1) <= room;
        let lora = memory_gb(Method::Lora, rank.value, length, 1);
        let method = if cpu {
            setting(
                Method::Lora,
                format!(
                    "the base in 32 bits, about {:.1} GB: every CPU has these, none has 4 bits",
                    spec.parameters_b * 4.0
                ),
            )
        } else if fits(Method::Lora) {
            setting(
                Method::Lora,
                format!(
                    "about {lora:.0} GB of {:.0}: the base fits in 16 bits",
                    spec.gpu_memory_gb
                ),
            )
        } else {
            let q = memory_gb(Method::QLora, rank.value, length, 1);
            let warn = if fits(Method::QLora) {
                ""
            } else {
                ", which does not fit either: choose a smaller base"
            };
            setting(
                Method::QLora,
                format!(
                    "LoRA takes about {lora:.0} GB of {:.0}, QLoRA about {q:.0}{warn}",
                    spec.gpu_memory_gb
                ),
            )
        };
        // Small for few examples, so that there are enough steps.
        let per_step: u32 = if n < 200 { 8 } else { 16 };
        let batch = [8, 4, 2]
            .into_iter()
            .find(|b| *b <= per_step && memory_gb(method.value, rank.value, length, *b) <= room)
            .unwrap_or(1);
        let accumulation = per_step.div_ceil(batch);
        // The last step of an epoch takes what is left.
        let steps = (n as u64).div_ceil(u64::from(per_step)) * u64::from(epochs.value);
        let large = spec.parameters_b >= 13.0;
        Settings {
            alpha: setting(
                rank.value * 2,
                "twice the rank, so that the learning rate need not follow the rank",
            ),
            dropout: if n < 1_000 {
                setting(0.1, "few examples: against memorizing them")
            } else {
                setting(0.05, "the usual value for so many examples")
            },
            learning_rate: if large {
                setting(
                    1e-4,
                    format!(
                        "{}B parameters: large bases need smaller steps",
                        spec.parameters_b
                    ),
                )
            } else {
                setting(2e-4, "the usual rate for adapters")
            },
            accumulation: setting(
                accumulation,
                format!(
                    "{batch} × {accumulation} = {} examples per step, {steps} steps in all",
                    batch * accumulation
                ),
            ),
            batch: setting(
                batch,
                if cpu {
                    "examples at a time".to_owned()
                } else {
                    format!(
                        "the largest that fits {:.0} GB at {length} tokens",
                        spec.gpu_memory_gb
                    )
                },
            ),
            cutoff: setting(
                cutoff,
                format!(
                    "the longest example has about {} tokens; no tokenizer makes more than this of it, so none is cut",
                    spec.longest
                ),
            ),
            warmup: if steps < 100 {
                setting(
                    steps.div_ceil(10),
                    format!("a tenth of {steps} steps, so that there are some"),
                )
            } else {
                setting((steps * 3).div_ceil(100), format!("3 % of {steps} steps"))
            },
            validate: spec.validation > 0,
            seed: spec.seed,
            device: spec.device,
            method,
            rank,
            epochs,
        }
    }
}

/// Parameters in billions, from a model's name: `Qwen2.5-7B-Instruct`, `SmolLM2-135M`.
pub fn parameters_of(model: &str) -> Option<f64> {
    let lower = model.to_lowercase();
    let bytes = lower.as_bytes();
    for (at, _) in lower.match_indices(['b', 'm']) {
        let digits = lower[..at]
            .rfind(|c: char| !(c.is_ascii_digit() || c == '.'))
            .map_or(0, |i| i + 1);
        let after = bytes.get(at + 1);
        let before = digits.checked_sub(1).map(|i| bytes[i]);
        let apart = after.is_none_or(|b| !b.is_ascii_alphanumeric())
            && before.is_none_or(|b| !b.is_ascii_alphanumeric());
        if let (true, Ok(n)) = (apart, lower[digits..at].parse::<f64>())
            && n > 0.0
        {
            return Some(if bytes[at] == b'm' { n / 1_000.0 } else { n });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(train: usize, gpu: f64) -> Settings {
        let spec = SettingsSpec {
            train,
            validation: 10,
            longest: 300,
            upper_bound: 1_000,
            parameters_b: 8.0,
            device: Device::Gpu,
            gpu_memory_gb: gpu,
            seed: 7,
        };
        Settings::choose(&spec, |method, _, _, batch| {
            f64::from(batch) + if method == Method::Lora { 20.0 } else { 7.0 }
        })
    }

    #[test]
    fn memory_decides_method_and_batch() {
        assert_eq!(settings(100, 24.0).method.value, Method::Lora);
        assert_eq!(settings(100, 24.0).batch.value, 1);
        let small = settings(100, 16.0);
        assert_eq!(small.method.value, Method::QLora);
        assert_eq!((small.batch.value, small.accumulation.value), (4, 2));
        assert_eq!(settings(100, 80.0).batch.value, 8);
        assert!(settings(100, 8.0).method.why.contains("smaller base"));
    }

    #[test]
    fn a_cpu_trains_in_32_bits_whatever_a_gpu_would_hold() {
        let spec = SettingsSpec {
            train: 353,
            validation: 0,
            longest: 90,
            upper_bound: 0,
            parameters_b: 8.0,
            device: Device::Cpu,
            gpu_memory_gb: 1.0,
            seed: 7,
        };
        let found = Settings::choose(&spec, |_, _, _, _| 100.0);
        assert_eq!(found.method.value, Method::Lora);
        assert!(found.method.why.contains("32.0 GB"), "{}", found.method.why);
        // 23 steps an epoch: 22 of 16 examples and one of the last one.
        assert!(found.accumulation.why.contains("69 steps"));
    }

    #[test]
    fn few_examples_have_a_small_adapter_and_more_epochs() {
        let (few, many) = (settings(60, 24.0), settings(8_000, 24.0));
        assert!(few.rank.value < many.rank.value && few.epochs.value > many.epochs.value);
        assert!(few.dropout.value > many.dropout.value);
        assert_eq!(few.cutoff.value, 1_024);
    }

    #[test]
    fn names_tell_the_number_of_parameters() {
        for (name, b) in [
            ("Qwen/Qwen2.5-7B-Instruct", Some(7.0)),
            ("HuggingFaceTB/SmolLM2-135M", Some(0.135)),
            ("meta-llama/Llama-3.2-1B", Some(1.0)),
            ("google/gemma-2-2b-it", Some(2.0)),
            ("Qwen/Qwen2.5-0.5B", Some(0.5)),
            ("gpt-4.1-mini", None),
            ("bert-base", None),
        ] {
            assert_eq!(parameters_of(name), b, "{name}");
        }
    }
}
