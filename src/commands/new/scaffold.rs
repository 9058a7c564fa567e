//! An experiment for a dataset, and the files that say so.

use crate::{
    interop::{key, slug, toml},
    model::ModelRef,
};
use serde_json::{Value, json};

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
    /// The column with the expected answers, if there is one.
    pub(super) answer: Option<String>,
    pub(super) id: Option<String>,
    /// Columns that the model sees.
    pub(super) inputs: Vec<String>,
    pub(super) scoring: Scoring,
    pub(super) model: ModelRef,
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
        let noun = match (&self.answer, &self.scoring) {
            (Some(column), _) => column,
            (None, Scoring::Label(_)) => "label",
            (None, _) => "answer",
        };
        let instructions = self.scoring.instructions(noun);
        let levels = instructions.map(|(name, text)| json!({"name": name, "text": text}));
        let column = |kind: &str, name: &Option<String>| {
            let line = |name: &String| format!("{kind} = {}\n", toml(&json!(name)));
            name.as_ref().map_or(String::new(), line)
        };
        format!(
            "[experiment.{key}]\ntemplates = {}\ndataset = {}\n{}{}models = {}\nparams = {{ temperature = 0 }}\n\n\
             # Each level is a wording; add your own. Other axes: shots, field formats, values of your own.\n\
             [experiment.{key}.axes]\ninstruction = [\n  {},\n  {},\n]\n\n[[experiment.{key}.metric]]\n{}",
            toml(&json!([self.template_path()])),
            toml(&json!(self.dataset)),
            column("answer", &self.answer),
            column("id", &self.id),
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
