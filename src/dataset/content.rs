//! What a row is by its content, wherever it stands in whatever version of the dataset.

use crate::model::Row;

/// Hash of a row's columns but for those that do not belong to its content (such as the expected answer), hexadecimal: filling
/// them in makes it no other row, and nor does another order of columns.
pub fn content_hash(row: &Row, ignored: &[&str]) -> String {
    let mut fields: Vec<_> = row
        .fields
        .iter()
        .filter(|(name, value)| !ignored.contains(&name.as_str()) && !value.is_null())
        .collect();
    fields.sort_unstable_by_key(|(name, _)| name.as_str());
    let mut hasher = blake3::Hasher::new();
    for (name, value) in fields {
        // Neither a name nor JSON has a zero byte that is not escaped, so no two rows read the same.
        hasher.update(name.replace('\0', "\\0").as_bytes());
        hasher.update(b"\0");
        hasher.update(value.to_string().as_bytes());
        hasher.update(b"\0");
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
