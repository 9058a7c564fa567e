//! A part of a log of Inspect, its header or a sample: what is looked at is kept, the rest is skipped as it is read. Events hold what a
//! model was sent once more for each turn, and a small archive may hold millions of values.

use crate::interop::value_limit::{OF_OBJECT, ValueLimit};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::{fmt, io::Read};

/// The fields of objects that are kept. Lists have those of their items.
#[derive(Clone, Copy)]
enum Fields {
    All,
    These(&'static [(&'static str, Fields)]),
}

const CALLED: Fields = Fields::These(&[(
    "choices",
    Fields::These(&[(
        "message",
        Fields::These(&[("id", Fields::All), ("content", Fields::All)]),
    )]),
)]);

const EVENT: Fields = Fields::These(&[
    ("event", Fields::All),
    ("config", Fields::All),
    ("input_refs", Fields::All),
    ("tools", Fields::These(&[("name", Fields::All)])),
    ("output", CALLED),
]);

const PART: Fields = Fields::These(&[
    ("version", Fields::All),
    ("eval", Fields::All),
    ("plan", Fields::All),
    ("epoch", Fields::All),
    ("target", Fields::All),
    ("input", Fields::All),
    ("messages", Fields::All),
    ("attachments", Fields::All),
    ("scores", Fields::All),
    (
        "output",
        Fields::These(&[
            ("model", Fields::All),
            ("completion", Fields::All),
            ("choices", Fields::These(&[("message", Fields::All)])),
        ]),
    ),
    ("events", EVENT),
    // Of older logs.
    ("score", Fields::All),
    (
        "transcript",
        Fields::These(&[("events", EVENT), ("content", Fields::All)]),
    ),
    (
        "results",
        Fields::These(&[("scores", Fields::These(&[("name", Fields::All)]))]),
    ),
    ("events_data", Fields::These(&[("messages", Fields::All)])),
]);

/// Read a part.
pub(super) fn read_part(reader: impl Read) -> Result<Value, serde_json::Error> {
    let limit = ValueLimit::new();
    let mut parser = serde_json::Deserializer::from_reader(reader);
    let part = Kept::of_part(&limit).deserialize(&mut parser)?;
    parser.end()?;
    Ok(part)
}

/// A value of which these fields are kept, and how many values still may be.
pub(super) struct Kept<'a> {
    fields: Fields,
    left: &'a ValueLimit,
}

impl Kept<'_> {
    /// What is looked at of a header or a sample.
    pub(super) fn of_part(left: &ValueLimit) -> Kept<'_> {
        Kept { fields: PART, left }
    }

    fn take<E: Error>(&self, values: usize) -> Result<(), E> {
        self.left.take(values).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Kept<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.take(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Kept<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let (fields, left) = (self.fields, self.left);
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Kept { fields, left })? {
            items.push(item);
        }
        Ok(items.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.take(OF_OBJECT - 1)?;
        let left = self.left;
        let mut kept = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let fields = match self.fields {
                Fields::All => Some(Fields::All),
                Fields::These(known) => known
                    .iter()
                    .find(|(own, _)| *own == name)
                    .map(|(_, of)| *of),
            };
            match fields {
                Some(fields) => {
                    let value = map.next_value_seed(Kept { fields, left })?;
                    kept.insert(name, value);
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(kept.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::value_limit::MAX_VALUES;
    use serde_json::json;

    #[test]
    fn what_is_looked_at_is_kept() {
        let message =
            json!({"id": "m", "role": "assistant", "content": [{"type": "text", "text": "a"}]});
        let text = json!({
            "epoch": 1, "target": ["x", null], "scores": {"s": {"value": -1.5, "explanation": "é"}}, "store": {"a": [1, 2]},
            "messages": [message], "output": {"model": "m", "choices": [{"message": message, "logprobs": {"content": [1]}}], "usage": {"n": 1}},
            "events": [{"event": "model", "input": [message], "config": {"seed": 4}, "output": {"choices": [{"message": message, "logprobs": {}}]}}],
        });
        let called = json!({"choices": [{"message": {"id": "m", "content": message["content"]}}]});
        assert_eq!(
            read_part(text.to_string().as_bytes()).unwrap(),
            json!({
                "epoch": 1, "target": ["x", null], "scores": {"s": {"value": -1.5, "explanation": "é"}},
                "messages": [message], "output": {"model": "m", "choices": [{"message": message}]},
                "events": [{"event": "model", "config": {"seed": 4}, "output": called}],
            })
        );
        assert!(read_part(&b"{} {}"[..]).is_err());
    }

    #[test]
    fn values_beyond_a_number_are_refused_and_skipped_ones_are_not_counted() {
        let many = vec!["1"; MAX_VALUES].join(",");
        let read = |field: &str| read_part(format!("{{\"{field}\": [{many}]}}").as_bytes());
        let error = read("messages").unwrap_err();
        assert!(error.is_data() && error.to_string().starts_with("more than 2000000 values"));
        assert_eq!(read("store").unwrap(), json!({}));
        let objects = vec!["{}"; MAX_VALUES / OF_OBJECT].join(",");
        let error = read_part(format!("{{\"messages\": [{objects}]}}").as_bytes());
        assert!(error.is_err_and(|error| error.is_data()));
    }
}
