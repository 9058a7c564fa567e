//! A configuration for LLaMA-Factory, `llamafactory-cli train FILE`.

use super::{Method, Settings};

/// The name of LLaMA-Factory's chat template for a base; `None` where its name tells nothing.
pub fn chat_template(base: &str) -> Option<&'static str> {
    let base = base.to_lowercase();
    let known = [
        ("qwen3", "qwen3"),
        ("qwen", "qwen"),
        ("llama-4", "llama4"),
        ("llama-3", "llama3"),
        ("llama3", "llama3"),
        ("llama-2", "llama2"),
        ("gemma-3", "gemma3"),
        ("gemma", "gemma"),
        ("mistral", "mistral"),
        ("phi-4", "phi4"),
        ("phi-3", "phi"),
        ("deepseek-r1", "deepseekr1"),
        ("deepseek", "deepseek3"),
        ("glm-4", "glm4"),
        ("yi-", "yi"),
        ("internlm", "intern2"),
        ("smollm", "smollm"),
    ];
    known
        .iter()
        .find(|(part, _)| base.contains(part))
        .map(|(_, name)| *name)
}

/// The file. It stands beside `dataset_info.json`.
pub fn llama_factory(base: &str, template: &str, s: &Settings) -> String {
    let mut text = String::from("# llamafactory-cli train llama-factory.yaml, in this folder\n");
    let mut line = |key: &str, value: &str, why: &str| {
        text += &format!("{key}: {value}");
        if !why.is_empty() {
            text += &format!("  # {why}");
        }
        text.push('\n');
    };
    line("model_name_or_path", &quoted(base), "");
    line("stage", "sft", "");
    line("do_train", "true", "");
    line("finetuning_type", "lora", &s.method.why);
    if s.method.value == Method::QLora {
        line("quantization_bit", "4", "QLoRA");
        line(
            "quantization_type",
            "nf4",
            "made for weights that are normally distributed",
        );
        line(
            "double_quantization",
            "true",
            "saves another 0.4 bits a parameter",
        );
    }
    line(
        "lora_target",
        "all",
        "all linear layers: better than attention alone",
    );
    line("lora_rank", &s.rank.value.to_string(), &s.rank.why);
    line("lora_alpha", &s.alpha.value.to_string(), &s.alpha.why);
    line("lora_dropout", &s.dropout.value.to_string(), &s.dropout.why);
    line("dataset_dir", ".", "where dataset_info.json is");
    line("dataset", "wording_train", "");
    if s.validate {
        line(
            "eval_dataset",
            "wording_validation",
            "apart by cluster from what is trained on",
        );
        line("eval_strategy", "epoch", "");
        line("per_device_eval_batch_size", &s.batch.value.to_string(), "");
        line(
            "load_best_model_at_end",
            "true",
            "the pass with the lowest validation loss",
        );
        line("metric_for_best_model", "eval_loss", "");
    }
    line(
        "template",
        template,
        "the chat template that the base was trained with",
    );
    line("cutoff_len", &s.cutoff.value.to_string(), &s.cutoff.why);
    line("train_on_prompt", "false", "only answers are learned");
    line(
        "mask_history",
        "true",
        "of several answers the last: the others are shots",
    );
    line(
        "packing",
        "false",
        "lessons are short and must not see each other",
    );
    line(
        "per_device_train_batch_size",
        &s.batch.value.to_string(),
        &s.batch.why,
    );
    line(
        "gradient_accumulation_steps",
        &s.accumulation.value.to_string(),
        &s.accumulation.why,
    );
    line(
        "learning_rate",
        &format!("{:.1e}", s.learning_rate.value),
        &s.learning_rate.why,
    );
    line(
        "num_train_epochs",
        &format!("{:.1}", f64::from(s.epochs.value)),
        &s.epochs.why,
    );
    line("lr_scheduler_type", "cosine", "");
    line("warmup_steps", &s.warmup.value.to_string(), &s.warmup.why);
    line("bf16", "true", "set fp16 instead on cards before Ampere");
    line("logging_steps", "1", "");
    line("save_strategy", "epoch", "");
    line("output_dir", "out", "");
    line("overwrite_output_dir", "true", "");
    line("report_to", "none", "");
    line("seed", &s.seed.to_string(), "");
    text
}

/// A text as a YAML scalar in double quotes; JSON's are YAML's.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
