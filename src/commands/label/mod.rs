//! `wording label`: people give the expected answers.

mod agreement;
mod export;
mod merge;
mod session;

pub(super) use session::{label_rows, person};

use super::output::{Exit, Messages};
use crate::{
    annotation::{JournalContents, JournalRecord},
    cli::{Global, LabelArgs},
    display::count,
    source::as_typed,
};
use std::path::Path;

pub async fn label(global: &Global, args: &LabelArgs) -> anyhow::Result<Exit> {
    if args.export {
        export::export(global, args)
    } else if args.agreement {
        agreement::agreement(global, args)
    } else if !args.merge.is_empty() {
        merge::merge(global, args)
    } else {
        session::session(global, args).await
    }
}

/// Report the line that a killed process left unfinished.
pub(super) fn warn_of_torn_line<R: JournalRecord>(
    messages: &Messages,
    file: &Path,
    contents: &JournalContents<R>,
) {
    if let Some(torn) = contents.torn {
        messages.warn(&format!(
            "{}:{}: the last line is not finished ({}), as after a crash; it is ignored",
            as_typed(file).display(),
            torn.line,
            count(torn.bytes, "byte")
        ));
    }
}
