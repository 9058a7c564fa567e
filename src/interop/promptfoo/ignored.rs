//! Keys of a configuration that promptfoo does not know: they change nothing of what is sent or scored.

use crate::interop::{Node, Notes};

/// Note a key, with what it stands in: `tone` of a test.
pub(super) fn note_ignored(what: String, value: &Node, notes: &mut Notes) {
    let why = "promptfoo does not read it, so it changes nothing";
    notes.changed(&value.at, what, why);
}
