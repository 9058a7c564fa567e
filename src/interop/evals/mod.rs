//! OpenAI Evals as projects: exports of the platform (evals, runs, output items, data), and the registry of the open-source package.

mod answer_prompts;
mod arguments;
mod check;
mod criteria;
mod graded;
mod graded_params;
mod graded_spec;
mod graded_values;
mod items;
mod messages;
mod platform;
mod records;
mod reference;
mod registry;
mod registry_files;
mod samples;
mod unlike;

use super::{
    Endpoints, ImportError, ImportedProject, Notes,
    error::first_lines,
    files::Files,
    folder_files::unread_files,
    imported_experiment::{Experiment, project},
    value_limit::ValueLimit,
};
use crate::source::as_typed;
use graded_spec::GradedSpecs;
use records::Records;
use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

/// Make a project of a file or of all files in a folder. An error where there is no eval in it.
pub fn evals(path: &Path, allow_outside: bool) -> Result<ImportedProject, ImportError> {
    let folder = match path.is_dir() {
        true => path,
        false => folder_of(path),
    };
    let mut beside = samples::folders_beside(folder);
    beside.extend(answer_prompts::folder_of_package(folder));
    let files = Files::within(folder, &beside, allow_outside);
    files.finish(read(path, &files))
}

/// The folder that a file is in.
fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn read(path: &Path, files: &Files) -> Result<ImportedProject, ImportError> {
    let mut notes = Notes::default();
    let limit = ValueLimit::new();
    let records = Records::read(path, files, &limit, &mut notes)?;
    let mut endpoints = Endpoints::default();
    let mut experiments: Vec<Experiment> = Vec::new();
    for eval in &records.evals {
        experiments.push(platform::experiment(
            eval,
            &records,
            &mut endpoints,
            &mut notes,
        ));
    }
    let mut specs = GradedSpecs::default();
    let (mut without_model, first) = (None, experiments.len());
    let mut refused: HashSet<String> = HashSet::new();
    for entry in &records.registry {
        let at = &entry.node.at;
        match registry::experiment(entry, path, files, &mut specs, &limit, &mut notes) {
            Ok(made) => {
                experiments.push(made);
                without_model.get_or_insert(at);
            }
            Err(why) => {
                let what = format!("the eval `{}`", entry.name);
                notes.dropped(at, what.clone(), why);
                refused.insert(what);
            }
        }
    }
    name_by_base(&mut experiments[first..]);
    if let Some(at) = without_model {
        let why = "a registry names none, neither of answers nor of judges: demo/echo, which repeats the prompt, is in their place";
        notes.changed(at, "the models", why);
    }
    let mut others = records.others;
    others.retain(|file| !files.was_read(file));
    let why = "no eval that is taken over names them";
    if let Some((at, what, why)) = unread_files(path, &others, why) {
        notes.dropped(&at, what, why);
    }
    if experiments.is_empty() {
        let mut message = match records.registry.is_empty() {
            true => "no eval in it: neither an object with `testing_criteria`, as the API of OpenAI Evals lists it, nor a registry file with `class` and `args`",
            false => "none of its evals can be taken over",
        }
        .to_owned();
        // What keeps a whole eval out says more than what is left out of samples.
        let mut told = notes.finish();
        told.sort_by_key(|note| !refused.contains(&note.what));
        message += &first_lines(told.iter());
        return Err(ImportError::Nothing {
            path: as_typed(path),
            message,
        });
    }
    Ok(project("evals", path, experiments, &endpoints, notes))
}

/// Evals are called by their name before the first dot, unless several share it.
fn name_by_base(experiments: &mut [Experiment]) {
    let base = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let mut shared: HashMap<String, usize> = HashMap::new();
    for experiment in experiments.iter() {
        *shared.entry(base(&experiment.name)).or_default() += 1;
    }
    for experiment in experiments {
        let base = base(&experiment.name);
        if shared.get(&base) == Some(&1) {
            experiment.name = base;
        }
    }
}
