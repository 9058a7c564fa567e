//! Values of tests: variables that name others or files, lists that stand for several tests, texts with tags in them.

use super::{
    super::{Node, NotePlace, Notes},
    environment::fill_known,
    files::{Files, extension, is_program},
    nunjucks::{Vars, filled, names_unknown, wrapped},
    prompts::{NOT_READ, is_extended},
};
use crate::{
    dialect::replace_first,
    source::{Matches, has_wildcard},
};
use serde_json::{Map, Value};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::LazyLock,
};

/// Most tests that one stands for.
const MAX_COMBINATIONS: usize = 100_000;

/// Most bytes that they may have together.
const MAX_BYTES: usize = 256 << 20;

/// Largest variable after the names in it are filled in, in bytes.
const MAX_VALUE_BYTES: usize = 1 << 20;

/// The tests that the variables of one stand for: a list of texts is one of each. An error where there are too many.
pub(super) fn combinations(
    vars: &Vars,
    files: &Files,
    env: &BTreeMap<String, String>,
    at: &NotePlace,
) -> Result<Vec<Vars>, String> {
    let mut all = vec![Vars::new()];
    for (name, value) in vars {
        let values: Vec<Value> = match value {
            Value::Array(items) if items.first().is_some_and(Value::is_string) => items.clone(),
            Value::String(text) if text.starts_with("file://") => {
                let (path, _) = fill_known(text, env);
                let is_pattern = has_wildcard(Path::new(&path)) && !path.contains("{{");
                let found = match is_pattern {
                    // A folder is a value too, which cannot be read.
                    true => {
                        let Matches { mut files, folders } = files.matches(&path, at);
                        files.extend(folders);
                        files
                    }
                    false => Vec::new(),
                };
                match found.is_empty() {
                    true if is_pattern && !is_extended(&path) => {
                        return Err(format!(
                            "no file matches `{text}` of the variable `{name}`, and promptfoo refuses the configuration"
                        ));
                    }
                    true => vec![value.clone()],
                    false => found
                        .iter()
                        .map(|path| format!("file://{}", path.display()).into())
                        .collect(),
                }
            }
            other => vec![other.clone()],
        };
        if all.len().saturating_mul(values.len()) > MAX_COMBINATIONS {
            return Err(format!(
                "its lists of values make more than {MAX_COMBINATIONS} tests: write fewer values"
            ));
        }
        let bytes = |value: &Value| value.to_string().len();
        let before: usize = all.iter().flat_map(Map::values).map(bytes).sum();
        let own: usize = values.iter().map(bytes).sum();
        let after = before.saturating_mul(values.len()) + own.saturating_mul(all.len());
        if values.len() > 1 && after > MAX_BYTES {
            return Err(format!(
                "its lists of values make more than {} MiB of tests: write fewer values",
                MAX_BYTES >> 20
            ));
        }
        all = all
            .iter()
            .flat_map(|before| {
                values.iter().map(|value| {
                    let mut one = before.clone();
                    one.insert(name.clone(), value.clone());
                    one
                })
            })
            .collect();
    }
    Ok(all)
}

/// Put in what files hold, in whose paths are the variables of the environment, and what variables say of each other. The variables
/// after that are those that assertions and chats in JSON see; other prompts see them with the tags in them filled in, which is what is returned.
pub(super) fn resolve(
    vars: &mut Vars,
    files: &Files,
    env: &BTreeMap<String, String>,
    at: &NotePlace,
    notes: &mut Notes,
) -> Vars {
    for (name, value) in vars.iter_mut() {
        if let Value::String(text) = value
            && text.starts_with("file://")
        {
            match loaded(&fill_known(text, env).0, files, at) {
                Ok(found) => *text = found,
                Err(why) => notes.dropped(at, format!("the variable `{name}`: `{text}`"), why),
            }
        }
        if let Value::String(text) = value
            && text.ends_with('\n')
        {
            text.pop();
        }
    }
    for name in name_each_other(vars) {
        notes.dropped(
            at,
            format!("the variable `{name}`"),
            format!("it grows beyond {} MiB when the variables in it are filled in; does it name itself?", MAX_VALUE_BYTES >> 20),
        );
    }
    let mut rendered = vars.clone();
    for (name, value) in vars.iter() {
        let Value::String(text) = value else { continue };
        if !text.contains('{') || names_unknown(text, vars) {
            continue;
        }
        match filled(&wrapped(text), vars) {
            Ok(done) => {
                rendered.insert(name.clone(), done.into());
            }
            Err(why) => notes.dropped(
                at,
                format!("the variable `{name}`"),
                format!("its tags are left as they are: {why}"),
            ),
        }
    }
    rendered
}

/// Most rounds in which variables are put into each other.
const ROUNDS: usize = 5;

/// Put variables into each other as promptfoo does: in each of five rounds the first `{{ name }}` of every text, where there is
/// a variable of that name. Those that grew too large are left as they were, and returned.
fn name_each_other(vars: &mut Vars) -> BTreeSet<String> {
    static NAME: LazyLock<Option<regex::Regex>> =
        LazyLock::new(|| regex::Regex::new(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}").ok());
    let Some(name) = NAME.as_ref() else {
        return BTreeSet::new();
    };
    let written = vars.clone();
    let mut too_large = BTreeSet::new();
    let keys: Vec<String> = vars.keys().cloned().collect();
    for _ in 0..ROUNDS {
        let mut changed = false;
        for key in &keys {
            let Some(Value::String(text)) = vars.get(key) else {
                continue;
            };
            let Some(found) = name.captures(text).filter(|_| !too_large.contains(key)) else {
                continue;
            };
            let Some(value) = vars.get(&found[1]) else {
                continue;
            };
            let put = match value {
                Value::String(text) => text.clone(),
                other => crate::dialect::Value::from(other).text().to_string(),
            };
            let most = MAX_VALUE_BYTES.max(written[key].to_string().len());
            let Some(longer) = replace_first(text, &found[0], &put, most) else {
                too_large.insert(key.clone());
                continue;
            };
            vars.insert(key.clone(), longer.into());
            changed = true;
        }
        if !changed {
            break;
        }
    }
    for key in &too_large {
        vars.insert(key.clone(), written[key].clone());
    }
    too_large
}

fn loaded(written: &str, files: &Files, at: &NotePlace) -> Result<String, String> {
    let path = Path::new(written.trim_start_matches("file://"));
    let path = if path.is_file() {
        path.to_path_buf()
    } else {
        files.path(written)
    };
    if is_extended(written) && !path.is_file() {
        return Err(NOT_READ.into());
    }
    const IMAGES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];
    const MEDIA: [&str; 7] = ["svg", "mp3", "wav", "mp4", "mov", "pdf", "bmp"];
    let kind = extension(&path);
    if is_program(&kind) {
        return Err(
            "a program that makes a variable is not run: write its value into the test".into(),
        );
    }
    if MEDIA.contains(&kind.as_str()) {
        return Err("audio, documents and images of this kind are not supported".into());
    }
    if IMAGES.contains(&kind.as_str()) {
        return files.image(&path, at).map_err(|e| e.to_string());
    }
    let text = files.text(&path, at).map_err(|e| e.to_string())?;
    if kind == "yaml" || kind == "yml" {
        let tree = Node::parse(&path, &text).map_err(|e| e.to_string())?;
        return Ok(tree.json().to_string());
    }
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn vars(value: Value) -> Vars {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn lists_of_texts_are_several_tests() {
        let files = Files::beside(Path::new("c.yaml"), false);
        let at = NotePlace {
            file: Path::new("c.yaml").into(),
            line: Some(3),
        };
        let many = vec!["x"; 400];
        assert!(
            combinations(
                &vars(json!({"a": many, "b": many})),
                &files,
                &BTreeMap::new(),
                &at
            )
            .is_err()
        );
        let none = combinations(
            &vars(json!({"a": "file://none/*.txt"})),
            &files,
            &BTreeMap::new(),
            &at,
        );
        assert!(none.unwrap_err().contains("no file matches"));
        let all = combinations(
            &vars(json!({"a": ["x", "y"], "b": ["1", "2"], "n": [1, 2]})),
            &files,
            &BTreeMap::new(),
            &at,
        )
        .unwrap();
        assert_eq!(all.len(), 4);
        assert_eq!(
            Value::Object(all[1].clone()),
            json!({"a": "x", "b": "2", "n": [1, 2]})
        );
    }

    #[test]
    fn variables_that_name_themselves_do_not_grow_without_end() {
        let files = Files::beside(Path::new("c.yaml"), false);
        let at = NotePlace {
            file: Path::new("c.yaml").into(),
            line: Some(3),
        };
        let mut notes = Notes::default();
        let own = format!("{{{{ a }}}}{{{{ a }}}}{}", "x".repeat(300_000));
        let many = "{{ b }}".repeat(200_000);
        let mut all = vars(json!({"a": own, "b": many, "c": "{{ d }}", "d": "x"}));
        let rendered = resolve(&mut all, &files, &BTreeMap::new(), &at, &mut notes);
        assert_eq!((&all["c"], &rendered["c"]), (&json!("x"), &json!("x")));
        assert!(all["a"].as_str().unwrap().len() <= MAX_VALUE_BYTES);
        let told: Vec<String> = notes.finish().iter().map(ToString::to_string).collect();
        assert!(
            told[0].starts_with("c.yaml:3: the variable `a`: it grows beyond 1 MiB"),
            "{told:?}"
        );
        assert!(told.iter().any(|note| note.contains("`b`")), "{told:?}");
    }

    #[test]
    fn variables_name_each_other_and_texts_are_filled_in() {
        let files = Files::beside(Path::new("c.yaml"), false);
        let at = NotePlace {
            file: Path::new("c.yaml").into(),
            line: Some(3),
        };
        let mut notes = Notes::default();
        let mut all = vars(
            json!({"a": "Hi {{ b }}\n", "b": "{{ c | upper }} {{d}}", "c": "x", "d": 3, "f": "file://no.txt", "u": "{{ c }} {{ nobody }}", "v": "{{ nobody }} {{ c }}"}),
        );
        let rendered = resolve(&mut all, &files, &BTreeMap::new(), &at, &mut notes);
        assert_eq!(
            (&all["a"], &rendered["a"]),
            (&json!("Hi {{ c | upper }} 3"), &json!("Hi X 3"))
        );
        // A name without a value stays, and keeps what is behind it.
        assert_eq!(rendered["u"], "x {{ nobody }}");
        assert_eq!(rendered["v"], "{{ nobody }} {{ c }}");
        assert!(
            notes.finish()[0]
                .to_string()
                .starts_with("c.yaml:3: the variable `f`")
        );
    }
}
