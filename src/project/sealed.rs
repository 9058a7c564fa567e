//! `sealed` in an experiment: which rows are kept from every command until they are opened.

use super::{Section, reader::json};
use crate::model::{RowKeyColumns, SealRule, SealedBy};
use serde_json::Value;

/// The seal, drawn by the seed of the file and by the columns that say what a row is.
pub(super) fn read_sealed(s: &Section<'_, '_>, seed: u64, key: RowKeyColumns) -> Option<SealRule> {
    let item = s.get("sealed")?;
    let by = match json(item.get_ref()) {
        Value::Number(n) => n.as_f64().filter(|share| *share > 0.0 && *share < 1.0),
        Value::String(column) if !column.trim().is_empty() => {
            let by = SealedBy::Column(column);
            return Some(SealRule { by, seed, key });
        }
        _ => None,
    };
    if by.is_none() {
        s.reader.problem(
            item.span(),
            "`sealed` is a share of the rows between 0 and 1, or the name of a column of true and false",
            Some("for example sealed = 0.3, or sealed = \"held_out\"".into()),
        );
    }
    let by = SealedBy::Share(by?);
    Some(SealRule { by, seed, key })
}
