//! Configurations of trainers hold keys that the trainers know: held against the lists that `tests/real/trainer_keys.py` read
//! off the argument classes of LLaMA-Factory 0.9.5, axolotl 0.21.0, TRL 1.16.0, PEFT 0.21.2 and transformers 5.24.0, in November 2026.

use crate::support::Workspace;
use serde_json::Value;

const KEYS: &str = include_str!("../../fixtures/trainers/keys.json");

fn known(what: &str) -> Vec<String> {
    let all: Value = serde_json::from_str(KEYS).unwrap();
    let keys = all["keys"][what].as_array().unwrap();
    assert!(keys.len() > 10, "{what}");
    keys.iter()
        .map(|k| k.as_str().unwrap().to_owned())
        .collect()
}

/// The configuration of a base with so many billions of parameters: 7 fits in 16 bits, 32 does not.
fn config(place: &Workspace, trainer: &str, base: &str, file: &str, more: &[&str]) -> String {
    let said = place.run(&[&["tune", "config", "--for", trainer, "--base", base], more].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    place.read(&format!("tuning/{file}"))
}

const BASES: [&str; 2] = ["Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-32B-Instruct"];

/// `key` of `key: value` at this depth of a YAML file; `- ` counts as depth.
fn yaml_keys(text: &str, depth: usize) -> Vec<String> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| {
            let key = line.trim_start_matches([' ', '-']);
            (line.len() - key.len() == depth)
                .then(|| key.split_once(':').map(|(key, _)| key.to_owned()))?
        })
        .collect()
}

fn hold(keys: &[String], what: &str) {
    assert!(keys.len() > 2, "{what}: {keys:?}");
    let known = known(what);
    let strange: Vec<&String> = keys.iter().filter(|k| !known.contains(k)).collect();
    assert!(strange.is_empty(), "{what} knows no {strange:?}");
}

/// The names of the arguments of a call in a script, one a line.
fn arguments(script: &str, call: &str) -> Vec<String> {
    let from = script.find(&format!("{call}(\n")).unwrap();
    let indent = script[..from].rsplit('\n').next().unwrap();
    let indent = indent.len() - indent.trim_start().len();
    let close = format!("\n{})", " ".repeat(indent));
    let body = script[from..].split(&close).next().unwrap();
    body.lines()
        .skip(1)
        .filter_map(|l| l.trim().split_once('=').map(|(key, _)| key.to_owned()))
        .collect()
}

#[test]
fn llama_factory_and_axolotl_know_every_key() {
    let place = Workspace::sample();
    place.run(&["tune", "export", "sentiment"]);
    for (base, more) in [(BASES[0], &[][..]), (BASES[1], &[]), (BASES[0], &["--cpu"])] {
        let text = config(&place, "llama-factory", base, "llama-factory.yaml", more);
        let keys = yaml_keys(&text, 0);
        assert!(keys.iter().any(|k| k == "lora_rank"), "{keys:?}");
        hold(&keys, "llama-factory");
        let text = config(&place, "axolotl", base, "axolotl.yaml", more);
        hold(&yaml_keys(&text, 0), "axolotl");
        let of_data = yaml_keys(&text, 4);
        assert!(of_data.iter().any(|k| k == "field_messages"), "{of_data:?}");
        hold(&of_data, "axolotl.datasets");
    }
}

#[test]
fn trl_and_peft_know_every_argument() {
    let place = Workspace::sample();
    place.run(&["tune", "export", "sentiment"]);
    let small = config(&place, "trl", BASES[0], "train.py", &[]);
    hold(&arguments(&small, "SFTConfig"), "trl.SFTConfig");
    hold(&arguments(&small, "LoraConfig"), "trl.LoraConfig");
    let large = config(&place, "trl", BASES[1], "train.py", &[]);
    hold(
        &arguments(&large, "BitsAndBytesConfig"),
        "trl.BitsAndBytesConfig",
    );
}

#[test]
fn on_a_cpu_nothing_is_quantized_or_in_16_bits() {
    let place = Workspace::sample();
    place.run(&["tune", "export", "sentiment"]);
    for (trainer, file) in [
        ("llama-factory", "llama-factory.yaml"),
        ("axolotl", "axolotl.yaml"),
        ("trl", "train.py"),
    ] {
        // On a GPU of 24 GB this base would be in 4 bits.
        let text = config(&place, trainer, BASES[1], file, &["--cpu"]);
        for sign in [
            "load_in_4bit: true",
            "BitsAndBytes",
            "quantization_bit",
            "bf16: true",
            "bf16: auto",
        ] {
            assert!(!text.contains(sign), "{sign}: {text}");
        }
        let in_32_bits = ["cuda = False", "bf16: false"];
        assert!(in_32_bits.iter().any(|sign| text.contains(sign)), "{text}");
    }
}

#[test]
fn a_script_of_4_bits_says_what_it_needs_before_it_loads_anything() {
    let place = Workspace::sample();
    place.run(&["tune", "export", "sentiment"]);
    let text = config(&place, "trl", BASES[1], "train.py", &[]);
    let guard = text.find("if not torch.cuda.is_available():").unwrap();
    assert!(guard < text.find("load_dataset(").unwrap(), "{text}");
    let small = config(&place, "trl", BASES[0], "train.py", &[]);
    assert!(!small.contains("sys.exit"), "{small}");
}
