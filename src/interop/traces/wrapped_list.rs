//! The list in an object that holds records, an export of a platform: it is kept until it is large, and then its items are given out one by
//! one. A smaller one may be a part of a record, which keys behind it tell.

use crate::interop::value_limit::{CountedValue, ValueLimit, visit_scalars};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Most bytes of texts that are kept; and half of the values that a record may have.
const MOST_BYTES: usize = 64 << 20;

/// Reads the list; `None` where its items were given out.
pub(super) struct WrappedList<'a> {
    pub(super) limit: &'a ValueLimit,
    pub(super) given: &'a mut dyn FnMut(&Value),
}

impl WrappedList<'_> {
    fn scalar<E: Error>(self, value: Value) -> Result<Option<Value>, E> {
        CountedValue(self.limit).scalar(value).map(Some)
    }
}

impl<'de> DeserializeSeed<'de> for WrappedList<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.limit.take(1).map_err(D::Error::custom)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for WrappedList<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    visit_scalars!(scalar);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        CountedValue(self.limit).visit_map(map).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (limit, given) = (self.limit, self.given);
        let left = limit.left();
        let (mut kept, mut bytes) = (Vec::new(), 0);
        while let Some(item) = list.next_element_seed(CountedValue(limit))? {
            bytes += text_bytes(&item);
            kept.push(item);
            if limit.left() < left / 2 || bytes > MOST_BYTES {
                kept.drain(..).for_each(|item| given(&item));
                limit.reset(left);
                // From here on each is large enough.
                while let Some(item) = list.next_element_seed(CountedValue(limit))? {
                    given(&item);
                    limit.reset(left);
                }
                return Ok(None);
            }
        }
        Ok(Some(kept.into()))
    }
}

fn text_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(text_bytes).sum(),
        Value::Object(map) => map.values().map(text_bytes).sum(),
        _ => 0,
    }
}
