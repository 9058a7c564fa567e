//! Settings of a metric that a caller types, `KEY=VALUE`: files that they name are those of the project.

use super::project_path::project_path;
use anyhow::{Context as _, bail};
use std::path::Path;

/// Settings whose text is the path of a file.
const FILES: [&str; 2] = ["schema", "rubric"];

/// The key and the value, without blanks around them.
pub(super) fn parts(setting: &str) -> (&str, &str) {
    let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
    (key.trim(), value.trim())
}

/// An error where a setting names a file that is not of the project; `root` is the folder of the project.
pub(super) fn check(root: &Path, setting: &str) -> anyhow::Result<()> {
    let (key, value) = parts(setting);
    // In quotes a key has more than one spelling.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !key.chars().all(is_plain) {
        bail!("`settings`: {key:?} is no name of a setting; write KEY=VALUE");
    }
    if !FILES.contains(&key) {
        return Ok(());
    }
    let path = match toml::from_str::<toml::Table>(&format!("x = {value}")) {
        // Of several lines, all is the path.
        Ok(read) if !value.contains('\n') => match read.get("x") {
            Some(toml::Value::String(path)) => path.clone(),
            _ => return Ok(()),
        },
        _ => value.to_owned(),
    };
    project_path(root, &path)
        .map(|_| ())
        .with_context(|| format!("`settings`: `{key}`"))
}
