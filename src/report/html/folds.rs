//! The folds of a search as a part of its page: a table, and of each fold its nominee, its candidates and its writer's prompts.

use super::{
    breakdown::write_table,
    page::{escape, pieces},
    questions::questions,
};
use crate::{
    diff::word_diff,
    narrate::{folds as words, search as narrate},
    optimize::{FoldRecord, SearchRecord},
    report::fold_table::fold_table,
};
use std::io::{self, Write};

pub(super) fn folds(out: &mut dyn Write, record: &SearchRecord) -> io::Result<()> {
    let Some(table) = fold_table(record) else {
        return Ok(());
    };
    write_table(out, &table)?;
    for fold in &record.folds {
        search(out, record, fold)?;
    }
    Ok(())
}

/// What the search of a fold found: its nominee word by word, then the others.
fn search(out: &mut dyn Write, record: &SearchRecord, fold: &FoldRecord) -> io::Result<()> {
    writeln!(
        out,
        "<details id=\"fold-{}\"><summary>{}</summary>",
        fold.number,
        escape(&words::fold(record, fold))
    )?;
    let nominee = fold.candidates.get(fold.nominee);
    let nominee = nominee.filter(|_| fold.nominee > 0);
    for (at, text) in nominee.iter().flat_map(|of| of.texts.iter().enumerate()) {
        let start = fold
            .candidates
            .first()
            .and_then(|start| start.texts.get(at));
        let name = record.regions.get(at).map_or("", String::as_str);
        writeln!(
            out,
            "<p class=\"dim\">{}</p>\n<pre>{}</pre>",
            escape(name),
            pieces(&word_diff(start.map_or("", String::as_str), text))
        )?;
    }
    out.write_all(b"<ul>\n")?;
    for candidate in &fold.candidates {
        writeln!(out, "<li>{}</li>", escape(&narrate::candidate(candidate)))?;
    }
    out.write_all(b"</ul>\n")?;
    questions(out, &fold.proposals, &fold.candidates)?;
    out.write_all(b"</details>\n")
}
