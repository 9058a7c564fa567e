//! What the columns of a dataset are for, by their names and by what is in them.

use super::experiment::AnswerScoring;
use crate::dataset::{Dataset, DatasetError};
use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Names under which expected answers usually stand, the likeliest first.
const ANSWERS: [&str; 12] = [
    "label",
    "answer",
    "expected",
    "target",
    "gold",
    "category",
    "class",
    "sentiment",
    "output",
    "completion",
    "标签",
    "答案",
];

/// More different answers than these are no labels.
const MOST_LABELS: usize = 24;

/// A longer answer is no label, in characters.
const LONGEST_LABEL: usize = 40;

/// Answers that are longer on average are texts of their own, in characters.
const LONG_TEXT: usize = 60;

/// More columns than these are not put into a first template.
const MOST_INPUTS: usize = 6;

/// The columns of a dataset, looked at once.
#[derive(Debug, Clone, Default)]
pub struct DatasetColumns {
    columns: Vec<Column>,
    rows: usize,
}

#[derive(Debug, Clone, Default)]
struct Column {
    name: String,
    /// Values that are not null.
    values: usize,
    characters: usize,
    numbers: usize,
    objects: usize,
    /// Keys of the objects.
    fields: IndexSet<String>,
    /// Different values, as far as they may be labels.
    distinct: IndexMap<String, usize>,
    /// The values of a column called `id`, as long as they differ.
    ids: Option<HashSet<String>>,
}

impl Column {
    fn new(name: &str) -> Column {
        Column {
            name: name.to_owned(),
            ids: (name.to_lowercase() == "id").then(HashSet::new),
            ..Column::default()
        }
    }

    fn take(&mut self, value: &Value) {
        self.values += 1;
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        self.characters += text.chars().count();
        self.numbers += usize::from(text.parse::<f64>().is_ok());
        if text.starts_with('{')
            && let Ok(object) = serde_json::from_str::<Map<String, Value>>(&text)
        {
            self.objects += 1;
            // A dot in a path leads inwards.
            let keys = object.into_iter().map(|(key, _)| key);
            self.fields.extend(keys.filter(|key| !key.contains('.')));
        }
        if self
            .ids
            .as_mut()
            .is_some_and(|ids| !ids.insert(value.to_string()))
        {
            self.ids = None;
        }
        if self.distinct.len() <= MOST_LABELS {
            *self.distinct.entry(text).or_default() += 1;
        }
    }

    /// How answers are scored, if these are the expected ones.
    fn scoring(&self) -> AnswerScoring {
        let n = self.values;
        let short = |text: &String| text.chars().count() <= LONGEST_LABEL;
        let repeated = self.distinct.len() <= MOST_LABELS && 2 * self.distinct.len() <= n;
        if n > 0 && self.objects == n && !self.fields.is_empty() {
            AnswerScoring::Json(self.fields.iter().cloned().collect())
        } else if n > 0 && self.numbers == n {
            AnswerScoring::Number
        } else if repeated && self.distinct.len() > 1 && self.distinct.keys().all(short) {
            let mut labels: Vec<String> = self.distinct.keys().cloned().collect();
            labels.sort();
            AnswerScoring::Label(labels)
        } else if self.characters > LONG_TEXT * n {
            AnswerScoring::LongText
        } else {
            AnswerScoring::Text
        }
    }
}

impl DatasetColumns {
    /// Read every row once.
    pub fn read(dataset: &Dataset) -> Result<DatasetColumns, DatasetError> {
        let names = dataset.columns().iter();
        let mut columns: Vec<Column> = names.map(|name| Column::new(name)).collect();
        for row in dataset.rows() {
            let row = row?;
            for column in &mut columns {
                match row
                    .fields
                    .get(&column.name)
                    .filter(|value| !value.is_null())
                {
                    Some(value) => column.take(value),
                    None => column.ids = None,
                }
            }
        }
        Ok(DatasetColumns {
            columns,
            rows: dataset.len(),
        })
    }

    /// Rows of the dataset.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Names of the columns, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The column with the expected answers: by its name, else the only one whose values look like labels.
    pub fn answer(&self) -> Option<&str> {
        let named = |name: &&str| self.names().find(|c| c.to_lowercase() == **name);
        let is_label = |column: &&Column| matches!(column.scoring(), AnswerScoring::Label(_));
        ANSWERS.iter().find_map(named).or_else(|| {
            let mut labels = self.columns.iter().filter(is_label);
            let first = labels.next()?;
            labels.next().is_none().then_some(first.name.as_str())
        })
    }

    /// The column that tells rows apart: called `id`, with another value in every row.
    pub fn id(&self) -> Option<&str> {
        let column = self.columns.iter().find(|column| column.ids.is_some())?;
        Some(&column.name)
    }

    /// The columns that a first template shows.
    pub fn inputs(&self, answer: Option<&str>) -> Vec<String> {
        let others = self
            .names()
            .filter(|c| Some(*c) != answer && Some(*c) != self.id());
        others.take(MOST_INPUTS).map(str::to_owned).collect()
    }

    /// How answers are scored, by the expected ones in a column.
    pub fn scoring(&self, answer: &str) -> AnswerScoring {
        let column = self.columns.iter().find(|column| column.name == answer);
        column.map_or(AnswerScoring::Text, Column::scoring)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Row;
    use serde_json::json;

    fn dataset(rows: &[Value]) -> Dataset {
        let row = |(index, fields): (usize, &Value)| Row {
            index,
            id: format!("r{index}"),
            fields: fields.as_object().unwrap().clone(),
            ..Row::default()
        };
        Dataset::from_rows(rows.iter().enumerate().map(row).collect())
    }

    #[test]
    fn answers_show_how_they_are_scored() {
        let scoring = |answers: &[Value]| {
            let rows: Vec<Value> = answers
                .iter()
                .map(|a| json!({"text": "x", "answer": a}))
                .collect();
            DatasetColumns::read(&dataset(&rows))
                .unwrap()
                .scoring("answer")
        };
        let labels = AnswerScoring::Label(vec!["no".into(), "yes".into()]);
        let yes_or_no = ["yes", "no", "yes", "no"].map(|a| json!(a));
        assert_eq!(scoring(&yes_or_no), labels);
        assert_eq!(
            scoring(&[json!(1), json!("2.5"), json!(1), json!(1)]),
            AnswerScoring::Number
        );
        let fields = AnswerScoring::Json(vec!["a".into(), "b".into()]);
        assert_eq!(
            scoring(&[json!({"a": 1, "x.y": 2}), json!(r#"{"b": 1}"#)]),
            fields
        );
        assert_eq!(
            scoring(&[json!("Rome"), json!("Oslo"), Value::Null]),
            AnswerScoring::Text
        );
        assert_eq!(
            scoring(&[json!("word ".repeat(30))]),
            AnswerScoring::LongText
        );
        assert_eq!(scoring(&[]), AnswerScoring::Text);
    }

    #[test]
    fn columns_show_what_they_are_for() {
        let rows: Vec<Value> = (0..6)
            .map(|i| json!({"ID": i, "the mail": format!("m{i}"), "team": if i % 2 == 0 { "a" } else { "b" }}))
            .collect();
        let dataset = dataset(&rows);
        let columns = DatasetColumns::read(&dataset).unwrap();
        assert_eq!((columns.answer(), columns.id()), (Some("team"), Some("ID")));
        assert_eq!(columns.inputs(Some("team")), ["the mail"]);
    }
}
