//! `wording models --prices FILE`: the user's own table of model facts, in place of the built-in one.

use super::{
    output::{Exit, Messages, print_as},
    user_folder::data_dir,
};
use crate::{
    catalog::{ModelTable, PriceFile},
    cli::OutputFormat,
    display::count,
    source::replace_file,
};
use anyhow::Context as _;
use schemars::JsonSchema;
use serde::Serialize;
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

/// The table of model facts that holds from now on.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FactsInUse<'a> {
    /// Always 1.
    schema_version: u32,
    /// Which table it is, and of which day.
    source: String,
    models: usize,
    /// Where the user's table is stored; null for the built-in one.
    #[serde(serialize_with = "crate::display::lossy_path_or_null")]
    stored: Option<&'a Path>,
}

/// Store a table, or remove it.
pub(super) fn store(
    messages: &Messages,
    file: &Path,
    format: OutputFormat,
) -> anyhow::Result<Exit> {
    let stored = stored_file()?;
    if file == Path::new(BUILT_IN) {
        match std::fs::remove_file(&stored) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).context(format!("cannot remove {}", stored.display()));
            }
            _ => {}
        }
        let table = ModelTable::built_in();
        let used = FactsInUse {
            schema_version: 1,
            source: table.source.to_string(),
            models: table.len(),
            stored: None,
        };
        print_as(format, &used, || {
            format!("facts: {}, built in\n", used.source)
        })?;
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
    let used = FactsInUse {
        schema_version: 1,
        source: table.source.to_string(),
        models: table.len(),
        stored: Some(&stored),
    };
    print_as(format, &used, || {
        format!("facts: {}, {}\n", used.source, count(used.models, "model"))
    })?;
    messages.note(&format!(
        "stored at {}; `wording models --prices {BUILT_IN}` goes back to the table in the program",
        stored.display()
    ));
    Ok(Exit::Done)
}
