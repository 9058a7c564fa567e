//! What writers say about columns beside their stored types: the `datasets` library of Hugging Face the names of classes, at any
//! depth; and all that write from Arrow its schema, which knows durations, that Parquet stores as plain numbers.

use super::moment;
use arrow_schema::{DataType, Field, TimeUnit};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

/// The features of a file, by column; only those that change how a value reads.
#[derive(Debug, Default)]
pub(super) struct HubFeatures(Vec<(String, HubFeature)>);

#[derive(Debug)]
enum HubFeature {
    /// A number of a class, and the classes' names.
    ClassLabel(Vec<Value>),
    /// A number of units, and how many there are in a second.
    Duration(i64),
    Struct(Vec<(String, HubFeature)>),
    List(Box<HubFeature>),
}

impl HubFeatures {
    /// The key that they have in the metadata of a file.
    pub(super) const KEY: &str = "huggingface";

    /// The key that the schema of Arrow has there.
    pub(super) const ARROW_KEY: &str = "ARROW:schema";

    /// The same with the durations of columns that are not known, from the text under [`HubFeatures::ARROW_KEY`].
    pub(super) fn with_durations(mut self, schema: &str) -> HubFeatures {
        let bytes = BASE64_STANDARD.decode(schema).unwrap_or_default();
        if let Ok(schema) = arrow_ipc::convert::try_schema_from_ipc_buffer(&bytes) {
            let found = schema.fields().iter();
            let found = found.filter_map(|field| Some((field.name().clone(), duration(field)?)));
            for (name, feature) in found {
                if self.0.iter().all(|(known, _)| *known != name) {
                    self.0.push((name, feature));
                }
            }
        }
        self
    }

    /// Read them from the text under [`HubFeatures::KEY`].
    pub(super) fn from_metadata(text: &str) -> HubFeatures {
        let json: Value = serde_json::from_str(text).unwrap_or_default();
        HubFeatures(fields(&json["info"]["features"]))
    }

    /// The names of the classes of a column.
    pub(super) fn class_names(self, column: &str) -> Option<Vec<Value>> {
        match self.0.into_iter().find(|(name, _)| name == column)?.1 {
            HubFeature::ClassLabel(names) => Some(names),
            _ => None,
        }
    }

    /// Write the values of a row as the features say.
    pub(super) fn apply(&self, row: &mut Map<String, Value>) {
        apply_fields(&self.0, row);
    }
}

/// The durations in a column of Arrow.
fn duration(field: &Field) -> Option<HubFeature> {
    match field.data_type() {
        DataType::Duration(unit) => Some(HubFeature::Duration(match unit {
            TimeUnit::Second => 1,
            TimeUnit::Millisecond => 1_000,
            TimeUnit::Microsecond => 1_000_000,
            TimeUnit::Nanosecond => 1_000_000_000,
        })),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            Some(HubFeature::List(Box::new(duration(item)?)))
        }
        DataType::Struct(fields) => {
            let fields = fields.iter();
            let found: Vec<_> = fields
                .filter_map(|field| Some((field.name().clone(), duration(field)?)))
                .collect();
            (!found.is_empty()).then_some(HubFeature::Struct(found))
        }
        _ => None,
    }
}

fn fields(json: &Value) -> Vec<(String, HubFeature)> {
    let fields = json.as_object().into_iter().flatten();
    fields
        .filter_map(|(name, json)| Some((name.clone(), feature(json)?)))
        .collect()
}

fn feature(json: &Value) -> Option<HubFeature> {
    let list = |item| Some(HubFeature::List(Box::new(feature(item)?)));
    match json {
        // A list as it was once written.
        Value::Array(items) => list(items.first()?),
        _ => match json["_type"].as_str() {
            Some("ClassLabel") => Some(HubFeature::ClassLabel(json["names"].as_array()?.clone())),
            Some("Value") => {
                let unit = json["dtype"].as_str()?.strip_prefix("duration[")?;
                Some(HubFeature::Duration(match unit.strip_suffix(']')? {
                    "s" => 1,
                    "ms" => 1_000,
                    "us" => 1_000_000,
                    "ns" => 1_000_000_000,
                    _ => return None,
                }))
            }
            Some(_) => list(json.get("feature")?),
            None => {
                let fields = fields(json);
                (!fields.is_empty()).then_some(HubFeature::Struct(fields))
            }
        },
    }
}

fn apply_fields(fields: &[(String, HubFeature)], object: &mut Map<String, Value>) {
    for (name, feature) in fields {
        if let Some(value) = object.get_mut(name) {
            apply(feature, value);
        }
    }
}

fn apply(feature: &HubFeature, value: &mut Value) {
    match (feature, value) {
        // A number that has no name (such as −1 for none) stays.
        (HubFeature::ClassLabel(names), value @ Value::Number(_)) => {
            let class = value.as_u64().and_then(|n| usize::try_from(n).ok());
            if let Some(name) = class.and_then(|class| names.get(class)) {
                *value = name.clone();
            }
        }
        (HubFeature::Duration(per_second), value @ Value::Number(_)) => {
            if let Some(n) = value.as_i64() {
                *value = moment::duration(n, *per_second).into();
            }
        }
        (HubFeature::Struct(fields), Value::Object(object)) => apply_fields(fields, object),
        (HubFeature::List(item), Value::Object(object)) => {
            // A list of structs that is stored as a struct of lists.
            if let HubFeature::Struct(fields) = &**item {
                apply_fields(fields, object);
            }
        }
        (HubFeature::List(item), Value::Array(items)) => {
            items.iter_mut().for_each(|value| apply(item, value));
        }
        (feature, Value::Array(items)) => items.iter_mut().for_each(|value| apply(feature, value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn classes_have_their_names_at_any_depth() {
        let class = json!({"_type": "ClassLabel", "names": ["no", "yes"]});
        let metadata = json!({"info": {"features": {
            "label": class,
            "list": {"_type": "List", "feature": class},
            "meta": {"inner": {"class": class, "n": {"_type": "Value", "dtype": "int8"}}},
            "spans": {"_type": "List", "feature": {"class": class}},
            "old": {"_type": "Sequence", "feature": {"class": class}},
            "older": [{"class": class}],
            "wait": {"_type": "Value", "dtype": "duration[ms]"},
            "n": {"_type": "Value", "dtype": "int8"},
        }}});
        let mut row = json!({
            "label": 1, "list": [0, -1, null], "meta": {"inner": {"class": 0, "n": 1}}, "spans": [{"class": 1}],
            "old": {"class": [1, 0]}, "older": [{"class": 1}], "wait": 1500, "n": 1,
        });
        HubFeatures::from_metadata(&metadata.to_string()).apply(row.as_object_mut().unwrap());
        assert_eq!(
            row,
            json!({
                "label": "yes", "list": ["no", -1, null], "meta": {"inner": {"class": "no", "n": 1}},
                "spans": [{"class": "yes"}], "old": {"class": ["yes", "no"]}, "older": [{"class": "yes"}],
                "wait": "00:00:01.5", "n": 1,
            })
        );
    }
}
