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
