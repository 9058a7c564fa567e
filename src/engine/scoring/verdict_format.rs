//! The form in which a judge is asked to answer: JSON with the reason first, so that the verdict follows from it.

use crate::{model::Params, project::Api};
use serde_json::json;

/// What a judge decides.
#[derive(Debug, Clone, Copy)]
pub(super) enum VerdictKind {
    Grade { scale: u32 },
    Preference,
    Rubric,
}

impl VerdictKind {
    /// `response_format` for chat requests. The parameters of the metric override it; null takes it away.
    pub(super) fn params(self, api: Api) -> Params {
        let verdict = match self {
            VerdictKind::Grade { scale } => {
                json!({"grade": {"type": "number", "description": format!("from 1 to {scale}")}})
            }
            VerdictKind::Preference => {
                json!({"winner": {"type": "string", "enum": ["A", "B", "tie"]}})
            }
            VerdictKind::Rubric => {
                json!({"pass": {"type": "boolean"}, "score": {"type": "number", "description": "from 0 to 1"}})
            }
        };
        let mut properties = Params::new();
        properties.insert("reason".into(), json!({"type": "string"}));
        properties.extend(verdict.as_object().cloned().unwrap_or_default());
        let required: Vec<&String> = properties.keys().collect();
        let schema = json!({
            "type": "object", "required": required, "properties": properties, "additionalProperties": false,
        });
        let format = json!({
            "type": "json_schema", "json_schema": {"name": "verdict", "strict": true, "schema": schema},
        });
        match api {
            Api::Chat | Api::Responses | Api::Lines => {
                Params::from_iter([("response_format".to_owned(), format)])
            }
            Api::Completions => Params::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_comes_first_and_plain_completions_have_no_format() {
        let params = VerdictKind::Preference.params(Api::Chat);
        let schema = &params["response_format"]["json_schema"]["schema"];
        assert_eq!(schema["required"], json!(["reason", "winner"]));
        assert!(VerdictKind::Rubric.params(Api::Completions).is_empty());
    }
}
