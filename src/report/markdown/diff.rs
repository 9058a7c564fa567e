//! The report of a difference as Markdown.

use super::{
    comment::{Comment, TAIL, cell, escape, fence, items, marker},
    origin::{gates, provenance},
};
use crate::{
    diff::Piece,
    narrate::{
        change::{advice_hint, changed, conclusion, difference, repeat_noise, row_counts},
        labels::{count, problems, row_change},
    },
    report::{ChangedRow, ComparedPair, DiffReport, PairEffect, RowOutcome, WriteOptions},
};

/// The report of a difference.
pub(in crate::report) fn diff(report: &DiffReport, options: &WriteOptions) -> String {
    let mut head = format!(
        "{}# {}\n\n",
        marker("diff", &report.experiment),
        escape(&report.title)
    );
    if let Some(note) = &report.note {
        head += &format!("{}\n\n", escape(note));
    }
    let mut comment = Comment::new(head);
    for pair in &report.pairs {
        for effect in &pair.effects {
            let text = format!(
                "**{}**\n\n{} → {} with {}: {}\n{} {}\n\n",
                escape(&conclusion(effect, pair, report.margin)),
                escape(&pair.before.name),
                escape(&pair.after.name),
                escape(&effect.model.to_string()),
                escape(&difference(effect)),
                escape(&row_counts(effect)),
                escape(&repeat_noise(effect, pair)[0]),
            );
            comment.add(&text, TAIL, "a verdict");
            if let Some(text) = advice_hint(effect, report.advice_experiment()) {
                comment.add(&format!("{}\n\n", escape(&text)), TAIL, "");
            }
        }
    }
    gates(&mut comment, options);
    for pair in &report.pairs {
        let name = format!("{} → {}", pair.before.name, pair.after.name);
        comment.add(&format!("## The change: {}\n\n", escape(&name)), TAIL, "");
        comment.add(
            &fence(
                &pair
                    .change
                    .template
                    .iter()
                    .map(Piece::marked)
                    .collect::<String>(),
                "text",
            ),
            TAIL,
            &format!("the template of {name}"),
        );
        comment.add(
            &format!("\n{}\n", items(&changed(pair))),
            TAIL,
            &format!("the change of {name}"),
        );
        for effect in &pair.effects {
            rows(&mut comment, pair, effect, options);
        }
    }
    if let Some(note) = report.stand_in() {
        comment.add(&format!("{}\n", escape(&note)), 500, "");
    }
    comment.add(&provenance(&report.provenance), 500, "provenance");
    comment.finish()
}

pub(super) fn rows(
    comment: &mut Comment,
    pair: &ComparedPair,
    effect: &PairEffect,
    options: &WriteOptions,
) {
    changed_rows(comment, effect, options);
    let [before, after] = [&effect.trials_before, &effect.trials_after].map(|t| {
        let problems = problems(t);
        if problems.is_empty() {
            "all as planned".to_owned()
        } else {
            problems
        }
    });
    let mut last = vec![unchanged(effect)];
    last.extend(repeat_noise(effect, pair).into_iter().skip(1));
    last.push(format!("Trials before: {before}; after: {after}"));
    comment.add(&format!("\n{}\n", items(&last)), 1_500, "");
}

/// `23 unchanged rows, 20 of them correct`
fn unchanged(effect: &PairEffect) -> String {
    let correct = effect.same.iter().filter(|r| r.correct).count();
    let unchanged = count(effect.same.len(), "unchanged row");
    format!("{unchanged}, {correct} of them correct")
}

/// The rows that changed, as a table.
pub(super) fn changed_rows(comment: &mut Comment, effect: &PairEffect, options: &WriteOptions) {
    let model = effect.model.to_string();
    comment.add(&format!("### Rows, with {}\n\n", escape(&model)), TAIL, "");
    if effect.rows.is_empty() {
        comment.add("No answer changed.\n\n", TAIL, "");
    } else if options.no_outputs {
        comment.add(
            "| | row | correct before | correct after |\n| --- | --- | ---: | ---: |\n",
            TAIL,
            "",
        );
    } else {
        comment.add("| | row | input | expected | before | after |\n| --- | --- | --- | --- | --- | --- |\n", TAIL, "");
    }
    let lines: Vec<String> = effect
        .rows
        .iter()
        .map(|row| row_line(row, options.no_outputs))
        .collect();
    comment.lines(&lines, TAIL, &format!("changed rows with {model}"));
}

fn row_line(row: &ChangedRow, no_outputs: bool) -> String {
    let change = row_change(row);
    let again = if row.moves_on_repeats { " ↻" } else { "" };
    if no_outputs {
        return format!(
            "| {change}{again} | {} | {}/{} | {}/{} |\n",
            cell(&row.row_id),
            row.before.right,
            row.before.of,
            row.after.right,
            row.after.of
        );
    }
    format!(
        "| {change}{again} | {} | {} | {} | {} | {} |\n",
        cell(&row.row_id),
        cell(row.input.as_deref().unwrap_or("")),
        cell(row.expected.as_deref().unwrap_or("–")),
        output_cell(&row.before),
        output_cell(&row.after)
    )
}

fn output_cell(side: &RowOutcome) -> String {
    let first = side.outputs.first();
    let first = first.map_or("no answer".to_owned(), |(text, _)| cell(text));
    if side.of > 1 {
        format!("{}/{} {first}", side.right, side.of)
    } else {
        first
    }
}
