//! A script for TRL and PEFT.

use super::{Method, Settings, TrainingFormat, llama_factory::yaml_string};

/// The script. It is written next to the training files.
pub fn trl(base: &str, s: &Settings) -> String {
    let (package, import, model) = match s.method.value {
        Method::QLora => (
            " bitsandbytes",
            ", BitsAndBytesConfig",
            "model = AutoModelForCausalLM.from_pretrained(
    BASE,
    device_map=\"auto\",
    quantization_config=BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=\"nf4\",  # made for normally distributed weights
        bnb_4bit_use_double_quant=True,  # saves another 0.4 bits per parameter
        bnb_4bit_compute_dtype=torch.bfloat16,
    ),
)",
        ),
        Method::Lora => (
            "",
            "",
            "model = AutoModelForCausalLM.from_pretrained(BASE, device_map=\"auto\", torch_dtype=torch.bfloat16)",
        ),
    };
    let load = |part| {
        let file = TrainingFormat::TrlPromptCompletion.file(part);
        format!("{part} = load_dataset(\"json\", data_files=\"{file}\", split=\"train\")\n")
    };
    let (validation, evaluation, dataset) = if s.validate {
        (
            format!(
                "# Split from the training set by cluster.\n{}",
                load("validation")
            ),
            "
    eval_strategy=\"epoch\",
    load_best_model_at_end=True,  # the epoch with the lowest validation loss
    metric_for_best_model=\"eval_loss\",",
            "\n    eval_dataset=validation,",
        )
    } else {
        (String::new(), "", "")
    };
    format!(
        "# python train.py, in this folder, with: pip install trl peft datasets accelerate{package}
import torch
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer{import}
from trl import SFTConfig, SFTTrainer

BASE = {base}

{train}{validation}
# {method_why}.
{model}
tokenizer = AutoTokenizer.from_pretrained(BASE)

adapters = LoraConfig(
    task_type=\"CAUSAL_LM\",
    target_modules=\"all-linear\",  # all linear layers: better than attention alone
    r={rank:#}
    lora_alpha={alpha:#}
    lora_dropout={dropout:#}
)

settings = SFTConfig(
    output_dir=\"out\",
    max_length={cutoff:#}
    completion_only_loss=True,  # only answers are learned
    packing=False,  # examples are short and must not see each other
    per_device_train_batch_size={batch:#}
    gradient_accumulation_steps={accumulation:#}
    gradient_checkpointing=True,  # a third slower, saves most of the activation memory
    learning_rate={rate:.0e},  # {rate_why}
    num_train_epochs={epochs:#}
    lr_scheduler_type=\"cosine\",
    warmup_steps={warmup:#}
    bf16=True,  # fp16=True instead on cards before Ampere
    logging_steps=1,
    save_strategy=\"epoch\",{evaluation}
    report_to=\"none\",
    seed={seed},
)

trainer = SFTTrainer(
    model=model,
    args=settings,
    train_dataset=train,{dataset}
    processing_class=tokenizer,
    peft_config=adapters,
)
trainer.train()
trainer.save_model(\"out\")
",
        base = yaml_string(base),
        train = load("train"),
        method_why = s.method.why,
        rank = s.rank,
        alpha = s.alpha,
        dropout = s.dropout,
        cutoff = s.cutoff,
        batch = s.batch,
        accumulation = s.accumulation,
        rate = s.learning_rate.value,
        rate_why = s.learning_rate.why,
        epochs = s.epochs,
        warmup = s.warmup,
        seed = s.seed,
    )
}
