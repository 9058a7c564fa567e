//! The files of an export: one per form and part.

use crate::{
    source::replace_file,
    tune::{DateColumns, TrainingExample, TrainingFormat, dataset_info},
};
use anyhow::Context as _;
use std::{collections::BTreeSet, fmt::Write as _, io, path::Path};

/// Examples with their part, on their way into a folder.
pub(super) struct TrainingFiles<'a> {
    pub(super) dir: &'a Path,
    pub(super) training: &'a [&'a TrainingExample],
    /// For each example, whether it is for validation.
    pub(super) validation: &'a [bool],
}

impl TrainingFiles<'_> {
    pub(super) fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.dir.join(name);
        replace_file(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Remove the training files of the previous export of the experiment that this one does not have, so that nobody trains on them.
    /// Their names.
    pub(super) fn remove_others(&self, files: &[String]) -> anyhow::Result<Vec<String>> {
        let all = TrainingFormat::ALL.iter().flat_map(|format| {
            let parts = ["train", "validation"].map(|part| format.file(part));
            parts
                .into_iter()
                .chain(format.info_file().map(str::to_owned))
        });
        let others: BTreeSet<String> = all.filter(|name| !files.contains(name)).collect();
        let mut removed = Vec::new();
        for name in others {
            if remove(&self.dir.join(&name))? {
                removed.push(name);
            }
        }
        Ok(removed)
    }

    /// The files of a form; none where no example fits it. What their readers take for something else is put into `differences`.
    pub(super) fn files(
        &self,
        format: TrainingFormat,
        differences: &mut Vec<String>,
    ) -> anyhow::Result<Vec<String>> {
        let mut parts = Vec::new();
        for (part, wanted) in [("train", false), ("validation", true)] {
            let mut text = String::new();
            let mut dates = DateColumns::default();
            let of_part = self.training.iter().zip(self.validation);
            for (example, _) in of_part.filter(|(_, v)| **v == wanted) {
                if let Some(line) = format.line(example) {
                    let _ = writeln!(text, "{line}");
                    dates.add(&line);
                }
            }
            if !text.is_empty() {
                let file = format.file(part);
                self.write(&file, &text)?;
                let is_read_there = !format.is_of_openai();
                differences.extend(dates.difference(&file).filter(|_| is_read_there));
                parts.push(part);
            }
        }
        let mut names: Vec<String> = parts.iter().map(|p| format.file(p)).collect();
        if let (Some(name), false) = (format.info_file(), parts.is_empty()) {
            let info = dataset_info(format, &parts);
            self.write(name, &(serde_json::to_string_pretty(&info)? + "\n"))?;
            names.push(name.to_owned());
        }
        Ok(names)
    }
}

/// Whether there was such a file.
fn remove(path: &Path) -> anyhow::Result<bool> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).with_context(|| {
            format!(
                "cannot remove {}, a file of the previous export",
                path.display()
            )
        }),
    }
}
