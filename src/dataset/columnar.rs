//! Parquet, as a JSON object a row: nested columns and lists as they are, class labels of Hugging Face by their names.

use parquet::{
    file::{
        metadata::KeyValue,
        reader::{FileReader, SerializedFileReader},
    },
    record::{Field, Row},
};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, Write},
};

/// A file in columns.
pub(super) struct Columnar {
    reader: SerializedFileReader<File>,
    /// Names of the classes of a column whose values are their numbers.
    classes: HashMap<String, Vec<Value>>,
}

impl Columnar {
    /// Open a file; reads its end, where its columns are told.
    pub(super) fn open(file: File) -> io::Result<Columnar> {
        let reader = SerializedFileReader::new(file).map_err(io::Error::other)?;
        let told = reader.metadata().file_metadata().key_value_metadata();
        let classes = told
            .into_iter()
            .flatten()
            .find(|pair| pair.key == "huggingface")
            .map(classes)
            .unwrap_or_default();
        Ok(Columnar { reader, classes })
    }

    /// Write an object a line; one row is held at a time.
    pub(super) fn write_lines(&self, into: &mut impl Write) -> io::Result<()> {
        for row in self.reader.get_row_iter(None).map_err(io::Error::other)? {
            let mut object = object(&row.map_err(io::Error::other)?);
            for (column, names) in &self.classes {
                if let Some(value) = object.get_mut(column) {
                    named(value, names);
                }
            }
            serde_json::to_writer(&mut *into, &object)?;
            into.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// The columns that are class labels, by what the `datasets` library writes into the file.
fn classes(told: &KeyValue) -> HashMap<String, Vec<Value>> {
    let told: Value = told
        .value
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let features = told["info"]["features"].as_object().cloned();
    features
        .into_iter()
        .flatten()
        .filter_map(|(column, feature)| {
            // A list of labels has them one level deeper.
            let class = [&feature, &feature["feature"]]
                .into_iter()
                .find(|f| f["_type"] == "ClassLabel")?;
            Some((column, class["names"].as_array()?.clone()))
        })
        .collect()
}

/// A class by its name; a number that has none (such as −1 for none) stays.
fn named(value: &mut Value, names: &[Value]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| named(item, names)),
        Value::Number(number) => {
            let at = number.as_u64().and_then(|n| usize::try_from(n).ok());
            if let Some(name) = at.and_then(|at| names.get(at)) {
                *value = name.clone();
            }
        }
        _ => {}
    }
}

fn object(row: &Row) -> Map<String, Value> {
    row.get_column_iter()
        .map(|(name, field)| (name.clone(), value(field)))
        .collect()
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(x) => (*x).into(),
        Field::Byte(x) => (*x).into(),
        Field::Short(x) => (*x).into(),
        Field::Int(x) => (*x).into(),
        Field::Long(x) => (*x).into(),
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
        Field::Str(text) => text.clone().into(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned().into(),
        Field::Group(row) => Value::Object(object(row)),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        Field::MapInternal(map) => map
            .entries()
            .iter()
            .map(|(key, of)| (key_text(key), value(of)))
            .collect::<Map<_, _>>()
            .into(),
        // Dates, times and decimals, as they are written.
        other => other.to_string().into(),
    }
}

fn key_text(key: &Field) -> String {
    match key {
        Field::Str(text) => text.clone(),
        other => other.to_string(),
    }
}
