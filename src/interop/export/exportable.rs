//! What of an experiment another tool can send: messages of texts, under names of files.

use super::{ExportedExperiment, ExportedModel, ExportedVariant};
use crate::{
    demo::DEFAULT_PORT,
    interop::{Notes, slug},
    model::{Prompt, Role},
    project::Api,
};
use serde_json::{Value, json};

/// What a tool can send besides messages of texts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sendable {
    /// Functions that the model may call, the same for every row.
    pub(super) tools: bool,
    /// Messages of the developer.
    pub(super) developer: bool,
}

/// The variants that a tool can send as they are; the others are noted.
pub(super) fn exportable_variants<'a>(
    exported: &'a ExportedExperiment,
    sendable: Sendable,
    notes: &mut Notes,
) -> Vec<&'a ExportedVariant> {
    let is_exportable = |variant: &&ExportedVariant| match obstacle(variant, sendable) {
        Some(why) => {
            notes.dropped(&variant.at, format!("the variant `{}`", variant.name), why);
            false
        }
        None => true,
    };
    exported.variants.iter().filter(is_exportable).collect()
}

fn obstacle(variant: &ExportedVariant, sendable: Sendable) -> Option<&'static str> {
    let any = |test: &dyn Fn(&Prompt) -> bool| variant.prompts.iter().any(test);
    let says = |role: Role| move |prompt: &Prompt| prompt.messages.iter().any(|m| m.role == role);
    let tools = |prompt: &Prompt| prompt.tools().cloned();
    let first = variant.prompts.first().and_then(tools);
    if any(&|prompt| prompt.calls() > 1) {
        Some("a conversation waits for the model's replies, and prompts are exported whole")
    } else if any(&Prompt::has_tool_messages) {
        Some("calls of tools and their answers among the messages are not exported")
    } else if any(&Prompt::has_media) {
        Some("images, audio and files are not exported")
    } else if !sendable.developer && any(&says(Role::Developer)) {
        Some("it has no messages of the role `developer`")
    } else if !sendable.tools && any(&|prompt| prompt.tools().is_some()) {
        Some("tools are not exported")
    } else if any(&|prompt| tools(prompt) != first) {
        Some("its tools are not the same for every row")
    } else {
        None
    }
}

/// The models that can be called through chat completions at an address of their own; the others are noted.
pub(super) fn called_by_chat<'a>(
    exported: &'a ExportedExperiment,
    notes: &mut Notes,
) -> Vec<&'a ExportedModel> {
    let mut called = Vec::new();
    for model in &exported.models {
        let what = format!("the model `{}`", model.reference());
        let obstacle = match model.endpoint.api {
            _ if model.endpoint.demo => None,
            Api::Lines => Some("a program answers in place of a server"),
            Api::Completions | Api::Responses => {
                Some("only chat completions are called: `api` of its endpoint is another")
            }
            Api::Chat if model.endpoint.base_url.contains('?') => {
                Some("the address of its endpoint has parameters")
            }
            Api::Chat => None,
        };
        match obstacle {
            Some(why) => notes.dropped(&exported.at, what, why),
            None => called.push(model),
        }
        if model.endpoint.demo {
            let why = format!("`wording serve` serves it at {}", demo_url());
            notes.changed(
                &exported.at,
                format!("the model `{}`", model.reference()),
                why,
            );
        }
    }
    called
}

/// Where `wording serve` serves the demo endpoint.
fn demo_url() -> String {
    format!("http://127.0.0.1:{DEFAULT_PORT}/v1")
}

/// The address of an endpoint, without the operation.
pub(super) fn base_url(model: &ExportedModel) -> String {
    match model.endpoint.demo {
        true => demo_url(),
        false => crate::endpoint::BaseUrl::new(&model.endpoint.base_url)
            .base()
            .into(),
    }
}

/// The messages as they are sent.
pub(super) fn messages(prompt: &Prompt) -> Value {
    let each = prompt.messages.iter();
    each.map(|m| json!({"role": m.role, "content": m.content}))
        .collect()
}

/// Whether the model may call functions: tools of the prompt are parameters too.
pub(super) fn offers_tools(variant: &ExportedVariant) -> bool {
    let mut names = ["tools", "functions"].iter();
    names.any(|name| variant.params.contains_key(*name))
}

/// A name for a file per variant, each once.
pub(super) fn file_names(variants: &[&ExportedVariant]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for variant in variants {
        let name = match slug(&variant.name) {
            name if name.is_empty() => "variant".to_owned(),
            name => name,
        };
        let numbered = (2..).map(|n| format!("{name}-{n}"));
        let mut all = std::iter::once(name.clone()).chain(numbered);
        let free = all.find(|name| !names.contains(name));
        names.push(free.unwrap_or(name));
    }
    names
}
