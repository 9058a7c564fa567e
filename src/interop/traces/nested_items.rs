//! The records that stand in lists of a frame: spans of a request of OpenTelemetry, samples of a log of Inspect.

use super::log_part::Kept;
use crate::interop::value_limit::{CountedValue, ValueLimit, visit_scalars};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// Gives out the items of a list, or of the lists that stand in its items under these names.
pub(super) struct Items<'a> {
    pub(super) below: &'a [&'a [&'a str]],
    pub(super) limit: &'a ValueLimit,
    /// Only what is looked at of a sample is kept.
    pub(super) is_part: bool,
    pub(super) given: &'a mut dyn FnMut(Value),
}

impl Items<'_> {
    fn nothing<E>(self, _: Value) -> Result<(), E> {
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    visit_scalars!(nothing);

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let limit = self.limit;
        loop {
            let item = match self.below.split_first() {
                None if self.is_part => list.next_element_seed(Kept::of_part(limit))?,
                None => list.next_element_seed(CountedValue(limit))?,
                Some((names, below)) => {
                    let inner = Items {
                        below,
                        given: &mut *self.given,
                        ..self
                    };
                    match list.next_element_seed(Fields { names, inner })? {
                        Some(()) => continue,
                        None => None,
                    }
                }
            };
            match item {
                Some(item) => (self.given)(item),
                None => return Ok(()),
            }
        }
    }

    /// An object in the place of a list has no records.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// The lists of an object that stand under these names.
struct Fields<'a> {
    names: &'a [&'a str],
    inner: Items<'a>,
}

impl Fields<'_> {
    fn nothing<E>(self, _: Value) -> Result<(), E> {
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    visit_scalars!(nothing);

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.inner;
        while let Some(name) = map.next_key::<String>()? {
            match self.names.contains(&&*name) {
                true => map.next_value_seed(Items {
                    given: &mut *inner.given,
                    ..inner
                })?,
                false => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}
