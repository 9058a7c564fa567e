//! One case: a line that says what it shows, then sections `--- NAME`.
//!
//! The sections are `context` (JSON: `row`, `shots`, `axes`, `seed`, `design`), `template`, and any number of `file NAME`.

use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt::Write, fs, sync::Arc};
use wording::{
    model::{Axis, Level, Prompt, Row},
    project::DesignSpec,
    template::TemplateSet,
};

pub(super) struct Case<'t> {
    sections: Vec<(&'t str, &'t str)>,
}

impl<'t> Case<'t> {
    pub(super) fn parse(text: &'t str) -> Case<'t> {
        let start = if text.starts_with("--- ") {
            0
        } else {
            text.find("\n--- ").unwrap() + 1
        };
        let mut sections = Vec::new();
        let mut rest = &text[start..];
        while let Some(named) = rest.strip_prefix("--- ") {
            let (name, body) = named.split_once('\n').unwrap();
            let end = if body.starts_with("--- ") {
                0
            } else {
                body.find("\n--- ").map_or(body.len(), |i| i + 1)
            };
            let text = &body[..end];
            sections.push((name, text.strip_suffix('\n').unwrap_or(text)));
            rest = &body[end..];
        }
        Case { sections }
    }

    fn section(&self, name: &str) -> Option<&'t str> {
        self.sections
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, text)| *text)
    }

    /// The prompts of all variants, or the error.
    pub(super) fn run(&self) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for (name, text) in &self.sections {
            let name = match name.strip_prefix("file ") {
                Some(name) => name,
                None if *name == "template" => "t.j2",
                None => continue,
            };
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let context: Value = serde_json::from_str(self.section("context").unwrap_or("{}")).unwrap();
        render(&root, &context).map_err(|error| error.replace(&format!("{}/", root.display()), ""))
    }
}

pub(super) fn row(fields: &Map<String, Value>) -> Arc<Row> {
    Arc::new(Row {
        index: 0,
        id: fields.get("id").map_or("r0".into(), |id| id.to_string()),
        expected: fields.get("label").cloned(),
        fields: fields.clone(),
        cluster: None,
    })
}

/// All variants of `t.j2`, one after the other.
pub(super) fn render(root: &std::path::Path, context: &Value) -> Result<String, String> {
    let seed = context["seed"].as_u64().unwrap_or(7);
    let set = TemplateSet::load(root, &["t.j2".into()])
        .map_err(|e| e.to_string())?
        .seeded(seed);
    if !set.problems().is_empty() {
        let all: Vec<String> = set.problems().iter().map(ToString::to_string).collect();
        return Err(all.join("\n\n"));
    }
    let empty = Map::new();
    let axes: Vec<Axis> = context["axes"]
        .as_object()
        .unwrap_or(&empty)
        .iter()
        .map(|(name, levels)| Axis {
            name: name.clone(),
            levels: levels
                .as_array()
                .unwrap()
                .iter()
                .enumerate()
                .map(|(i, value)| Level {
                    name: (i + 1).to_string(),
                    value: value.clone(),
                })
                .collect(),
        })
        .collect();
    let design = match context["design"].as_str() {
        None => DesignSpec::Full,
        Some("one-at-a-time") => DesignSpec::OneAtATime,
        Some("orthogonal") => DesignSpec::Orthogonal,
        Some(n) => DesignSpec::Random {
            variants: n.parse().unwrap(),
        },
    };
    let variants = set
        .variants(
            &axes,
            &BTreeMap::new(),
            &design,
            context["baseline"].as_str(),
        )
        .and_then(|v| v.list())
        .map_err(|e| e.to_string())?;
    let row = row(context["row"].as_object().unwrap_or(&empty));
    let shots: Vec<Arc<Row>> = context["shots"].as_array().map_or(Vec::new(), |shots| {
        shots
            .iter()
            .map(|s| self::row(s.as_object().unwrap()))
            .collect()
    });
    let mut text = String::new();
    for variant in &variants {
        let prompt = set
            .render(variant, &row, &shots)
            .map_err(|e| e.to_string())?;
        if variants.len() > 1 {
            writeln!(text, "== {}", variant.name).unwrap();
        }
        text += &shown(&prompt);
    }
    Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

/// Each message under its role. Characters that a file would lose are written out.
pub(super) fn shown(prompt: &Prompt) -> String {
    let mut text = String::new();
    for message in &prompt.messages {
        let content = message.content.replace('\r', "␍").replace('\u{1}', "␁");
        writeln!(text, "[{}]\n{content}", message.role).unwrap();
    }
    text
}
