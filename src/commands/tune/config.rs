//! `wording tune config`: a configuration for a trainer, reasoned from what was exported.

use crate::{
    advise::{GpuMemorySpec, memory},
    cli::{Global, OutputFormat, Trainer, TuneConfigArgs},
    commands::{
        context::CommandContext,
        output::{Exit, Messages, print_json},
    },
    tune::{
        Device, ExportReport, Method, Settings, SettingsSpec, TrainerSpec, chat_template,
        parameters_of,
    },
};
use anyhow::{Context as _, anyhow, bail};
use schemars::JsonSchema;
use serde::Serialize;
use std::path::Path;

/// What a consumer's card has, where nobody says.
const CONSUMER_GB: f64 = 24.0;

pub(super) fn config(global: &Global, args: &TuneConfigArgs) -> anyhow::Result<Exit> {
    let report = read_export(&args.dir)?;
    let parameters_b = args
        .parameters_b
        .or_else(|| parameters_of(&args.base))
        .ok_or_else(|| {
            anyhow!(
                "cannot tell the number of parameters of {}; set --parameters-b N, in billions",
                args.base
            )
        })?;
    // The experiment may say what there is to train with; without its project the folder is enough.
    let said = CommandContext::open(global).ok().and_then(|place| {
        let experiment = place.project.experiment(Some(&report.experiment)).ok()?;
        experiment.advise.gpu_memory_gb
    });
    let settings = Settings::choose(
        &SettingsSpec {
            train: report.train,
            validation: report.validation,
            longest: report.tokens.longest,
            upper_bound: report.tokens.upper_bound,
            parameters_b,
            device: if args.cpu { Device::Cpu } else { Device::Gpu },
            gpu_memory_gb: args.gpu_memory_gb.or(said).unwrap_or(CONSUMER_GB),
            seed: report.seed,
        },
        |method, rank, sequence, batch| {
            let all = memory(GpuMemorySpec {
                parameters_b,
                rank: u64::from(rank),
                sequence,
                batch: u64::from(batch),
            });
            match method {
                Method::QLora => all.qlora_gb,
                Method::Lora => all.lora_gb,
            }
        },
    );
    let trainer = match args.trainer {
        Trainer::LlamaFactory => TrainerSpec::LlamaFactory {
            template: args
                .template
                .as_deref()
                .or_else(|| chat_template(&args.base))
                .ok_or_else(|| {
                    anyhow!(
                        "cannot tell the chat template of {}; set --template NAME, as LLaMA-Factory calls it",
                        args.base
                    )
                })?,
        },
        Trainer::Axolotl => TrainerSpec::Axolotl,
        Trainer::Trl => TrainerSpec::Trl,
    };
    let format = trainer.format();
    if !args.dir.join(format.file("train")).is_file() {
        bail!(
            "{} has no {}; create it with `wording tune export --for {}`",
            args.dir.display(),
            format.file("train"),
            format.as_str()
        );
    }
    let text = trainer.configuration(&args.base, &settings)?;
    let path = args
        .output
        .clone()
        .unwrap_or_else(|| args.dir.join(trainer.file_name()));
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    let messages = Messages::new(global);
    messages.note(&format!("wrote {}", path.display()));
    if args.format == OutputFormat::Json {
        print_json(&TrainerConfig {
            schema_version: 1,
            file: &path,
            base: &args.base,
            parameters_b,
            settings: &settings,
        })?;
    }
    if settings.method.value == Method::QLora && !has_nvidia_driver() {
        messages.note(&format!(
            "this is QLoRA ({}); it needs an NVIDIA GPU, and this machine has no driver for one; \
             run it on a machine that does, or train a smaller base here with --cpu",
            settings.method.why
        ));
    }
    Ok(Exit::Done)
}

/// What `--format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::commands) struct TrainerConfig<'a> {
    /// Always 1.
    schema_version: u32,
    /// The file that was written.
    #[serde(serialize_with = "crate::display::lossy_path")]
    file: &'a Path,
    base: &'a str,
    /// Parameters of the base, in billions.
    parameters_b: f64,
    settings: &'a Settings,
}

fn has_nvidia_driver() -> bool {
    let program = if cfg!(windows) {
        "nvidia-smi.exe"
    } else {
        "nvidia-smi"
    };
    Path::new("/proc/driver/nvidia/version").exists()
        || std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// What an export wrote.
pub(super) fn read_export(dir: &Path) -> anyhow::Result<ExportReport> {
    let path = dir.join("export.json");
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!(
            "cannot read {}; create it with `wording tune export -o {}`",
            path.display(),
            dir.display()
        )
    })?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            "{} was not written by `wording tune export`",
            path.display()
        )
    })
}
