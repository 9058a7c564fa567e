//! Errors that are about the request itself, though the status says that the server failed: such a request is not sent again.

/// What frameworks and chat templates say of a request that no other attempt will make right.
const SAYS: [&str; 20] = [
    "validation error",
    "validationerror",
    "input should be",
    "field required",
    "extra inputs are not permitted",
    "unexpected keyword argument",
    "invalid grammar",
    "failed to parse grammar",
    "grammar is invalid",
    "unsupported schema",
    "invalid json schema",
    "templateerror",
    "jinja",
    "roles must alternate",
    "system role not supported",
    "system role is not supported",
    "image input is not supported",
    "audio input is not supported",
    "is not a multimodal model",
    PARTS_AS_TEXT,
];

/// What llama-cpp-python says of a message with parts where the model takes text only.
const PARTS_AS_TEXT: &str = "can only concatenate str (not \"list\")";

/// Whether an error names what is wrong with the request. A server that finds its own answer invalid may answer better
/// next time.
pub(super) fn is_about_request(message: &str) -> bool {
    let message = message.to_lowercase();
    let is_about_answer = message.contains("responsevalidation") || message.contains("('response'");
    !is_about_answer && SAYS.iter().any(|part| message.contains(part))
}

/// The complaints in a message that lists them as Python does (llama-cpp-python), in the words of other servers:
/// `response_format.type: Input should be 'text'`.
pub(super) fn python_complaints(message: &str) -> Option<String> {
    if message.contains(PARTS_AS_TEXT) {
        return Some("the model takes text only, no images, audio and files".into());
    }
    let mut all: Vec<String> = Vec::new();
    for item in message.split("{'type': ").skip(1) {
        let place = between(item, "'loc': (", ")")?;
        let parts = place.split(',').map(|part| part.trim().trim_matches('\''));
        let place: Vec<&str> = parts
            .filter(|part| !part.is_empty() && *part != "body")
            .collect();
        let text = item.split_once("'msg': ")?.1;
        let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let text = between(text, &quote.to_string(), &format!("{quote}, '"))
            .or_else(|| between(text, &quote.to_string(), &format!("{quote}}}")))?;
        let complaint = format!("{}: {text}", place.join("."));
        if !all.contains(&complaint) {
            all.push(complaint);
        }
    }
    (!all.is_empty()).then(|| all.join("; "))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let rest = text.split_once(start)?.1;
    Some(rest.split_once(end)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_in_python_are_read() {
        // As llama-cpp-python 0.3.36 answers them, with status 500.
        let one = "1 validation error:\n  {'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\", 'input': 'json_schema', 'ctx': {'expected': \"'text' or 'json_object'\"}}\n\n  File \"/x/app.py\", line 376, in create_chat_completion\n    POST /v1/chat/completions";
        assert_eq!(
            python_complaints(one).unwrap(),
            "response_format.type: Input should be 'text' or 'json_object'"
        );
        let two = "2 validation errors:\n  {'type': 'missing', 'loc': ('body', 'messages', 0, 'Tool', 'id'), 'msg': 'Field required', 'input': {'role': 'x'}}\n  {'type': 'int_type', 'loc': ('body', 'n'), 'msg': 'Input should be a valid integer'}";
        assert_eq!(
            python_complaints(two).unwrap(),
            "messages.0.Tool.id: Field required; n: Input should be a valid integer"
        );
        assert_eq!(python_complaints("no {'type': here"), None);
    }

    #[test]
    fn a_request_that_is_wrong_is_told_from_a_server_that_fails() {
        for message in [
            "1 validation error for ChatCompletionRequest\nresponse_format.type\n  Input should be 'text'",
            "create_chat_completion() got an unexpected keyword argument 'foo'",
            "can only concatenate str (not \"list\") to str",
            "Jinja Exception: Conversation roles must alternate user/assistant",
        ] {
            assert!(is_about_request(message), "{message}");
        }
        for message in [
            "Internal Server Error",
            "CUDA out of memory",
            "fastapi.exceptions.ResponseValidationError: 1 validation errors",
        ] {
            assert!(!is_about_request(message), "{message}");
        }
    }
}
