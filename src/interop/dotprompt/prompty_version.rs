//! Which version of Prompty a file is of, and what version 1 does that is not done here.

use super::{
    file::Reading,
    prompty::{PromptyVersion, has_role_of_1, is_joined, may_name_role, named_role},
};
use crate::{
    interop::{Node, NotePlace},
    model::each_text,
};
use regex::Regex;
use std::sync::LazyLock;

/// An image in Markdown.
static IMAGE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"!\[[^\]]*\]\([^)]*\)").ok());

/// A line that begins a message of the role that version 2 does not have.
static FUNCTION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^\s*#?\s*function\s*:\s*$").ok());

impl Reading<'_> {
    /// Version 1 where version 2.1.0 refuses the file: inputs or outputs by name without a `kind`, a template without a `format`.
    pub(super) fn prompty_version(&self) -> PromptyVersion {
        let named = ["inputs", "outputs"].map(|key| self.node.get(key));
        let mut named = named.into_iter().flatten().flat_map(Node::entries);
        let has_types = named.any(|(_, value)| value.get("kind").is_none());
        let template = self.node.get("template");
        let has_own_template = template.is_some_and(|template| match template.text() {
            Some(text) => !text.starts_with("${"),
            None => !template.entries().is_empty() && template.get("format").is_none(),
        });
        match has_types || has_own_template {
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

    /// What a file of version 1 sends there in another way.
    pub(super) fn check_version_1(&mut self, body: &str, at: &NotePlace, is_mustache: bool) {
        let lines: Vec<&str> = body.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let at = at.after(n);
            let images = IMAGE.iter().flat_map(|image| image.find_iter(line));
            for image in images {
                let why = "version 1 of Prompty sends the picture in its place, and here it is text: see docs/messages.md";
                self.notes
                    .dropped(&at, format!("`{}`", image.as_str()), why);
            }
            if FUNCTION.as_ref().is_some_and(|role| role.is_match(line)) {
                let why = "there are no messages of this role, so the line is text";
                self.notes.dropped(&at, "the role `function`", why);
            }
            if may_name_role(line) {
                let why = "in version 1 of Prompty it begins a message where it is the name of a role, and here it is text: write the role on a line of its own";
                self.notes.dropped(&at, format!("`{}`", line.trim()), why);
            }
            let before = n.checked_sub(1).and_then(|n| lines.get(n));
            if is_joined(before.copied(), line, lines.get(n + 1).copied()) {
                let why = "tags beside it cut the line end, so that it begins no message in version 1 of Prompty";
                self.notes.dropped(&at, format!("`{}`", line.trim()), why);
            }
            if is_mustache && named_role(line).is_some() {
                let why = "it begins a message in version 1 of Prompty where it is a role, and here only roles that are written out do";
                self.notes.dropped(&at, format!("`{}`", line.trim()), why);
            }
        }
        let Some(sample) = self.node.get("sample").cloned() else {
            return;
        };
        let mut has_role = false;
        each_text(&sample.json(), &mut |text| has_role |= has_role_of_1(text));
        if has_role {
            let why = "a line of them names a role: it begins a message in version 1 of Prompty, and values never do here";
            self.notes.dropped(&sample.at, "the example values", why);
        }
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
