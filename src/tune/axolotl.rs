//! A configuration for axolotl, `axolotl train FILE`.

use super::{Method, Settings, TrainingFormat, llama_factory::quoted};

/// The file. It stands beside the training files.
pub fn axolotl(base: &str, s: &Settings) -> String {
    let mut text = String::from("# axolotl train axolotl.yaml, in this folder\n");
    let mut line = |key: &str, value: &str, why: &str| {
        text += &format!("{key}: {value}");
        if !why.is_empty() {
            text += &format!("  # {why}");
        }
        text.push('\n');
    };
    line("base_model", &quoted(base), "");
    match s.method.value {
        Method::QLora => {
            line("adapter", "qlora", &s.method.why);
            line("load_in_4bit", "true", "nf4 with double quantisation");
            line(
                "optimizer",
                "paged_adamw_8bit",
                "its state leaves the card when memory is short",
            );
        }
        Method::Lora => {
            line("adapter", "lora", &s.method.why);
            line("load_in_4bit", "false", "");
            line("optimizer", "adamw_torch_fused", "");
        }
    }
    line(
        "lora_target_linear",
        "true",
        "all linear layers: better than attention alone",
    );
    line("lora_r", &s.rank.value.to_string(), &s.rank.why);
    line("lora_alpha", &s.alpha.value.to_string(), &s.alpha.why);
    line("lora_dropout", &s.dropout.value.to_string(), &s.dropout.why);
    line(
        "chat_template",
        "tokenizer_default",
        "the one that the base was trained with",
    );
    let data = |part| {
        format!(
            "\n  - path: {}\n    ds_type: json\n    type: chat_template\n    field_messages: messages\n    message_property_mappings:\n      role: role\n      content: content\n    message_field_training: training  # answers of shots are not learned\n    roles_to_train: [assistant]  # only answers are learned\n    train_on_eos: turn",
            TrainingFormat::Axolotl.file(part)
        )
    };
    line("datasets", &data("train"), "");
    if s.validate {
        line(
            "test_datasets",
            &(data("validation") + "\n    split: train"),
            "",
        );
        line("evals_per_epoch", "1", "");
    } else {
        line("val_set_size", "0", "there is nothing to validate on");
    }
    line("dataset_prepared_path", "prepared", "");
    line("sequence_len", &s.cutoff.value.to_string(), &s.cutoff.why);
    line(
        "sample_packing",
        "false",
        "lessons are short and must not see each other",
    );
    line("micro_batch_size", &s.batch.value.to_string(), &s.batch.why);
    line(
        "gradient_accumulation_steps",
        &s.accumulation.value.to_string(),
        &s.accumulation.why,
    );
    line("num_epochs", &s.epochs.value.to_string(), &s.epochs.why);
    line(
        "learning_rate",
        &format!("{:.4}", s.learning_rate.value),
        &s.learning_rate.why,
    );
    line("lr_scheduler", "cosine", "");
    line("warmup_steps", &s.warmup.value.to_string(), &s.warmup.why);
    line("bf16", "auto", "");
    line(
        "gradient_checkpointing",
        "true",
        "costs a third more time and saves most of the activations",
    );
    line("logging_steps", "1", "");
    line("saves_per_epoch", "1", "");
    line("output_dir", "out", "");
    line("seed", &s.seed.to_string(), "");
    text.replace(": \n", ":\n")
}
