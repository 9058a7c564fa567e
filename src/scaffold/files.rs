//! The files of a new experiment: composed, checked, and written together or not at all.

use super::{
    DatasetColumns, DatasetSource, EndpointAddress, ExperimentDraft, ProjectText, ScaffoldError,
    datasets::first_rows, draft::known_service, experiment::ExperimentText,
};
use crate::{
    dataset::DatasetName,
    interop::{key, toml},
    project::Project,
    source::{as_typed, read_text, replace_file},
};
use serde_json::json;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The files of a new experiment, before they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaffoldFiles {
    /// The name of the experiment.
    pub name: String,
    pub project_file: PathBuf,
    /// The text of the project file before; `None` where there is no file yet.
    pub before: Option<String>,
    /// Where in `after` the new text begins, in bytes.
    added_from: usize,
    pub after: String,
    /// Files that are created: path and text.
    pub created: Vec<(PathBuf, String)>,
    /// The dataset, as the project file names it.
    pub dataset: String,
    /// Columns that the model sees.
    pub inputs: Vec<String>,
}

impl ScaffoldFiles {
    /// The files of an experiment for the project file at a path, which need not be there yet.
    ///
    /// # Errors
    /// Where a file or an experiment of that name is there already, the endpoint is unknown, or what would be written is not a
    /// valid project.
    pub fn compose(
        project_file: &Path,
        draft: &ExperimentDraft,
        columns: &DatasetColumns,
    ) -> Result<ScaffoldFiles, ScaffoldError> {
        let before = ProjectText::read(project_file)?;
        let root = project_file.parent().unwrap_or(Path::new(""));
        if draft.name.trim().is_empty() {
            return Err(ScaffoldError::NoName);
        }
        if before.has_experiment(&draft.name) {
            return Err(ScaffoldError::ExperimentExists {
                file: as_typed(project_file),
                name: draft.name.clone(),
            });
        }
        draft.answer.check(columns)?;
        let experiment = experiment_text(root, draft, columns)?;
        let mut created = vec![(root.join(experiment.template_path()), experiment.template())];
        if let DatasetSource::FirstRows(path) = &draft.dataset {
            created.push((root.join(path), first_rows().to_owned()));
        }
        if let Some((path, _)) = created.iter().find(|(path, _)| path.exists()) {
            return Err(ScaffoldError::FileExists {
                path: as_typed(path),
            });
        }
        let mut after = before.text.clone().unwrap_or_default();
        if !after.trim().is_empty() {
            after.truncate(after.trim_end().len());
            after += "\n\n";
        }
        let added_from = after.len();
        after += &experiment.toml();
        after += &endpoint_table(&before, &draft.model.endpoint, draft.endpoint.as_ref())?;
        // Whatever was guessed, the project is valid before it is written.
        Project::parse(project_file, after.trim_start_matches('\u{feff}'))?;
        Ok(ScaffoldFiles {
            name: draft.name.clone(),
            project_file: project_file.to_owned(),
            before: before.text,
            added_from,
            after,
            created,
            dataset: experiment.dataset,
            inputs: experiment.inputs,
        })
    }

    /// What is added to the project file.
    pub fn added(&self) -> &str {
        self.after.get(self.added_from..).unwrap_or_default()
    }

    /// All files, the project file first.
    pub fn paths(&self) -> Vec<PathBuf> {
        let created = self.created.iter().map(|(path, _)| path.clone());
        std::iter::once(self.project_file.clone())
            .chain(created)
            .collect()
    }

    /// Write them all, or leave everything as it was.
    pub fn write(&self) -> Result<(), ScaffoldError> {
        let mut written = Vec::new();
        let result = self.write_each(&mut written);
        if result.is_err() {
            // A template without an experiment would be in the way of the next attempt.
            for path in written {
                let _ = fs::remove_file(path);
            }
        }
        result
    }

    fn write_each<'a>(&'a self, written: &mut Vec<&'a Path>) -> Result<(), ScaffoldError> {
        let failed = |path: &Path, source: io::Error| match source.kind() {
            io::ErrorKind::AlreadyExists => ScaffoldError::FileExists {
                path: as_typed(path),
            },
            _ => ScaffoldError::Write {
                path: as_typed(path),
                source,
            },
        };
        for (path, text) in &self.created {
            create(path, text).map_err(|source| failed(path, source))?;
            written.push(path);
        }
        let file = self.project_file.as_path();
        match &self.before {
            None => create(file, &self.after),
            Some(before) if read_text(file).is_ok_and(|now| now == *before) => {
                replace_file(file, &self.after)
            }
            Some(_) => {
                return Err(ScaffoldError::Changed {
                    path: as_typed(file),
                });
            }
        }
        .map_err(|source| failed(file, source))
    }
}

/// A file that is not there yet, in folders that may not be there yet.
fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::File::create_new(path)?;
    io::Write::write_all(&mut file, text.as_bytes())
}

fn experiment_text(
    root: &Path,
    draft: &ExperimentDraft,
    columns: &DatasetColumns,
) -> Result<ExperimentText, ScaffoldError> {
    let answer = draft.answer.column();
    Ok(ExperimentText {
        name: draft.name.clone(),
        template: draft.template.clone(),
        dataset: match &draft.dataset {
            DatasetSource::File(path) => from_root(root, path)?,
            DatasetSource::FirstRows(path) => path.to_string_lossy().into_owned(),
        },
        answer: answer.map(str::to_owned),
        id: (columns.id().filter(|id| Some(*id) != answer)).map(str::to_owned),
        inputs: columns.inputs(answer),
        scoring: draft.answer.scoring(columns),
        model: draft.model.clone(),
    })
}

/// The path of the dataset as the project file writes it: from the project's folder.
fn from_root(root: &Path, typed: &Path) -> Result<String, ScaffoldError> {
    let real = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        path.canonicalize().unwrap_or(path)
    };
    let root = match root.as_os_str().is_empty() {
        true => Path::new("."),
        false => root,
    };
    let (dataset, root) = (DatasetName::parse(typed), real(root));
    let file = real(&dataset.path);
    let path = file.strip_prefix(&root).unwrap_or(&file);
    let path = match &dataset.part {
        Some(part) => &DatasetName::with_part(path, part),
        None => path,
    };
    let text = path.to_str().ok_or_else(|| ScaffoldError::PathEncoding {
        path: path.to_owned(),
    })?;
    Ok(text.to_owned())
}

/// The table of the model's endpoint, where the project has none: at the address that was given, or of a service that is
/// known.
fn endpoint_table(
    project: &ProjectText,
    name: &str,
    address: Option<&EndpointAddress>,
) -> Result<String, ScaffoldError> {
    let name_owned = || name.to_owned();
    let address = match (project.has_endpoint(name), address) {
        (true, None) => return Ok(String::new()),
        (true, Some(_)) => return Err(ScaffoldError::EndpointExists { name: name_owned() }),
        (false, Some(address)) => address.clone(),
        (false, None) => known_service(name)
            .ok_or_else(|| ScaffoldError::UnknownEndpoint { name: name_owned() })?,
    };
    let key_line = (address.api_key_env.as_ref()).map_or(String::new(), |variable| {
        format!("api_key_env = {}\n", toml(&json!(variable)))
    });
    Ok(format!(
        "\n[endpoint.{}]\nbase_url = {}\n{key_line}",
        key(name),
        toml(&json!(address.base_url))
    ))
}
