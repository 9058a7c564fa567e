//! A script for TRL and PEFT.

use super::{Method, Settings, TrainingFormat};

/// The script. It stands beside the training files.
pub fn trl(base: &str, s: &Settings) -> String {
    let base = serde_json::Value::String(base.to_owned());
    let file = |part| TrainingFormat::TrlPromptCompletion.file(part);
    let quantized = s.method.value == Method::QLora;
    let mut text = String::from(
        "# python train.py, in this folder, with: pip install trl peft datasets accelerate",
    );
    text += if quantized { " bitsandbytes\n" } else { "\n" };
    text += "import torch\nfrom datasets import load_dataset\nfrom peft import LoraConfig\n";
    text += if quantized {
        "from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig\n"
    } else {
        "from transformers import AutoModelForCausalLM, AutoTokenizer\n"
    };
    text += &format!("from trl import SFTConfig, SFTTrainer\n\nBASE = {base}\n\n");
    text += &format!(
        "train = load_dataset(\"json\", data_files=\"{}\", split=\"train\")\n",
        file("train")
    );
    if s.validate {
        text += &format!(
            "# Apart by cluster from what is trained on.\nvalidation = load_dataset(\"json\", data_files=\"{}\", split=\"train\")\n",
            file("validation")
        );
    }
    text += &format!("\n# {}.\n", s.method.why);
    text += if quantized {
        "model = AutoModelForCausalLM.from_pretrained(
    BASE,
    device_map=\"auto\",
    quantization_config=BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=\"nf4\",  # made for weights that are normally distributed
        bnb_4bit_use_double_quant=True,  # saves another 0.4 bits a parameter
        bnb_4bit_compute_dtype=torch.bfloat16,
    ),
)
"
    } else {
        "model = AutoModelForCausalLM.from_pretrained(BASE, device_map=\"auto\", torch_dtype=torch.bfloat16)\n"
    };
    text += &format!(
        "tokenizer = AutoTokenizer.from_pretrained(BASE)

adapters = LoraConfig(
    task_type=\"CAUSAL_LM\",
    target_modules=\"all-linear\",  # all linear layers: better than attention alone
    r={},  # {}
    lora_alpha={},  # {}
    lora_dropout={},  # {}
)

settings = SFTConfig(
    output_dir=\"out\",
    max_length={},  # {}
    completion_only_loss=True,  # only answers are learned
    packing=False,  # lessons are short and must not see each other
    per_device_train_batch_size={},  # {}
    gradient_accumulation_steps={},  # {}
    gradient_checkpointing=True,  # costs a third more time and saves most of the activations
    learning_rate={:.0e},  # {}
    num_train_epochs={},  # {}
    lr_scheduler_type=\"cosine\",
    warmup_steps={},  # {}
    bf16=True,  # fp16=True instead on cards before Ampere
    logging_steps=1,
    save_strategy=\"epoch\",
",
        s.rank.value,
        s.rank.why,
        s.alpha.value,
        s.alpha.why,
        s.dropout.value,
        s.dropout.why,
        s.cutoff.value,
        s.cutoff.why,
        s.batch.value,
        s.batch.why,
        s.accumulation.value,
        s.accumulation.why,
        s.learning_rate.value,
        s.learning_rate.why,
        s.epochs.value,
        s.epochs.why,
        s.warmup.value,
        s.warmup.why,
    );
    if s.validate {
        text += "    eval_strategy=\"epoch\",\n    load_best_model_at_end=True,  # the pass with the lowest validation loss\n    metric_for_best_model=\"eval_loss\",\n";
    }
    text += &format!("    report_to=\"none\",\n    seed={},\n)\n\n", s.seed);
    text +=
        "trainer = SFTTrainer(\n    model=model,\n    args=settings,\n    train_dataset=train,\n";
    if s.validate {
        text += "    eval_dataset=validation,\n";
    }
    text += "    processing_class=tokenizer,\n    peft_config=adapters,\n)\ntrainer.train()\ntrainer.save_model(\"out\")\n";
    text
}
