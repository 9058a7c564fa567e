//! Configurations of trainers, from the templates in `trainers/`, and what LLaMA-Factory calls the chat template of a base.

use super::{Settings, TrainingFormat};
use minijinja::{Environment, Error, context, syntax::SyntaxConfig, value::Serde};

/// A trainer, and what its configuration needs beside the settings.
#[derive(Debug, Clone, Copy)]
pub enum TrainerSpec<'a> {
    LlamaFactory { template: &'a str },
    Axolotl,
    Trl,
}

impl TrainerSpec<'_> {
    /// The training files that the trainer reads.
    pub fn format(self) -> TrainingFormat {
        match self {
            TrainerSpec::LlamaFactory { .. } => TrainingFormat::Alpaca,
            TrainerSpec::Axolotl => TrainingFormat::Axolotl,
            TrainerSpec::Trl => TrainingFormat::TrlPromptCompletion,
        }
    }

    /// The file of the configuration, to be written next to the training files.
    pub fn file_name(self) -> &'static str {
        match self {
            TrainerSpec::LlamaFactory { .. } => "llama-factory.yaml",
            TrainerSpec::Axolotl => "axolotl.yaml",
            TrainerSpec::Trl => "train.py",
        }
    }

    /// The configuration for a base model.
    pub fn configuration(self, base: &str, settings: &Settings) -> Result<String, Error> {
        let rate = settings.learning_rate.value;
        let (source, template, rate) = match self {
            TrainerSpec::LlamaFactory { template } => (
                include_str!("trainers/llama-factory.yaml.j2"),
                template,
                format!("{rate:.1e}"),
            ),
            TrainerSpec::Axolotl => (
                include_str!("trainers/axolotl.yaml.j2"),
                "",
                format!("{rate:.4}"),
            ),
            TrainerSpec::Trl => (
                include_str!("trainers/train.py.j2"),
                "",
                format!("{rate:.0e}"),
            ),
        };
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?;
        environment.set_syntax(syntax);
        let format = self.format();
        let context = context! {
            // A JSON string is a string of YAML and of Python too.
            base => serde_json::Value::from(base).to_string(),
            s => Serde(settings),
            train => format.file("train"),
            validation => format.file("validation"),
            template, rate,
        };
        environment.render_str(source, context)
    }
}

/// Names of LLaMA-Factory's chat templates by what is in the name of a base, all parts between `&`: the first that is found. `None` where it
/// has to be asked for: models that 0.9.5 does not list, most of those that also see or hear. Held against the models that 0.9.5 lists by
/// `tests/real/chat_templates.sh`.
const CHAT_TEMPLATES: [(&str, Option<&str>); 72] = [
    ("deepseek-r1", Some("deepseekr1")),
    ("deepseek-coder-v2", Some("deepseek")),
    ("deepseek-coder", Some("deepseekcoder")),
    ("deepseek-llm", Some("deepseek")),
    ("deepseek-math", Some("deepseek")),
    ("deepseek-moe", Some("deepseek")),
    ("deepseek-v2.5", Some("deepseek3")),
    ("deepseek-v2-chat-0628", Some("deepseek3")),
    ("deepseek-v2", Some("deepseek")),
    ("deepseek", Some("deepseek3")),
    ("qwen3.5", Some("qwen3_5")),
    ("qwen3.", None),
    ("qwen-vl", None),
    ("qwen-audio", None),
    ("qvq", None),
    ("qwen3-vl", None),
    ("qwen3-omni", None),
    ("qwen2-vl", None),
    ("qwen2.5-vl", None),
    ("qwen2.5-omni", None),
    ("qwen2-audio", None),
    ("qwen3-next&instruct", Some("qwen3_nothink")),
    ("qwen3-coder", Some("qwen3_nothink")),
    ("2507&qwen3&instruct", Some("qwen3_nothink")),
    ("qwen3", Some("qwen3")),
    ("qwen", Some("qwen")),
    ("llama-4", Some("llama4")),
    ("vision", None),
    ("llava", None),
    ("llama-3", Some("llama3")),
    ("llama3", Some("llama3")),
    ("chinese-llama-2", Some("llama2_zh")),
    ("llama-2", Some("llama2")),
    ("paligemma", None),
    ("functiongemma", None),
    ("medgemma", Some("gemma3")),
    ("gemma-4-e", Some("gemma4n")),
    ("gemma-4", Some("gemma4")),
    ("gemma-3n", Some("gemma3n")),
    ("gemma-3-1b", Some("gemma2")),
    ("gemma-3-270m", Some("gemma2")),
    ("gemma-3", Some("gemma3")),
    ("gemma-2-", Some("gemma2")),
    ("gemma", Some("gemma")),
    ("ministral-3", Some("ministral3")),
    ("ministral", Some("ministral")),
    ("mistral-nemo", Some("ministral")),
    ("pixtral", None),
    ("voxtral", None),
    ("magistral", None),
    ("devstral", Some("mistral_small")),
    ("mistral-small", Some("mistral_small")),
    ("mistral", Some("mistral")),
    ("phi-4-mini", Some("phi4_mini")),
    ("phi-4", Some("phi4")),
    ("phi-3-small", Some("phi_small")),
    ("phi-3", Some("phi")),
    ("glm-4.5v", None),
    ("glm-4.6v", None),
    ("glm-4.1v", None),
    ("glm-4.5", Some("glm4_moe")),
    ("glm-4.6", Some("glm4_moe")),
    ("glm-4.7", Some("glm4_7")),
    ("glm-4", Some("glm4")),
    ("yi-vl", None),
    ("yi-", Some("yi")),
    ("intern-s", None),
    ("internlm", Some("intern2")),
    ("smollm2", Some("smollm2")),
    ("smollm3", None),
    ("smollm", Some("smollm")),
    ("gpt-oss", Some("gpt_oss")),
];

/// The name of LLaMA-Factory's chat template for a base; `None` where its name does not tell.
pub fn chat_template(base: &str) -> Option<&'static str> {
    let base = base.to_lowercase();
    let is_of = |parts: &str| parts.split('&').all(|part| base.contains(part));
    let known = CHAT_TEMPLATES.iter().find(|(parts, _)| is_of(parts));
    known.and_then(|(_, name)| *name)
}
