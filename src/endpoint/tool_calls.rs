//! The tool calls of an answer, whole or in the pieces of a stream, put together.

use super::secrets::Secrets;
use crate::model::ToolCall;
use serde_json::Value;

/// A call or a piece of one, in whatever form it came.
#[derive(Debug, Default)]
pub(super) struct CallPiece {
    index: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    arguments: String,
}

impl CallPiece {
    /// The pieces in `tool_calls`, and in `function_call`, the field before there were several.
    pub(super) fn read(
        tool_calls: Option<&Value>,
        function_call: Option<&Value>,
    ) -> Vec<CallPiece> {
        let mut pieces = Vec::new();
        match tool_calls {
            Some(Value::Array(items)) => pieces.extend(items.iter().filter_map(CallPiece::new)),
            Some(item) => pieces.extend(CallPiece::new(item)),
            None => {}
        }
        // Some servers send the same call under both names.
        if pieces.is_empty() {
            pieces.extend(function_call.and_then(CallPiece::new));
        }
        pieces
    }

    fn new(item: &Value) -> Option<CallPiece> {
        let text = |value: Option<&Value>| {
            let text = value.and_then(Value::as_str)?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        let function = ["function", "custom"].iter().find_map(|key| item.get(*key));
        let function = function.filter(|f| f.is_object()).unwrap_or(item);
        let arguments = ["arguments", "input", "parameters"];
        let arguments = match arguments.iter().find_map(|key| function.get(*key)) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            // An object that was parsed on its way.
            Some(value) => value.to_string(),
        };
        let piece = CallPiece {
            index: item.get("index").and_then(Value::as_u64),
            id: text(item.get("id")),
            name: text(function.get("name")),
            arguments,
        };
        let is_blank = piece.id.is_none() && piece.name.is_none() && piece.arguments.is_empty();
        (!is_blank).then_some(piece)
    }
}

/// A call that is being put together.
#[derive(Debug)]
struct OpenCall {
    index: Option<u64>,
    call: ToolCall,
}

/// The calls of an answer so far, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct ToolCalls {
    calls: Vec<OpenCall>,
}

impl ToolCalls {
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Take the calls of a whole message: they are all that there are, though pieces of them may have come before.
    pub(super) fn replace(&mut self, pieces: Vec<CallPiece>) {
        if !pieces.is_empty() {
            self.calls.clear();
            self.calls.extend(pieces.into_iter().map(OpenCall::from));
        }
    }

    /// Take a piece of a stream; the text of it, for whoever watches the answer grow.
    pub(super) fn push(&mut self, piece: CallPiece) -> String {
        let Some(at) = self.place_of(&piece) else {
            let open = OpenCall::from(piece);
            let begun = format!("{}{}", open.call.name, open.call.arguments);
            let line = if self.calls.is_empty() { "" } else { "\n" };
            self.calls.push(open);
            return format!("{line}{begun}");
        };
        let call = &mut self.calls[at].call;
        call.id = call.id.take().or(piece.id);
        let mut shown = String::new();
        if let Some(name) = piece.name {
            // Most servers send the name once, some with every piece, some in pieces.
            if name != call.name && call.arguments.is_empty() {
                call.name += &name;
                shown = name;
            }
        }
        call.arguments += &piece.arguments;
        shown + &piece.arguments
    }

    /// The call that a piece continues; `None` where it begins one.
    fn place_of(&self, piece: &CallPiece) -> Option<usize> {
        let known = |test: &dyn Fn(&OpenCall) -> bool| self.calls.iter().rposition(test);
        let by_id = |id: &String| known(&|open| open.call.id.as_ref() == Some(id));
        if let Some(at) = piece.id.as_ref().and_then(by_id) {
            return (piece.index.is_none() || self.calls[at].index == piece.index).then_some(at);
        }
        match (&piece.id, piece.index) {
            (id, Some(index)) => {
                let at = known(&|open| open.index == Some(index))?;
                // Some servers give every call the same index: one with an id and a name of its own is another call.
                let is_other =
                    id.is_some() && self.calls[at].call.id.is_some() && piece.name.is_some();
                (!is_other).then_some(at)
            }
            (Some(_), None) => None,
            (None, None) => {
                let last = self.calls.last()?;
                let is_other =
                    piece.name.is_some() && last.call.arguments().is_some_and(|a| !a.is_empty());
                (!is_other).then(|| self.calls.len() - 1)
            }
        }
    }

    /// The call whose arguments had not ended when the answer did.
    pub(super) fn unfinished(&self) -> Option<&str> {
        let open = self
            .calls
            .iter()
            .find(|open| open.call.arguments().is_none());
        let open = open.or(self.calls.last())?;
        Some(&open.call.name)
    }

    /// The calls without secrets.
    pub(super) fn finish(self, secrets: &Secrets) -> Vec<ToolCall> {
        let clean = |open: OpenCall| ToolCall {
            id: open.call.id.map(|id| secrets.answer(id)),
            name: secrets.answer(open.call.name),
            arguments: secrets.json(open.call.arguments),
        };
        self.calls.into_iter().map(clean).collect()
    }
}

impl From<CallPiece> for OpenCall {
    fn from(piece: CallPiece) -> OpenCall {
        OpenCall {
            index: piece.index,
            call: ToolCall {
                id: piece.id,
                name: piece.name.unwrap_or_default(),
                arguments: piece.arguments,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What the calls of these chunks are.
    fn calls(chunks: &[Value]) -> Vec<String> {
        let mut all = ToolCalls::default();
        for chunk in chunks {
            for piece in CallPiece::read(chunk.get("tool_calls"), chunk.get("function_call")) {
                all.push(piece);
            }
        }
        let all = all.finish(&Secrets::default());
        all.iter().map(ToString::to_string).collect()
    }

    fn piece(fields: Value, name: &str, arguments: &str) -> Value {
        let mut piece = json!({"type": "function", "function": {"arguments": arguments}});
        if !name.is_empty() {
            piece["function"]["name"] = json!(name);
        }
        for (key, value) in fields.as_object().unwrap() {
            piece[key] = value.clone();
        }
        json!({ "tool_calls": [piece] })
    }

    #[test]
    fn the_pieces_of_all_servers_make_the_same_calls() {
        let wanted = ["search(q=\"a\")", "buy(n=2)"];
        let first = json!({"index": 0, "id": "c0"});
        let second = json!({"index": 1, "id": "c1"});
        let more = |index: u64| json!({ "index": index });
        for (server, chunks) in [
            (
                "OpenAI, interleaved",
                vec![
                    piece(first.clone(), "search", ""),
                    piece(second.clone(), "buy", ""),
                    piece(more(0), "", "{\"q\":"),
                    piece(more(1), "", "{\"n\""),
                    piece(more(0), "", "\"a\"}"),
                    piece(more(1), "", ":2}"),
                ],
            ),
            (
                "name and id in every piece",
                vec![
                    piece(first.clone(), "search", "{\"q\":"),
                    piece(first.clone(), "search", "\"a\"}"),
                    piece(second.clone(), "buy", "{\"n\":2}"),
                ],
            ),
            (
                "a name in pieces",
                vec![
                    piece(first.clone(), "sea", ""),
                    piece(more(0), "rch", ""),
                    piece(more(0), "", "{\"q\":\"a\"}"),
                    piece(second.clone(), "buy", "{\"n\":2}"),
                ],
            ),
            (
                "one index for all",
                vec![
                    piece(json!({"index": 0, "id": "x"}), "search", "{\"q\":\"a\"}"),
                    piece(json!({"index": 0, "id": "y"}), "buy", "{\"n\":2}"),
                ],
            ),
            (
                "no index",
                vec![
                    piece(json!({"id": "x"}), "search", "{\"q\":"),
                    piece(json!({}), "", "\"a\"}"),
                    piece(json!({"id": "y"}), "buy", "{\"n\":2}"),
                ],
            ),
            (
                "neither index nor id",
                vec![
                    piece(json!({}), "search", "{\"q\":"),
                    piece(json!({}), "", "\"a\"}"),
                    piece(json!({}), "buy", "{\"n\":2}"),
                ],
            ),
            (
                "arguments that were parsed on their way",
                vec![json!({"tool_calls": [
                    {"function": {"name": "search", "arguments": {"q": "a"}}},
                    {"name": "buy", "input": {"n": 2}},
                ]})],
            ),
        ] {
            assert_eq!(calls(&chunks), wanted, "{server}");
        }
        let legacy = ["search", "{\"q\":", "\"a\"}"].map(|part| match part {
            "search" => json!({"function_call": {"name": part, "arguments": ""}}),
            part => json!({"function_call": {"arguments": part}}),
        });
        assert_eq!(calls(&legacy), wanted[..1]);
        assert!(calls(&[json!({"tool_calls": [{}, null]}), json!({"tool_calls": []})]).is_empty());
    }
}
