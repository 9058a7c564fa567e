//! A value of a Parquet column as JSON, by the type that its schema gives it.

use super::{
    column_name::repeated_name,
    large_integers::parsed,
    moment::{clock, date, timestamp},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use parquet::{
    basic::{LogicalType, TimeUnit},
    record::{Field, Row},
    schema::types::Type,
};
use serde_json::{Map, Value, json};

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
        Field::Float(x) => single(*x),
        Field::Double(x) => (*x).into(),
        Field::Str(text) => match logical {
            Some(LogicalType::Json) => json_value(text),
            _ => text.clone().into(),
        },
        Field::Bytes(bytes) => match (logical, bytes.data()) {
            (Some(LogicalType::Uuid), bytes) => uuid(bytes).into(),
            (_, bytes) => bytes_value(bytes),
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
            let pairs = map.entries().iter().map(|(key, value)| {
                let key = match field_value(key, child(pair, 0)) {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                (key, field_value(value, child(pair, 1)))
            });
            map_value(pairs.collect())
        }
        Field::Date(days) => date(i64::from(*days)).into(),
        // As it is written; the reader puts a point behind whole numbers.
        Field::Decimal(_) => field.to_string().trim_end_matches('.').into(),
    }
}

/// An object of the values of a map by their keys; a list of pairs where a key is there twice.
pub(super) fn map_value(pairs: Vec<(String, Value)>) -> Value {
    match repeated_name(pairs.iter().map(|(key, _)| key.as_str())) {
        Some(_) => pairs
            .into_iter()
            .map(|(key, value)| json!([key, value]))
            .collect(),
        None => pairs.into_iter().collect::<Map<_, _>>().into(),
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

/// A number of single precision: the shortest text that is it, not the digits that doubling its length would add.
pub(super) fn single(x: f32) -> Value {
    x.to_string()
        .parse::<f64>()
        .map_or(Value::Null, Value::from)
}

/// A column of JSON: what its text says.
pub(super) fn json_value(text: &str) -> Value {
    parsed(text).unwrap_or_else(|_| text.into())
}

/// Bytes as text, in base64 where they are none.
pub(super) fn bytes_value(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => BASE64_STANDARD.encode(bytes).into(),
    }
}

pub(super) fn uuid(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::{basic::Type as PhysicalType, data_type::Decimal};

    #[test]
    fn decimals_are_written_without_a_point_at_their_end() {
        let schema = Type::primitive_type_builder("n", PhysicalType::INT32)
            .build()
            .unwrap();
        let text = |value, scale| {
            let decimal = Decimal::from_i32(value, 5, scale);
            field_value(&Field::Decimal(decimal), &schema)
        };
        assert_eq!(text(110, 0), "110");
        assert_eq!(text(0, 0), "0");
        assert_eq!(text(-5, 2), "-0.05");
    }

    #[test]
    fn a_map_with_a_key_twice_keeps_both() {
        let of = |keys: [&str; 2]| map_value(keys.map(|key| (key.to_owned(), 1.into())).into());
        assert_eq!(of(["a", "b"]), json!({"a": 1, "b": 1}));
        assert_eq!(of(["a", "a"]), json!([["a", 1], ["a", 1]]));
    }
}
