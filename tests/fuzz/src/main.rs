//! The target of `just fuzz-coverage`: inputs of the kind that `FUZZ_KIND` names, guided by which code they reach.

#![no_main]

#[path = "../../integration/fuzz/framing.rs"]
mod framing;
#[path = "../../integration/fuzz/kinds.rs"]
mod kinds;
mod limits;
#[path = "../../integration/fuzz/mutation.rs"]
mod mutation;
#[path = "../../integration/fuzz/packing.rs"]
mod packing;

use kinds::{KINDS, Kind, Packing, kind};
use limits::{CountingAllocator, within_limits};
use mutation::{Random, changed};
use std::{
    backtrace::Backtrace,
    env, fs,
    path::{Path, PathBuf},
    process::{abort, exit},
    sync::LazyLock,
};
use tempfile::TempDir;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

static KIND: LazyLock<&'static Kind> = LazyLock::new(|| {
    let name = env::var("FUZZ_KIND").unwrap_or_default();
    kind(&name).unwrap_or_else(|| {
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        eprintln!("FUZZ_KIND is {name:?}, not one of {}", names.join(", "));
        exit(2)
    })
});

/// Where each input is laid out.
static PLACE: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

libfuzzer_sys::fuzz_target!(init: prepare(), |input: &[u8]| try_input(input));

// Words and repeated parts in a quarter of the changes: what nests deeply or is long is found by them.
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 4 != 0 {
        return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
    }
    let mut random = Random(seed.into());
    let own = data[..size].to_vec();
    let mut other = changed(&own, &[own.clone()], &mut random);
    other.truncate(max_size);
    data[..other.len()].copy_from_slice(&other);
    other.len()
});

/// A panic that `wording::panics` makes an error of is no fault where it is a library's, and one where it is ours.
fn prepare() {
    LazyLock::force(&KIND);
    LazyLock::force(&PLACE);
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src");
    let own = own.canonicalize().unwrap();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or("", |at| at.file());
        let is_ours = !Path::new(place).is_absolute() || Path::new(place).starts_with(&own);
        if is_ours || !wording::panics::is_caught() {
            eprintln!("FAULT: {panic}\n{}", Backtrace::force_capture());
            abort();
        }
    }));
}

fn try_input(input: &[u8]) {
    let folder = PLACE.path().join("input");
    if let Some(opened) = lay_out(input, &folder) {
        within_limits(input.len(), || (KIND.read)(&opened));
    }
    // Not there where an input has no file.
    let _ = fs::remove_dir_all(&folder);
}

/// Write the files of an input; what is to be read of them.
fn lay_out(input: &[u8], folder: &Path) -> Option<PathBuf> {
    fs::create_dir_all(folder).unwrap();
    let one = |bytes: &[u8]| {
        let path = folder.join(KIND.file);
        fs::write(&path, bytes).unwrap();
        Some(path)
    };
    match framing::files(input) {
        None => one(input),
        Some(parts) if KIND.packing != Packing::Plain => {
            one(&packing::packed(KIND.packing, &parts))
        }
        Some(files) => {
            for (name, bytes) in &files {
                let path = folder.join(name);
                // A name may be that of a folder and of a file.
                let _ = path.parent().map(fs::create_dir_all);
                let _ = fs::write(&path, bytes);
            }
            let opened = folder.join(&files.first()?.0);
            opened.exists().then_some(opened)
        }
    }
}
