//! The text of a new experiment: its template, and its tables in the project file.

use crate::{
    interop::{key, slug, toml},
    model::ModelRef,
};
use serde_json::{Value, json};

/// How answers are scored at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerScoring {
    /// One of these labels.
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
pub(super) struct ExperimentText {
    pub(super) name: String,
    /// Name of the template's file, without the extension.
    pub(super) template: String,
    /// As the project file writes it.
    pub(super) dataset: String,
    /// The column with the expected answers, if there is one.
    pub(super) answer: Option<String>,
    pub(super) id: Option<String>,
    /// Columns that the model sees.
    pub(super) inputs: Vec<String>,
    pub(super) scoring: AnswerScoring,
    pub(super) model: ModelRef,
}

impl AnswerScoring {
    /// In words.
    pub fn describe(&self) -> String {
        match self {
            AnswerScoring::Label(labels) => format!("label, one of {}", labels.join(", ")),
            AnswerScoring::Number => "number".into(),
            AnswerScoring::Json(fields) => format!("json, fields {}", fields.join(", ")),
            AnswerScoring::Text => {
                "normalized: the same text but for case, space and quotes".into()
            }
            AnswerScoring::LongText => "f1: words in common".into(),
        }
    }

    fn toml(&self) -> String {
        match self {
            AnswerScoring::Label(labels) => {
                format!("kind = \"label\"\nlabels = {}\n", toml(&json!(labels)))
            }
            AnswerScoring::Number => "kind = \"number\"\n".into(),
            AnswerScoring::Json(fields) => {
                format!("kind = \"json\"\nfields = {}\n", toml(&json!(fields)))
            }
            AnswerScoring::Text => "kind = \"normalized\"\n".into(),
            AnswerScoring::LongText => "kind = \"f1\"\n".into(),
        }
    }

    /// Two ways to ask for the answer, short name and text.
    fn instructions(&self, answer: &str) -> [(&'static str, String); 2] {
        match self {
            AnswerScoring::Label(labels) => {
                let or = or_list(labels);
                [
                    ("short", format!("Answer with one of: {}.", labels.join(", "))),
                    ("long", format!("Read the text and decide which {answer} fits: {or}. Answer with the {answer} only.")),
                ]
            }
            AnswerScoring::Number => [
                ("short", "Answer with a number only.".into()),
                ("steps", "Work it out step by step, then write the result on the last line, as a number.".into()),
            ],
            AnswerScoring::Json(fields) => [
                ("short", format!("Answer with a JSON object with the keys {}.", fields.join(", "))),
                ("long", format!("Extract {} from the text. Answer with a JSON object with these keys and nothing else.", fields.join(", "))),
            ],
            AnswerScoring::Text | AnswerScoring::LongText => [
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

impl ExperimentText {
    /// Where its template goes, from the project's folder.
    pub(super) fn template_path(&self) -> String {
        let folder = match slug(&self.name) {
            name if name.is_empty() => "first".to_owned(),
            name => name,
        };
        format!("templates/{folder}/{}.j2", self.template)
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
            (None, AnswerScoring::Label(_)) => "label",
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
