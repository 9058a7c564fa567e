//! The trials of a run as Parquet, a group of rows after another.

use super::{
    WriteError,
    trial_table::{TrialField, TrialFieldKind, TrialTable},
};
use crate::parquet_footer::order_columns_by_type;
use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as PhysicalType, ZstdLevel},
    column::writer::ColumnWriter,
    data_type::ByteArray,
    errors::ParquetError,
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::{Type, TypePtr},
};
use std::{
    io::{self, Write},
    sync::Arc,
};

/// Rows of a group, and bytes of its texts: so much is in memory at a time.
const GROUP: usize = 1 << 14;
const GROUP_TEXT: usize = 1 << 25;

/// What is written and not handed on yet; the writer of the library wants an owner that can be sent.
#[derive(Debug, Default, Clone)]
struct Pending(Arc<parking_lot::Mutex<Vec<u8>>>);

impl Pending {
    fn hand_on(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&std::mem::take(&mut *self.0.lock()))
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Write the table. Text is UTF-8, numbers are doubles, counts 64-bit integers; what a trial has not is null.
pub(super) fn write(out: &mut dyn Write, table: &TrialTable<'_>) -> Result<(), WriteError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let pending = Pending::default();
    let mut writer =
        SerializedFileWriter::new(pending.clone(), schema(table)?, Arc::new(properties))?;
    let mut columns = vec![Vec::new(); table.columns.len()];
    let mut failed: Option<WriteError> = None;
    let mut texts = 0;
    table.each(&mut |record| {
        if failed.is_some() {
            return;
        }
        for (fields, column) in columns.iter_mut().zip(&table.columns) {
            let field = column.field(record);
            if let TrialField::Text(Some(text)) = &field {
                texts += text.len();
            }
            fields.push(field);
        }
        if texts >= GROUP_TEXT || columns.first().is_some_and(|c| c.len() >= GROUP) {
            texts = 0;
            let written = write_group(&mut writer, &mut columns);
            failed = written.and_then(|()| Ok(pending.hand_on(out)?)).err();
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    if columns.first().is_some_and(|c| !c.is_empty()) {
        write_group(&mut writer, &mut columns)?;
    }
    writer.close()?;
    order_columns_by_type(&mut pending.0.lock(), table.columns.len());
    Ok(pending.hand_on(out)?)
}

fn schema(table: &TrialTable<'_>) -> Result<TypePtr, ParquetError> {
    let field = |column: &super::trial_table::TrialColumn<'_>| {
        let (kind, logical) = match column.kind {
            TrialFieldKind::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
            TrialFieldKind::Number => (PhysicalType::DOUBLE, None),
            TrialFieldKind::Count => (PhysicalType::INT64, None),
            TrialFieldKind::Flag => (PhysicalType::BOOLEAN, None),
        };
        let builder = Type::primitive_type_builder(&column.name, kind)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical);
        builder.build().map(Arc::new)
    };
    let fields: Result<Vec<TypePtr>, _> = table.columns.iter().map(field).collect();
    let group = Type::group_type_builder("trials").with_fields(fields?);
    Ok(Arc::new(group.build()?))
}

fn write_group(
    writer: &mut SerializedFileWriter<Pending>,
    columns: &mut [Vec<TrialField>],
) -> Result<(), WriteError> {
    let mut group = writer.next_row_group()?;
    for fields in columns {
        let Some(mut column) = group.next_column()? else {
            break;
        };
        write_column(column.untyped(), std::mem::take(fields))?;
        column.close()?;
    }
    group.close()?;
    Ok(())
}

fn write_column(
    writer: &mut ColumnWriter<'_>,
    fields: Vec<TrialField>,
) -> Result<(), ParquetError> {
    macro_rules! put {
        ($writer:expr, $value:expr) => {{
            let mut levels = Vec::with_capacity(fields.len());
            let mut values = Vec::with_capacity(fields.len());
            for field in fields {
                let value = $value(field);
                levels.push(i16::from(value.is_some()));
                values.extend(value);
            }
            $writer
                .write_batch(&values, Some(&levels), None)
                .map(|_| ())
        }};
    }
    match writer {
        ColumnWriter::ByteArrayColumnWriter(writer) => put!(writer, |field| match field {
            TrialField::Text(text) => text.map(|text| ByteArray::from(text.into_bytes())),
            _ => None,
        }),
        ColumnWriter::DoubleColumnWriter(writer) => put!(writer, |field| match field {
            TrialField::Number(number) => number,
            _ => None,
        }),
        ColumnWriter::Int64ColumnWriter(writer) => put!(writer, |field| match field {
            TrialField::Count(count) => count,
            _ => None,
        }),
        ColumnWriter::BoolColumnWriter(writer) => put!(writer, |field| match field {
            TrialField::Flag(flag) => Some(flag),
            _ => None,
        }),
        // The schema above has no others.
        _ => Ok(()),
    }
}
