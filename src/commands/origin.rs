//! Where a run comes from: the command that was typed, and the revision of the project.

use super::context::CommandContext;
use crate::{git::Revision, store::RunOrigin};

/// What makes the run: the command as typed, and the commit of the project's folder.
pub(super) fn origin(place: &CommandContext) -> RunOrigin {
    let revision = Revision::read(&place.project.root);
    RunOrigin {
        command: Some(typed_command()),
        dirty: revision.as_ref().is_some_and(|r| r.dirty),
        commit: revision.map(|r| r.commit),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// The command as typed, fit for a shell; names and passwords inside of addresses are left out.
pub(super) fn typed_command() -> String {
    let words = std::env::args()
        .skip(1)
        .map(|word| match word.split_once("://") {
            Some((scheme, rest)) => {
                let end = rest.find('/').unwrap_or(rest.len());
                match rest[..end].rfind('@') {
                    Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
                    None => word,
                }
            }
            None => word,
        });
    let words: Vec<String> = std::iter::once("wording".to_owned()).chain(words).collect();
    shell_words::join(words)
}
