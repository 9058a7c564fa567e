//! A request ready to be sent: only what the user set.

use super::{parts::wire_messages, responses_api::request_body};
use crate::{
    model::{LOGPROBS, Params, Prompt, Role, TOP_LOGPROBS, ToolSet, param},
    project::Api,
};
use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A request ready to be sent.
#[derive(Debug, Clone)]
pub struct WireRequest {
    /// The JSON body, without `stream`: what the answer is content-addressed by.
    pub body: Bytes,
    pub stream: bool,
    /// Why it cannot be sent, where it cannot.
    pub(crate) problem: Option<Arc<str>>,
    /// Whether `response_format` may be left out where the server refuses it.
    pub(crate) is_format_optional: bool,
    /// Whether a stream has the usage only where it is asked for.
    pub(crate) asks_for_usage: bool,
}

pub const RESPONSE_FORMAT: &str = "response_format";

/// Whether arguments have to follow the schema of their tool; a field of each function.
const STRICT: &str = "strict";
const TOOL_CHOICE: &str = "tool_choice";
const PARALLEL_CALLS: &str = "parallel_tool_calls";

fn with_strict(tools: &ToolSet, strict: &Value) -> ToolSet {
    let mut tools = tools.clone();
    for tool in &mut tools.functions {
        tool["function"][STRICT] = strict.clone();
    }
    tools
}

/// What a request is made of.
#[derive(Debug, Clone, Copy)]
pub struct RequestContents<'a> {
    pub model: &'a str,
    pub prompt: &'a Prompt,
    /// Later ones override earlier ones; null takes a parameter away.
    pub params: &'a [&'a Params],
    /// The row, for a program.
    pub row: Option<RowFields<'a>>,
}

/// The columns of a row that a program sees.
#[derive(Debug, Clone, Copy)]
pub struct RowFields<'a> {
    pub row: &'a Map<String, Value>,
    /// The column with the expected answer.
    pub withheld: Option<&'a str>,
}

impl Serialize for RowFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = |(column, _): &(&String, &Value)| Some(column.as_str()) != self.withheld;
        serializer.collect_map(self.row.iter().filter(shown))
    }
}

struct Body<'a> {
    api: Api,
    contents: RequestContents<'a>,
    /// The messages, where some are more than text.
    messages: Option<&'a [Value]>,
}

/// The parameters of a request, as the members of an object.
struct BodyParams<'b, 'a>(&'b Body<'a>);

impl Body<'_> {
    fn param(&self, name: &str) -> Option<&Value> {
        param(self.contents.params, name)
    }

    /// The tool that a choice names, as endpoints take it.
    fn chosen_tool(&self, choice: &Value) -> Option<Value> {
        let choice = choice.as_str()?;
        let mut names = self.contents.prompt.tools()?.names();
        let name = names.find(|name| *name == choice)?;
        Some(json!({"type": "function", "function": {"name": name}}))
    }
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let RequestContents {
            model, prompt, row, ..
        } = self.contents;
        map.serialize_entry("model", model)?;
        match self.api {
            Api::Chat | Api::Responses | Api::Lines => match self.messages {
                None => map.serialize_entry("messages", &prompt.messages)?,
                Some(messages) => map.serialize_entry("messages", messages)?,
            },
            Api::Completions => map.serialize_entry("prompt", &joined(prompt))?,
        }
        if let Some(tools) = prompt.tools() {
            match self.param(STRICT) {
                Some(strict) => map.serialize_entry("tools", &with_strict(tools, strict))?,
                None => map.serialize_entry("tools", tools)?,
            }
        }
        match self.api {
            Api::Lines => {
                map.serialize_entry("parameters", &BodyParams(self))?;
                map.serialize_entry("row", &row)?;
            }
            Api::Chat | Api::Responses | Api::Completions => self.write_params(&mut map)?,
        }
        map.end()
    }
}

impl Serialize for BodyParams<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.write_params(&mut map)?;
        map.end()
    }
}

impl Body<'_> {
    fn write_params<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let RequestContents { prompt, params, .. } = self.contents;
        for (i, set) in params.iter().enumerate() {
            for (key, value) in set.iter() {
                let overridden = params[i + 1..]
                    .iter()
                    .any(|later| later.keys().any(|k| k == key));
                if overridden || value.is_null() {
                    continue;
                }
                match (self.api, key.as_str()) {
                    // Not of the request but of its functions; and nothing of tools is sent where there are none.
                    (_, STRICT) if prompt.tools.is_some() => {}
                    (_, TOOL_CHOICE | PARALLEL_CALLS)
                        if prompt.tools.as_ref().is_some_and(|tools| tools.is_empty()) => {}
                    (_, TOOL_CHOICE) if let Some(choice) = self.chosen_tool(value) => {
                        map.serialize_entry(key, &choice)?;
                    }
                    // Plain completions have one parameter for both.
                    (Api::Completions, TOP_LOGPROBS) => {}
                    (Api::Completions, LOGPROBS) if *value == true => {
                        map.serialize_entry(key, self.param(TOP_LOGPROBS).unwrap_or(&json!(1)))?;
                    }
                    _ => map.serialize_entry(key, value)?,
                }
            }
        }
        Ok(())
    }
}

/// The messages as one text, for plain completions: each under the other, those of the model as they are.
fn joined(prompt: &Prompt) -> String {
    let mut text = String::with_capacity(prompt.content_len() + prompt.messages.len() * 2);
    for (i, message) in prompt.messages.iter().enumerate() {
        if i > 0 {
            let answers = message.role == Role::Assistant;
            text.push_str(if answers { "\n" } else { "\n\n" });
        }
        text.push_str(&message.content);
    }
    text
}

impl WireRequest {
    /// The request of a trial, or for a prompt outside of one.
    pub fn new(api: Api, contents: RequestContents<'_>, stream: bool) -> WireRequest {
        let prompt = contents.prompt;
        let is_more_than_text = prompt.has_media() || prompt.has_tool_messages();
        let messages = match (api, is_more_than_text) {
            (_, false) => Ok(None),
            (Api::Chat | Api::Responses | Api::Lines, true) => wire_messages(prompt).map(Some),
            (Api::Completions, true) => {
                Err("plain completions take no images, audio, files and tool calls".to_owned())
            }
        };
        let (messages, mut problem) = match messages {
            Ok(messages) => (messages, None),
            Err(problem) => (None, Some(problem)),
        };
        let body = Body {
            api,
            contents,
            messages: messages.as_deref(),
        };
        // Strings, numbers and JSON values always serialise.
        let mut body = serde_json::to_vec(&body).unwrap_or_default();
        if api == Api::Responses {
            let chat = serde_json::from_slice(&body).unwrap_or_default();
            match request_body(chat) {
                Ok(translated) => body = serde_json::to_vec(&translated).unwrap_or_default(),
                Err(untranslatable) => problem = problem.or(Some(untranslatable)),
            }
        }
        WireRequest {
            body: body.into(),
            stream,
            problem: problem.map(Into::into),
            is_format_optional: false,
            asks_for_usage: api != Api::Responses,
        }
    }

    /// A request of chat completions in tests.
    #[cfg(test)]
    pub(super) fn for_prompt(prompt: &Prompt, params: &Params) -> WireRequest {
        let contents = RequestContents {
            model: "m",
            prompt,
            params: &[params],
            row: None,
        };
        WireRequest::new(Api::Chat, contents, false)
    }

    /// The same, without `response_format` where the server refuses it. The address of the answer stays.
    pub fn with_optional_format(self) -> WireRequest {
        WireRequest {
            is_format_optional: true,
            ..self
        }
    }

    /// The bytes on the wire of a request for a stream.
    pub(crate) fn stream_bytes(&self, stream_options: bool) -> Bytes {
        let end = if stream_options && self.asks_for_usage {
            &br#","stream":true,"stream_options":{"include_usage":true}}"#[..]
        } else {
            &br#","stream":true}"#[..]
        };
        let mut bytes = Vec::with_capacity(self.body.len() + end.len());
        bytes.extend_from_slice(&self.body[..self.body.len().saturating_sub(1)]);
        bytes.extend_from_slice(end);
        bytes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Message, ToolCall};
    use serde_json::{Value, json};

    fn request(api: Api, prompt: &Prompt, params: &[&Params], stream: bool) -> WireRequest {
        let contents = RequestContents {
            model: "m",
            prompt,
            params,
            row: None,
        };
        WireRequest::new(api, contents, stream)
    }

    #[test]
    fn a_line_holds_parameters_and_the_row_without_its_expected_answer() {
        let prompt = Prompt::new(vec![Message::new(Role::User, "hi")]);
        let object = |v: Value| v.as_object().unwrap().clone();
        let params = object(json!({"temperature": 0.5, "seed": null}));
        let fields = object(json!({"text": "a", "label": "b", "n": 1}));
        let contents = RequestContents {
            model: "m",
            prompt: &prompt,
            params: &[&params],
            row: Some(RowFields {
                row: &fields,
                withheld: Some("label"),
            }),
        };
        let line = WireRequest::new(Api::Lines, contents, false).body;
        assert_eq!(
            serde_json::from_slice::<Value>(&line).unwrap(),
            json!({"model": "m", "messages": [{"role": "user", "content": "hi"}],
                   "parameters": {"temperature": 0.5}, "row": {"text": "a", "n": 1}})
        );
    }

    #[test]
    fn tools_are_sent_with_the_parameters_that_are_about_them() {
        let sent = |tools: Option<Value>, params: Value| -> Value {
            let functions = |tools: Value| tools.as_array().unwrap().clone();
            let prompt = Prompt {
                tools: tools.map(|tools| {
                    Arc::new(ToolSet {
                        functions: functions(tools),
                    })
                }),
                ..Prompt::new(vec![Message::new(Role::User, "hi")])
            };
            let params = params.as_object().unwrap().clone();
            let request = request(Api::Chat, &prompt, &[&params], false);
            let mut body: Value = serde_json::from_slice(&request.body).unwrap();
            body.as_object_mut()
                .unwrap()
                .retain(|key, _| !["model", "messages"].contains(&key.as_str()));
            body
        };
        let stop = json!([{"type": "function", "function": {"name": "stop"}}]);
        let params = json!({"tool_choice": "stop", "parallel_tool_calls": false, "strict": true});
        assert_eq!(
            sent(Some(stop.clone()), params.clone()),
            json!({
                "tools": [{"type": "function", "function": {"name": "stop", "strict": true}}],
                "tool_choice": {"type": "function", "function": {"name": "stop"}}, "parallel_tool_calls": false,
            })
        );
        assert_eq!(sent(Some(json!([])), params.clone()), json!({}));
        assert_eq!(sent(None, params.clone()), params);
        assert_eq!(
            sent(Some(stop.clone()), json!({"tool_choice": "required"})),
            json!({"tools": stop, "tool_choice": "required"})
        );
    }

    #[test]
    fn calls_of_tools_and_their_answers_are_sent_in_the_form_of_each_interface() {
        let call = ToolCall {
            id: Some("c1".into()),
            name: "search".into(),
            arguments: "{\"q\": 1}".into(),
        };
        let prompt = Prompt::new(vec![
            Message::new(Role::User, "hi"),
            Message::calling("Let me look.".into(), vec![call.clone()]),
            Message::of_tool("c1".into(), "found".into()),
            Message::calling(String::new(), vec![call]),
            Message::of_tool("c1".into(), String::new()),
        ]);
        let sent = |api| -> Value {
            let request = request(api, &prompt, &[], false);
            assert_eq!(request.problem.is_some(), api == Api::Completions);
            serde_json::from_slice(&request.body).unwrap()
        };
        let call = json!({"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{\"q\": 1}"}});
        let messages = json!([
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "Let me look.", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "found"},
            {"role": "assistant", "content": null, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": ""},
        ]);
        assert_eq!(sent(Api::Chat)["messages"], messages);
        assert_eq!(sent(Api::Lines)["messages"], messages);
        let call = json!({"type": "function_call", "call_id": "c1", "name": "search", "arguments": "{\"q\": 1}"});
        assert_eq!(
            sent(Api::Responses)["input"],
            json!([
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "Let me look."},
                call,
                {"type": "function_call_output", "call_id": "c1", "output": "found"},
                call,
                {"type": "function_call_output", "call_id": "c1", "output": ""},
            ])
        );
        sent(Api::Completions);
    }

    #[test]
    fn a_body_holds_what_was_set_and_nothing_else() {
        let prompt = Prompt::new(vec![Message::new(Role::User, "hi \u{1F600}\n")]);
        let params = |v: Value| v.as_object().unwrap().clone();
        let (first, second) = (
            params(json!({"temperature": 0, "top_p": 1})),
            params(json!({"temperature": 1, "top_p": null})),
        );
        let streamed = request(Api::Chat, &prompt, &[&first, &second], true);
        let sent: Value = serde_json::from_slice(&streamed.stream_bytes(true)).unwrap();
        assert_eq!(
            sent,
            json!({"model": "m", "messages": [{"role": "user", "content": "hi \u{1F600}\n"}], "temperature": 1,
                   "stream": true, "stream_options": {"include_usage": true}})
        );
        assert_eq!(
            streamed.body,
            request(Api::Chat, &prompt, &[&first, &second], false).body
        );
    }
}
