//! The examples of `docs/templates.md` do what the page says.
//!
//! A block ```` ```jinja ```` is a template; the ```` ```text ```` block after it is what it makes of the row and the shots
//! of the page's ```` ```json ```` blocks: the prompts of all variants, as in the cases. A block ```` ```jinja file=NAME ````
//! is a part.

use super::case::render;
use serde_json::{Map, Value};
use std::fs;

fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(kind) = line.strip_prefix("```").filter(|kind| !kind.is_empty()) {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push((kind, body.join("\n")));
        }
    }
    blocks
}

#[test]
fn the_examples_of_the_page_on_templates_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/templates.md");
    let page = fs::read_to_string(path).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let mut context = Map::new();
    let (mut checked, mut template) = (0, false);
    for (kind, body) in blocks(&page) {
        match kind {
            "json" => {
                let part: Value = serde_json::from_str(&body).unwrap();
                context.extend(part.as_object().unwrap().clone());
            }
            "jinja" => {
                fs::write(root.join("t.j2"), &body).unwrap();
                template = true;
            }
            "text" => {
                assert!(template, "a text without its template:\n{body}");
                let got = render(&root, &Value::Object(context.clone()));
                let got = got.unwrap_or_else(|e| e.replace(&format!("{}/", root.display()), ""));
                assert_eq!(got, body, "the page says something else");
                checked += 1;
                template = false;
            }
            _ => {
                if let Some(name) = kind.strip_prefix("jinja file=") {
                    let file = root.join(name);
                    fs::create_dir_all(file.parent().unwrap()).unwrap();
                    fs::write(file, body).unwrap();
                }
            }
        }
    }
    assert!(checked >= 6, "only {checked} examples");
}
