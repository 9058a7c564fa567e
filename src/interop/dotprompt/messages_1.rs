//! What version 1 of Prompty sends for the example row: it renders the text and looks for roles in the result, whatever wrote them.

use super::{file::Reading, prompty::regex, prompty_version::has_image};
use crate::{
    dialect::is_python_space,
    interop::NotePlace,
    model::{Prompt, Row},
    template::TemplateSet,
};
use regex::Regex;
use serde_json::{Map, Value};
use std::{
    path::Path,
    sync::{Arc, LazyLock},
};

/// A line that names a role, behind any number of blank ones.
static SEPARATOR: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?im)^\s*#?\s*(assistant|function|system|user)\s*:\s*\n"));

const ROLES: [&str; 4] = ["assistant", "function", "system", "user"];

/// The messages of a rendered text: role and content. `None` where version 1 refuses it.
fn messages(text: &str) -> Option<Vec<(String, String)>> {
    let mut chunks = Vec::new();
    let mut done = 0;
    for found in SEPARATOR.as_ref()?.captures_iter(text) {
        let (all, role) = (found.get(0)?, found.get(1)?);
        chunks.extend([&text[done..all.start()], role.as_str()]);
        done = all.end();
    }
    chunks.push(&text[done..]);
    let stripped = chunks
        .into_iter()
        .map(|chunk| chunk.trim_matches(is_python_space));
    let mut chunks: Vec<&str> = stripped.collect();
    chunks.retain(|chunk| !chunk.is_empty());
    let is_role = |chunk: &&str| ROLES.contains(&chunk.to_lowercase().as_str());
    if !is_role(chunks.first()?) {
        chunks.insert(0, "system");
    }
    if chunks.last().is_some_and(is_role) {
        chunks.pop();
    }
    let (pairs, rest) = chunks.as_chunks::<2>();
    let pairs = pairs.iter();
    let pairs = pairs.map(|[role, text]| (role.to_lowercase(), (*text).to_owned()));
    rest.is_empty().then(|| pairs.collect())
}

/// What a template sends for a row.
fn prompt(template: &str, row: &Arc<Row>) -> Option<Prompt> {
    let set = TemplateSet::load(Path::new("."), &[]).ok()?;
    let set = set.with_text(Path::new("prompt.j2"), template).ok()?;
    let variants = set
        .variants(&[], &Default::default(), &Default::default(), None)
        .ok()?;
    let variant = variants.list().ok()?.into_iter().next()?;
    set.render(&variant, row, &[]).ok()
}

impl Reading<'_> {
    /// Note where the example row makes other messages in version 1 than the template does here.
    pub(super) fn check_messages_of_1(
        &mut self,
        template: &str,
        row: &Map<String, Value>,
        at: &NotePlace,
    ) {
        let Some(rendered) = self.rendered_in_1.take() else {
            return;
        };
        let row = Arc::new(Row {
            fields: row.clone(),
            ..Row::default()
        });
        // What does not render is told by `wording check`.
        let (Some(there), Some(here)) = (prompt(&rendered, &row), prompt(template, &row)) else {
            return;
        };
        let text = there.messages.first().map_or("", |m| m.content.as_str());
        let what = "the messages of the example values";
        let Some(there) = messages(text) else {
            let why = "version 1 of Prompty refuses them (\"Invalid prompt format\"): a message without text is among them";
            return self.notes.dropped(at, what, why);
        };
        let mut here = here.messages.iter();
        let differs = there.iter().position(|(role, content)| {
            !here.next().is_some_and(|message| {
                message.role.as_str() == role && message.content == *content && !has_image(content)
            })
        });
        if let Some(n) = differs {
            let (role, content) = &there[n];
            let content: String = content.chars().take(40).collect();
            let why = format!(
                "version 1 of Prompty looks for roles and images in the rendered text: message {} is of the role `{role}` there and begins with {content:?}; write roles on lines of their own",
                n + 1
            );
            self.notes.dropped(at, what, why);
        } else if here.next().is_some() {
            let why = format!("version 1 of Prompty sends {} of them", there.len());
            self.notes.dropped(at, what, why);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded with Prompty 0.1.50.
    #[test]
    fn a_rendered_text_is_cut_as_version_1_cuts_it() {
        let of = |text: &str| {
            let found = messages(text)?;
            let found: Vec<String> = found.iter().map(|(r, t)| format!("{r}={t}")).collect();
            Some(found.join("|"))
        };
        for (text, expected) in [
            ("hi", Some("system=hi")),
            (
                "\n# User :\n\n a \nassistant:\nb\nuser:",
                Some("user=a|assistant=b\nuser:"),
            ),
            ("user:\nhi\n  \nassistant:\n\n", Some("user=hi")),
            ("user:\n\nassistant:\nb\n", None),
            (
                "user:\nassistant:\nb\nuser:\nassistant:\nc\n",
                Some("user=assistant|b=user|assistant=c"),
            ),
            (
                "function:\nf\ndeveloper:\nd",
                Some("function=f\ndeveloper:\nd"),
            ),
            ("", None),
        ] {
            assert_eq!(of(text).as_deref(), expected, "{text:?}");
        }
    }
}
