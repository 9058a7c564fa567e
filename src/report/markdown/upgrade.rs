//! A comparison of models as Markdown.

use super::{
    comment::{Comment, TAIL, escape, items, marker},
    diff::changed_rows,
    origin::{gates, provenance},
    run::figure_table,
};
use crate::{
    narrate::upgrade as words,
    report::{
        UpgradeReport, WriteOptions,
        upgrade::sentences,
        upgrade_tables::{bills, parts, wordings},
    },
};

/// The conclusion first, then each wording, cost and latency.
pub(in crate::report) fn upgrade(report: &UpgradeReport, options: &WriteOptions) -> String {
    let found = &report.findings;
    let mut comment = Comment::new(format!(
        "{}# {}\n\n{}\n\n",
        marker("upgrade", &found.experiment),
        escape(&words::title(found)),
        escape(&words::conclusion(found))
    ));
    gates(&mut comment, options);
    figure_table(&mut comment, &wordings(found));
    for wording in &found.wordings {
        let name = &wording.shown_name;
        let head = format!(
            "## {}\n\n**{}**\n\n",
            escape(name),
            escape(&words::verdict(wording, found))
        );
        comment.add(&head, TAIL, "a verdict");
        let mut lines = sentences(wording, found);
        let advice = words::advice(wording, found).into_iter();
        lines.extend(advice.map(|line| format!("Try: {line}")));
        comment.add(
            &format!("{}\n", items(&lines)),
            TAIL,
            &format!("what {name} rests on"),
        );
        if let Some(table) = parts(wording) {
            figure_table(&mut comment, &table);
        }
        changed_rows(&mut comment, &wording.effect, options);
    }
    figure_table(&mut comment, &bills(found));
    comment.add(&items(&report.closing()), TAIL, "about the comparison");
    comment.add(&provenance(&report.provenance()), 500, "provenance");
    comment.finish()
}
