//! In which form a person gives the right answer: a label, a number, JSON, a text. The experiment's metrics say which.

use crate::{
    project::{MetricKind, MetricSpec},
    read::json_validator,
};
use serde_json::{Map, Value};

/// The form of an experiment's expected answers.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerForm {
    /// One of these.
    Labels(Vec<String>),
    Number,
    Json {
        /// Fields that are compared; all where empty.
        fields: Vec<String>,
        schema: Option<Value>,
    },
    Text,
}

/// What is wrong with an answer that was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    #[error("the answer is empty")]
    Empty,
    #[error("{0} is not a number, such as 12.5")]
    Number(String),
    #[error("line {line}, column {column}: {message}")]
    Json {
        line: usize,
        column: usize,
        message: String,
    },
    #[error("{place}: {message}")]
    Schema { place: String, message: String },
}

impl AnswerForm {
    /// That of the first metric that compares with an expected answer.
    pub fn new(metrics: &[MetricSpec]) -> AnswerForm {
        let form = |metric: &MetricSpec| match &metric.kind {
            MetricKind::Label { labels } | MetricKind::Probability { labels, .. } => Some(
                AnswerForm::Labels(labels.iter().map(|label| label.name.clone()).collect()),
            ),
            MetricKind::Number { .. } => Some(AnswerForm::Number),
            MetricKind::Json { schema, fields, .. } => Some(AnswerForm::Json {
                fields: fields.clone(),
                schema: schema.clone(),
            }),
            MetricKind::Exact
            | MetricKind::Normalized
            | MetricKind::Contains { text: None }
            | MetricKind::Regex { .. }
            | MetricKind::F1
            | MetricKind::RougeL
            | MetricKind::ToolCalls(_)
            | MetricKind::Similarity { .. } => Some(AnswerForm::Text),
            _ => None,
        };
        metrics.iter().find_map(form).unwrap_or(AnswerForm::Text)
    }

    pub fn labels(&self) -> &[String] {
        match self {
            AnswerForm::Labels(labels) => labels,
            _ => &[],
        }
    }

    /// The answer that a text says.
    pub fn parse(&self, text: &str) -> Result<Value, AnswerError> {
        let text = text.trim();
        match self {
            _ if text.is_empty() => Err(AnswerError::Empty),
            AnswerForm::Labels(_) | AnswerForm::Text => Ok(text.into()),
            AnswerForm::Number => match serde_json::from_str::<Value>(text) {
                Ok(number @ Value::Number(_)) => Ok(number),
                _ => Err(AnswerError::Number(text.to_owned())),
            },
            AnswerForm::Json { schema, .. } => {
                let value: Value = serde_json::from_str(text).map_err(|error| {
                    let message = error.to_string();
                    let end = message.find(" at line ").unwrap_or(message.len());
                    AnswerError::Json {
                        line: error.line(),
                        column: error.column(),
                        message: message[..end].to_owned(),
                    }
                })?;
                // The project was read, so its schema is one.
                let validator = schema
                    .as_ref()
                    .and_then(|schema| json_validator(schema).ok());
                let wrong = validator
                    .as_ref()
                    .and_then(|v| v.iter_errors(&value).next());
                match wrong {
                    Some(error) => Err(AnswerError::Schema {
                        place: match error.instance_path.to_string() {
                            path if path.is_empty() => "the answer".into(),
                            path => path,
                        },
                        message: error.to_string(),
                    }),
                    None => Ok(value),
                }
            }
        }
    }

    /// What an answer read in an output is as an expected answer.
    pub fn from_reading(&self, text: &str) -> Value {
        self.parse(text).unwrap_or_else(|_| text.into())
    }

    /// The text that an answer is edited as.
    pub fn to_text(&self, answer: &Value) -> String {
        match (self, answer) {
            (AnswerForm::Json { .. }, answer) => {
                serde_json::to_string_pretty(answer).unwrap_or_default()
            }
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        }
    }

    /// The text that editing begins with: the fields of an object, without values.
    pub fn draft(&self) -> String {
        let AnswerForm::Json { fields, schema } = self else {
            return String::new();
        };
        let properties = schema.as_ref().and_then(|schema| schema.get("properties"));
        let names: Vec<&String> = match properties.and_then(Value::as_object) {
            Some(properties) => properties.keys().collect(),
            None => fields
                .iter()
                .filter(|name| !name.contains(['.', '[']))
                .collect(),
        };
        let empty: Map<String, Value> = names
            .into_iter()
            .map(|name| (name.clone(), Value::Null))
            .collect();
        self.to_text(&Value::Object(empty))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_checked_against_the_schema_with_its_place() {
        let form = AnswerForm::Json {
            fields: Vec::new(),
            schema: Some(json!({
                "type": "object",
                "properties": {"topic": {"enum": ["a", "b"]}, "urgent": {"type": "boolean"}},
                "required": ["topic"],
            })),
        };
        let error = |text| form.parse(text).unwrap_err().to_string();
        assert_eq!(
            error("{\"topic\":\n oops}"),
            "line 2, column 2: expected value"
        );
        assert!(error("{\"topic\": \"c\"}").starts_with("/topic: \"c\" is not one of"));
        assert!(error("{}").starts_with("the answer: \"topic\" is a required property"));
        assert_eq!(
            form.parse("{\"topic\": \"a\"}").unwrap(),
            json!({"topic": "a"})
        );
        assert_eq!(form.draft(), "{\n  \"topic\": null,\n  \"urgent\": null\n}");
    }

    #[test]
    fn numbers_and_texts() {
        assert_eq!(AnswerForm::Number.parse(" 12.5 ").unwrap(), json!(12.5));
        assert!(AnswerForm::Number.parse("twelve").is_err());
        assert_eq!(AnswerForm::Text.parse(" a b\n").unwrap(), "a b");
        assert_eq!(AnswerForm::Text.parse(" \n"), Err(AnswerError::Empty));
    }
}
