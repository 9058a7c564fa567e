//! Paths in JSON, which has only Unicode: what of a path is none stands as U+FFFD, as on the screen. A document of work that is done
//! must not fail for a name.

use serde::Serializer;
use std::path::Path;

/// For `#[serde(serialize_with)]`.
pub fn lossy_path<S: Serializer>(
    path: &(impl AsRef<Path> + ?Sized),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.as_ref().display())
}

/// The same of a path that may not be there.
pub fn lossy_path_or_null<S: Serializer>(
    path: &Option<impl AsRef<Path>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => lossy_path(path, serializer),
        None => serializer.serialize_none(),
    }
}

/// The same of a list.
pub fn lossy_paths<S: Serializer>(
    paths: &[impl AsRef<Path>],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let texts = paths.iter().map(|path| path.as_ref().to_string_lossy());
    serializer.collect_seq(texts)
}
