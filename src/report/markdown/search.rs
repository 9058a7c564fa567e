//! The report of a search for a better wording as Markdown.

use super::{
    comment::{Comment, TAIL, escape, fence, items, marker},
    diff::rows,
    origin::provenance,
    run::figure_table,
};
use crate::{
    narrate::search as narrate,
    report::{
        SearchReport, WriteOptions,
        fold_table::fold_table,
        search::{conclusion, facts, title},
    },
};

/// A search for a better wording: verdict first, then the candidates, the change and its rows.
pub(in crate::report) fn search(report: &SearchReport) -> String {
    let record = &report.record;
    let mut comment = Comment::new(format!(
        "{}# {}\n\n",
        marker("search", &record.experiment),
        escape(&title(record))
    ));
    if let Some(ending) = &record.ending {
        let verdict = narrate::verdict(record, ending);
        comment.add(&format!("**{}**\n\n", escape(&verdict)), TAIL, "");
    }
    let facts = conclusion(record).into_iter().chain(facts(record));
    let facts: Vec<String> = facts
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    comment.add(&items(&facts), TAIL, "");
    if let Some(table) = fold_table(record) {
        figure_table(&mut comment, &table);
    }
    if let Some(change) = &report.file_change {
        comment.add("\n## The change\n\n", TAIL, "");
        comment.add(&fence(change, "diff"), TAIL, "the change");
    }
    if let Some(diff) = &report.sealed {
        for pair in &diff.pairs {
            for effect in &pair.effects {
                comment.add("\n", TAIL, "");
                rows(&mut comment, pair, effect, &WriteOptions::default());
            }
        }
    }
    if !record.pieces.is_empty() {
        comment.add("\n## Pieces\n\n", TAIL, "");
        let pieces: Vec<String> = record.pieces.iter().map(narrate::piece).collect();
        comment.add(&items(&pieces), TAIL, "the pieces");
    }
    if !record.has_search_on_all_rows() {
        return comment.finish();
    }
    comment.add("\n## Candidates\n\n", TAIL, "");
    let tree = report.tree().into_iter();
    let lines: Vec<String> = tree
        .map(|(depth, candidate)| {
            let line = narrate::candidate(&record.candidates[candidate]);
            format!("{}- {}\n", "  ".repeat(depth), escape(&line))
        })
        .collect();
    comment.lines(&lines, TAIL, "candidates");
    if let Some(diff) = &report.sealed {
        comment.add(&provenance(&diff.provenance), 500, "provenance");
    }
    comment.finish()
}
