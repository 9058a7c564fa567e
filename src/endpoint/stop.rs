//! Stop strings that a server leaves in the text, with what it wrote behind them: both are removed, as other servers do.

use super::WireRequest;
use crate::model::{Completion, output_with_calls};
use serde::Deserialize;

const STOP: &str = r#""stop""#;

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum StopStrings {
    One(String),
    Many(Vec<String>),
    #[default]
    None,
}

#[derive(Default, Deserialize)]
struct StopParams {
    #[serde(default)]
    stop: StopStrings,
    /// vLLM, SGLang: the stop string is wanted in the text.
    #[serde(default)]
    include_stop_str_in_output: bool,
    /// Where a program gets them.
    #[serde(default)]
    parameters: Option<Box<StopParams>>,
}

/// The text ends before the first stop string of the request that is in it.
pub(super) fn end_at_stop(completion: &mut Completion, request: &WireRequest) {
    if !str::from_utf8(&request.body).is_ok_and(|body| body.contains(STOP)) {
        return;
    }
    let Ok(mut params) = serde_json::from_slice::<StopParams>(&request.body) else {
        return;
    };
    if let Some(inner) = params.parameters.take() {
        params = *inner;
    }
    let strings = match params.stop {
        _ if params.include_stop_str_in_output => return,
        StopStrings::None => return,
        StopStrings::One(string) => vec![string],
        StopStrings::Many(strings) => strings,
    };
    let strings = strings.iter().filter(|string| !string.is_empty());
    let found = strings.filter_map(|string| completion.message_text().find(string.as_str()));
    if let Some(end) = found.min() {
        completion.text.truncate(end);
        completion.text =
            output_with_calls(std::mem::take(&mut completion.text), &completion.tool_calls);
        completion.stop_removed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Prompt;
    use serde_json::{Value, json};

    fn text_of(params: Value, text: &str) -> (String, bool) {
        let params = params.as_object().unwrap().clone();
        let prompt = Prompt::new(vec![]);
        let request = WireRequest::for_prompt(&prompt, &params);
        let mut completion = Completion {
            text: text.into(),
            ..Completion::default()
        };
        end_at_stop(&mut completion, &request);
        (completion.text, completion.stop_removed)
    }

    #[test]
    fn a_text_ends_before_its_first_stop_string() {
        for (params, text, expected, removed) in [
            (json!({"stop": "END"}), "yesEND", "yes", true),
            (json!({"stop": ["\n", "END"]}), "é END\nmore", "é ", true),
            (json!({"stop": ["END", ""]}), "yes", "yes", false),
            (json!({"stop": null}), "yesEND", "yesEND", false),
            (json!({"stop": 5}), "yes5", "yes5", false),
            (json!({}), "\"stop\"", "\"stop\"", false),
            (
                json!({"stop": "END", "include_stop_str_in_output": true}),
                "yesEND",
                "yesEND",
                false,
            ),
        ] {
            let found = text_of(params.clone(), text);
            assert_eq!(found, (expected.to_owned(), removed), "{params}");
        }
    }
}
