//! Parquet files, as one JSON object per row: class labels of Hugging Face by their names.

use super::{
    DatasetError,
    column_name::{repeated_name, two_of_one_name},
    columnar_value::field_value,
    hub_features::HubFeatures,
};
use parquet::{
    basic::{Compression, ConvertedType, LogicalType},
    file::reader::{FileReader, SerializedFileReader},
    schema::types::Type,
};
use serde_json::{Map, Value};
use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

/// A Parquet file.
pub(super) struct ParquetFile {
    reader: SerializedFileReader<File>,
    features: HubFeatures,
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
        let told = |key: &str| {
            let pair = pairs.into_iter().flatten().find(|pair| pair.key == key);
            pair.and_then(|pair| pair.value.as_deref())
        };
        let features = told(HubFeatures::KEY).map(HubFeatures::from_metadata);
        let features = features.unwrap_or_default();
        let features = features.with_durations(told(HubFeatures::ARROW_KEY).unwrap_or_default());
        Ok(ParquetFile { reader, features })
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
            self.features.apply(&mut object);
            serde_json::to_writer(&mut *into, &object)?;
            into.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// The first column whose type cannot be read, and what to say of it.
fn unsupported_type(schema: &Type, path: &str) -> Option<String> {
    let info = schema.get_basic_info();
    let kind = match (info.converted_type(), info.logical_type_ref()) {
        (ConvertedType::INTERVAL, _) => "INTERVAL",
        (_, Some(LogicalType::Variant(_))) => "VARIANT",
        (_, Some(LogicalType::Geometry(_) | LogicalType::Geography(_))) => "GEOMETRY",
        (_, Some(LogicalType::File)) => "FILE",
        _ if schema.is_group() => {
            let names = schema.get_fields().iter().map(|field| field.name());
            if let Some(name) = repeated_name(names) {
                return Some(two_of_one_name(path, name));
            }
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
    Some(unreadable_type(path, kind))
}

/// What to say of a column whose type cannot be read.
pub(super) fn unreadable_type(path: &str, kind: &str) -> String {
    format!(
        "its column `{path}` is of type {kind}, which cannot be read; write it as text (CAST({path} AS VARCHAR)) or leave it out"
    )
}
