//! Where a run comes from: the command, and the revision of the project.

use super::context::CommandContext;
use crate::{git::Revision, store::RunOrigin};

/// What makes the run: the command line, and the commit of the project's folder.
pub(super) fn origin(place: &CommandContext) -> RunOrigin {
    let revision = Revision::read(&place.project.root);
    RunOrigin {
        command: Some(place.command()),
        dirty: revision.as_ref().is_some_and(|r| r.dirty),
        commit: revision.map(|r| r.commit),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
