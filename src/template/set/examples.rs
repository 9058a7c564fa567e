//! What the tests of this folder share.

use super::TemplateSet;
use crate::{
    model::{Axis, Prompt, Row, Variant},
    project::DesignSpec,
    template::TemplateError,
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

pub(super) fn set(files: &[(&str, &str)]) -> (tempfile::TempDir, TemplateSet) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let set = TemplateSet::load(dir.path(), &["*.j2".into()]).unwrap();
    (dir, set)
}

pub(super) fn row() -> Row {
    Row {
        index: 0,
        id: "r0".into(),
        fields: json!({"text": "fine", "label": "positive"})
            .as_object()
            .unwrap()
            .clone(),
        expected: None,
        cluster: None,
    }
}

pub(super) fn all(set: &TemplateSet, axes: &[Axis]) -> Result<Vec<Variant>, TemplateError> {
    set.variants(axes, &BTreeMap::new(), &DesignSpec::Full, None)?
        .list()
}

pub(super) fn render(template: &str) -> Result<Prompt, String> {
    let (_dir, set) = set(&[("a.j2", template)]);
    if let Some(problem) = set.problems().first() {
        return Err(problem.to_string());
    }
    let variants = all(&set, &[]).unwrap();
    set.render(&variants[0], &Arc::new(row()), &[Arc::new(row())])
        .map_err(|e| e.to_string())
}
