//! Templates rendered: every file under `cases/` is a context and a template, and its snapshot is the prompt or the error.

mod case;
mod docs;
mod order;

use crate::support::snapshot::check;
use case::Case;
use std::{cell::Cell, fs};

#[test]
fn cases_render_as_their_snapshots() {
    let (prompts, errors) = (Cell::new(0), Cell::new(0));
    insta::glob!("cases/*.txt", |path| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(path).unwrap();
        let (kind, got) = match Case::parse(&text).run() {
            Ok(prompt) => ("prompt", prompt),
            Err(error) => ("error", error),
        };
        assert_eq!(kind == "error", name.starts_with("error-"), "{name}: {got}");
        let count = if kind == "error" { &errors } else { &prompts };
        count.set(count.get() + 1);
        check(&format!("render/{name}"), &format!("--- {kind}\n{got}"));
    });
    assert!(prompts.get() >= 35, "only {} prompts", prompts.get());
    assert!(errors.get() >= 25, "only {} errors", errors.get());
}
