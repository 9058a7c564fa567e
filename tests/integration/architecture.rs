//! The arrows between modules run down only: reads every `use crate::` (and `crate::` path) under
//! `src/` and fails on one that runs up. The map is the one in the docs of `lib.rs`.

use std::{collections::BTreeMap, fs, path::Path};

/// For each module, the modules that it may know. `source`, `display`, `panics` and `model` are known to all.
const MAP: &[(&str, &[&str])] = &[
    ("main", &["program"]),
    (
        "program",
        &["child_process", "cli", "commands", "endpoint", "mcp", "tui"],
    ),
    ("mcp", &["cli", "commands", "project", "report"]),
    (
        "cli",
        &["annotation", "demo", "optimize", "project", "tune"],
    ),
    (
        "commands",
        &[
            "child_process",
            "catalog",
            "annotation",
            "read",
            "cost",
            "outcome",
            "narrate",
            "cli",
            "tui",
            "interop",
            "scaffold",
            "advise",
            "optimize",
            "policy",
            "tune",
            "upgrade",
            "lint",
            "report",
            "diff",
            "engine",
            "analysis",
            "retry",
            "endpoint",
            "demo",
            "store",
            "template",
            "shots",
            "tokens",
            "score",
            "dataset",
            "project",
            "git",
            "stats",
        ],
    ),
    (
        "tui",
        &[
            "catalog",
            "annotation",
            "stats",
            "read",
            "outcome",
            "narrate",
            "optimize",
            "lint",
            "report",
            "advise",
            "diff",
            "engine",
            "analysis",
            "row_filter",
            "expression",
            "scaffold",
            "endpoint",
            "demo",
            "store",
            "template",
            "shots",
            "tokens",
            "score",
            "dataset",
            "project",
        ],
    ),
    (
        "report",
        &[
            "parquet_footer",
            "annotation",
            "read",
            "outcome",
            "narrate",
            "advise",
            "diff",
            "engine",
            "optimize",
            "policy",
            "upgrade",
            "analysis",
            "stats",
            "store",
            "score",
            "template",
            "tokens",
            "project",
            "expression",
        ],
    ),
    (
        "narrate",
        &[
            "read", "advise", "diff", "optimize", "policy", "upgrade", "analysis", "outcome",
            "store", "score", "project",
        ],
    ),
    (
        "engine",
        &[
            "child_process",
            "catalog",
            "row_filter",
            "annotation",
            "read",
            "cost",
            "outcome",
            "policy",
            "stats",
            "retry",
            "endpoint",
            "demo",
            "store",
            "template",
            "shots",
            "tokens",
            "score",
            "dataset",
            "project",
        ],
    ),
    (
        "interop",
        &[
            "archive_limit",
            "catalog",
            "demo",
            "dialect",
            "read",
            "outcome",
            "endpoint",
            "store",
            "template",
            "score",
            "project",
        ],
    ),
    ("scaffold", &["interop", "dataset", "project"]),
    (
        "lint",
        &["catalog", "engine", "read", "template", "tokens", "project"],
    ),
    ("policy", &["outcome", "analysis", "stats"]),
    (
        "optimize",
        &[
            "catalog", "dataset", "dialect", "engine", "policy", "project", "read", "score",
            "shots", "stats", "store", "template", "tokens",
        ],
    ),
    (
        "upgrade",
        &[
            "diff", "engine", "outcome", "policy", "project", "stats", "store",
        ],
    ),
    (
        "advise",
        &[
            "catalog",
            "annotation",
            "read",
            "outcome",
            "tune",
            "engine",
            "analysis",
            "stats",
            "store",
            "tokens",
            "dataset",
            "project",
        ],
    ),
    ("tune", &["stats", "project", "tokens"]),
    ("analysis", &["outcome", "stats"]),
    (
        "diff",
        &[
            "outcome", "engine", "analysis", "store", "template", "tokens", "project",
        ],
    ),
    (
        "annotation",
        &["read", "dataset", "outcome", "project", "stats"],
    ),
    ("catalog", &["endpoint", "project"]),
    ("cost", &[]),
    ("demo", &[]),
    ("child_process", &[]),
    (
        "endpoint",
        &["child_process", "read", "project", "retry", "tokens"],
    ),
    ("store", &["outcome", "project"]),
    ("template", &["dialect", "project", "tokens", "git"]),
    ("dialect", &[]),
    ("shots", &["dataset", "project"]),
    ("tokens", &["project"]),
    (
        "score",
        &[
            "child_process",
            "dialect",
            "stats",
            "read",
            "project",
            "template",
        ],
    ),
    ("retry", &[]),
    ("dataset", &["archive_limit", "parquet_footer"]),
    ("archive_limit", &[]),
    ("parquet_footer", &[]),
    ("project", &["child_process", "stats", "read"]),
    ("read", &["dialect"]),
    ("outcome", &["stats"]),
    ("expression", &[]),
    ("row_filter", &["expression", "outcome", "read"]),
    ("stats", &[]),
    ("model", &[]),
    ("source", &[]),
    ("git", &[]),
    ("display", &[]),
    ("panics", &[]),
];

/// A path in the code of a file: its line, and its segments from `crate` or `super` on.
type Mention = (usize, Vec<String>);

/// Every path that begins with `crate::` or `super::`, those in the groups of a `use` one by one.
fn mentions(text: &str) -> Vec<Mention> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or("").to_owned() + "\n")
        .collect();
    let mut found = Vec::new();
    for start in ["crate::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].trim_end();
            // `super::super::` counts from its first; `pub(in crate::a)` names no import.
            if code[..at].ends_with("::") || before.ends_with("(in") {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            let mut paths = Vec::new();
            expand(&mut code[at..].chars().peekable(), &[], &mut paths);
            found.extend(paths.into_iter().map(|path| (line, path)));
        }
    }
    found
}

/// The paths of one tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    prefix: &[String],
    paths: &mut Vec<Vec<String>>,
) {
    let mut path = prefix.to_vec();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.next_if_eq(&'{').is_some() {
            loop {
                expand(chars, &path, paths);
                while chars.next_if(|c| *c != ',' && *c != '}').is_some() {}
                if chars.next() != Some(',') {
                    return;
                }
            }
        }
        let mut word = String::new();
        while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
            word.push(c);
        }
        if word.is_empty() {
            break;
        }
        path.push(word);
        let mut ahead = chars.clone();
        if (ahead.next(), ahead.next()) != (Some(':'), Some(':')) {
            break;
        }
        chars.nth(1);
    }
    if path.len() > prefix.len() {
        paths.push(path);
    }
}

fn rust_files(dir: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn arrows_run_down_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let map: BTreeMap<_, _> = MAP.iter().copied().collect();
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 30, "only {} files read", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let module = inside
            .iter()
            .next()
            .unwrap()
            .to_string_lossy()
            .trim_end_matches(".rs")
            .to_owned();
        if module == "lib" {
            continue;
        }
        let known = map.get(module.as_str()).unwrap_or_else(|| {
            panic!(
                "src/{}: module `{module}` is not on the map",
                inside.display()
            )
        });
        for (line, path) in mentions(&fs::read_to_string(&file).unwrap()) {
            let [first, name, ..] = path.as_slice() else {
                continue;
            };
            if first != "crate" {
                continue;
            }
            let name = name.clone();
            // A name that is no module is an item of the root (a macro of the crate).
            if !map.contains_key(name.as_str()) || name == module {
                continue;
            }
            if !["model", "source", "display", "panics"].contains(&name.as_str())
                && !known.contains(&name.as_str())
                || module == "model" && name != "model"
            {
                wrong.push(format!(
                    "src/{}:{line}: {module} → {name}",
                    inside.display()
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that run up:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn map_itself_has_no_circle() {
    let map: BTreeMap<_, _> = MAP.iter().copied().collect();
    fn walk<'a>(name: &'a str, map: &BTreeMap<&'a str, &'a [&'a str]>, path: &mut Vec<&'a str>) {
        assert!(!path.contains(&name), "circle: {path:?} → {name}");
        path.push(name);
        for next in map.get(name).copied().unwrap_or_default() {
            walk(next, map, path);
        }
        path.pop();
    }
    for name in map.keys() {
        walk(name, &map, &mut Vec::new());
    }
}

/// For each folder of `src`, which of its files and folders knows which, and a line that says so.
fn arrows_inside(src: &Path) -> BTreeMap<String, BTreeMap<(String, String), String>> {
    let mut files = Vec::new();
    rust_files(src, &mut files);
    let sources: BTreeMap<Vec<String>, (String, String)> = files
        .iter()
        .map(|file| {
            let inside = file.strip_prefix(src).unwrap();
            let mut module: Vec<String> = inside
                .with_extension("")
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            module.pop_if(|last| last == "mod");
            let text = fs::read_to_string(file).unwrap();
            // Tests at the end of a file may look at anything.
            let text = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap()
                .to_owned();
            (module, (format!("src/{}", inside.display()), text))
        })
        .collect();
    // `engine::Plan` is `engine::plan::Plan`: what each `mod.rs` passes on.
    let mut passed_on: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for (module, (_, text)) in &sources {
        for (at, _) in text.match_indices("use ") {
            let mut paths = Vec::new();
            expand(&mut text[at + 4..].chars().peekable(), &[], &mut paths);
            for path in paths {
                let child = [module.as_slice(), &path[..1]].concat();
                if path.len() > 1 && sources.contains_key(&child) {
                    let name = [module.as_slice(), &path[path.len() - 1..]].concat();
                    passed_on.insert(name, path[0].clone());
                }
            }
        }
    }
    let mut arrows: BTreeMap<String, BTreeMap<(String, String), String>> = BTreeMap::new();
    for (module, (file, text)) in &sources {
        for (line, path) in mentions(text) {
            let ups = path.iter().take_while(|part| *part == "super").count();
            let mut target = match ups {
                0 => path[1..].to_vec(),
                _ => [&module[..module.len().saturating_sub(ups)], &path[ups..]].concat(),
            };
            let shared = module
                .iter()
                .zip(&target)
                .take_while(|(a, b)| a == b)
                .count();
            if shared == 0 || shared >= module.len() || shared >= target.len() {
                continue;
            }
            target.truncate(shared + 1);
            let to = match sources.contains_key(&target) {
                true => target[shared].clone(),
                false => match passed_on.get(&target) {
                    Some(child) => child.clone(),
                    None => continue,
                },
            };
            if to != module[shared] {
                let folder = arrows.entry(module[..shared].join("/")).or_default();
                let arrow = (module[shared].clone(), to);
                folder
                    .entry(arrow)
                    .or_insert_with(|| format!("{file}:{line}"));
            }
        }
    }
    arrows
}

/// A circle of arrows, if there is one: the names on it.
fn circle(arrows: &BTreeMap<(String, String), String>) -> Option<Vec<String>> {
    fn walk(
        name: &str,
        arrows: &BTreeMap<(String, String), String>,
        path: &mut Vec<String>,
        done: &mut Vec<String>,
    ) -> bool {
        if let Some(at) = path.iter().position(|p| p == name) {
            path.drain(..at);
            return true;
        }
        if done.iter().any(|d| d == name) {
            return false;
        }
        path.push(name.to_owned());
        for (_, to) in arrows.keys().filter(|(from, _)| from == name) {
            if walk(to, arrows, path, done) {
                return true;
            }
        }
        path.pop();
        done.push(name.to_owned());
        false
    }
    let (mut path, mut done) = (Vec::new(), Vec::new());
    arrows
        .keys()
        .any(|(from, _)| walk(from, arrows, &mut path, &mut done))
        .then_some(path)
}

#[test]
fn files_of_a_folder_know_each_other_in_one_direction() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (folder, arrows) in arrows_inside(&src) {
        let Some(names) = circle(&arrows) else {
            continue;
        };
        let next = names.iter().cycle().skip(1);
        let steps = names.iter().zip(next).map(|(from, to)| {
            let place = &arrows[&(from.clone(), to.clone())];
            format!("  {place}: {from} → {to}")
        });
        wrong.push(format!("src/{folder}:"));
        wrong.extend(steps);
    }
    assert!(wrong.is_empty(), "circles inside:\n{}", wrong.join("\n"));
}

#[test]
fn a_circle_is_found_and_a_chain_is_none() {
    let arrows = |pairs: &[(&str, &str)]| {
        let pairs = pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
        pairs.map(|pair| (pair, String::new())).collect()
    };
    assert_eq!(circle(&arrows(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    let found = circle(&arrows(&[("a", "b"), ("b", "c"), ("c", "b")])).unwrap();
    assert_eq!(found, ["b", "c"]);
}

#[test]
fn mentions_are_found_in_groups() {
    let text = "use crate::{\n    model::{A, B as C},\n    store, diff::*,\n};\nlet x = crate::tui::y();\n\
        pub(in crate::engine) use super::super::{run::Run, Plan};";
    let paths: Vec<String> = mentions(text)
        .into_iter()
        .map(|(_, p)| p.join("::"))
        .collect();
    let expected = [
        "crate::model::A",
        "crate::model::B",
        "crate::store",
        "crate::diff",
        "crate::tui::y",
        "super::super::run::Run",
        "super::super::Plan",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn every_file_says_what_it_owns() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let silent: Vec<_> = files
        .iter()
        .filter(|file| !fs::read_to_string(file).unwrap().starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "no `//!` header: {silent:?}");
}
