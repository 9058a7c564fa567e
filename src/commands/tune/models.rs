//! Adds a tuned model to the models of an experiment in wording.toml; everything else in the file stays as it is.

use crate::{project::with_models, source::replace_file};
use anyhow::Context as _;
use std::path::Path;

/// Add a model; whether it was not there yet.
pub(super) fn add_model(file: &Path, experiment: &str, model: &str) -> anyhow::Result<bool> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let wanted = |now: &[&str]| {
        now.iter()
            .chain([&model])
            .map(|m| (*m).to_owned())
            .collect()
    };
    let Some(changed) = with_models(&text, experiment, wanted)? else {
        return Ok(false);
    };
    replace_file(file, &changed).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(true)
}
