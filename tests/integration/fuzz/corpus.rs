//! Where changed inputs start from: fixtures, and forms that the fixtures have none of.

use super::{
    framing::{FOLDER, Files, framed},
    kinds::Kind,
    mutation::WORDS,
    packing::unpacked,
};
use crate::support::Workspace;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use wording::project::Project;

/// A folder with files of which one is changed at a time, and what a reader is given.
pub(super) struct Seed {
    pub(super) place: tempfile::TempDir,
    /// Relative to the folder.
    pub(super) files: Vec<(PathBuf, Vec<u8>)>,
    /// What is read: a file or the folder itself.
    pub(super) opened: PathBuf,
}

impl Seed {
    /// All of it as one input.
    fn framed(&self) -> Vec<u8> {
        let of = |path: &Path| path.to_str().unwrap().to_owned();
        let files = self.files.iter();
        let mut files: Files = files
            .map(|(name, bytes)| (of(name), bytes.clone()))
            .collect();
        let opened = self.opened.strip_prefix(self.place.path()).unwrap();
        match files.iter().position(|(name, _)| Path::new(name) == opened) {
            Some(at) => files.swap(0, at),
            None => files.insert(0, (FOLDER.into(), Vec::new())),
        }
        framed(&files)
    }
}

/// The seeds of a kind.
pub(super) fn seeds(kind: &Kind) -> Vec<Seed> {
    match kind.name {
        "promptfoo" => promptfoo(),
        "dotprompt" => prompts().into(),
        "evals" => evals().into(),
        "traces" => files("traces", &["json", "jsonl", "csv"]),
        "logs" => files("traces", &["eval"]),
        "workbooks" => files("datasets/workbooks", &["xlsx"]),
        "hub" => vec![
            folder("datasets/hub/one", None),
            folder("datasets/hub/saved/train", None),
            folder("datasets/hub/one", Some("data-00000-of-00001.arrow")),
            folder("datasets/hub/layout", None),
        ],
        "parquet" => files("datasets/formats", &["parquet"]),
        "csv" => vec![
            texts(
                &[("a.csv", "id,text,label\n1,\"a, \"\"b\"\"\nc\",x\n2,好,y\n")],
                false,
            ),
            texts(&[("a.tsv", "a\tb\n1\t2\n\"x\ty\"\t3\n")], false),
            texts(&[("s.csv", "a;b\n1,5;2\n")], false),
        ],
        "jsonl" => vec![
            texts(
                &[(
                    "a.jsonl",
                    "{\"a\": 1, \"b\": [1.5, null], \"c\": {\"d\": \"\\u597d\"}}\n\n{\"a\": -2e3}\n",
                )],
                false,
            ),
            texts(
                &[("a.json", "[{\"a\": 1}, {\"a\": {\"b\": [[[]]]}}]")],
                false,
            ),
        ],
        "bundle" => vec![bundle()],
        "journals" => journals().into(),
        "prices" => prices().into(),
        "answers" => answers().into(),
        "projects" => vec![sample()],
        other => panic!("no seeds of {other}"),
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn seed(files: Vec<(PathBuf, Vec<u8>)>, opened: &Path) -> Seed {
    let place = tempfile::tempdir().unwrap();
    for (name, bytes) in &files {
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let opened = place.path().join(opened);
    Seed {
        place,
        files,
        opened,
    }
}

/// A seed per file of a folder of fixtures, of these endings.
fn files(folder: &str, endings: &[&str]) -> Vec<Seed> {
    let mut all = Vec::new();
    for entry in fs::read_dir(fixtures().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let ending = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        if endings.contains(&ending) && path.metadata().unwrap().len() < 1 << 20 {
            let name = PathBuf::from(path.file_name().unwrap());
            let bytes = fs::read(&path).unwrap();
            all.push(seed(vec![(name.clone(), bytes)], &name));
        }
    }
    assert!(!all.is_empty(), "no fixture in {folder}");
    all
}

/// A folder of fixtures as one seed; a reader is given the folder, or a file in it.
fn folder(folder: &str, opened: Option<&str>) -> Seed {
    let root = fixtures().join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    let bytes = fs::read(&path).unwrap();
                    found.push((path.strip_prefix(&root).unwrap().to_path_buf(), bytes));
                }
            }
        }
    }
    found.sort();
    seed(found, Path::new(opened.unwrap_or("")))
}

/// Each configuration of promptfoo.
fn promptfoo() -> Vec<Seed> {
    let mut all = Vec::new();
    for entry in fs::read_dir(fixtures().join("promptfoo")).unwrap() {
        let path = entry.unwrap().path();
        for name in ["promptfooconfig.yaml", "promptfooconfig.json"] {
            if path.join(name).is_file() {
                let inside = format!("promptfoo/{}", path.file_name().unwrap().display());
                all.push(folder(&inside, Some(name)));
            }
        }
    }
    assert!(all.len() >= 12);
    all
}

/// Texts under names; the first is opened, or the folder.
fn texts(files: &[(&str, &str)], whole: bool) -> Seed {
    let opened = match whole {
        true => "",
        false => files[0].0,
    };
    let files = files.iter();
    let files = files.map(|(name, text)| (name.into(), text.as_bytes().to_vec()));
    seed(files.collect(), Path::new(opened))
}

/// The bundle of a small run.
fn bundle() -> Seed {
    let place = Workspace::sample();
    assert_eq!(
        place.run(&["run", "sentiment", "-q", "--rows", "4"]).code,
        0
    );
    let made = place.run(&["report", "--bundle", "run.wording"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let bytes = fs::read(place.file("run.wording")).unwrap();
    let name = PathBuf::from("run.wording");
    seed(vec![(name.clone(), bytes)], &name)
}

fn prompts() -> [Seed; 3] {
    [
        texts(
            &[(
                "a.prompt",
                "---\nmodel: openai/m\nconfig: { temperature: 0.4 }\ninput:\n  schema: { theme: string, n?: integer, l(array, many): string, e?(enum): [a, b] }\n  default: { theme: x, l: [a] }\noutput:\n  format: json\n  schema: { name: string, (*): any }\n---\n{{role \"system\"}}\nA {{#if n}}b{{else}}c{{/if}}\n{{role \"user\"}}{{#each l as |x|}}{{x}} {{@index}} {{../theme}}{{/each}}{{#with l}}{{this}}{{/with}} {{json l}}\n",
            )],
            false,
        ),
        texts(
            &[(
                "b.prompty",
                "---\nname: b\nmodel:\n  api: chat\n  configuration: { type: openai, name: m }\n  parameters: { max_tokens: 3 }\nsample: { q: x, l: [1, 2] }\n---\nsystem:\nYou are {{q}}.\n\nuser[name=\"Bob\"]:\n{% for x in l %}{{ x }}{% endfor %}\n",
            )],
            false,
        ),
        texts(
            &[(
                "c.prompty",
                "---\nname: c\nmodel: { id: m, provider: openai, connection: { kind: key, endpoint: \"${env:URL}\" }, options: { temperature: 0 } }\ninputs:\n  - { name: q, kind: string, default: x }\ntemplate: { format: { kind: mustache } }\n---\nsystem:\n{{#q}}{{q}}{{/q}}{{^z}}n{{/z}}\nuser:\n{{{q}}}\n",
            )],
            false,
        ),
    ]
}

fn evals() -> [Seed; 2] {
    let platform = r#"{"object": "eval", "id": "e", "name": "n", "testing_criteria": [{"type": "string_check", "name": "c", "input": "{{ sample.output_text }}", "operation": "eq", "reference": "{{ item.l }}"}, {"type": "text_similarity", "name": "s", "input": "{{sample.output_text}}", "reference": "{{item.l}}", "evaluation_metric": "rouge_1", "pass_threshold": 0.8}, {"type": "python", "name": "p", "source": "x"}], "runs": [{"object": "eval.run", "id": "r", "eval_id": "e", "model": "m", "data_source": {"type": "completions", "source": {"type": "file_content", "content": [{"item": {"q": "a", "l": "b"}}]}, "input_messages": {"type": "template", "template": [{"role": "user", "content": {"type": "input_text", "text": "{{item.q}} {{item.t.0}}"}}]}}}], "output_items": [{"run_id": "r", "eval_id": "e", "datasource_item": {"q": "a", "l": "b"}, "results": [{"name": "c", "passed": true, "score": 1.0}], "sample": {"output": [{"role": "assistant", "content": "b"}]}}]}"#;
    let yaml = "x:\n  id: x.test.v0\n  metrics: [accuracy]\nx.test.v0:\n  class: evals.elsuite.basic.match:Match\n  args:\n    samples_jsonl: x/s.jsonl\ny.v0:\n  class: evals.elsuite.basic.includes:Includes\n  args: { samples_jsonl: x/s.jsonl, ignore_case: true }\nz.v0:\n  class: a:JsonMatch\n  args: { samples_jsonl: x/s.jsonl }\n";
    let samples = "{\"input\": [{\"role\": \"system\", \"content\": \"A\"}], \"ideal\": [\"a\", \"{}\"]}\n{\"input\": \"t\", \"ideal\": \"b|c\"}\n";
    [
        texts(&[("e.json", platform)], false),
        texts(&[("evals/x.yaml", yaml), ("data/x/s.jsonl", samples)], true),
    ]
}

fn journals() -> [Seed; 2] {
    let labels = r#"{"content": "a18603336a0944d56ff4c0adbe528e8b", "decision": {"answer": "x"}, "by": "ann", "at": "2026-11-29T03:45:21.579Z", "seconds": 2.1, "chosen": {"reason": "disagreement", "probability": 0.82, "candidates": 10}}
{"id": "r1", "content": "51bec094ee23b03364b58e130695b68d", "decision": "cannot_tell", "note": "n", "by": "bo", "at": "2026-11-29T03:45:22Z", "seconds": 1, "suggested": {"answer": "y", "shown": true}, "chosen": {"reason": "overlap", "candidates": 9}, "settles": true}
{"undo": {"id": "r1", "content": "51bec094ee23b03364b58e130695b68d"}, "by": "bo", "at": "2026-11-29T03:45:23Z"}
"#;
    let ratings = r#"{"row": "r0", "shown": [{"variant": "a", "output": "75b2c40a829e681638808d7e69beff80"}, {"variant": "b", "output": "91e46b283e0a725a8f587c306cb4c463"}], "rating": {"prefer": "left"}, "by": "ann", "at": "2026-11-29T08:10:02.120Z", "seconds": 4.1}
{"row": "r1", "shown": [{"variant": "a", "output": "75b2c40a829e681638808d7e69beff80"}], "rating": {"grade": {"grade": 3, "scale": {"lowest": 1, "highest": 5}}}, "reason": "s", "by": "ann", "at": "2026-11-29T08:10:05.310Z", "seconds": 3.2}
"#;
    [
        texts(&[("labels.jsonl", labels)], false),
        texts(&[("ratings.jsonl", ratings)], false),
    ]
}

fn prices() -> [Seed; 2] {
    let litellm = r#"{"sample_spec": {"mode": "x"}, "big": {"litellm_provider": "openai", "mode": "chat", "max_input_tokens": 128000, "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "input_cost_per_token_flex": 5e-7, "input_cost_per_token_above_200k_tokens": 3e-6, "cache_read_input_token_cost": 1e-7, "supports_vision": true, "deprecation_date": "2026-12-01"}, "azure/b": {"litellm_provider": "azure", "mode": "responses", "input_cost_per_token": "1e-6"}}"#;
    let own = "{\"source\": \"mine\", \"date\": \"2026-11-29\"}\n{\"model\": \"a/b\", \"price\": {\"input\": 1, \"output\": 2}}\n";
    [
        texts(&[("prices.json", litellm)], false),
        texts(&[("models.jsonl", own)], false),
    ]
}

/// Batch results, bodies of the two interfaces, and a stream.
fn answers() -> [Seed; 3] {
    let chat = r#"{"id": "c", "object": "chat.completion", "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": "a", "reasoning_content": "r", "tool_calls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1}"}}]}, "logprobs": {"content": [{"token": "a", "logprob": -0.1, "top_logprobs": [{"token": "b", "logprob": -2}]}]}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1}}}"#;
    let response = r#"{"id": "r", "object": "response", "status": "completed", "model": "m", "output": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "s"}]}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}, {"type": "refusal", "refusal": "n"}]}, {"type": "function_call", "call_id": "x", "name": "f", "arguments": "{}"}], "usage": {"input_tokens": 3, "output_tokens": 1}}"#;
    let id = "w-0123456789abcdef0123456789abcdef";
    let results = format!(
        "{{\"custom_id\": \"{id}\", \"response\": {{\"status_code\": 200, \"body\": {chat}}}}}\n{{\"custom_id\": \"{id}\", \"response\": {{\"body\": {response}}}, \"error\": null}}\n{{\"custom_id\": \"{id}\", \"error\": {{\"code\": 429, \"message\": \"m\"}}}}\n"
    );
    let stream = ": c\nevent: delta\ndata: {\"choices\": [{\"index\": 0, \"delta\": {\"content\": \"a\"}}]}\n\nid: 1\ndata: [DONE]\n\n";
    [
        texts(&[("results.jsonl", &results)], false),
        texts(&[("bodies.jsonl", &format!("{chat}\n{response}\n"))], false),
        texts(&[("stream.txt", stream)], false),
    ]
}

/// The files of the sample project.
fn sample() -> Seed {
    let place = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for path in Project::write_sample(place.path()).unwrap() {
        let bytes = fs::read(place.path().join(&path)).unwrap();
        files.push((path, bytes));
    }
    seed(files, Path::new("wording.toml"))
}

/// Write the seeds of a kind into a folder as inputs of `tests/fuzz`, and beside it the dictionary: words that all formats give a
/// meaning to, and the texts in the source of its reader.
pub(super) fn write(kind: &Kind, folder: &Path) {
    let inputs = folder.join(kind.name);
    fs::create_dir_all(&inputs).unwrap();
    for (at, seed) in seeds(kind).iter().enumerate() {
        let packed = seed
            .files
            .first()
            .and_then(|(_, b)| unpacked(kind.packing, b));
        let input = match (seed.files.as_slice(), packed) {
            (_, Some(parts)) => framed(&parts),
            ([(name, bytes)], None) if name == Path::new(kind.file) => bytes.clone(),
            _ => seed.framed(),
        };
        fs::write(inputs.join(at.to_string()), input).unwrap();
    }
    let mut words: BTreeSet<String> = WORDS.map(String::from).into();
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src")
        .join(kind.source);
    for entry in walkdir::WalkDir::new(source) {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(entry.path()).unwrap();
            let parts = text.split('"').filter(|part| is_word(part));
            words.extend(parts.map(String::from));
        }
    }
    let escaped = |word: &String| -> String {
        let bytes = word.bytes().map(|byte| format!("\\x{byte:02x}"));
        format!("\"{}\"\n", bytes.collect::<String>())
    };
    let dictionary: String = words.iter().map(escaped).collect();
    fs::write(folder.join(format!("{}.dict", kind.name)), dictionary).unwrap();
}

/// What may stand in a file: a key, a name, a value.
fn is_word(text: &str) -> bool {
    (3..40).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-.:/$".contains(&b))
}
