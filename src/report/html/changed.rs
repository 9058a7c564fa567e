//! The rows of a difference: changed ones with both outputs, broken ones first; the others folded.

use super::page::{anchor, escape, pieces};
use crate::{
    diff::Change,
    narrate::labels::{count, row_change},
    outcome::RowChange,
    report::{ChangedRow, PairEffect, RowOutcome, WriteOptions},
};
use std::{
    collections::HashSet,
    io::{self, Write},
};

/// Rows that are open from the start, where their outputs do not fit into a line.
const OPEN: usize = 12;
/// Characters of an output.
const LONGEST: usize = 8_000;
/// Changed rows that a page has room for.
const MOST_ROWS: usize = 10_000;

/// Write the rows with one model.
pub(super) fn rows(
    out: &mut dyn Write,
    effect: &PairEffect,
    options: &WriteOptions,
    anchors: &mut HashSet<String>,
) -> io::Result<()> {
    writeln!(
        out,
        "<h3>The rows, with {}</h3>",
        escape(&effect.model.to_string())
    )?;
    let n = effect.rows.len();
    if n == 0 {
        out.write_all(b"<p>No answer changed.</p>\n")?;
    } else {
        write!(
            out,
            "<p class=\"dim\">Broken rows first. k/n: correct of scored samples. ↻: the answer also changes when the same prompt is repeated.</p>\n\
             <section class=\"rows\" aria-label=\"Rows that changed\">\n<div class=\"tools\" hidden>\
             <label>Search <input type=\"search\" name=\"search\" autocomplete=\"off\"></label>\
             <label>Show <select name=\"show\"><option value=\"\">all changed rows</option><option value=\"b\">broken</option><option value=\"f\">fixed</option><option value=\"i\">improved</option><option value=\"w\">worsened</option><option value=\"c\">answer changed</option><option value=\"s\">not changed by repeating</option></select></label>\
             <label>Order <select name=\"sort\"><option value=\"\" selected>broken first</option><option value=\"f\">fixed first</option></select></label>\
             <button type=\"button\" name=\"open\">Open or close</button> <output aria-live=\"polite\"></output></div>\n<div class=\"list\">\n"
        )?;
        for (i, row) in effect.rows.iter().take(MOST_ROWS).enumerate() {
            let open = i < OPEN && short(row).is_none();
            line(out, row, options, open, anchors)?;
        }
        out.write_all(b"</div>\n</section>\n")?;
        if n > MOST_ROWS {
            writeln!(
                out,
                "<p class=\"warn\">{} more changed rows are left out; the JSON and CSV reports have all.</p>",
                n - MOST_ROWS
            )?;
        }
    }
    if effect.same.is_empty() {
        return Ok(());
    }
    let right = effect.same.iter().filter(|r| r.correct).count();
    write!(
        out,
        "<details><summary>{}: {right} correct, {} not</summary>\n<p>",
        count(effect.same.len(), "unchanged row"),
        effect.same.len() - right
    )?;
    for (i, row) in effect.same.iter().enumerate() {
        let mark = if row.correct { "✓" } else { "✗" };
        let answer = match &row.answer {
            Some(answer) if !options.no_outputs => {
                let short: String = answer.chars().take(60).collect();
                format!(" {}", escape(&short))
            }
            _ => String::new(),
        };
        write!(
            out,
            "{}{mark} {}<span class=\"dim\">{answer}</span>",
            if i > 0 { " · " } else { "" },
            escape(&row.row_id)
        )?;
    }
    out.write_all(b"</p></details>\n")
}

fn line(
    out: &mut dyn Write,
    row: &ChangedRow,
    options: &WriteOptions,
    open: bool,
    anchors: &mut HashSet<String>,
) -> io::Result<()> {
    let (class, flag) = match row.change {
        RowChange::Broken => ("bad", "b"),
        RowChange::Fixed => ("good", "f"),
        RowChange::Worsened => ("bad", "w"),
        RowChange::Improved => ("good", "i"),
        RowChange::AnswerChanged | RowChange::Unchanged => ("dim", "c"),
    };
    let mut id = anchor("row", &row.row_id);
    while !anchors.insert(id.clone()) {
        id.push('-');
    }
    let steady = if row.moves_on_repeats { "" } else { "s" };
    write!(
        out,
        "<details class=\"r\" id=\"{id}\" data-s=\"{flag}{steady}\" data-f=\"{:.4}\" data-k=\"0\"{}><summary><b>{}</b><span class=\"f {class}\">{}</span><span class=\"kn\">{}/{} → {}/{}{}</span>",
        row.after.score - row.before.score,
        if open && !options.no_outputs {
            " open"
        } else {
            ""
        },
        escape(&row.row_id),
        row_change(row),
        row.before.right,
        row.before.of,
        row.after.right,
        row.after.of,
        if row.moves_on_repeats {
            " <span class=\"warn\" title=\"also changes when repeated\">↻</span>"
        } else {
            ""
        }
    )?;
    if options.no_outputs {
        return out.write_all(b"</summary></details>\n");
    }
    if let Some((before, after)) = short(row) {
        write!(
            out,
            "<span class=\"a\"><del>{}</del> <ins>{}</ins></span>",
            escape(before),
            escape(after)
        )?;
    }
    if let Some(input) = &row.input {
        let start: String = input.chars().take(160).collect();
        write!(out, "<span class=\"t\">{}</span>", escape(&start))?;
    }
    out.write_all(b"</summary><div>")?;
    if let Some(input) = &row.input {
        write!(out, "<pre>{}</pre>", escape(&cut(input)))?;
    }
    out.write_all(b"<dl>")?;
    if let Some(expected) = &row.expected {
        write!(
            out,
            "<dt>expected</dt><dd><b>{}</b></dd>",
            escape(&cut(expected))
        )?;
    }
    write!(out, "<dt>before</dt><dd>{}</dd>", outputs(&row.before))?;
    write!(out, "<dt>after</dt><dd>{}</dd>", outputs(&row.after))?;
    // Of answers of a word or two the difference is what stands above already.
    let long = [&row.before, &row.after].iter().any(|t| {
        t.outputs
            .first()
            .is_some_and(|(text, _)| text.split_whitespace().count() > 2)
    });
    if long && row.words.iter().any(|p| p.change != Change::Same) {
        write!(
            out,
            "<dt>word by word</dt><dd><pre>{}</pre></dd>",
            pieces(&row.words)
        )?;
    }
    writeln!(
        out,
        "</dl><a href=\"#{id}\">link to this row</a></div></details>"
    )
}

/// The most frequent outputs, where both are short enough for the line of the row.
fn short<'a>(row: &'a ChangedRow) -> Option<(&'a str, &'a str)> {
    let first = |side: &'a RowOutcome| {
        let (text, _) = side.outputs.first()?;
        let short = text.chars().count() <= 24 && !text.contains('\n') && !text.trim().is_empty();
        short.then_some(text.as_str())
    };
    Some((first(&row.before)?, first(&row.after)?))
}

fn outputs(side: &RowOutcome) -> String {
    if side.outputs.is_empty() {
        return "<span class=\"warn\">no answer</span>".to_owned();
    }
    side.outputs
        .iter()
        .map(|(text, n)| {
            let times = if side.of > 1 {
                format!("<span class=\"dim\">{n} of {} </span>", side.of)
            } else {
                String::new()
            };
            let text = match text.as_str() {
                "" => "<span class=\"dim\">(empty)</span>".to_owned(),
                text if text.len() < 60 && !text.contains('\n') => escape(text),
                text => format!("<pre>{}</pre>", escape(&cut(text))),
            };
            format!("{times}{text}")
        })
        .collect::<Vec<_>>()
        .join("<br>")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
