//! `wording models --prices FILE`: the user's own table of model facts, in place of the built-in one.

use super::{
    output::{Exit, Messages, print},
    user_folder::data_dir,
};
use crate::{
    catalog::{ModelTable, PriceFile},
    display::count,
    source::replace_file,
};
use anyhow::Context as _;
use std::{
    io,
    path::{Path, PathBuf},
};

/// What to type to go back to the built-in table.
const BUILT_IN: &str = "built-in";

fn stored_file() -> anyhow::Result<PathBuf> {
    Ok(data_dir()?.join("models.jsonl"))
}

/// Let the user's table hold in this process, where there is one.
pub(super) fn install() -> anyhow::Result<()> {
    // Without a home folder there is none.
    let Ok(file) = stored_file() else {
        return Ok(());
    };
    if !file.is_file() {
        return Ok(());
    }
    let help = "`wording models --prices built-in` goes back to the table in the program";
    let table = PriceFile::read(&file).with_context(|| help)?;
    ModelTable::install(table.into_table().context(help)?);
    Ok(())
}

/// Store a table, or remove it.
pub(super) fn store(messages: &Messages, file: &Path) -> anyhow::Result<Exit> {
    let stored = stored_file()?;
    if file == Path::new(BUILT_IN) {
        match std::fs::remove_file(&stored) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).context(format!("cannot remove {}", stored.display()));
            }
            _ => {}
        }
        print(&format!(
            "facts: {}, built in\n",
            ModelTable::built_in().source
        ))?;
        return Ok(Exit::Done);
    }
    let table = PriceFile::read(file)?;
    let text = table.to_text()?;
    let write = || {
        std::fs::create_dir_all(data_dir()?)?;
        replace_file(&stored, &text)?;
        anyhow::Ok(())
    };
    write().with_context(|| format!("cannot write {}", stored.display()))?;
    print(&format!(
        "facts: {}, {}\n",
        table.source,
        count(table.len(), "model")
    ))?;
    messages.note(&format!(
        "stored at {}; `wording models --prices {BUILT_IN}` goes back to the table in the program",
        stored.display()
    ));
    Ok(Exit::Done)
}
