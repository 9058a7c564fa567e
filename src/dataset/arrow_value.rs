//! A value of an Arrow column as JSON: the same forms as those of a Parquet column.

use super::{
    column_name::{repeated_name, two_of_one_name},
    columnar::unreadable_type,
    columnar_value::{bytes_value, json_value, map_value, single, uuid},
    moment::{clock, date, duration, timestamp},
};
use arrow_array::{
    Array,
    cast::{AsArray, as_generic_binary_array},
    types::*,
};
use arrow_schema::{DataType, Field, Fields, TimeUnit};
use serde_json::{Map, Value};

/// What a value costs of a row's budget beside its text.
const BYTES_PER_VALUE: usize = 4;

/// The first column whose type cannot be read, and what to say of it.
pub(super) fn unsupported_type(fields: &Fields, path: &str) -> Option<String> {
    if let Some(name) = repeated_name(fields.iter().map(|field| field.name().as_str())) {
        return Some(two_of_one_name(path, name));
    }
    fields.iter().find_map(|field| {
        let path = match path {
            "" => field.name().clone(),
            path => format!("{path}.{}", field.name()),
        };
        unsupported(field.data_type(), &path)
    })
}

fn unsupported(kind: &DataType, path: &str) -> Option<String> {
    match kind {
        DataType::Interval(_) => Some(unreadable_type(path, "INTERVAL")),
        DataType::Union(..) => Some(unreadable_type(path, "UNION")),
        DataType::RunEndEncoded(..) | DataType::ListView(_) | DataType::LargeListView(_) => {
            Some(unreadable_type(path, &kind.to_string()))
        }
        DataType::Struct(fields) => unsupported_type(fields, path),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => unsupported(item.data_type(), path),
        DataType::Dictionary(_, values) => unsupported(values, path),
        _ => None,
    }
}

/// How much more a row may hold, in bytes: a small file can say that a list has billions of items, or one text many times.
pub(super) struct RowBudget(pub(super) u64);

/// A row is longer than it may be.
#[derive(Debug, thiserror::Error)]
#[error("this row is longer than a record may be")]
pub(super) struct RowTooLong;

impl RowBudget {
    fn spend(&mut self, bytes: usize) -> Result<(), RowTooLong> {
        self.0 = self.0.checked_sub(bytes as u64).ok_or(RowTooLong)?;
        Ok(())
    }
}

/// The value of a row. Types that [`unsupported_type`] names read as null.
pub(super) fn arrow_value(
    column: &dyn Array,
    row: usize,
    field: &Field,
    budget: &mut RowBudget,
) -> Result<Value, RowTooLong> {
    budget.spend(BYTES_PER_VALUE)?;
    if column.is_null(row) {
        return Ok(Value::Null);
    }
    macro_rules! native {
        ($kind:ty) => {
            column.as_primitive::<$kind>().value(row)
        };
    }
    let whole = |value: i64| -> Value { value.into() };
    Ok(match field.data_type() {
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Int8 => whole(native!(Int8Type).into()),
        DataType::Int16 => whole(native!(Int16Type).into()),
        DataType::Int32 => whole(native!(Int32Type).into()),
        DataType::Int64 => whole(native!(Int64Type)),
        DataType::UInt8 => whole(native!(UInt8Type).into()),
        DataType::UInt16 => whole(native!(UInt16Type).into()),
        DataType::UInt32 => whole(native!(UInt32Type).into()),
        DataType::UInt64 => native!(UInt64Type).into(),
        DataType::Float16 => native!(Float16Type).to_f64().into(),
        DataType::Float32 => single(native!(Float32Type)),
        DataType::Float64 => native!(Float64Type).into(),
        DataType::Decimal32(..) => column
            .as_primitive::<Decimal32Type>()
            .value_as_string(row)
            .into(),
        DataType::Decimal64(..) => column
            .as_primitive::<Decimal64Type>()
            .value_as_string(row)
            .into(),
        DataType::Decimal128(..) => column
            .as_primitive::<Decimal128Type>()
            .value_as_string(row)
            .into(),
        DataType::Decimal256(..) => column
            .as_primitive::<Decimal256Type>()
            .value_as_string(row)
            .into(),
        DataType::Utf8 => text(column.as_string::<i32>().value(row), field, budget)?,
        DataType::LargeUtf8 => text(column.as_string::<i64>().value(row), field, budget)?,
        DataType::Utf8View => text(column.as_string_view().value(row), field, budget)?,
        DataType::Binary => bytes(as_generic_binary_array::<i32>(column).value(row), budget)?,
        DataType::LargeBinary => bytes(as_generic_binary_array::<i64>(column).value(row), budget)?,
        DataType::BinaryView => bytes(column.as_binary_view().value(row), budget)?,
        DataType::FixedSizeBinary(_) if field.extension_type_name() == Some("arrow.uuid") => {
            uuid(column.as_fixed_size_binary().value(row)).into()
        }
        DataType::FixedSizeBinary(_) => bytes(column.as_fixed_size_binary().value(row), budget)?,
        DataType::Date32 => date(native!(Date32Type).into()).into(),
        DataType::Date64 => date(native!(Date64Type).div_euclid(86_400_000)).into(),
        DataType::Time32(TimeUnit::Second) => clock(native!(Time32SecondType).into(), 1).into(),
        DataType::Time32(_) => clock(native!(Time32MillisecondType).into(), 1_000).into(),
        DataType::Time64(TimeUnit::Microsecond) => {
            clock(native!(Time64MicrosecondType), 1_000_000).into()
        }
        DataType::Time64(_) => clock(native!(Time64NanosecondType), 1_000_000_000).into(),
        DataType::Timestamp(unit, zone) => {
            let value = match unit {
                TimeUnit::Second => native!(TimestampSecondType),
                TimeUnit::Millisecond => native!(TimestampMillisecondType),
                TimeUnit::Microsecond => native!(TimestampMicrosecondType),
                TimeUnit::Nanosecond => native!(TimestampNanosecondType),
            };
            // With any zone the value is a moment in UTC.
            timestamp(value, per_second(unit), zone.is_some()).into()
        }
        DataType::Duration(unit) => {
            let value = match unit {
                TimeUnit::Second => native!(DurationSecondType),
                TimeUnit::Millisecond => native!(DurationMillisecondType),
                TimeUnit::Microsecond => native!(DurationMicrosecondType),
                TimeUnit::Nanosecond => native!(DurationNanosecondType),
            };
            duration(value, per_second(unit)).into()
        }
        DataType::List(item) => items(&column.as_list::<i32>().value(row), item, budget)?,
        DataType::LargeList(item) => items(&column.as_list::<i64>().value(row), item, budget)?,
        DataType::FixedSizeList(item, _) => {
            items(&column.as_fixed_size_list().value(row), item, budget)?
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().zip(column.as_struct().columns());
            columns
                .map(|(f, c)| Ok((f.name().clone(), arrow_value(c, row, f, budget)?)))
                .collect::<Result<Map<_, _>, _>>()?
                .into()
        }
        DataType::Map(entries, _) => {
            let pairs = column.as_map().value(row);
            let DataType::Struct(fields) = entries.data_type() else {
                return Ok(Value::Null);
            };
            let (Some(key), Some(value)) = (fields.first(), fields.get(1)) else {
                return Ok(Value::Null);
            };
            let pairs = (0..pairs.len()).map(|at| {
                let key = match arrow_value(pairs.column(0), at, key, budget)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                Ok((key, arrow_value(pairs.column(1), at, value, budget)?))
            });
            map_value(pairs.collect::<Result<_, _>>()?)
        }
        DataType::Dictionary(_, kind) => {
            let dictionary = column.as_any_dictionary();
            let values = dictionary.values();
            let keys = dictionary.keys().slice(row, 1);
            let key = Field::new("", keys.data_type().clone(), true);
            let place = arrow_value(&keys, 0, &key, budget)?.as_u64();
            match place.and_then(|place| usize::try_from(place).ok()) {
                Some(place) if place < values.len() => {
                    let value = Field::new(field.name(), DataType::clone(kind), true);
                    let value = value.with_metadata(field.metadata().clone());
                    arrow_value(values, place, &value, budget)?
                }
                _ => Value::Null,
            }
        }
        _ => Value::Null,
    })
}

fn items(list: &dyn Array, item: &Field, budget: &mut RowBudget) -> Result<Value, RowTooLong> {
    (0..list.len())
        .map(|at| arrow_value(list, at, item, budget))
        .collect()
}

fn text(text: &str, field: &Field, budget: &mut RowBudget) -> Result<Value, RowTooLong> {
    budget.spend(text.len())?;
    Ok(match field.extension_type_name() {
        Some("arrow.json") => json_value(text),
        _ => text.into(),
    })
}

fn bytes(bytes: &[u8], budget: &mut RowBudget) -> Result<Value, RowTooLong> {
    budget.spend(bytes.len())?;
    Ok(bytes_value(bytes))
}

fn per_second(unit: &TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}
