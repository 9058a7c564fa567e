//! The folder of this user's data: the sample project, a store for runs without a project, a table of models.

use anyhow::Context as _;
use etcetera::BaseStrategy;
use std::path::PathBuf;

pub(super) fn data_dir() -> anyhow::Result<PathBuf> {
    Ok(etcetera::choose_base_strategy()
        .context("no home folder for the data of this program; set a project with --project")?
        .data_dir()
        .join("wording"))
}
