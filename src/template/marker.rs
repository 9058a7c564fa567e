//! What `role()`, `field()`, `image()` and their like leave in the rendered text.
//!
//! A marker holds a number drawn when the process starts, so data cannot forge one.

use super::{FieldFormat, TemplateError};
use crate::model::{Media, MediaSource, Role, ToolCall};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, ops::Range, path::PathBuf, sync::LazyLock};

pub(super) static NONCE: LazyLock<String> =
    LazyLock::new(|| format!("{:032x}", rand::random::<u128>()));

const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

/// The marker that starts a message.
pub(super) fn role(role: Role, trim: bool) -> String {
    let mut text = String::with_capacity(48);
    text.push(OPEN);
    text.push_str(&NONCE);
    text.push(if trim { 'r' } else { 'k' });
    text.push_str(role.as_str());
    text.push(CLOSE);
    text
}

/// The marker that starts a message that is sent as it is, though it be blank.
pub(super) fn exact_role(of: Role) -> String {
    with_kind(of, 'b')
}

/// The marker that starts a message that loses the line ends at its ends.
pub(super) fn line_role(of: Role) -> String {
    with_kind(of, 'n')
}

/// The marker that starts a message of the lines below it: line ends at its ends go, and it is sent though it be blank, unless no line
/// is there.
pub(super) fn block_role(of: Role) -> String {
    with_kind(of, 'l')
}

fn with_kind(of: Role, kind: char) -> String {
    let text = role(of, false);
    let at = OPEN.len_utf8() + NONCE.len();
    format!("{}{kind}{}", &text[..at], &text[at + 1..])
}

/// A field between its two markers, written in a format.
pub(super) fn field(format: Option<&FieldFormat>, name: &str, value: &str) -> String {
    let mut text = String::with_capacity(96 + name.len() + value.len());
    text.push(OPEN);
    text.push_str(&NONCE);
    text.push('f');
    text.push(CLOSE);
    match format {
        Some(format) => format.write(name, value, &mut text),
        None => {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value);
        }
    }
    text.push(OPEN);
    text.push_str(&NONCE);
    text.push('g');
    text.push(CLOSE);
    text
}

/// A part that is not text, as its marker holds it: JSON, so no byte of it can be taken for the end of the marker.
#[derive(Serialize, Deserialize)]
struct MarkedMedia<'a> {
    media: Cow<'a, Media>,
    /// Of a file, which is not in its own JSON.
    location: Option<PathBuf>,
}

/// The marker of a part that is not text.
pub(super) fn media(media: &Media) -> String {
    let location = match &media.source {
        MediaSource::Path(file) => Some(file.location.clone()),
        _ => None,
    };
    let media = Cow::Borrowed(media);
    // Paths that are not Unicode cannot be named by a template.
    let json = serde_json::to_string(&MarkedMedia { media, location }).unwrap_or_default();
    format!("{OPEN}{}m{json}{CLOSE}", *NONCE)
}

/// The marker of a place where the model speaks. The name has letters, digits and `_` only.
pub(super) fn reply(name: &str) -> String {
    format!("{OPEN}{}y{name}{CLOSE}", *NONCE)
}

/// The marker of a tool call.
pub(super) fn tool_call(call: &ToolCall) -> String {
    let json = serde_json::to_string(call).unwrap_or_default();
    format!("{OPEN}{}c{json}{CLOSE}", *NONCE)
}

/// The marker behind that of a message of a tool: the id of the call that it answers.
pub(super) fn answers(id: &str) -> String {
    let json = serde_json::Value::from(id);
    format!("{OPEN}{}i{json}{CLOSE}", *NONCE)
}

fn read_media(json: &str) -> Option<Media> {
    let marked: MarkedMedia<'_> = serde_json::from_str(json).ok()?;
    let mut media = marked.media.into_owned();
    if let MediaSource::Path(file) = &mut media.source {
        file.location = marked.location?;
    }
    Some(media)
}

/// Whether a text holds a marker.
pub(super) fn is_marked(text: &str) -> bool {
    text.contains(NONCE.as_str())
}

/// Where the text of a field is between its markers; `None` where the text is not one field.
pub(super) fn inside_field(text: &str) -> Option<Range<usize>> {
    let mark = |kind: char| format!("{OPEN}{}{kind}{CLOSE}", *NONCE);
    let inside = text.strip_prefix(&mark('f'))?.strip_suffix(&mark('g'))?;
    let start = mark('f').len();
    (!inside.contains(OPEN)).then_some(start..start + inside.len())
}

/// What becomes of white space at the ends of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    Trimmed,
    Kept,
    /// Line ends go, other white space stays.
    Breaks,
    /// Line ends go and are line feeds between lines, and a message without any other text is sent, unless it has no line below that
    /// of its marker.
    Block,
    /// Kept, and a message without any other text is sent.
    Exact,
}

/// A marker that was read.
pub(super) enum Mark {
    Role(Role, Ends),
    FieldStart,
    FieldEnd,
    Media(Box<Media>),
    Reply(String),
    ToolCall(ToolCall),
    /// Which call the message answers.
    Answers(String),
}

/// The next genuine marker from `from` on: where it starts, where it ends, which it is. An error where a marker was
/// changed by the template after it was made (`upper` and the like).
pub(super) fn next_mark(
    text: &str,
    from: usize,
) -> Result<Option<(usize, usize, Mark)>, TemplateError> {
    let mut search = from;
    while let Some(at) = text[search..].find(OPEN).map(|i| i + search) {
        search = at + 1;
        let rest = &text[search..];
        let Some(inner) = rest.strip_prefix(NONCE.as_str()) else {
            let like = rest.get(..NONCE.len());
            if like.is_some_and(|like| like.eq_ignore_ascii_case(&NONCE)) {
                return Err(broken());
            }
            continue;
        };
        let mark = inner.find(CLOSE).and_then(|end| {
            let mark = match (inner.get(..1)?, inner.get(1..end)?) {
                ("f", "") => Mark::FieldStart,
                ("g", "") => Mark::FieldEnd,
                ("c", json) => Mark::ToolCall(serde_json::from_str(json).ok()?),
                ("i", json) => Mark::Answers(serde_json::from_str(json).ok()?),
                ("y", name) => Mark::Reply(name.to_owned()),
                ("m", json) => Mark::Media(Box::new(read_media(json)?)),
                ("r", name) => Mark::Role(Role::parse(name)?, Ends::Trimmed),
                ("n", name) => Mark::Role(Role::parse(name)?, Ends::Breaks),
                ("l", name) => Mark::Role(Role::parse(name)?, Ends::Block),
                ("k", name) => Mark::Role(Role::parse(name)?, Ends::Kept),
                ("b", name) => Mark::Role(Role::parse(name)?, Ends::Exact),
                _ => return None,
            };
            Some((at, search + NONCE.len() + end + CLOSE.len_utf8(), mark))
        });
        return mark.map(Some).ok_or_else(broken);
    }
    Ok(None)
}

fn broken() -> TemplateError {
    TemplateError::new("the output of role(), field(), reply(), tool_call(), image(), audio() or file() was changed by a filter").help(
        "use these functions directly, and apply filters to their arguments: field(\"Review\", row.text | upper)",
    )
}
