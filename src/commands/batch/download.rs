//! A file of results, from the endpoint into the project's folder.

use crate::endpoint::Client;
use anyhow::{Context as _, bail};
use std::{io::Write, path::Path};

/// An id as a part of a file's name.
pub(super) fn plain(id: &str) -> String {
    id.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect()
}

/// Write what a file at the endpoint holds, whole or not at all.
pub(super) async fn download(client: &Client, id: &str, path: &Path) -> anyhow::Result<()> {
    let said = || format!("cannot write {}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(said)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(said)?;
    let mut broken = None;
    let mut take = |bytes: &[u8]| match file.write_all(bytes) {
        Ok(()) => true,
        Err(error) => {
            broken = Some(error);
            false
        }
    };
    if let Err(failed) = client.file(id, &mut take).await {
        bail!("{}", failed.failure);
    }
    if let Some(error) = broken {
        return Err(error).with_context(said);
    }
    file.persist(path).map_err(|e| e.error).with_context(said)?;
    Ok(())
}
