//! A configuration for LLaMA-Factory, `llamafactory-cli train FILE`.

use super::{Method, Settings};

/// The name of LLaMA-Factory's chat template for a base; `None` where its name does not tell.
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

/// The file. It is written next to `dataset_info.json`.
pub fn llama_factory(base: &str, template: &str, s: &Settings) -> String {
    let quantization = match s.method.value {
        Method::QLora => {
            "quantization_bit: 4  # QLoRA
quantization_type: nf4  # made for normally distributed weights
double_quantization: true  # saves another 0.4 bits per parameter
"
        }
        Method::Lora => "",
    };
    let validation = if s.validate {
        format!(
            "eval_dataset: wording_validation  # split from the training set by cluster
eval_strategy: epoch
per_device_eval_batch_size: {}
load_best_model_at_end: true  # the epoch with the lowest validation loss
metric_for_best_model: eval_loss
",
            s.batch.value
        )
    } else {
        String::new()
    };
    format!(
        "# llamafactory-cli train llama-factory.yaml, in this folder
model_name_or_path: {base}
stage: sft
do_train: true
finetuning_type: lora  # {method_why}
{quantization}lora_target: all  # all linear layers: better than attention alone
lora_rank: {rank}
lora_alpha: {alpha}
lora_dropout: {dropout}
dataset_dir: .  # the folder of dataset_info.json
dataset: wording_train
{validation}template: {template}  # the chat template that the base was trained with
cutoff_len: {cutoff}
train_on_prompt: false  # only answers are learned
mask_history: true  # only the last answer is learned: earlier ones are shots
packing: false  # examples are short and must not see each other
per_device_train_batch_size: {batch}
gradient_accumulation_steps: {accumulation}
learning_rate: {rate:.1e}  # {rate_why}
num_train_epochs: {epochs:.1}  # {epochs_why}
lr_scheduler_type: cosine
warmup_steps: {warmup}
bf16: true  # set fp16 instead on cards before Ampere
logging_steps: 1
save_strategy: epoch
output_dir: out
overwrite_output_dir: true
report_to: none
seed: {seed}
",
        base = yaml_string(base),
        method_why = s.method.why,
        rank = s.rank,
        alpha = s.alpha,
        dropout = s.dropout,
        cutoff = s.cutoff,
        batch = s.batch,
        accumulation = s.accumulation,
        rate = s.learning_rate.value,
        rate_why = s.learning_rate.why,
        epochs = f64::from(s.epochs.value),
        epochs_why = s.epochs.why,
        warmup = s.warmup,
        seed = s.seed,
    )
}

/// A text as a YAML scalar in double quotes; a JSON string is one.
pub(super) fn yaml_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
