//! A value of a Parquet column as JSON, by the type that its schema gives it.

use base64::{Engine, prelude::BASE64_STANDARD};
use parquet::{
    basic::{LogicalType, TimeUnit},
    record::{Field, Row},
    schema::types::Type,
};
use serde_json::{Map, Value};

const SECONDS_PER_DAY: i64 = 86_400;

/// The value as JSON: numbers, texts, lists and objects as they are; dates, times and decimals as text. Bytes that are not
/// UTF-8 are written in base64.
pub(super) fn field_value(field: &Field, schema: &Type) -> Value {
    let logical = schema.get_basic_info().logical_type_ref();
    match field {
        Field::Null => Value::Null,
        Field::Bool(x) => (*x).into(),
        Field::Byte(x) => (*x).into(),
        Field::Short(x) => (*x).into(),
        Field::Int(x) => (*x).into(),
        Field::Long(x) => match logical {
            // The reader knows no nanoseconds.
            Some(LogicalType::Timestamp(t)) => {
                timestamp(*x, per_second(&t.unit), t.is_adjusted_to_u_t_c).into()
            }
            Some(LogicalType::Time(t)) => clock(*x, per_second(&t.unit)).into(),
            _ => (*x).into(),
        },
        Field::UByte(x) => (*x).into(),
        Field::UShort(x) => (*x).into(),
        Field::UInt(x) => (*x).into(),
        Field::ULong(x) => (*x).into(),
        Field::Float16(x) => f64::from(x.to_f32()).into(),
        // The shortest text that is this number, not the digits that doubling its length would add.
        Field::Float(x) => x
            .to_string()
            .parse::<f64>()
            .map_or(Value::Null, Value::from),
        Field::Double(x) => (*x).into(),
        Field::Str(text) => match logical {
            Some(LogicalType::Json) => {
                serde_json::from_str(text).unwrap_or_else(|_| text.clone().into())
            }
            _ => text.clone().into(),
        },
        Field::Bytes(bytes) => match (logical, bytes.data()) {
            (Some(LogicalType::Uuid), bytes) => uuid(bytes).into(),
            (_, bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => BASE64_STANDARD.encode(bytes).into(),
            },
        },
        Field::TimestampMillis(x) => timestamp(*x, 1_000, is_utc(logical)).into(),
        Field::TimestampMicros(x) => timestamp(*x, 1_000_000, is_utc(logical)).into(),
        Field::TimeMillis(x) => clock(i64::from(*x), 1_000).into(),
        Field::TimeMicros(x) => clock(*x, 1_000_000).into(),
        Field::Group(row) => object(row, schema).into(),
        Field::ListInternal(list) => {
            let element = element_type(schema);
            let items = list.elements().iter();
            items.map(|item| field_value(item, element)).collect()
        }
        Field::MapInternal(map) => {
            let pair = child(schema, 0);
            map.entries()
                .iter()
                .map(|(key, value)| {
                    let key = match field_value(key, child(pair, 0)) {
                        Value::String(text) => text,
                        other => other.to_string(),
                    };
                    (key, field_value(value, child(pair, 1)))
                })
                .collect::<Map<_, _>>()
                .into()
        }
        // Dates and decimals, as they are written.
        Field::Date(_) | Field::Decimal(_) => field.to_string().into(),
    }
}

fn object(row: &Row, schema: &Type) -> Map<String, Value> {
    let columns = row.get_column_iter().enumerate();
    columns
        .map(|(i, (name, field))| (name.clone(), field_value(field, child(schema, i))))
        .collect()
}

/// A field of a group; the type itself where it has none.
fn child(schema: &Type, i: usize) -> &Type {
    match schema.is_group() {
        true => schema.get_fields().get(i).map_or(schema, |field| field),
        false => schema,
    }
}

/// The type of a list's elements: lists have two or three levels, by who wrote them.
fn element_type(schema: &Type) -> &Type {
    let repeated = child(schema, 0);
    let has_level = repeated.is_group()
        && repeated.get_fields().len() == 1
        && repeated.name() != "array"
        && repeated.name() != format!("{}_tuple", schema.name());
    if has_level {
        child(repeated, 0)
    } else {
        repeated
    }
}

fn per_second(unit: &TimeUnit) -> i64 {
    match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    }
}

fn is_utc(logical: Option<&LogicalType>) -> bool {
    matches!(logical, Some(LogicalType::Timestamp(t)) if t.is_adjusted_to_u_t_c)
}

/// `2026-11-28 07:38:17.25`, with `+00:00` where it is a moment and not a local time.
fn timestamp(value: i64, per_second: i64, utc: bool) -> String {
    let per_day = SECONDS_PER_DAY * per_second;
    let day = i32::try_from(value.div_euclid(per_day)).unwrap_or(i32::MAX);
    let clock = clock(value.rem_euclid(per_day), per_second);
    let zone = if utc { "+00:00" } else { "" };
    format!("{} {clock}{zone}", Field::Date(day))
}

/// `07:38:17.25`.
fn clock(value: i64, per_second: i64) -> String {
    let (seconds, rest) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let text = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if rest == 0 {
        return text;
    }
    let width = per_second.ilog10() as usize;
    let fraction = format!("{rest:0width$}");
    format!("{text}.{}", fraction.trim_end_matches('0'))
}

fn uuid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
