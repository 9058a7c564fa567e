//! Importers and readers on changed inputs: no panic, no more than 512 MiB, at most 5 s per MB of input (at least a second, as
//! inputs are small and the build is slow).
//!
//! A few inputs each in every run of the tests; `just fuzz SECONDS [TARGET]` goes on for so long with each. The inputs follow from
//! a seed, `FUZZ_SEED`, and from no coverage: instrumented builds need a nightly compiler and all dependencies compiled anew, and
//! the project builds on stable. That is `just fuzz-coverage`, in `tests/fuzz`, with the same readers, changes and seeds. An input
//! that fails is kept in `target/fuzz`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "`just fuzz` says how much it tried, and which input never ended"
)]

mod corpus;
mod framing;
mod kinds;
mod mutation;
mod packing;

use corpus::seeds;
use kinds::{KINDS, Kind, kind};
use mutation::{Random, changed};
use packing::{packed, unpacked};
use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// Inputs in a run of the tests.
const FEW: usize = 40;

/// Most that memory may grow by, in KiB.
const MAX_GROWTH_KIB: u64 = 512 << 10;

/// Most time for an input: 5 s per MB, and at least this.
const MIN_LIMIT: Duration = Duration::from_secs(1);

/// Try inputs in a thread with the stack of a program.
fn fuzz(name: &str) {
    let kind = kind(name).unwrap();
    thread::scope(|scope| {
        let own = thread::Builder::new().stack_size(8 << 20);
        let tried = own.spawn_scoped(scope, || try_inputs(kind)).unwrap();
        if let Err(failure) = tried.join() {
            std::panic::resume_unwind(failure);
        }
    });
}

fn try_inputs(kind: &Kind) {
    let (name, seeds) = (kind.name, seeds(kind));
    // Changes of what is refused would reach little.
    let read = seeds.iter().filter(|seed| (kind.read)(&seed.opened));
    let is_built = match name {
        "parquet" | "hub" => cfg!(feature = "parquet"),
        "workbooks" => cfg!(feature = "excel"),
        _ => true,
    };
    assert!(
        !is_built || 4 * read.count() >= seeds.len(),
        "{name}: more than three quarters of the seeds are refused"
    );
    let seconds = env::var("FUZZ_SECONDS").ok().and_then(|s| s.parse().ok());
    let until = seconds.map(|s| Instant::now() + Duration::from_secs(s));
    let start = env::var("FUZZ_SEED").ok().and_then(|s| s.parse().ok());
    let mut random = Random(start.unwrap_or(26));
    let contents = |seed: &corpus::Seed| {
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
        let changed = mutated(bytes, kind, &others, &mut random);
        let path = seed.place.path().join(file);
        fs::write(&path, &changed).unwrap();
        tried += 1;
        // What ends the process is found here.
        let current = until.map(|_| keep(name, "current", file, &changed));
        if let Some(fault) = fault(&seed.opened, &changed, kind.read, until.is_some()) {
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
fn fault(opened: &Path, input: &[u8], read: fn(&Path) -> bool, measured: bool) -> Option<String> {
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

/// An input with some changes.
fn mutated(bytes: &[u8], kind: &Kind, others: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    // Now and then the packing itself.
    let is_inside = random.below(8) > 0;
    let parts = is_inside.then(|| unpacked(kind.packing, bytes)).flatten();
    let Some(mut parts) = parts else {
        return changed(bytes, others, random);
    };
    let at = random.below(parts.len());
    let of: Vec<Vec<u8>> = parts.iter().map(|(_, bytes)| bytes.clone()).collect();
    if let Some((_, part)) = parts.get_mut(at) {
        *part = changed(part, &of, random);
    }
    packed(kind.packing, &parts)
}

macro_rules! kinds {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            fuzz(stringify!($name));
        })*

        #[test]
        fn every_kind_is_tried() {
            let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

kinds! {
    promptfoo dotprompt evals traces logs workbooks hub parquet csv jsonl bundle journals prices answers projects
}

/// Not a test: what `just fuzz-coverage` starts from, in the folder that `FUZZ_CORPUS` names.
#[test]
#[ignore = "writes files; see `just fuzz-coverage`"]
fn corpus_of_coverage() {
    let folder = PathBuf::from(env::var_os("FUZZ_CORPUS").unwrap());
    KINDS.iter().for_each(|kind| corpus::write(kind, &folder));
}

#[test]
fn files_of_an_input_are_those_that_it_was_made_of() {
    let of = |files: &[(&str, &str)]| -> framing::Files {
        let files = files.iter();
        files
            .map(|(name, text)| (String::from(*name), text.as_bytes().to_vec()))
            .collect()
    };
    for files in [
        of(&[("a.csv", "a,b\n")]),
        of(&[
            ("./", ""),
            ("a/b c.txt", "\n\n-- x\n"),
            ("empty", ""),
            ("z", ""),
        ]),
        of(&[("a", "-- \n"), ("[b].xml", "\r\n")]),
    ] {
        assert_eq!(framing::files(&framing::framed(&files)), Some(files));
    }
    assert_eq!(framing::files(b"a,b\n-- a --\n"), None);
    let outside = framing::files(b"-- ../a --\nx\n-- /etc/a --\nx\n-- b/./c --\nx\n-- d --\ny");
    assert_eq!(outside, Some(of(&[("d", "y")])));
}
