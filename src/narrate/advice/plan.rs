//! How to tune, where that is the verdict: method, rows, expected gain.

use crate::{
    advise::{Evidence, Tuned},
    narrate::labels::{count, points_sentence},
    project::Resources,
};
use serde::Serialize;

/// How to tune, where that is the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
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

/// The method by the given resources, the rows as counted.
pub(super) fn tune_plan(e: &Evidence) -> TunePlan {
    let n = e.given.labelled.unwrap_or(0);
    let bad = match e.given.bad_cases {
        0 => String::new(),
        n => format!(", including {}", count(n, "corrected bad case")),
    };
    TunePlan {
        method: method(e, n),
        data: format!("{} besides the evaluation{bad}", count(n, "row")),
        gain: match e.tuned.as_ref().and_then(Tuned::best_difference) {
            Some(d) => format!("measured: {}", points_sentence(&d)),
            None => "unknown until a tuned model is measured on the same rows".to_owned(),
        },
    }
}

fn method(e: &Evidence, labelled: usize) -> String {
    match (e.given.resources, e.memory, e.given.gpu_memory_gb) {
        (Some(Resources::Hosted), ..) => "a supervised fine-tuning job at the endpoint".to_owned(),
        (Some(Resources::Cpu), ..) => {
            "LoRA on a CPU, in fp32: hours for a few hundred short rows".to_owned()
        }
        (Some(Resources::ConsumerGpu), Some(m), gpu) => {
            let has = gpu.unwrap_or(24.0);
            if m.qlora_gb <= has {
                format!("QLoRA: about {:.0} of {has:.0} GB", m.qlora_gb)
            } else {
                format!(
                    "QLoRA needs about {:.0} GB but there are {has:.0}: use a smaller model, shorter sequences or a smaller batch",
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
                // With few rows, training all parameters would memorize them.
                Some(("full tuning", _)) if labelled < 5_000 => {
                    format!(
                        "LoRA: about {:.0} of {has:.0} GB; full tuning would fit, but not with so few rows",
                        m.lora_gb
                    )
                }
                Some((name, gb)) => format!("{name}: about {gb:.0} of {has:.0} GB"),
                None => format!(
                    "nothing fits into {has:.0} GB: QLoRA needs about {:.0}",
                    m.qlora_gb
                ),
            }
        }
        (Some(Resources::Gpus), ..) => {
            "LoRA; set --gpu-memory-gb and --parameters-b to see what fits".to_owned()
        }
        _ => "QLoRA; set --parameters-b to see the memory it needs".to_owned(),
    }
}
