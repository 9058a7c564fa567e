//! The head of a record (its answer, id and cluster), read out of a line of JSON without looking at the rest.

use crate::model::RecordLimit;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::{collections::HashMap, fmt};

/// Which columns mean what, how a table is split into fields, and how long a record may be.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Column with the expected answer.
    pub answer: Option<String>,
    /// Column with the id.
    pub id: Option<String>,
    /// Column that groups rows.
    pub cluster: Option<String>,
    /// What separates the fields of a table; found by its first records where `None`.
    pub delimiter: Option<u8>,
    /// Most bytes of one record.
    pub max_record: RecordLimit,
}

/// Names of columns, found fast where records follow one order.
#[derive(Default)]
pub(super) struct Names {
    pub(super) all: Vec<String>,
    known: HashMap<String, usize>,
}

impl Names {
    /// The number of a column; `guess` is where it most likely stands.
    pub(super) fn index_of(&mut self, name: &str, guess: usize) -> usize {
        if self.all.get(guess).is_some_and(|n| n == name) {
            return guess;
        }
        if let Some(&at) = self.known.get(name) {
            return at;
        }
        self.known.insert(name.to_owned(), self.all.len());
        self.all.push(name.to_owned());
        self.all.len() - 1
    }
}

/// The head of one record.
#[derive(Default)]
pub(super) struct Head {
    pub(super) answer: Option<Value>,
    pub(super) id: Option<Value>,
    pub(super) cluster: Option<Value>,
}

/// Reads the head out of a record, and looks at nothing else of it.
pub(super) struct HeadSeed<'a> {
    pub(super) names: &'a mut Names,
    pub(super) wanted: &'a ReadOptions,
    pub(super) head: &'a mut Head,
}

impl<'de> DeserializeSeed<'de> for HeadSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeadSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut place = 0;
        loop {
            let names = &mut *self.names;
            let Some(at) = map.next_key_seed(KeySeed { names, place })? else {
                return Ok(());
            };
            place = at + 1;
            let name = self.names.all.get(at);
            let is = |column: &Option<String>| column.is_some() && column.as_ref() == name;
            let (answer, id, cluster) = (
                is(&self.wanted.answer),
                is(&self.wanted.id),
                is(&self.wanted.cluster),
            );
            if !(answer || id || cluster) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value: Value = map.next_value()?;
            for (wanted, into) in [
                (answer, &mut self.head.answer),
                (id, &mut self.head.id),
                (cluster, &mut self.head.cluster),
            ] {
                if wanted {
                    *into = Some(value.clone());
                }
            }
        }
    }
}

/// Reads a column's name as its number.
struct KeySeed<'a> {
    names: &'a mut Names,
    place: usize,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<usize, E> {
        Ok(self.names.index_of(name, self.place))
    }
}
