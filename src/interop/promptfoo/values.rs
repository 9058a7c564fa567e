//! Values of tests: variables that name others or files, lists that stand for several tests, texts with tags in them.

use super::{
    super::{Node, NotePlace, Notes},
    files::{Files, extension, is_program},
    nunjucks::{Known, rewrite},
};
use crate::{
    display::one_line,
    template::{check_text, dump, run_bounded},
};
use minijinja::{
    Environment, UndefinedBehavior,
    syntax::SyntaxConfig,
    value::{Serde, ValueKind},
};
use serde_json::{Map, Value};
use std::{collections::BTreeSet, path::Path};

pub(super) type Vars = Map<String, Value>;

/// A text with its tags filled in; undefined names are empty, as in promptfoo.
pub(super) fn filled(text: &str, vars: &Vars) -> Result<String, String> {
    if !text.contains("{{") && !text.contains("{%") {
        return Ok(text.to_owned());
    }
    let known = Known {
        has_env: vars.contains_key("env"),
        ..Known::default()
    };
    let rewritten = rewrite(text, &known);
    if let Some((_, what, why)) = rewritten.problems.first() {
        return Err(format!("{what}: {why}"));
    }
    let text = rewritten.text;
    check_text(&text)?;
    // Names that templates are written in are looked for in `row`.
    let mut names = vars.clone();
    names.insert("row".into(), Value::Object(vars.clone()));
    run_bounded(move || render(&text, &names)).map_err(|error| one_line(&error.to_string()))?
}

fn render(text: &str, names: &Vars) -> Result<String, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.unwrap_or_default());
    environment.set_fuel(Some(200_000));
    environment.add_filter("dump", dump);
    environment.set_formatter(|out, _, value| {
        Ok(match value.kind() {
            ValueKind::None | ValueKind::Undefined => Ok(()),
            ValueKind::Bool => out.write_str(if value.is_true() { "true" } else { "false" }),
            _ => write!(out, "{value}"),
        }?)
    });
    environment
        .render_str(text, minijinja::Value::from(Serde(names)))
        .map_err(|error| one_line(&error.to_string()))
}

/// Most tests that one stands for.
const MAX_COMBINATIONS: usize = 100_000;

/// Largest variable after the names in it are filled in, in bytes.
const MAX_VALUE_BYTES: usize = 1 << 20;

/// The tests that the variables of one stand for: a list of texts is one of each. An error where there are too many.
pub(super) fn combinations(
    vars: &Vars,
    files: &Files,
    at: &NotePlace,
) -> Result<Vec<Vars>, String> {
    let mut all = vec![Vars::new()];
    for (name, value) in vars {
        let values: Vec<Value> = match value {
            Value::Array(items) if items.first().is_some_and(Value::is_string) => items.clone(),
            Value::String(text) if text.starts_with("file://") && text.contains('*') => files
                .all(text, at)
                .iter()
                .map(|path| format!("file://{}", path.display()).into())
                .collect(),
            other => vec![other.clone()],
        };
        if all.len().saturating_mul(values.len()) > MAX_COMBINATIONS {
            return Err(format!(
                "its lists of values make more than {MAX_COMBINATIONS} tests: write fewer values"
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

/// Put in what files hold and what variables say of each other.
pub(super) fn resolve(vars: &mut Vars, files: &Files, at: &NotePlace, notes: &mut Notes) {
    for (name, value) in vars.iter_mut() {
        if let Value::String(text) = value
            && text.starts_with("file://")
        {
            match loaded(text, files, at) {
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
    let written = vars.clone();
    let mut too_large = BTreeSet::new();
    for _ in 0..5 {
        let before = vars.clone();
        for (name, value) in vars.iter_mut() {
            if let Value::String(text) = value
                && !too_large.contains(name)
            {
                match named(text, &before) {
                    Some(longer) => *text = longer,
                    None => {
                        too_large.insert(name.clone());
                    }
                }
            }
        }
        if *vars == before {
            break;
        }
    }
    for name in too_large {
        notes.dropped(
            at,
            format!("the variable `{name}`"),
            format!("it grows beyond {} MiB when the variables in it are filled in; does it name itself?", MAX_VALUE_BYTES >> 20),
        );
        vars[&name] = written[&name].clone();
    }
    let before = vars.clone();
    for (name, value) in vars.iter_mut() {
        if let Value::String(text) = value {
            match filled(text, &before) {
                Ok(done) => *text = done,
                Err(why) => notes.changed(
                    at,
                    format!("the variable `{name}`"),
                    format!("its tags are left as they are: {why}"),
                ),
            }
        }
    }
}

/// A text in which every `{{ name }}` of another variable is that variable; `None` where it gets too large.
fn named(text: &str, vars: &Vars) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let Some(length) = rest[at..].find("}}") else {
            break;
        };
        let name = rest[at + 2..at + length].trim();
        out.push_str(&rest[..at]);
        match vars.get(name) {
            Some(Value::String(value)) => out.push_str(value),
            Some(value) if !value.is_object() && !value.is_array() => out += &value.to_string(),
            _ => out.push_str(&rest[at..at + length + 2]),
        }
        rest = &rest[at + length + 2..];
        if out.len() + rest.len() > MAX_VALUE_BYTES.max(text.len()) {
            return None;
        }
    }
    Some(out + rest)
}

fn loaded(written: &str, files: &Files, at: &NotePlace) -> Result<String, String> {
    const MEDIA: [&str; 12] = [
        "png", "jpg", "jpeg", "gif", "webp", "svg", "mp3", "wav", "mp4", "mov", "pdf", "bmp",
    ];
    let path = Path::new(written.trim_start_matches("file://"));
    let path = if path.is_file() {
        path.to_path_buf()
    } else {
        files.path(written)
    };
    let kind = extension(&path);
    if is_program(&kind) {
        return Err(
            "a program that makes a variable is not run: write its value into the test".into(),
        );
    }
    if MEDIA.contains(&kind.as_str()) {
        return Err("images, audio and documents are not supported".into());
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
        assert!(combinations(&vars(json!({"a": many, "b": many})), &files, &at).is_err());
        let all = combinations(
            &vars(json!({"a": ["x", "y"], "b": ["1", "2"], "n": [1, 2]})),
            &files,
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
        let own = "{{ a }}".repeat(100);
        let mut all = vars(json!({"a": own, "b": "{{ a }}", "c": "{{ d }}", "d": "x"}));
        resolve(&mut all, &files, &at, &mut notes);
        assert_eq!(all["c"], "x");
        assert!(all["a"].as_str().unwrap().len() <= MAX_VALUE_BYTES);
        let told = notes.finish()[0].to_string();
        assert!(
            told.starts_with("c.yaml:3: the variable `a`: it grows beyond 1 MiB"),
            "{told}"
        );
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
            json!({"a": "Hi {{ b }}\n", "b": "{{ c | upper }} {{d}}", "c": "x", "d": 3, "f": "file://no.txt"}),
        );
        resolve(&mut all, &files, &at, &mut notes);
        assert_eq!(all["a"], "Hi X 3");
        assert!(
            notes.finish()[0]
                .to_string()
                .starts_with("c.yaml:3: the variable `f`")
        );
        let said = filled(
            "{{ nobody }}{{ o.x.y }}{{ role }}{{ l | dump }}",
            &vars(json!({"role": "r", "o": {}, "l": ["a'"]})),
        );
        assert_eq!(said.unwrap(), "r[\"a'\"]");
    }
}
