//! Which version of Prompty a file is of, and what version 1 does that is not done here.

use super::{
    file::Reading,
    front_matter::FrontMatter,
    prompty::{PromptyVersion, is_joined, may_name_role, named_role},
};
use crate::interop::{Node, NotePlace};
use regex::Regex;
use std::sync::LazyLock;

/// An image in Markdown.
static IMAGE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"!\[[^\]]*\]\([^)\n]*\)"#).ok());

/// Whether version 1 would send an image in the place of a part of a text.
pub(super) fn has_image(text: &str) -> bool {
    IMAGE.as_ref().is_some_and(|image| image.is_match(text))
}

/// A line that begins a message of the role that version 2 does not have.
static FUNCTION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^\s*#?\s*function\s*:\s*$").ok());

impl Reading<'_> {
    /// Version 1 where version 2.1.0 refuses the file: inputs or outputs by name without a `kind`, a template without a `format`, front
    /// matter where only version 1 finds it.
    pub(super) fn prompty_version(&self, front: &FrontMatter<'_>) -> PromptyVersion {
        let named = ["inputs", "outputs"].map(|key| self.node.get(key));
        let mut named = named.into_iter().flatten().flat_map(Node::entries);
        let has_types = named.any(|(_, value)| value.get("kind").is_none());
        let template = self.node.get("template");
        let has_own_template = template.is_some_and(|template| match template.text() {
            Some(text) => !text.starts_with("${"),
            None => !template.entries().is_empty() && template.get("format").is_none(),
        });
        match has_types || has_own_template || front.is_of_version_1 {
            true => PromptyVersion::One,
            false => PromptyVersion::Two,
        }
    }

    /// Whether the text is sent as it is, without messages.
    pub(super) fn is_completion(&self) -> bool {
        let model = self.node.get("model");
        let api = model.and_then(|model| model.get("api"));
        api.and_then(Node::text) == Some("completion")
    }

    /// What a file of version 1 sends there in another way, and whether there is anything.
    pub(super) fn check_version_1(
        &mut self,
        body: &str,
        at: &NotePlace,
        is_mustache: bool,
    ) -> bool {
        let lines: Vec<&str> = body.lines().collect();
        let mut is_told = false;
        for (n, line) in lines.iter().enumerate() {
            let mut tell = |what: &str, why: &str| {
                self.notes.dropped(&at.after(n), what, why);
                is_told = true;
            };
            let quoted = format!("`{}`", line.trim());
            for image in IMAGE.iter().flat_map(|image| image.find_iter(line)) {
                let why = "version 1 of Prompty sends the picture in its place, and here it is text: see docs/messages.md";
                tell(&format!("`{}`", image.as_str()), why);
            }
            if FUNCTION.as_ref().is_some_and(|role| role.is_match(line)) {
                let why = "there are no messages of this role, so the line is text";
                tell("the role `function`", why);
            }
            if may_name_role(line) {
                let why = "in version 1 of Prompty it begins a message where it is the name of a role, and here it is text: write the role on a line of its own";
                tell(&quoted, why);
            }
            let before = n.checked_sub(1).and_then(|n| lines.get(n));
            if is_joined(before.copied(), line, lines.get(n + 1).copied()) {
                let why = "tags beside it cut the line end, so that it begins no message in version 1 of Prompty";
                tell(&quoted, why);
            }
            if is_mustache && named_role(line).is_some() {
                let why = "it begins a message in version 1 of Prompty where it is a role, and here only roles that are written out do";
                tell(&quoted, why);
            }
        }
        is_told
    }

    /// A file of version 2 with the settings of version 1 is read by the rules of version 2.
    pub(super) fn check_version_2(&mut self, body: &str, at: &NotePlace) {
        let model = self.node.get("model");
        let is_older = model.is_some_and(|model| model.get("configuration").is_some());
        let named = body.lines().position(|line| named_role(line).is_some());
        if let Some(n) = named.filter(|_| is_older) {
            let why = "it begins a message in version 1 of Prompty, and is text in version 2, which reads this file too: with `type` in place of `kind` among `inputs` it is read as version 1";
            self.notes
                .changed(&at.after(n), "a role that a value names", why);
        }
    }
}
