//! Parquet files, as one JSON object per row: class labels of Hugging Face by their names.

use super::{DatasetError, columnar_value::field_value};
use parquet::{
    basic::{Compression, ConvertedType, LogicalType},
    file::{
        metadata::KeyValue,
        reader::{FileReader, SerializedFileReader},
    },
    schema::types::Type,
};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, Write},
    path::Path,
};

/// A Parquet file.
pub(super) struct ParquetFile {
    reader: SerializedFileReader<File>,
    /// Names of the classes of a column whose values are their numbers.
    classes: HashMap<String, Vec<Value>>,
}

impl ParquetFile {
    /// Open a file; reads its end, where its columns are described. A codec or a type that cannot be read is an error.
    pub(super) fn open(file: File, shown: &Path) -> Result<ParquetFile, DatasetError> {
        let unreadable = |message: String| DatasetError::Io {
            path: shown.to_path_buf(),
            source: io::Error::new(io::ErrorKind::InvalidData, message),
        };
        let reader = SerializedFileReader::new(file)
            .map_err(|e| unreadable(format!("not a complete .parquet file: {e}")))?;
        let metadata = reader.metadata();
        let schema = metadata.file_metadata().schema();
        if let Some(problem) = unsupported_type(schema, "") {
            return Err(unreadable(problem));
        }
        let mut columns = metadata
            .row_groups()
            .iter()
            .flat_map(|group| group.columns());
        if columns.any(|column| matches!(column.compression(), Compression::LZO)) {
            return Err(unreadable(
                "its codec LZO cannot be read; write it with zstd, snappy, gzip, brotli or lz4"
                    .into(),
            ));
        }
        let pairs = metadata.file_metadata().key_value_metadata();
        let classes = pairs
            .into_iter()
            .flatten()
            .find(|pair| pair.key == "huggingface")
            .map(class_names)
            .unwrap_or_default();
        Ok(ParquetFile { reader, classes })
    }

    /// Write one object per line; one row is held at a time.
    pub(super) fn write_lines(&self, into: &mut dyn Write) -> io::Result<()> {
        let fields = self.reader.metadata().file_metadata().schema().get_fields();
        for row in self.reader.get_row_iter(None).map_err(io::Error::other)? {
            let row = row.map_err(io::Error::other)?;
            let values = row.get_column_iter().zip(fields);
            let mut object: Map<String, Value> = values
                .map(|((name, field), schema)| (name.clone(), field_value(field, schema)))
                .collect();
            for (column, names) in &self.classes {
                if let Some(value) = object.get_mut(column) {
                    name_classes(value, names);
                }
            }
            serde_json::to_writer(&mut *into, &object)?;
            into.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// What to say of a column whose type cannot be read.
fn unsupported_type(schema: &Type, path: &str) -> Option<String> {
    let info = schema.get_basic_info();
    let kind = match (info.converted_type(), info.logical_type_ref()) {
        (ConvertedType::INTERVAL, _) => "INTERVAL",
        (_, Some(LogicalType::Variant(_))) => "VARIANT",
        (_, Some(LogicalType::Geometry(_) | LogicalType::Geography(_))) => "GEOMETRY",
        (_, Some(LogicalType::File)) => "FILE",
        _ if schema.is_group() => {
            return schema.get_fields().iter().find_map(|field| {
                let path = match path {
                    "" => field.name().to_owned(),
                    path => format!("{path}.{}", field.name()),
                };
                unsupported_type(field, &path)
            });
        }
        _ => return None,
    };
    Some(format!(
        "its column `{path}` is of type {kind}, which cannot be read; write it as text (CAST({path} AS VARCHAR)) or leave it out"
    ))
}

/// The columns that are class labels, by what the `datasets` library writes into the file.
pub(super) fn class_names(metadata: &KeyValue) -> HashMap<String, Vec<Value>> {
    let json: Value = metadata
        .value
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let features = json["info"]["features"].as_object().cloned();
    features
        .into_iter()
        .flatten()
        .filter_map(|(column, feature)| {
            // A list of labels has them one level deeper.
            let class = [&feature, &feature["feature"]]
                .into_iter()
                .find(|f| f["_type"] == "ClassLabel")?;
            Some((column, class["names"].as_array()?.clone()))
        })
        .collect()
}

/// Replace numbers of classes by their names; a number that has none (such as −1 for none) stays.
fn name_classes(value: &mut Value, names: &[Value]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| name_classes(item, names)),
        Value::Number(number) => {
            let class = number.as_u64().and_then(|n| usize::try_from(n).ok());
            if let Some(name) = class.and_then(|class| names.get(class)) {
                *value = name.clone();
            }
        }
        _ => {}
    }
}
