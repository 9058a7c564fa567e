//! The arrows between modules run down only: reads every `use crate::` (and `crate::` path) under
//! `src/` and fails on one that runs up. The map is the one in the docs of `lib.rs`.

use std::{collections::BTreeMap, fs, path::Path};

/// For each module, the modules that it may know. `source`, `display` and `model` are known to all.
const MAP: &[(&str, &[&str])] = &[
    ("main", &["cli", "commands"]),
    ("cli", &["project", "tune"]),
    (
        "commands",
        &[
            "outcome", "narrate", "cli", "tui", "interop", "advise", "tune", "lint", "report",
            "diff", "engine", "analysis", "endpoint", "demo", "store", "template", "shots",
            "tokens", "score", "dataset", "project", "git",
        ],
    ),
    (
        "tui",
        &[
            "outcome", "narrate", "lint", "report", "advise", "diff", "engine", "analysis",
            "endpoint", "demo", "store", "template", "shots", "tokens", "score", "dataset",
            "project",
        ],
    ),
    (
        "report",
        &[
            "outcome", "narrate", "advise", "diff", "engine", "policy", "analysis", "stats",
            "store", "score", "template", "tokens", "project",
        ],
    ),
    (
        "narrate",
        &[
            "advise", "diff", "policy", "analysis", "outcome", "store", "project",
        ],
    ),
    (
        "engine",
        &[
            "outcome", "policy", "stats", "endpoint", "demo", "store", "template", "shots",
            "tokens", "score", "dataset", "project",
        ],
    ),
    (
        "interop",
        &[
            "outcome", "endpoint", "store", "template", "score", "project",
        ],
    ),
    ("lint", &["engine", "template", "tokens", "project"]),
    ("policy", &["outcome", "analysis", "stats"]),
    (
        "advise",
        &[
            "outcome", "tune", "engine", "analysis", "stats", "store", "tokens", "dataset",
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
    ("demo", &[]),
    ("endpoint", &["project", "tokens"]),
    ("store", &["outcome", "project"]),
    ("template", &["project", "tokens", "git"]),
    ("shots", &["dataset", "project"]),
    ("tokens", &["project"]),
    ("score", &["project", "template"]),
    ("dataset", &[]),
    ("project", &[]),
    ("outcome", &["stats"]),
    ("stats", &[]),
    ("model", &[]),
    ("source", &[]),
    ("git", &[]),
    ("display", &[]),
];

/// `crate::NAME` for every mention in the code of a file, `use crate::{a, b::c}` included.
fn mentions(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let code: String = text
        .lines()
        .map(|line| {
            let line = line.split("//").next().unwrap_or("");
            format!("{line}\n")
        })
        .collect();
    for (at, _) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut word = String::new();
            let mut fresh = true;
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => fresh = true,
                    c if c.is_alphanumeric() || c == '_' => {
                        if fresh {
                            word.push(c);
                        }
                        continue;
                    }
                    c if c.is_whitespace() && word.is_empty() => continue,
                    _ => {}
                }
                if !word.is_empty() {
                    found.push((line, std::mem::take(&mut word)));
                    fresh = c == ',' && depth == 1;
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            let word: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            found.push((line, word));
        }
    }
    found
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
        let known = map
            .get(module.as_str())
            .unwrap_or_else(|| panic!("module `{module}` is not on the map in {}", file!()));
        for (line, name) in mentions(&fs::read_to_string(&file).unwrap()) {
            // A name that is no module is an item of the root (a macro of the crate).
            if !map.contains_key(name.as_str()) || name == module {
                continue;
            }
            if !["model", "source", "display"].contains(&name.as_str())
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

#[test]
fn mentions_are_found_in_groups() {
    let text =
        "use crate::{\n    model::{A, B},\n    store::Store, diff,\n};\nlet x = crate::tui::y();";
    let names: Vec<String> = mentions(text).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["model", "store", "diff", "tui"]);
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
