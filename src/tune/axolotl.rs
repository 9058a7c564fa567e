//! A configuration for axolotl, `axolotl train FILE`.

use super::{Method, Settings, TrainingFormat, llama_factory::yaml_string};

/// The file. It is written next to the training files.
pub fn axolotl(base: &str, s: &Settings) -> String {
    let adapter = match s.method.value {
        Method::QLora => format!(
            "adapter: qlora  # {}
load_in_4bit: true  # nf4 with double quantization
optimizer: paged_adamw_8bit  # moves its state to CPU memory when the GPU is full",
            s.method.why
        ),
        Method::Lora => format!(
            "adapter: lora  # {}
load_in_4bit: false
optimizer: adamw_torch_fused",
            s.method.why
        ),
    };
    let data = |part| {
        format!(
            "
  - path: {}
    ds_type: json
    type: chat_template
    field_messages: messages
    message_property_mappings:
      role: role
      content: content
    message_field_training: training  # answers of shots are not learned
    roles_to_train: [assistant]  # only answers are learned
    train_on_eos: turn",
            TrainingFormat::Axolotl.file(part)
        )
    };
    let validation = if s.validate {
        format!(
            "test_datasets:{}\n    split: train\nevals_per_epoch: 1",
            data("validation")
        )
    } else {
        "val_set_size: 0  # there is no validation set".to_owned()
    };
    format!(
        "# axolotl train axolotl.yaml, in this folder
base_model: {base}
{adapter}
lora_target_linear: true  # all linear layers: better than attention alone
lora_r: {rank}
lora_alpha: {alpha}
lora_dropout: {dropout}
chat_template: tokenizer_default  # the one that the base was trained with
datasets:{train}
{validation}
dataset_prepared_path: prepared
sequence_len: {cutoff}
sample_packing: false  # examples are short and must not see each other
micro_batch_size: {batch}
gradient_accumulation_steps: {accumulation}
num_epochs: {epochs}
learning_rate: {rate:.4}  # {rate_why}
lr_scheduler: cosine
warmup_steps: {warmup}
bf16: auto
gradient_checkpointing: true  # a third slower, saves most of the activation memory
logging_steps: 1
saves_per_epoch: 1
output_dir: out
seed: {seed}
",
        base = yaml_string(base),
        train = data("train"),
        rank = s.rank,
        alpha = s.alpha,
        dropout = s.dropout,
        cutoff = s.cutoff,
        batch = s.batch,
        accumulation = s.accumulation,
        epochs = s.epochs,
        rate = s.learning_rate.value,
        rate_why = s.learning_rate.why,
        warmup = s.warmup,
        seed = s.seed,
    )
}
