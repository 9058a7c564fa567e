//! How to tune, where that is the verdict: method, rows, what to expect.

use super::{
    Evidence, Tuned,
    words::{gain, rows},
};
use crate::project::Resources;
use serde::Serialize;

/// How to tune, where that is the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TunePlan {
    pub method: String,
    pub data: String,
    /// What to expect, or that it is unknown.
    pub gain: String,
}

impl TunePlan {
    pub fn sentences(&self) -> [String; 3] {
        [
            format!("method: {}", self.method),
            format!("data: {}", self.data),
            format!("expected gain: {}", self.gain),
        ]
    }
}

/// Method by what there is to train with, rows by what was counted.
pub(super) fn tune_plan(e: &Evidence) -> TunePlan {
    let n = e.said.labelled.unwrap_or(0);
    let method = match (e.said.resources, e.memory, e.said.gpu_memory_gb) {
        (Some(Resources::Hosted), ..) => "a supervised fine-tuning job at the endpoint".to_owned(),
        (Some(Resources::ConsumerGpu), Some(m), gpu) => {
            let has = gpu.unwrap_or(24.0);
            if m.qlora_gb <= has {
                format!("QLoRA: about {:.0} GB of {has:.0}", m.qlora_gb)
            } else {
                format!(
                    "QLoRA takes about {:.0} GB and there are {has:.0}: a smaller model, shorter sequences or a smaller batch",
                    m.qlora_gb
                )
            }
        }
        (Some(Resources::Gpus), Some(m), Some(has)) => {
            let fits = [
                ("full tuning", m.full_gb),
                ("LoRA", m.lora_gb),
                ("QLoRA", m.qlora_gb),
            ];
            match fits.iter().find(|(_, gb)| *gb <= has) {
                // With few rows all parameters would learn them by heart.
                Some(("full tuning", _)) if n < 5_000 => {
                    format!(
                        "LoRA: about {:.0} GB of {has:.0}; full tuning would fit, but not with so few rows",
                        m.lora_gb
                    )
                }
                Some((name, gb)) => format!("{name}: about {gb:.0} GB of {has:.0}"),
                None => format!(
                    "nothing fits {has:.0} GB: QLoRA takes about {:.0}",
                    m.qlora_gb
                ),
            }
        }
        (Some(Resources::Gpus), ..) => {
            "LoRA; say --gpu-memory-gb and --parameters-b for what fits".to_owned()
        }
        _ => "QLoRA; say --parameters-b for what it takes".to_owned(),
    };
    let bad = match e.said.bad_cases {
        0 => String::new(),
        n => format!(", {n} corrected bad cases among them"),
    };
    TunePlan {
        method,
        data: format!("{} apart from the evaluation{bad}", rows(n)),
        gain: match e.tuned.as_ref().and_then(Tuned::best_difference) {
            Some(d) => format!("measured: {}", gain(&d)),
            None => "unknown until a tuned model is measured on the same rows".to_owned(),
        },
    }
}
