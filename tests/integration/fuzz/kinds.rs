//! What is fuzzed: every importer and every reader of files that come from others, and what is done with what they read. One table
//! for the tests, which change inputs at random, and for the target that is guided by coverage.

use std::{
    fs,
    path::{Component, Path},
};
use wording::{
    annotation::{JournalRecord, LabelRecord, RatingRecord, read_journal, standing_records},
    catalog::PriceFile,
    dataset::{Dataset, Profile, ReadOptions},
    endpoint::{SseParser, read_completion},
    engine::Plan,
    interop::{self, BatchResult, ImportError, ImportedProject},
    project::Project,
    report::RunReport,
    store::Store,
};

/// How the bytes that are changed are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Zip,
    /// A line that says what it is, then zstd.
    Bundle,
}

/// A kind of input.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) packing: Packing,
    /// What the file is called of an input that is one file, and so read as what.
    pub(crate) file: &'static str,
    /// Reads an input, to the end of what a command does with it; whether it could be read.
    pub(crate) read: fn(&Path) -> bool,
    /// Where its reader is in `src`: the texts in it are words of the format.
    pub(crate) source: &'static str,
}

const fn plain(
    name: &'static str,
    file: &'static str,
    read: fn(&Path) -> bool,
    source: &'static str,
) -> Kind {
    Kind {
        name,
        packing: Packing::Plain,
        file,
        read,
        source,
    }
}

const fn packed(packing: Packing, kind: Kind) -> Kind {
    Kind { packing, ..kind }
}

pub(crate) const KINDS: [Kind; 15] = [
    plain(
        "promptfoo",
        "promptfooconfig.yaml",
        |path| imported(interop::promptfoo(path, false)),
        "interop/promptfoo",
    ),
    plain(
        "dotprompt",
        "a.prompt",
        |path| imported(interop::dotprompt(path, false)),
        "interop/dotprompt",
    ),
    plain(
        "evals",
        "e.json",
        |path| imported(interop::evals(path, false)),
        "interop/evals",
    ),
    plain(
        "traces",
        "t.jsonl",
        |path| imported(interop::traces(path, &[], false)),
        "interop/traces",
    ),
    packed(
        Packing::Zip,
        plain(
            "logs",
            "l.eval",
            |path| imported(interop::traces(path, &[], false)),
            "interop/traces",
        ),
    ),
    packed(
        Packing::Zip,
        plain("workbooks", "w.xlsx", workbook, "dataset"),
    ),
    plain("hub", "data-00000-of-00001.arrow", dataset, "dataset"),
    plain("parquet", "p.parquet", dataset, "dataset"),
    plain("csv", "c.csv", dataset, "dataset"),
    plain("jsonl", "j.jsonl", dataset, "dataset"),
    packed(
        Packing::Bundle,
        plain("bundle", "run.wording", bundle, "store"),
    ),
    plain("journals", "labels.jsonl", journals, "annotation"),
    plain("prices", "prices.json", prices, "catalog"),
    plain("answers", "results.jsonl", answers, "endpoint"),
    plain("projects", "wording.toml", projects, "project"),
];

/// The kind of a name.
pub(crate) fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// An import to its end: the new project is written and read.
fn imported(made: Result<ImportedProject, ImportError>) -> bool {
    let Ok(made) = made else { return false };
    for (name, _) in &made.files {
        let inside = |part| matches!(part, Component::Normal(_));
        assert!(
            name.components().all(inside),
            "{} is outside of the new project",
            name.display()
        );
    }
    made.notes.iter().for_each(|note| drop(note.to_string()));
    let folder = tempfile::tempdir().unwrap();
    made.write(folder.path(), false).is_ok()
        && Project::load(&folder.path().join("wording.toml")).is_ok()
}

fn dataset(path: &Path) -> bool {
    let Ok(read) = Dataset::read(path, &ReadOptions::default()) else {
        return false;
    };
    read.rows().take_while(Result::is_ok).for_each(drop);
    Profile::new(&read, None).is_ok()
}

/// As a workbook of one sheet, and by the name of a sheet.
fn workbook(path: &Path) -> bool {
    let mut sheet = path.as_os_str().to_owned();
    sheet.push("#March");
    dataset(path) | dataset(Path::new(&sheet))
}

fn bundle(path: &Path) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let opened = Store::open_bundle(path, folder.path());
    opened.is_ok_and(|(store, info)| RunReport::read_whole(&store, info).is_ok())
}

fn journals(path: &Path) -> bool {
    fn standing<R: JournalRecord>(path: &Path) -> bool {
        let contents = read_journal::<R>(path);
        contents.is_ok_and(|contents| !standing_records(&contents.entries).is_empty())
    }
    let labels = standing::<LabelRecord>(path);
    standing::<RatingRecord>(path) || labels
}

fn prices(path: &Path) -> bool {
    let Ok(file) = PriceFile::read(path) else {
        return false;
    };
    let table = file.into_table().unwrap();
    for model in table.models() {
        assert!(table.entry(model).is_some(), "{model} was read");
    }
    true
}

/// Each line as a batch result and as the body of a response; all of it as a body, and as a stream.
fn answers(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap();
    let mut known = read_completion(&bytes, "m").is_ok();
    for line in bytes.split(|byte| *byte == b'\n') {
        known |= read_completion(line, "m").is_ok();
        let result = std::str::from_utf8(line).map(BatchResult::parse);
        if let Ok(Ok(BatchResult {
            answer: Ok(body), ..
        })) = result
        {
            known |= read_completion(body.get().as_bytes(), "m").is_ok();
        }
    }
    SseParser::default().push(&bytes, &mut |_| known = true);
    known
}

/// A project with its templates and rows, and its first prompts.
fn projects(path: &Path) -> bool {
    let Ok(project) = Project::load(path) else {
        return false;
    };
    let mut rendered = false;
    for experiment in &project.experiments {
        let Ok(plan) = Plan::load(&project, experiment) else {
            continue;
        };
        for row in plan.dataset.rows().take(1).map_while(Result::ok) {
            for variant in plan.variants.iter().take(4) {
                rendered |= plan.prompt_of(variant, &row).is_ok();
            }
        }
    }
    rendered
}
