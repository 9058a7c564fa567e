//! An endpoint of the project file: a server or a program, and its models.

use super::{
    Api, BaseModel, ChatTemplate, EndpointSpec, ModelSpec, ProgramSpec, Section,
    advise::positive,
    command::{read_variables, read_words},
    price::read_price,
};
use crate::child_process::ProgramCommand;
use std::{path::PathBuf, time::Duration};

pub(super) fn read_endpoint(s: &Section<'_, '_>, name: &str) -> Option<EndpointSpec> {
    let mut e = match s.get("command") {
        Some(_) => EndpointSpec::of_program(name, read_program(s)),
        None => EndpointSpec::new(name, read_base_url(s).unwrap_or_default()),
    };
    if let Some(item) = s.get("api_key_env") {
        let name = s.as_text("api_key_env", item).unwrap_or_default();
        if name.starts_with("sk-") || name.contains(['-', ' ', '.']) {
            s.reader.problem(
                item.span(),
                "`api_key_env` must be the name of an environment variable, but this looks like a key",
                Some("keep keys out of files: api_key_env = \"OPENAI_API_KEY\"".into()),
            );
        }
        e.api_key_env = Some(name);
    }
    e.max_in_flight = s
        .whole("max_in_flight", 1)
        .map_or(e.max_in_flight, |n| n as usize);
    e.start_in_flight = s.whole("start_in_flight", 1).map(|n| n as usize);
    e.requests_per_minute = s.whole("requests_per_minute", 1);
    e.tokens_per_minute = s.whole("tokens_per_minute", 1);
    e.timeout = s.time("timeout").unwrap_or(Duration::from_secs(60));
    e.first_byte_timeout = s.time("first_byte_timeout");
    e.retries = s.whole("retries", 0).map_or(e.retries, |n| n as u32);
    e.embeddings_per_request = s
        .whole("embeddings_per_request", 1)
        .map_or(e.embeddings_per_request, |n| n as usize);
    e.give_up = s.time("give_up").unwrap_or(e.give_up);
    e.stream = s.flag("stream");
    e.ca_file = s.text("ca_file").map(PathBuf::from);
    if let Some(item) = s.get("api") {
        match s.as_text("api", item).as_deref() {
            _ if e.program.is_some() => {}
            None => {}
            Some("chat") => e.api = Api::Chat,
            Some("completions") => e.api = Api::Completions,
            Some("responses") => e.api = Api::Responses,
            Some(other) => s.reader.problem(
                item.span(),
                format!("`api` cannot be `{other}`"),
                Some("chat, responses or completions".into()),
            ),
        }
    }
    if let Some(headers) = s.inner("headers") {
        for (key, _, item) in headers.entries() {
            if let Some(value) = headers.as_text(key, item) {
                e.headers.push((key.to_owned(), value));
            }
        }
    }
    if let Some(models) = s.inner("model") {
        for (name, _, item) in models.entries() {
            if let Some(section) = models.as_section(name, name, item) {
                e.models.insert(name.to_owned(), read_model(&section));
            }
        }
    }
    s.finish();
    Some(e)
}

fn read_base_url(s: &Section<'_, '_>) -> Option<String> {
    for (key, meaning) in [("version", "its answers"), ("env", "the program")] {
        if let Some(item) = s.get(key) {
            s.reader.problem(
                item.span(),
                format!("`{key}` is about {meaning}, and this endpoint has no `command`"),
                None,
            );
        }
    }
    let item = s.require("base_url")?;
    let url = s.as_text("base_url", item)?;
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        s.reader.problem(
            item.span(),
            "`base_url` must begin with http:// or https://",
            None,
        );
    }
    Some(url)
}

/// Keys that only a server has a use for.
const SERVER_KEYS: [&str; 8] = [
    "base_url",
    "api",
    "api_key_env",
    "headers",
    "ca_file",
    "stream",
    "first_byte_timeout",
    "embeddings_per_request",
];

fn read_program(s: &Section<'_, '_>) -> ProgramSpec {
    for key in SERVER_KEYS {
        let Some(item) = s.get(key) else { continue };
        let help = match key {
            "api_key_env" => "hand variables to the program with env = [\"NAME\"]",
            _ => "remove it, or remove `command`",
        };
        s.reader.problem(
            item.span(),
            format!("`{key}` has no meaning for a program (`command`)"),
            Some(help.into()),
        );
    }
    ProgramSpec {
        command: ProgramCommand {
            words: read_words(s, "command").unwrap_or_default(),
            variables: read_variables(s),
            ..ProgramCommand::default()
        },
        version: s.text("version"),
        max_in_flight: s.whole("max_in_flight", 1).map(|n| n as usize),
    }
}

fn read_model(s: &Section<'_, '_>) -> ModelSpec {
    let spec = ModelSpec {
        price: s.inner("price").map(|p| read_price(&p)),
        base_model: s.text("base_model").and_then(|name| {
            let span = s.get("base_model")?.span();
            let place = s.reader.place(span);
            Some(BaseModel { name, place })
        }),
        context: s.whole("context", 1),
        tokenizer: s.text("tokenizer"),
        parameters_b: positive(s, "parameters_b"),
        tuned: s.flag("tuned").unwrap_or(false),
        chat: ChatTemplate {
            system_role: s.flag("system_role"),
            same_role_twice: s.flag("same_role_twice"),
            added_system: s.text("added_system"),
        },
    };
    s.finish();
    spec
}
