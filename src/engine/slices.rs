//! The columns of a dataset by which an experiment's figures are split.

use crate::{
    dataset::{Dataset, DatasetError},
    model::{SliceColumn, TextColumnBuilder},
    source::nearest,
};
use serde_json::Value;

/// Read these columns out of a dataset; one that it does not have is an error.
pub fn slice_columns(
    dataset: &Dataset,
    names: &[String],
) -> Result<Vec<SliceColumn>, DatasetError> {
    let known = dataset.columns();
    if let Some(absent) = names.iter().find(|name| !known.contains(name)) {
        return Err(DatasetError::NoColumn {
            column: absent.clone(),
            role: "slices",
            path: dataset.path().to_path_buf(),
            nearest: nearest(absent, known.iter().map(String::as_str)).map(str::to_owned),
            known: known.to_vec(),
        });
    }
    let mut builders: Vec<TextColumnBuilder> = Vec::new();
    builders.resize_with(names.len(), TextColumnBuilder::default);
    if !names.is_empty() {
        for row in dataset.rows() {
            let row = row?;
            for (builder, name) in builders.iter_mut().zip(names) {
                match row.fields.get(name) {
                    None | Some(Value::Null) => builder.push(None),
                    Some(Value::String(text)) if text.is_empty() => builder.push(None),
                    Some(Value::String(text)) => builder.push(Some(text)),
                    Some(other) => builder.push(Some(&other.to_string())),
                }
            }
        }
    }
    let columns = names.iter().zip(builders);
    Ok(columns
        .map(|(name, builder)| SliceColumn {
            name: name.clone(),
            values: builder.finish(),
        })
        .collect())
}
