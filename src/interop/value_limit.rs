//! How many values a text of JSON may hold that is kept as a tree: each takes about a hundred bytes, however few it has in the text.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::{cell::Cell, fmt};

/// Most values that are kept of one record: an object takes as much as four others.
pub(super) const MAX_VALUES: usize = 2_000_000;
pub(super) const OF_OBJECT: usize = 4;

/// Bytes of files for which one value more may be kept, where all records are kept until the end: files of samples have about 50 per value.
const BYTES_OF_VALUE: usize = 20;

/// How many values still may be kept.
#[derive(Debug)]
pub(super) struct ValueLimit {
    left: Cell<usize>,
    most: Cell<usize>,
}

impl ValueLimit {
    /// The limit of a record, or of all records together.
    pub(super) fn new() -> ValueLimit {
        ValueLimit::of(MAX_VALUES)
    }

    /// The same with another number.
    pub(super) fn of(most: usize) -> ValueLimit {
        ValueLimit {
            left: Cell::new(most),
            most: Cell::new(most),
        }
    }

    /// A file of so many bytes is read, and what is in it is kept until the end.
    pub(super) fn add_file(&self, bytes: usize) {
        let more = bytes / BYTES_OF_VALUE;
        self.left.set(self.left.get() + more);
        self.most.set(self.most.get() + more);
    }

    /// How many there may still be.
    pub(super) fn left(&self) -> usize {
        self.left.get()
    }

    /// So many are free again, since what was kept is not any more.
    pub(super) fn reset(&self, left: usize) {
        self.left.set(left.min(self.most.get()));
    }

    /// Another record begins.
    pub(super) fn refill(&self) {
        self.left.set(self.most.get());
    }

    /// So many values more are kept. The error says how many may be, to be put behind what has them.
    pub(super) fn take(&self, values: usize) -> Result<(), String> {
        let left = self.left.get().checked_sub(values);
        let left = left.ok_or_else(|| {
            let most = self.most.get();
            format!("more than {most} values, of which an object counts as {OF_OBJECT}")
        })?;
        self.left.set(left);
        Ok(())
    }

    /// The same for what is in a text that may be read as JSON.
    pub(super) fn take_text(&self, text: &str) -> Result<(), String> {
        self.take(values_in_text(text))
    }

    /// Read a value, and nothing behind it.
    pub(super) fn read_str(&self, text: &str) -> Result<Value, serde_json::Error> {
        self.read_slice(text.as_bytes())
    }

    pub(super) fn read_slice(&self, text: &[u8]) -> Result<Value, serde_json::Error> {
        let mut parser = serde_json::Deserializer::from_slice(text);
        let value = CountedValue(self).deserialize(&mut parser)?;
        parser.end()?;
        Ok(value)
    }
}

/// Whether an error of a reader here is that of its limit: as it takes values of any kind, no other is about the data.
pub(super) fn is_over_limit(error: &serde_json::Error) -> bool {
    error.is_data()
}

/// Methods of a visitor for values that are neither lists nor objects: each is given to one method as a [`Value`].
macro_rules! visit_scalars {
    ($then:ident) => {
        visit_scalars! { $then:
            visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str), visit_string(String)
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            self.$then(serde_json::Value::Null)
        }
    };
    ($then:ident: $($visit:ident($type:ty)),*) => {
        $(fn $visit<E: serde::de::Error>(self, value: $type) -> Result<Self::Value, E> {
            self.$then(serde_json::Value::from(value))
        })*
    };
}
pub(super) use visit_scalars;

/// Reads a value that counts.
#[derive(Clone, Copy)]
pub(super) struct CountedValue<'a>(pub(super) &'a ValueLimit);

impl CountedValue<'_> {
    pub(super) fn scalar<E: Error>(self, value: Value) -> Result<Value, E> {
        if let Value::String(text) = &value {
            self.0.take_text(text).map_err(E::custom)?;
        }
        Ok(value)
    }
}

impl<'de> DeserializeSeed<'de> for CountedValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.take(1).map_err(D::Error::custom)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CountedValue<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    visit_scalars!(scalar);

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self)? {
            items.push(item);
        }
        // Lists of one item would take the room of four.
        items.shrink_to_fit();
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.0.take(OF_OBJECT - 1).map_err(A::Error::custom)?;
        let mut kept = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(self)?;
            kept.insert(name, value);
        }
        Ok(kept.into())
    }
}

/// A value with a limit of its own, as a field.
#[derive(Debug)]
pub(super) struct LimitedValue(pub(super) Value);

impl<'de> Deserialize<'de> for LimitedValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LimitedValue, D::Error> {
        let limit = ValueLimit::new();
        CountedValue(&limit)
            .deserialize(deserializer)
            .map(LimitedValue)
    }
}

/// How many values there would be if a text that looks like JSON were read: fields of texts hold messages.
fn values_in_text(text: &str) -> usize {
    let mut rest = text.trim_ascii_start().as_bytes();
    if !rest.starts_with(b"[") && !rest.starts_with(b"{") {
        return 0;
    }
    let mut values = 0;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'"' => rest = behind_text(behind),
            b',' | b'[' => values += 1,
            b'{' => values += OF_OBJECT,
            _ => {}
        }
    }
    values
}

/// What comes after the quote that ends a text.
fn behind_text(mut rest: &[u8]) -> &[u8] {
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        if rest[at] == b'"' {
            return &rest[at + 1..];
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_counted_and_refused_beyond_a_number() {
        let count = |text: &str| {
            let limit = ValueLimit::new();
            limit.read_str(text).unwrap();
            MAX_VALUES - limit.left()
        };
        for (text, values) in [
            ("null", 1),
            ("[1, -2, 2.5, true, \"[1,2]\"]", 6 + 2),
            ("{\"a\": {}, \"b\": \"x,y\"}", 4 + 4 + 1),
            ("\"prose, of, words\"", 1),
            (r#""{\"a\": \"x, \\\"y, \", \"b\": [1]} , \"""#, 1 + 4 + 3),
        ] {
            assert_eq!(count(text), values, "{text}");
        }
        let limit = ValueLimit::of(7);
        assert_eq!(limit.read_str("[{\"a\": 1}]").unwrap(), json!([{"a": 1}]));
        let error = limit.read_str("[2]").unwrap_err();
        assert!(error.is_data() && error.to_string().starts_with("more than 7 values"));
        limit.add_file(BYTES_OF_VALUE);
        assert!(limit.read_str("2").is_ok());
        limit.refill();
        assert!(limit.read_str("[2] 3").unwrap_err().is_syntax());
    }
}
