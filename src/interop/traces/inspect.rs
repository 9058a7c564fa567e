//! Samples of a log of Inspect.

use super::{
    answer::message_answers, call::Call, lost_parts::LostParts, messages::add_messages,
    model_service::Server,
};
use serde_json::{Map, Value, json};

/// Where a long text stands that a sample has elsewhere.
const ATTACHMENT: &str = "attachment://";

/// Whether a record is a log, and its header or a whole one.
pub(super) fn is_log(record: &Value) -> bool {
    record["eval"]["task"].is_string() && record.get("version").is_some()
}

/// What samples need of a log's header.
pub(super) fn header(log: &Value) -> Value {
    let eval = &log["eval"];
    let kept = [
        "task",
        "model",
        "model_base_url",
        "model_args",
        "model_generate_config",
    ];
    let kept = kept.map(|key| (key.to_owned(), eval[key].clone()));
    let eval = Value::Object(kept.into_iter().collect());
    // Of the results, by what the first scores are called.
    let results = json!({"scores": [{"name": first_scores(log)}]});
    let kept = [
        ("eval", eval),
        ("plan", log["plan"].clone()),
        ("results", results),
    ];
    kept.map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect::<Map<_, _>>()
        .into()
}

/// What the first scores of a log are called.
fn first_scores(log: &Value) -> Option<&str> {
    log["results"]["scores"][0]["name"].as_str()
}

/// A part of a sample, which older logs have in `transcript`.
fn part<'s>(sample: &'s Value, name: &str, older: &str) -> &'s Value {
    match &sample[name] {
        Value::Null => &sample["transcript"][older],
        found => found,
    }
}

/// The call that a sample ends with.
pub(super) fn call(sample: &Value, header: &Value) -> Option<Call> {
    let mut attachments = Attachments {
        texts: part(sample, "attachments", "content"),
        left: MOST_ATTACHED,
        is_over: false,
        is_missing: false,
    };
    let mut messages = sample["messages"].clone();
    let answer = answer_place(sample);
    let behind = answer.zip(messages.as_array_mut());
    let has_more = behind.is_some_and(|(answer, messages)| messages.drain(answer..).len() > 1);
    // A solver may have changed the messages, before the call or after it.
    let sent = answer_event(sample).and_then(|event| sent_messages(event, sample));
    let is_sent = sent.is_some();
    let mut messages = sent.unwrap_or(messages);
    attachments.resolve(&mut messages);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let model = text(&sample["output"]["model"]).or_else(|| text(&header["eval"]["model"]));
    let (provider, model) = match model.as_deref().and_then(|model| model.split_once('/')) {
        Some((provider, name)) => (Some(provider.to_owned()), Some(name.to_owned())),
        None => (
            text(&header["eval"]["model"]).and_then(|m| Some(m.split_once('/')?.0.to_owned())),
            model,
        ),
    };
    let mut call = Call {
        name: text(&header["eval"]["task"]).unwrap_or_default(),
        provider,
        model,
        server: header["eval"]["model_base_url"]
            .as_str()
            .and_then(Server::of_url),
        ..Call::default()
    };
    let arguments = header["eval"]["model_args"].as_object();
    if arguments.is_some_and(|arguments| !arguments.is_empty()) {
        call.lose("arguments of the model");
    }
    let mut output = sample["output"].clone();
    attachments.resolve(&mut output);
    call.outputs = outputs(&output, &mut call.lost);
    if !add_messages(&mut call, &messages) {
        let mut input = sample["input"].clone();
        attachments.resolve(&mut input);
        add_messages(&mut call, &input);
    } else if answer.is_none()
        && !is_sent
        && !call.outputs.is_empty()
        && call.messages.last().is_some_and(|m| m.role == "assistant")
    {
        call.messages.pop();
    }
    if has_more {
        call.lose("messages behind the last answer");
    }
    if attachments.is_over {
        let most = MOST_ATTACHED >> 20;
        call.lose(&format!("attachments beyond {most} MiB of a sample"));
    }
    if attachments.is_missing {
        call.lose("attachments that are not in the log");
    }
    let mut request = config(sample, header);
    if let Some(request) = request.as_object_mut().filter(|_| is_sent) {
        // It is among the messages.
        request.remove("system_message");
    }
    call.request(&request);
    let steps = header["plan"]["steps"].as_array().into_iter().flatten();
    let gives_tools = steps
        .map(|step| &step["solver"])
        .any(|solver| solver == "use_tools");
    let has_tools = called_event(sample).map_or(gives_tools, |event| {
        event["tools"]
            .as_array()
            .is_some_and(|tools| !tools.is_empty())
    });
    if has_tools {
        call.lose("tools");
    }
    call.expected = match &sample["target"] {
        Value::Array(all) if all.len() == 1 => all.first().cloned(),
        Value::Null => None,
        target if target.as_str() == Some("") => None,
        target => Some(target.clone()),
    };
    for (name, score) in sample["scores"].as_object().into_iter().flatten() {
        call.score(name, &score["value"], &score["explanation"]);
    }
    // Older logs have one without a name.
    let score = &sample["score"];
    if score.is_object() {
        let name = first_scores(header).unwrap_or("score");
        call.score(name, &score["value"], &score["explanation"]);
    }
    (!call.messages.is_empty()).then_some(call)
}

/// The answers of a sample: what was scored, and the further choices.
fn outputs(output: &Value, lost: &mut LostParts) -> Vec<String> {
    let choices: Vec<&Value> = (output["choices"].as_array().into_iter().flatten())
        .map(|choice| &choice["message"])
        .collect();
    let mut outputs = message_answers(&choices, lost);
    // A solver may have changed it, after the model's message was kept.
    let completion = output["completion"].as_str();
    let completion = completion.filter(|text| !choices.is_empty() || !text.is_empty());
    match (completion, outputs.first_mut()) {
        (Some(completion), Some(first)) => completion.clone_into(first),
        (Some(completion), None) => outputs.push(completion.to_owned()),
        (None, _) => {}
    }
    outputs
}

/// Whether a message is the answer that a sample ends with, by its id, or by its content where it has none.
fn is_answer(message: &Value, sample: &Value) -> bool {
    let answer = &sample["output"]["choices"][0]["message"];
    let same_by = match answer["id"].is_string() {
        true => "id",
        false => "content",
    };
    answer.is_object() && message[same_by] == answer[same_by]
}

/// The place of that answer among the messages of a sample, where the prompt ends whatever a solver has added behind it.
fn answer_place(sample: &Value) -> Option<usize> {
    let messages = sample["messages"].as_array()?;
    let is_place = |message: &Value| message["role"] == "assistant" && is_answer(message, sample);
    messages.iter().rposition(is_place)
}

/// The calls of models.
fn model_events(sample: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    let events = part(sample, "events", "events")
        .as_array()
        .into_iter()
        .flatten();
    events.filter(|event| event["event"] == "model")
}

/// The call whose answer a sample ends with.
fn answer_event(sample: &Value) -> Option<&Value> {
    let mut events = model_events(sample);
    events.rfind(|event| is_answer(&event["output"]["choices"][0]["message"], sample))
}

/// The same, else the last call.
fn called_event(sample: &Value) -> Option<&Value> {
    answer_event(sample).or_else(|| model_events(sample).next_back())
}

/// The messages that a call sent, from ranges of those that all calls of the sample share. Older logs write them out for each call,
/// which are not kept: they grow with the square of the turns.
fn sent_messages(event: &Value, sample: &Value) -> Option<Value> {
    let shared = sample["events_data"]["messages"].as_array()?;
    let mut all = Vec::new();
    for range in event["input_refs"].as_array()? {
        let place = |n: usize| {
            range[n]
                .as_u64()
                .and_then(|place| usize::try_from(place).ok())
        };
        let more = shared.get(place(0)?..place(1)?)?;
        // Ranges do not repeat messages; a hostile list of them could fill the memory.
        if all.len() + more.len() > shared.len() {
            return None;
        }
        all.extend_from_slice(more);
    }
    (!all.is_empty()).then_some(Value::Array(all))
}

/// The parameters of the call that a sample ends with: those of its event, else those of the model, of the task and of its solvers.
fn config(sample: &Value, header: &Value) -> Value {
    if let Some(event) = called_event(sample).filter(|event| event["config"].is_object()) {
        return event["config"].clone();
    }
    let steps = header["plan"]["steps"].as_array().into_iter().flatten();
    let steps = steps.filter(|step| step["solver"] == "generate");
    let configs = [
        &header["eval"]["model_generate_config"],
        &header["plan"]["config"],
    ];
    let configs = configs.into_iter().chain(steps.map(|step| &step["params"]));
    let set = configs.filter_map(Value::as_object).flatten();
    let set = set.filter(|(name, value)| !value.is_null() && *name != "tool_calls");
    set.map(|(name, value)| (name.clone(), value.clone()))
        .collect::<Map<_, _>>()
        .into()
}

/// Most bytes of attachments that are put into a sample: one that is named at many places is copied to each.
const MOST_ATTACHED: usize = 64 << 20;

/// Long texts that stand apart from the places that name them.
struct Attachments<'a> {
    texts: &'a Value,
    /// Bytes that may still be put in.
    left: usize,
    /// Whether one was left out.
    is_over: bool,
    /// Whether one that is named is not there.
    is_missing: bool,
}

impl Attachments<'_> {
    /// Put the texts in their places.
    fn resolve(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => {
                let Some(name) = text.strip_prefix(ATTACHMENT) else {
                    return;
                };
                match self.texts[name].as_str() {
                    Some(found) if found.len() > self.left => self.is_over = true,
                    Some(found) => {
                        self.left -= found.len();
                        *text = found.to_owned();
                    }
                    None => self.is_missing = true,
                }
            }
            Value::Array(all) => all.iter_mut().for_each(|value| self.resolve(value)),
            Value::Object(map) => map.values_mut().for_each(|value| self.resolve(value)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_ends_where_the_scored_answer_begins() {
        let of = |messages: Value| {
            let sample = json!({
                "input": "i",
                "messages": messages,
                "output": {"model": "openai/m", "choices": [{"message": {"role": "assistant", "content": "2"}}]},
            });
            let call = call(&sample, &Value::Null).unwrap();
            let texts: Vec<String> = call.messages.iter().map(|m| m.text.clone()).collect();
            (texts.join("|"), call.lost.list().join("|"))
        };
        let said = |role: &str, text: &str| json!({"role": role, "content": text});
        let (q, a, more) = (
            said("user", "q"),
            said("assistant", "2"),
            said("user", "and?"),
        );
        assert_eq!(of(json!([q, a])), ("q".into(), "".into()));
        let (prompt, lost) = of(json!([q, a, more]));
        assert_eq!(prompt, "q");
        assert!(lost.contains("behind the last answer"), "{lost}");
        // An earlier answer is part of the prompt.
        assert_eq!(
            of(json!([q, said("assistant", "1"), more])),
            ("q|1|and?".into(), "".into())
        );
        assert_eq!(of(json!([a])), ("i".into(), "".into()));
    }

    #[test]
    fn the_prompt_is_what_the_call_sent() {
        let said = |role: &str, text: &str| json!({"role": role, "content": text});
        let prefill = said("assistant", "prefill");
        let shared = json!({"messages": [said("system", "s"), said("user", "q"), prefill]});
        let of = |ranges: Value| {
            let answer = json!({"role": "assistant", "content": "2", "id": "a"});
            let output = json!({"choices": [{"message": answer}]});
            let sample = json!({
                "messages": [said("user", "replaced"), answer],
                "events": [{"event": "model", "input_refs": ranges, "output": output}],
                "events_data": shared,
                "output": {"choices": [{"message": answer}]},
            });
            let call = call(&sample, &Value::Null).unwrap();
            let texts: Vec<String> = call.messages.iter().map(|m| m.text.clone()).collect();
            texts.join("|")
        };
        assert_eq!(of(json!([[0, 2]])), "s|q");
        assert_eq!(of(json!([[0, 1], [2, 3]])), "s|prefill");
        // Ranges of messages that are not there.
        let repeated = json!([[0, 3], [0, 3]]);
        for none in [
            json!([[2, 9]]),
            json!([[3, 1]]),
            json!([]),
            repeated,
            Value::Null,
        ] {
            assert_eq!(of(none), "replaced");
        }
    }

    /// As Inspect 0.3.285 reads them.
    #[test]
    fn older_logs_have_one_score_and_a_transcript() {
        let answer = json!({"role": "assistant", "content": "attachment://a"});
        let event = json!({"event": "model", "config": {"seed": 3}, "tools": [{"name": "t"}], "output": {"choices": [{"message": answer}]}});
        let sample = json!({
            "messages": [{"role": "user", "content": "q"}, answer],
            "output": {"model": "openai/m", "choices": [{"message": answer}]},
            "input": "i",
            "score": {"value": "C"},
            "transcript": {"events": [event], "content": {"a": "long"}},
        });
        let log = json!({"version": 2, "eval": {"task": "t"}, "results": {"scores": [{"name": "match"}]}, "x": "y"});
        let call = call(&sample, &header(&log)).unwrap();
        assert_eq!(call.outputs, ["long"]);
        assert_eq!(call.params["seed"], 3);
        assert_eq!(call.scores, [("match".to_owned(), json!("C"))]);
        assert_eq!(call.lost.list(), ["tools"]);
        let mut without = sample.clone();
        without["transcript"]["content"] = Value::Null;
        let call = super::call(&without, &header(&log)).unwrap();
        assert_eq!(
            call.lost.list(),
            ["attachments that are not in the log", "tools"]
        );
    }

    #[test]
    fn an_attachment_that_is_named_everywhere_fills_no_memory() {
        let part =
            |n: usize| json!({"role": (["user", "assistant"][n % 2]), "content": "attachment://a"});
        let messages: Vec<Value> = (0..200).map(part).collect();
        let sample = json!({
            "messages": messages,
            "attachments": {"a": "x".repeat(1 << 20)},
            "output": {"model": "openai/m", "choices": []},
        });
        let call = call(&sample, &Value::Null).unwrap();
        let bytes: usize = call.messages.iter().map(|message| message.text.len()).sum();
        assert!(
            (1 << 20..MOST_ATTACHED + (1 << 20)).contains(&bytes),
            "{bytes}"
        );
        assert!(call.lost.list()[0].contains("64 MiB"), "{:?}", call.lost);
    }
}
