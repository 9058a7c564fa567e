//! The names of the columns of a table, which every row repeats.

use std::collections::HashSet;

/// Longest name of a column, in bytes. A row has all of them, so that long ones make a small file large in memory.
const MAX_BYTES: usize = 4_000;

/// Why a name is refused: most often the line with the names is missing.
pub(super) fn too_long(name: &str) -> Option<String> {
    let begin: String = name.chars().take(30).collect();
    (name.len() > MAX_BYTES).then(|| {
        format!(
            "a column has a name of more than {MAX_BYTES} bytes ({begin:?}…): does the table begin with the names of its columns?"
        )
    })
}

/// The first name that is there twice.
pub(super) fn repeated_name<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let mut seen = HashSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}

/// What to say of it, in the table or in a column.
pub(super) fn two_of_one_name(path: &str, name: &str) -> String {
    match path {
        "" => format!("two columns are named `{name}`"),
        path => format!("two fields of its column `{path}` are named `{name}`"),
    }
}
