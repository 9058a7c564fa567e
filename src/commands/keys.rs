//! `wording keys`: the keys and colors of the session, as a file to change.

use super::{
    context::shorten,
    output::{Exit, print},
};
use crate::tui::UserKeys;
use anyhow::Context as _;
use etcetera::BaseStrategy as _;
use std::path::PathBuf;

pub fn keys() -> anyhow::Result<Exit> {
    let file = keys_file()?;
    let user = UserKeys::read(&file)?;
    print(&format!(
        "# Keys and colors of the terminal session. Save this as {} and keep the lines that you change.\n\
         # `action = []` takes the keys of an action away; the palette still has it.\n\n{}",
        shorten(&file),
        user.to_toml()
    ))?;
    Ok(Exit::Done)
}

/// Where the user's keys are; the file need not exist.
fn keys_file() -> anyhow::Result<PathBuf> {
    Ok(etcetera::choose_base_strategy()
        .context("no home folder, so no keys.toml")?
        .config_dir()
        .join("wording")
        .join("keys.toml"))
}

/// The keys and colors that the user chose.
pub(super) fn user_keys() -> anyhow::Result<UserKeys> {
    match keys_file() {
        Ok(file) => Ok(UserKeys::read(&file)?),
        Err(_) => Ok(UserKeys::default()),
    }
}
