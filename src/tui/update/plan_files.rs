//! The files of a plan: which are watched, and what changed in them.

use crate::{dataset::DatasetName, display::count, engine::Plan, tui::model::Model};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// What to watch: the project file, the folders of the templates, the dataset and the shots.
pub(super) fn watched(model: &Model, plan: Option<&Plan>) -> Vec<PathBuf> {
    let root = &model.workspace.project.root;
    let spec = model.spec();
    let mut paths: Vec<PathBuf> = model.workspace.project.file.iter().cloned().collect();
    for glob in &spec.templates {
        // The part of a pattern before its first sign is a folder, or a file.
        let plain: PathBuf = std::path::Path::new(glob)
            .components()
            .take_while(|c| {
                !c.as_os_str()
                    .to_string_lossy()
                    .contains(['*', '?', '[', '{'])
            })
            .collect();
        paths.push(root.join(plain));
    }
    if let Some(plan) = plan {
        paths.extend(
            plan.templates
                .templates()
                .iter()
                .map(|t| root.join(&t.path)),
        );
    }
    if spec.dataset.as_os_str() != "-" {
        paths.push(DatasetName::parse(&root.join(&spec.dataset)).path);
    }
    let shots = spec.shots.iter().map(|s| root.join(s));
    paths.extend(shots.map(|shots| DatasetName::parse(&shots).path));
    paths.sort();
    paths.dedup();
    paths
}

/// What changed in the words, in a line; `None` where nothing did.
pub(super) fn changed(old: &Plan, new: &Plan) -> Option<String> {
    let texts = |plan: &Plan| -> BTreeMap<PathBuf, Arc<str>> {
        plan.templates
            .templates()
            .iter()
            .map(|t| (t.path.clone(), Arc::clone(&t.source)))
            .collect()
    };
    let (before, after) = (texts(old), texts(new));
    let name = |path: &PathBuf| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let mut parts = Vec::new();
    for (path, text) in &after {
        match before.get(path) {
            None => parts.push(format!("{} added", name(path))),
            Some(old) if old != text => {
                let n = crate::diff::changes(&crate::diff::word_diff(old, text));
                parts.push(format!("{}: {}", name(path), count(n, "change")));
            }
            Some(_) => {}
        }
    }
    for path in before.keys().filter(|p| !after.contains_key(*p)) {
        parts.push(format!("{} removed", name(path)));
    }
    if old.dataset.hash() != new.dataset.hash() || old.dataset.len() != new.dataset.len() {
        parts.push("dataset changed".into());
    }
    if parts.is_empty() && format!("{:?}", old.experiment) != format!("{:?}", new.experiment) {
        parts.push("experiment changed".into());
    }
    if parts.is_empty() && old.templates.problems() != new.templates.problems() {
        parts.push("problems changed".into());
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}
