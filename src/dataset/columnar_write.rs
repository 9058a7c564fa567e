//! A Parquet file again with other values in one column: all other columns are copied as they are, byte for byte.

use super::hub_features::HubFeatures;
use crate::parquet_footer::order_columns_by_type;
use parquet::{
    basic::{Compression, ConvertedType, LogicalType, Repetition, Type as PhysicalType},
    column::writer::{ColumnCloseResult, ColumnWriter},
    data_type::ByteArray,
    errors::ParquetError,
    file::{
        metadata::{KeyValue, RowGroupMetaData},
        properties::WriterProperties,
        reader::{FileReader, SerializedFileReader},
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::{Type, TypePtr},
};
use serde_json::{Value, json};
use std::{fs::File, path::Path, sync::Arc};

/// Why a column cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RewriteError {
    #[error("column `{column}`, row {row}: {value} is not a value of its type, {kind}")]
    Value {
        column: String,
        /// From 1.
        row: usize,
        value: String,
        kind: String,
    },
    #[error("column `{column}` is nested or of type {kind}, which labels cannot be written into")]
    Column { column: String, kind: String },
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The file at `path` with these values in a column, one per row; `None` and null are no value. A column that the file does not
/// have comes last, as text.
pub fn rewrite_parquet_column(
    path: &Path,
    column: &str,
    values: &[Option<Value>],
) -> Result<Vec<u8>, RewriteError> {
    let file = File::open(path)?;
    let reader = SerializedFileReader::new(file.try_clone()?)?;
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema();
    let mut pairs = metadata.file_metadata().key_value_metadata().cloned();
    let names = (pairs.iter().flatten())
        .find(|pair| pair.key == HubFeatures::KEY)
        .and_then(|pair| HubFeatures::from_metadata(pair.value.as_deref()?).class_names(column));
    let has_column = schema.get_fields().iter().any(|f| f.name() == column);
    let schema = match has_column {
        true => Arc::new(schema.clone()),
        false => {
            pairs = pairs.map(|pairs| describe_new_column(pairs, column));
            with_text_column(schema, column)?
        }
    };
    let target = TargetColumn::new(&schema, column, names)?;
    let codec = (metadata.row_groups().first())
        .and_then(|group| group.columns().first())
        .map(|column| column.compression());
    let properties = WriterProperties::builder()
        .set_key_value_metadata(pairs)
        .set_compression(codec.unwrap_or(Compression::UNCOMPRESSED))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut first = 0;
    for source in metadata.row_groups() {
        let rows = first..first + source.num_rows() as usize;
        first = rows.end;
        let own = values.get(rows.clone()).unwrap_or_default();
        let mut group = writer.next_row_group()?;
        copy_group(&mut group, &file, source, &target, (rows.start, own))?;
        if !has_column {
            target.write(&mut group, rows.start, own)?;
        }
        group.close()?;
    }
    let columns = writer.schema_descr().num_columns();
    let mut whole = writer.into_inner()?;
    order_columns_by_type(&mut whole, columns);
    Ok(whole)
}

/// Copy the columns of a group, with own values in the target.
fn copy_group(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    file: &File,
    source: &RowGroupMetaData,
    target: &TargetColumn<'_>,
    (first, values): (usize, &[Option<Value>]),
) -> Result<(), RewriteError> {
    for column in source.columns() {
        if column.column_path().parts() == [target.name.to_owned()] {
            target.write(group, first, values)?;
            continue;
        }
        let copied = ColumnCloseResult {
            bytes_written: column.compressed_size() as u64,
            rows_written: source.num_rows() as u64,
            metadata: column.clone(),
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        group.append_column(file, copied)?;
    }
    Ok(())
}

/// The column that is written.
struct TargetColumn<'a> {
    name: &'a str,
    kind: PhysicalType,
    is_required: bool,
    /// Names of classes, where the column has their numbers.
    names: Option<Vec<Value>>,
}

impl<'a> TargetColumn<'a> {
    fn new(
        schema: &Type,
        name: &'a str,
        names: Option<Vec<Value>>,
    ) -> Result<TargetColumn<'a>, RewriteError> {
        let field = schema.get_fields().iter().find(|f| f.name() == name);
        let unusable = |kind: String| RewriteError::Column {
            column: name.to_owned(),
            kind,
        };
        let field = field.ok_or_else(|| unusable("unknown".into()))?;
        let info = field.get_basic_info();
        let repetition = match info.has_repetition() {
            true => info.repetition(),
            false => Repetition::REQUIRED,
        };
        if !field.is_primitive() || repetition == Repetition::REPEATED {
            return Err(unusable("group or list".into()));
        }
        let kind = field.get_physical_type();
        let is_plain = match (info.logical_type_ref(), info.converted_type()) {
            (None, ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM) => true,
            (Some(logical), _) => matches!(
                logical,
                LogicalType::String | LogicalType::Enum | LogicalType::Integer(_)
            ),
            (None, converted) => {
                use ConvertedType::{INT_8, INT_16, INT_32, INT_64};
                [INT_8, INT_16, INT_32, INT_64].contains(&converted)
            }
        };
        let is_known = !matches!(
            kind,
            PhysicalType::INT96 | PhysicalType::FIXED_LEN_BYTE_ARRAY
        );
        match is_plain && is_known {
            true => Ok(TargetColumn {
                name,
                kind,
                is_required: repetition == Repetition::REQUIRED,
                names,
            }),
            false => Err(unusable(format!("{kind}"))),
        }
    }

    /// Write the next column of a group, whose first row is `first`.
    fn write(
        &self,
        group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
        first: usize,
        values: &[Option<Value>],
    ) -> Result<(), RewriteError> {
        let Some(mut column) = group.next_column()? else {
            return Ok(());
        };
        let present: Vec<Option<&Value>> = (values.iter())
            .map(|value| value.as_ref().filter(|value| !value.is_null()))
            .collect();
        let levels: Vec<i16> = present.iter().map(|v| i16::from(v.is_some())).collect();
        let levels = (!self.is_required).then_some(levels.as_slice());
        macro_rules! write {
            ($writer:expr, $parse:expr) => {{
                let parsed = self.parsed(first, &present, $parse)?;
                $writer.write_batch(&parsed, levels, None)?;
            }};
        }
        match column.untyped() {
            ColumnWriter::ByteArrayColumnWriter(writer) => {
                write!(writer, |value: &Value| text(value)
                    .map(|text| ByteArray::from(text.as_str())))
            }
            ColumnWriter::Int32ColumnWriter(writer) => {
                write!(writer, |value: &Value| i32::try_from(self.integer(value)?)
                    .ok())
            }
            ColumnWriter::Int64ColumnWriter(writer) => {
                write!(writer, |value: &Value| self.integer(value))
            }
            ColumnWriter::DoubleColumnWriter(writer) => {
                write!(writer, |value: &Value| text(value)?
                    .trim()
                    .parse::<f64>()
                    .ok())
            }
            ColumnWriter::FloatColumnWriter(writer) => {
                write!(writer, |value: &Value| text(value)?
                    .trim()
                    .parse::<f32>()
                    .ok())
            }
            ColumnWriter::BoolColumnWriter(writer) => {
                write!(writer, |value: &Value| text(value)?
                    .trim()
                    .parse::<bool>()
                    .ok())
            }
            _ => {}
        }
        column.close()?;
        Ok(())
    }

    fn parsed<T>(
        &self,
        first: usize,
        values: &[Option<&Value>],
        parse: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, RewriteError> {
        let blank = Value::from("");
        let rows = values.iter().enumerate();
        let kept = rows.filter(|(_, value)| value.is_some() || self.is_required);
        kept.map(|(at, value)| {
            let value = value.unwrap_or(&blank);
            parse(value).ok_or_else(|| RewriteError::Value {
                column: self.name.to_owned(),
                row: first + at + 1,
                value: value.to_string(),
                kind: match &self.names {
                    Some(names) => format!("one of {}", Value::from(names.clone())),
                    None => self.kind.to_string(),
                },
            })
        })
        .collect()
    }

    /// An integer, or the number of a class.
    fn integer(&self, value: &Value) -> Option<i64> {
        let named = (self.names.iter().flatten()).position(|name| name == value);
        named
            .map(|at| at as i64)
            .or_else(|| text(value)?.trim().parse().ok())
    }
}

/// A scalar as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Array(items) if items.len() == 1 => text(&items[0]),
        _ => None,
    }
}

fn with_text_column(schema: &Type, name: &str) -> Result<TypePtr, ParquetError> {
    let column = Type::primitive_type_builder(name, PhysicalType::BYTE_ARRAY)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::String))
        .build()?;
    let mut fields = schema.get_fields().to_vec();
    fields.push(Arc::new(column));
    let group = Type::group_type_builder(schema.name()).with_fields(fields);
    Ok(Arc::new(group.build()?))
}

/// What other tools keep of the columns: Arrow's schema lacks the new one, so it goes; Hugging Face's features get it.
fn describe_new_column(pairs: Vec<KeyValue>, column: &str) -> Vec<KeyValue> {
    let others = pairs.into_iter().filter(|pair| pair.key != "ARROW:schema");
    others
        .map(|mut pair| {
            let text = pair.value.as_deref().filter(|_| pair.key == "huggingface");
            let described: Option<Value> = text.and_then(|text| serde_json::from_str(text).ok());
            if let Some(mut described) = described
                && let Some(features) = described["info"]["features"].as_object_mut()
            {
                features.insert(column.into(), json!({"dtype": "string", "_type": "Value"}));
                pair.value = Some(described.to_string());
            }
            pair
        })
        .collect()
}
