//! Readers of JSON fields that accept any value: one of an unexpected form is read as missing, never as an error.
//!
//! For `#[serde(deserialize_with)]`. An expected value is read without a detour.

use serde::de::{
    Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
    value::{MapAccessDeserializer, SeqAccessDeserializer},
};
use serde_json::Value;
use std::{fmt, marker::PhantomData};

/// More tokens than any answer has: such a count is wrong.
const MAX_TOKENS: f64 = 1e9;

/// An object, else nothing.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

/// The objects of a list, or a single object in its place.
pub(super) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_any(ObjectsVisitor(PhantomData))
}

/// A text; numbers, lists and objects as [`plain_text`] reads them.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_any(TextVisitor)
}

/// A number of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Count {
    pub(super) tokens: u32,
    /// Whether it was rounded.
    pub(super) rounded: bool,
}

/// A field that may be a [`Count`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MaybeCount(pub(super) Option<Count>);

impl Count {
    fn new(number: f64) -> Option<Count> {
        (0.0..MAX_TOKENS).contains(&number).then(|| Count {
            tokens: number.round() as u32,
            rounded: number.fract() != 0.0,
        })
    }
}

impl<'de> Deserialize<'de> for MaybeCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<MaybeCount, D::Error> {
        deserializer.deserialize_any(CountVisitor).map(MaybeCount)
    }
}

/// The text of a content in any form: the texts of a list's parts, the text of an object, else the value as JSON.
pub(super) fn plain_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain_text).collect(),
        Value::Object(map) => ["text", "content", "value", "parts", "summary"]
            .iter()
            .find_map(|key| map.get(*key))
            .map_or_else(|| value.to_string(), plain_text),
        other => other.to_string(),
    }
}

/// Implements the visits of a [`Visitor`] that are read as missing.
macro_rules! missing {
    ($value:expr; $($visit:ident),*) => { $(missing!(@ $value, $visit);)* };
    (@ $value:expr, bool) => { fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> { Ok($value) } };
    (@ $value:expr, i64) => { fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> { Ok($value) } };
    (@ $value:expr, u64) => { fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> { Ok($value) } };
    (@ $value:expr, f64) => { fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> { Ok($value) } };
    (@ $value:expr, str) => { fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> { Ok($value) } };
    (@ $value:expr, unit) => { fn visit_unit<E: Error>(self) -> Result<Self::Value, E> { Ok($value) } };
    (@ $value:expr, seq) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok($value)
        }
    };
    (@ $value:expr, map) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($value)
        }
    };
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    missing!(None; bool, i64, u64, f64, str, unit);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }

    /// The first object of a list.
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let all = ObjectsVisitor(PhantomData).visit_seq(seq)?;
        Ok(all.into_iter().next())
    }
}

struct ObjectsVisitor<T>(PhantomData<T>);

/// An item of a list that may be an object.
struct Item<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Item<T>, D::Error> {
        object(deserializer).map(Item)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectsVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    missing!(Vec::new(); bool, i64, u64, f64, str, unit);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(vec![T::deserialize(MapAccessDeserializer::new(map))?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Item(item)) = seq.next_element()? {
            all.extend(item);
        }
        Ok(all)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    missing!(None; unit);

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let value = Value::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Some(plain_text(&value)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let value = Value::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Some(plain_text(&value)))
    }
}

struct CountVisitor;

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Option<Count>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of tokens")
    }

    missing!(None; bool, i64, unit, seq, map);

    fn visit_u64<E: Error>(self, tokens: u64) -> Result<Self::Value, E> {
        Ok(Count::new(tokens as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Count::new(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(text.trim().parse().ok().and_then(Count::new))
    }
}
