//! An experiment for a dataset: what its columns are for, how answers are scored, and the files that say so.

use crate::{
    dataset::{Dataset, DatasetError},
    interop::{key, slug, toml},
    model::ModelRef,
};
use indexmap::IndexMap;
use serde_json::{Value, json};

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

/// More columns than these are not put into a first template.
const MOST_INPUTS: usize = 6;

/// How answers are scored at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scoring {
    Label(Vec<String>),
    Number,
    /// By fields of an object.
    Json(Vec<String>),
    /// The same text, but for case, space and quotes.
    Text,
    /// By common words: texts are long.
    LongText,
}

/// An experiment that is to be written.
#[derive(Debug)]
pub(super) struct Scaffold {
    pub(super) name: String,
    /// As the project file writes it.
    pub(super) dataset: String,
    pub(super) answer: String,
    pub(super) id: Option<String>,
    /// Columns that the model sees.
    pub(super) inputs: Vec<String>,
    pub(super) scoring: Scoring,
    pub(super) model: ModelRef,
}

/// The column with the expected answers: by its name, else the only one whose values look like labels.
pub(super) fn likely_answer(dataset: &Dataset) -> Result<Option<String>, DatasetError> {
    let columns = dataset.columns();
    let named = |name: &&str| columns.iter().find(|c| c.to_lowercase() == **name);
    if let Some(likely) = ANSWERS.iter().find_map(named) {
        return Ok(Some(likely.clone()));
    }
    let mut labels = Vec::new();
    for column in columns {
        if let Scoring::Label(_) = likely_scoring(dataset, column)? {
            labels.push(column);
        }
    }
    Ok(match labels.as_slice() {
        [only] => Some((*only).clone()),
        _ => None,
    })
}

/// The column that tells rows apart: called `id`, with another value in every row.
pub(super) fn likely_id(dataset: &Dataset) -> Result<Option<String>, DatasetError> {
    let Some(name) = dataset.columns().iter().find(|c| c.to_lowercase() == "id") else {
        return Ok(None);
    };
    let mut values = std::collections::HashSet::new();
    for row in dataset.rows() {
        let row = row?;
        if !row
            .fields
            .get(name)
            .is_some_and(|id| values.insert(id.to_string()))
        {
            return Ok(None);
        }
    }
    Ok(Some(name.clone()))
}

/// The columns that a first template shows.
pub(super) fn likely_inputs(columns: &[String], answer: &str, id: Option<&str>) -> Vec<String> {
    let others = columns
        .iter()
        .filter(|c| *c != answer && Some(c.as_str()) != id);
    others.take(MOST_INPUTS).cloned().collect()
}

/// How answers are scored, by the expected ones.
pub(super) fn likely_scoring(dataset: &Dataset, answer: &str) -> Result<Scoring, DatasetError> {
    let mut distinct: IndexMap<String, usize> = IndexMap::new();
    let mut fields: IndexMap<String, ()> = IndexMap::new();
    let (mut numbers, mut objects, mut all, mut characters) = (0, 0, 0, 0);
    for row in dataset.rows() {
        let row = row?;
        let Some(expected) = row.fields.get(answer).filter(|v| !v.is_null()) else {
            continue;
        };
        all += 1;
        let text = match expected {
            Value::String(text) => text.trim().to_owned(),
            other => other.to_string(),
        };
        let object = match expected {
            Value::Object(object) => Some(object.clone()),
            Value::String(text) => serde_json::from_str::<serde_json::Map<_, _>>(text).ok(),
            _ => None,
        };
        numbers += usize::from(text.parse::<f64>().is_ok());
        if let Some(object) = object {
            objects += 1;
            // A dot in a path leads inwards.
            let keys = object.into_iter().map(|(key, _)| key);
            fields.extend(keys.filter(|key| !key.contains('.')).map(|key| (key, ())));
        }
        characters += text.chars().count();
        if distinct.len() <= MOST_LABELS {
            *distinct.entry(text).or_default() += 1;
        }
    }
    let repeated = distinct.len() <= MOST_LABELS && 2 * distinct.len() <= all;
    let short = distinct
        .keys()
        .all(|text| text.chars().count() <= LONGEST_LABEL);
    Ok(if all > 0 && objects == all && !fields.is_empty() {
        Scoring::Json(fields.into_keys().collect())
    } else if all > 0 && numbers == all {
        Scoring::Number
    } else if repeated && short && distinct.len() > 1 {
        let mut labels: Vec<String> = distinct.into_keys().collect();
        labels.sort();
        Scoring::Label(labels)
    } else if characters > 60 * all {
        Scoring::LongText
    } else {
        Scoring::Text
    })
}

impl Scoring {
    /// For people.
    pub(super) fn describe(&self) -> String {
        match self {
            Scoring::Label(labels) => format!("label, one of {}", labels.join(", ")),
            Scoring::Number => "number".into(),
            Scoring::Json(fields) => format!("json, fields {}", fields.join(", ")),
            Scoring::Text => "normalized: the same text but for case, space and quotes".into(),
            Scoring::LongText => "f1: words in common".into(),
        }
    }

    fn toml(&self) -> String {
        match self {
            Scoring::Label(labels) => {
                format!("kind = \"label\"\nlabels = {}\n", toml(&json!(labels)))
            }
            Scoring::Number => "kind = \"number\"\n".into(),
            Scoring::Json(fields) => {
                format!("kind = \"json\"\nfields = {}\n", toml(&json!(fields)))
            }
            Scoring::Text => "kind = \"normalized\"\n".into(),
            Scoring::LongText => "kind = \"f1\"\n".into(),
        }
    }

    /// Two ways to ask for the answer, short name and text.
    fn instructions(&self, answer: &str) -> [(&'static str, String); 2] {
        match self {
            Scoring::Label(labels) => {
                let or = or_list(labels);
                [
                    ("short", format!("Answer with one of: {}.", labels.join(", "))),
                    ("long", format!("Read the text and decide which {answer} fits: {or}. Answer with the {answer} only.")),
                ]
            }
            Scoring::Number => [
                ("short", "Answer with a number only.".into()),
                ("steps", "Work it out step by step, then write the result on the last line, as a number.".into()),
            ],
            Scoring::Json(fields) => [
                ("short", format!("Answer with a JSON object with the keys {}.", fields.join(", "))),
                ("long", format!("Extract {} from the text. Answer with a JSON object with these keys and nothing else.", fields.join(", "))),
            ],
            Scoring::Text | Scoring::LongText => [
                ("short", format!("Give the {answer}.")),
                ("long", format!("Read the text carefully and give the {answer}. Write nothing else.")),
            ],
        }
    }
}

fn or_list(labels: &[String]) -> String {
    match labels {
        [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        _ => labels.join(", "),
    }
}

impl Scaffold {
    /// Where its template goes, from the project's folder.
    pub(super) fn template_path(&self) -> String {
        let folder = match slug(&self.name) {
            name if name.is_empty() => "first".to_owned(),
            name => name,
        };
        format!("templates/{folder}/first.j2")
    }

    /// The template: an instruction, which is an axis, and the columns.
    pub(super) fn template(&self) -> String {
        let mut text = String::from(
            "+++\ndescription = \"an instruction, then the row\"\n+++\n{{ role(\"system\") }}{{ instruction }}\n{{ role(\"user\") }}",
        );
        let shown = |column: &String| match is_identifier(column) {
            true => format!("row.{column}"),
            false => format!("row[{}]", Value::from(column.as_str())),
        };
        match self.inputs.as_slice() {
            [only] => text += &format!("{{{{ {} }}}}\n", shown(only)),
            several => {
                for column in several {
                    let title = Value::from(column.as_str());
                    text += &format!("{{{{ field({title}, {}) }}}}\n", shown(column));
                }
            }
        }
        text
    }

    /// The tables of the experiment, to be added to a project file.
    pub(super) fn toml(&self) -> String {
        let key = key(&self.name);
        let instructions = self.scoring.instructions(&self.answer);
        let levels = instructions.map(|(name, text)| json!({"name": name, "text": text}));
        let id = self.id.as_ref();
        let id = id.map_or(String::new(), |id| format!("id = {}\n", toml(&json!(id))));
        format!(
            "[experiment.{key}]\ntemplates = {}\ndataset = {}\nanswer = {}\n{id}models = {}\nparams = {{ temperature = 0 }}\n\n\
             # Each level is a wording; add your own. Other axes: shots, field formats, values of your own.\n\
             [experiment.{key}.axes]\ninstruction = [\n  {},\n  {},\n]\n\n[[experiment.{key}.metric]]\n{}",
            toml(&json!([self.template_path()])),
            toml(&json!(self.dataset)),
            toml(&json!(self.answer)),
            toml(&json!([self.model.to_string()])),
            toml(&levels[0]),
            toml(&levels[1]),
            self.scoring.toml(),
        )
    }
}

/// Whether a template can write `row.NAME`.
fn is_identifier(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Row;

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
            likely_scoring(&dataset(&rows), "answer").unwrap()
        };
        let labels = Scoring::Label(vec!["no".into(), "yes".into()]);
        let yes_or_no = ["yes", "no", "yes", "no"].map(|a| json!(a));
        assert_eq!(scoring(&yes_or_no), labels);
        assert_eq!(
            scoring(&[json!(1), json!("2.5"), json!(1), json!(1)]),
            Scoring::Number
        );
        let fields = Scoring::Json(vec!["a".into(), "b".into()]);
        assert_eq!(
            scoring(&[json!({"a": 1, "x.y": 2}), json!(r#"{"b": 1}"#)]),
            fields
        );
        assert_eq!(
            scoring(&[json!("Rome"), json!("Oslo"), Value::Null]),
            Scoring::Text
        );
        assert_eq!(scoring(&[json!("word ".repeat(30))]), Scoring::LongText);
        assert_eq!(scoring(&[]), Scoring::Text);
    }

    #[test]
    fn columns_show_what_they_are_for() {
        let rows: Vec<Value> = (0..6)
            .map(|i| json!({"ID": i, "the mail": format!("m{i}"), "team": if i % 2 == 0 { "a" } else { "b" }}))
            .collect();
        let dataset = dataset(&rows);
        assert_eq!(likely_answer(&dataset).unwrap().as_deref(), Some("team"));
        assert_eq!(likely_id(&dataset).unwrap().as_deref(), Some("ID"));
        assert_eq!(
            likely_inputs(dataset.columns(), "team", Some("ID")),
            ["the mail"]
        );
    }
}
