//! Importers and readers on changed inputs: no panic, no more than 512 MiB, at most 5 s per MB of input (at least a second, as
//! inputs are small and the build is slow).
//!
//! A few inputs each in every run of the tests; `just fuzz SECONDS [TARGET]` goes on for so long with each. The inputs follow from
//! a seed, `FUZZ_SEED`, and from no coverage: instrumented builds need a nightly compiler and all dependencies compiled anew, and
//! the project builds on stable. An input that fails is kept in `target/fuzz`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "`just fuzz` says how much it tried, and which input never ended"
)]

mod corpus;
mod mutation;

use corpus::{Seed, bundle, files, folder, promptfoo, texts};
use mutation::{Random, mutated};
use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use wording::{
    dataset::{Dataset, ReadOptions},
    interop,
    store::Store,
};

/// Inputs in a run of the tests.
const FEW: usize = 40;

/// Most that memory may grow by, in KiB.
const MAX_GROWTH_KIB: u64 = 512 << 10;

/// Most time for an input: 5 s per MB, and at least this.
const MIN_LIMIT: Duration = Duration::from_secs(1);

/// What may happen with any input: an error, or what is made of it.
type Reader = fn(&Path);

/// Try inputs in a thread with the stack of a program.
fn fuzz(name: &str, seeds: &[Seed], read: Reader) {
    thread::scope(|scope| {
        let own = thread::Builder::new().stack_size(8 << 20);
        let tried = own
            .spawn_scoped(scope, || try_inputs(name, seeds, read))
            .unwrap();
        if let Err(failure) = tried.join() {
            std::panic::resume_unwind(failure);
        }
    });
}

fn try_inputs(name: &str, seeds: &[Seed], read: Reader) {
    let seconds = env::var("FUZZ_SECONDS").ok().and_then(|s| s.parse().ok());
    let until = seconds.map(|s| Instant::now() + Duration::from_secs(s));
    let start = env::var("FUZZ_SEED").ok().and_then(|s| s.parse().ok());
    let mut random = Random(start.unwrap_or(26));
    let contents = |seed: &Seed| {
        seed.files
            .iter()
            .map(|(_, b)| b.clone())
            .collect::<Vec<_>>()
    };
    let others: Vec<Vec<u8>> = seeds.iter().flat_map(contents).collect();
    let (mut failed, mut tried) = (Vec::new(), 0);
    while until.map_or(tried < FEW, |until| Instant::now() < until) {
        let seed = &seeds[random.below(seeds.len())];
        let (file, bytes) = &seed.files[random.below(seed.files.len())];
        let changed = mutated(bytes, seed.packing, &others, &mut random);
        let path = seed.place.path().join(file);
        fs::write(&path, &changed).unwrap();
        tried += 1;
        // What ends the process is found here.
        let current = until.map(|_| keep(name, "current", file, &changed));
        if let Some(fault) = fault(&seed.opened, &changed, read, until.is_some()) {
            let kept = keep(name, &failed.len().to_string(), file, &changed);
            failed.push(format!("{fault}: {}", kept.display()));
        }
        fs::write(&path, bytes).unwrap();
        current
            .into_iter()
            .for_each(|path| fs::remove_file(path).unwrap());
        if failed.len() >= 20 {
            break;
        }
    }
    if until.is_some() {
        println!("{name}: {tried} inputs, {} faults", failed.len());
    }
    assert!(failed.is_empty(), "{name}: {}", failed.join("\n"));
}

/// What is wrong with how an input was read.
fn fault(opened: &Path, input: &[u8], read: Reader, measured: bool) -> Option<String> {
    let limit = Duration::from_secs_f64(5e-6 * input.len() as f64).max(MIN_LIMIT);
    let before = measured.then(reset_peak_kib).flatten();
    let began = Instant::now();
    let (done, ended) = mpsc::channel::<()>();
    let watched = opened.to_owned();
    // An input that never ends ends the test, and is in its place then.
    let watch = thread::spawn(move || {
        if ended.recv_timeout(Duration::from_secs(120)) == Err(mpsc::RecvTimeoutError::Timeout) {
            eprintln!("an input takes for ever: {}", watched.display());
            std::process::abort();
        }
    });
    let outcome = catch_unwind(AssertUnwindSafe(|| read(opened)));
    let took = began.elapsed();
    drop(done);
    watch.join().unwrap();
    let grown = before.and_then(|before| Some(peak_kib()?.saturating_sub(before)));
    if outcome.is_err() {
        Some("it panics".into())
    } else if measured && took > limit {
        Some(format!("it takes {took:.1?} for {} bytes", input.len()))
    } else if grown.is_some_and(|grown| grown > MAX_GROWTH_KIB) {
        Some(format!("it takes {} MiB", grown.unwrap_or(0) >> 10))
    } else {
        None
    }
}

/// Memory in use, from which the peak is counted anew; only on Linux.
fn reset_peak_kib() -> Option<u64> {
    fs::write("/proc/self/clear_refs", "5").ok()?;
    status_kib("VmRSS:")
}

fn peak_kib() -> Option<u64> {
    status_kib("VmHWM:")
}

fn status_kib(key: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn keep(name: &str, number: &str, file: &Path, input: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
    fs::create_dir_all(&folder).unwrap();
    let file = file.file_name().unwrap_or_default().display().to_string();
    let path = folder.join(format!("{name}-{number}-{file}"));
    fs::write(&path, input).unwrap();
    path
}

fn dataset(path: &Path) {
    if let Ok(read) = Dataset::read(path, &ReadOptions::default()) {
        read.rows().take_while(Result::is_ok).for_each(drop);
    }
}

#[test]
fn promptfoo_configurations() {
    fuzz("promptfoo", &promptfoo(), |path| {
        drop(interop::promptfoo(path, false))
    });
}

#[test]
fn prompt_files() {
    let seeds = [
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
    ];
    fuzz("dotprompt", &seeds, |path| {
        drop(interop::dotprompt(path, false))
    });
}

#[test]
fn evals() {
    let platform = r#"{"object": "eval", "id": "e", "name": "n", "testing_criteria": [{"type": "string_check", "name": "c", "input": "{{ sample.output_text }}", "operation": "eq", "reference": "{{ item.l }}"}, {"type": "text_similarity", "name": "s", "input": "{{sample.output_text}}", "reference": "{{item.l}}", "evaluation_metric": "rouge_1", "pass_threshold": 0.8}, {"type": "python", "name": "p", "source": "x"}], "runs": [{"object": "eval.run", "id": "r", "eval_id": "e", "model": "m", "data_source": {"type": "completions", "source": {"type": "file_content", "content": [{"item": {"q": "a", "l": "b"}}]}, "input_messages": {"type": "template", "template": [{"role": "user", "content": {"type": "input_text", "text": "{{item.q}} {{item.t.0}}"}}]}}}], "output_items": [{"run_id": "r", "eval_id": "e", "datasource_item": {"q": "a", "l": "b"}, "results": [{"name": "c", "passed": true, "score": 1.0}], "sample": {"output": [{"role": "assistant", "content": "b"}]}}]}"#;
    let yaml = "x:\n  id: x.test.v0\n  metrics: [accuracy]\nx.test.v0:\n  class: evals.elsuite.basic.match:Match\n  args:\n    samples_jsonl: x/s.jsonl\ny.v0:\n  class: evals.elsuite.basic.includes:Includes\n  args: { samples_jsonl: x/s.jsonl, ignore_case: true }\nz.v0:\n  class: a:JsonMatch\n  args: { samples_jsonl: x/s.jsonl }\n";
    let samples = "{\"input\": [{\"role\": \"system\", \"content\": \"A\"}], \"ideal\": [\"a\", \"{}\"]}\n{\"input\": \"t\", \"ideal\": \"b|c\"}\n";
    let seeds = [
        texts(&[("e.json", platform)], false),
        texts(&[("evals/x.yaml", yaml), ("data/x/s.jsonl", samples)], true),
    ];
    fuzz("evals", &seeds, |path| drop(interop::evals(path, false)));
}

#[test]
fn traces() {
    let seeds = files("traces", &["eval", "json", "jsonl", "csv"]);
    fuzz("traces", &seeds, |path| {
        drop(interop::traces(path, &[], false))
    });
}

#[test]
fn workbooks() {
    fuzz(
        "workbooks",
        &files("datasets/workbooks", &["xlsx"]),
        dataset,
    );
}

#[test]
fn folders_of_hugging_face() {
    let seeds = [
        folder("datasets/hub/one", None),
        folder("datasets/hub/saved/train", None),
        folder("datasets/hub/one", Some("data-00000-of-00001.arrow")),
        folder("datasets/hub/layout", None),
    ];
    fuzz("hub", &seeds, dataset);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet() {
    fuzz("parquet", &files("datasets/formats", &["parquet"]), dataset);
}

#[test]
fn tables() {
    let rows = "id,text,label\n1,\"a, \"\"b\"\"\nc\",x\n2,好,y\n";
    let seeds = [
        texts(&[("a.csv", rows)], false),
        texts(&[("a.tsv", "a\tb\n1\t2\n\"x\ty\"\t3\n")], false),
        texts(&[("s.csv", "a;b\n1,5;2\n")], false),
    ];
    fuzz("csv", &seeds, dataset);
}

#[test]
fn json_lines() {
    let seeds = [
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
    ];
    fuzz("jsonl", &seeds, dataset);
}

#[test]
fn bundles() {
    fuzz("bundle", &[bundle()], |path| {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open_bundle(path, folder.path()));
    });
}
