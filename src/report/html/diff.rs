//! The report of a difference as a page: verdict, change, rows, noise, honesty, provenance.

use super::{
    origin::provenance,
    page::{anchor, begin, end, escape, many, pieces},
};
use crate::{
    analysis::{Interval, points},
    report::{
        ChangedRow, Conclusion, DiffReport, Effect, Fate, Pair, Told, WriteOptions,
        run::STAND_IN,
        svg::whisker,
        verdicts::{changed, conclusion, difference, fate_words, moved, noise, troubles},
    },
};
use std::{
    collections::HashSet,
    io::{self, Write},
};

/// So many rows are opened from the start.
const OPEN: usize = 12;
/// Characters of an output.
const LONGEST: usize = 8_000;
/// Changed rows that a page has room for.
const MOST_ROWS: usize = 10_000;

/// Write the page.
pub(in crate::report) fn diff(
    out: &mut dyn Write,
    report: &DiffReport,
    options: &WriteOptions,
) -> io::Result<()> {
    begin(out, &report.title)?;
    writeln!(out, "<h1>{}</h1>", escape(&report.title))?;
    writeln!(out, "<p class=\"dim\">{}</p>", escape(&report.experiment))?;
    out.write_all(b"<nav aria-label=\"Sections\"><a href=\"#verdict\">verdict</a> \xc2\xb7 ")?;
    for (i, pair) in report.pairs.iter().enumerate() {
        let name = if report.pairs.len() > 1 {
            pair.after.name.as_str()
        } else {
            "the change and its rows"
        };
        write!(out, "<a href=\"#pair-{}\">{}</a> · ", i + 1, escape(name))?;
    }
    out.write_all(b"<a href=\"#provenance\">where this comes from</a></nav>\n")?;
    if let Some(note) = &report.note {
        writeln!(out, "<p>{}</p>", escape(note))?;
    }
    if report.has_demo() {
        writeln!(out, "<p class=\"dim\">{STAND_IN}</p>")?;
    }
    out.write_all(b"<h2 id=\"verdict\">Verdict</h2>\n")?;
    for pair in &report.pairs {
        for effect in &pair.effects {
            verdict(out, report, pair, effect)?;
        }
        if pair.effects.is_empty() {
            out.write_all(b"<p class=\"warn\">No model was asked with both wordings.</p>\n")?;
        }
    }
    for held in &options.held {
        let (class, word) = if held.holds {
            ("good", "holds")
        } else {
            ("bad", "does not hold")
        };
        writeln!(
            out,
            "<p>gate <code>{}</code> <span class=\"{class}\">{word}</span>: {} <span class=\"dim\">{}</span></p>",
            escape(&held.gate),
            escape(&held.values),
            escape(&held.place)
        )?;
    }
    let mut anchors = HashSet::new();
    for (i, pair) in report.pairs.iter().enumerate() {
        write!(
            out,
            "<h2 id=\"pair-{}\">The change: {} → {}</h2>\n",
            i + 1,
            escape(&pair.before.name),
            escape(&pair.after.name)
        )?;
        change(out, pair, options)?;
        for effect in &pair.effects {
            rows(out, effect, options, &mut anchors)?;
            write!(
                out,
                "<h3>The same wording against itself, with {}</h3>\n<ul>",
                escape(&effect.model.to_string())
            )?;
            for text in noise(effect, pair) {
                write!(out, "<li>{}</li>", escape(&text))?;
            }
            out.write_all(b"</ul>\n")?;
        }
        honesty(out, pair)?;
    }
    provenance(out, &report.provenance)?;
    end(out)
}

fn verdict(
    out: &mut dyn Write,
    report: &DiffReport,
    pair: &Pair,
    effect: &Effect,
) -> io::Result<()> {
    let class = match effect.conclusion {
        Conclusion::KeepAfter => "k",
        Conclusion::KeepBefore | Conclusion::FailsEverywhere => "b",
        Conclusion::Undecided | Conclusion::Nothing => "u",
        Conclusion::NoDifference => "",
    };
    write!(
        out,
        "<div class=\"box {class}\"><p>{}</p>\n<p>{} → {} with {}: {}</p>\n",
        escape(&conclusion(effect, pair, report.margin)),
        escape(&pair.before.name),
        escape(&pair.after.name),
        escape(&effect.model.to_string()),
        escape(&difference(effect))
    )?;
    if let Some(d) = &effect.difference {
        out.write_all(drawn(d).as_bytes())?;
    }
    write!(out, "<p>{}</p>", escape(&moved(effect)))?;
    if let Some(first) = noise(effect, pair).first() {
        write!(out, "<p class=\"dim\">{}</p>", escape(first))?;
    }
    if effect.is_partial() {
        out.write_all(
            b"<p class=\"warn\">Not all trials have an answer: see the counts below.</p>",
        )?;
    }
    out.write_all(b"</div>\n")
}

fn drawn(d: &Interval) -> String {
    let widest = d.low.abs().max(d.high.abs()).max(0.05) * 1.1;
    let label = format!(
        "{} points, {} to {}; the line is no difference",
        points(d.value),
        points(d.low),
        points(d.high)
    );
    whisker(d, (-widest, widest), Some(0.0), &label)
}

fn change(out: &mut dyn Write, pair: &Pair, options: &WriteOptions) -> io::Result<()> {
    write!(
        out,
        "<p class=\"dim\">{} <code>{}</code> → {} <code>{}</code></p>\n<pre>{}</pre>\n<ul>",
        escape(&pair.before.path),
        pair.before.template_hash,
        escape(&pair.after.path),
        pair.after.template_hash,
        pieces(&pair.change.template)
    )?;
    for text in changed(pair) {
        write!(out, "<li>{}</li>", escape(&text))?;
    }
    out.write_all(b"</ul>\n")?;
    if let Some(example) = pair
        .change
        .prompts
        .as_ref()
        .and_then(|p| p.example.as_ref())
        && !options.no_outputs
    {
        write!(
            out,
            "<details><summary>The prompt of row {}, word by word</summary>\n<pre>{}</pre></details>\n",
            escape(&example.row_id),
            pieces(&example.words)
        )?;
    }
    Ok(())
}

fn rows(
    out: &mut dyn Write,
    effect: &Effect,
    options: &WriteOptions,
    anchors: &mut HashSet<String>,
) -> io::Result<()> {
    write!(
        out,
        "<h3>The rows, with {}</h3>\n",
        escape(&effect.model.to_string())
    )?;
    let n = effect.rows.len();
    if n == 0 {
        out.write_all(b"<p>No answer changed.</p>\n")?;
    } else {
        write!(
            out,
            "<p class=\"dim\">What broke first. k/n: right of answers. ↻ marks a row whose answer also changes when the same wording is asked again.</p>\n\
             <section class=\"rows\" aria-label=\"Rows that changed\">\n<div class=\"tools\" hidden>\
             <label>Search <input type=\"search\" name=\"search\" autocomplete=\"off\"></label>\
             <label>Show <select name=\"show\"><option value=\"\">all that changed</option><option value=\"b\">broken</option><option value=\"f\">fixed</option><option value=\"c\">wrong in another way</option><option value=\"s\">not moved by asking again</option></select></label>\
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
                "<p class=\"warn\">{} more rows that changed are left out; the JSON and CSV reports have all.</p>",
                n - MOST_ROWS
            )?;
        }
    }
    if effect.same.is_empty() {
        return Ok(());
    }
    let right = effect.same.iter().filter(|r| r.right).count();
    write!(
        out,
        "<details><summary>{} unchanged: {right} right, {} wrong</summary>\n<p>",
        many(effect.same.len(), "row"),
        effect.same.len() - right
    )?;
    for (i, row) in effect.same.iter().enumerate() {
        let mark = if row.right { "✓" } else { "✗" };
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
    let (sign, word) = fate_words(row.fate);
    let (class, flag) = match row.fate {
        Fate::Broken => ("bad", "b"),
        Fate::Fixed => ("good", "f"),
        Fate::Churn => ("dim", "c"),
    };
    let mut id = anchor("row", &row.row_id);
    while !anchors.insert(id.clone()) {
        id.push('-');
    }
    let steady = if row.moves_on_repeats { "" } else { "s" };
    write!(
        out,
        "<details class=\"r\" id=\"{id}\" data-s=\"{flag}{steady}\" data-f=\"{:.4}\" data-k=\"0\"{}><summary><b>{}</b><span class=\"f {class}\">{sign} {word}</span><span class=\"kn\">{}/{} → {}/{}{}</span>",
        row.after.score - row.before.score,
        if open && !options.no_outputs {
            " open"
        } else {
            ""
        },
        escape(&row.row_id),
        row.before.right,
        row.before.of,
        row.after.right,
        row.after.of,
        if row.moves_on_repeats {
            " <span class=\"warn\" title=\"also changes when asked again\">↻</span>"
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
    if long
        && row
            .words
            .iter()
            .any(|p| p.change != crate::diff::Change::Same)
    {
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
fn short(row: &ChangedRow) -> Option<(&str, &str)> {
    let of = |told: &'_ Told| -> Option<usize> {
        let (text, _) = told.outputs.first()?;
        (text.chars().count() <= 24 && !text.contains('\n') && !text.trim().is_empty())
            .then_some(text.len())
    };
    of(&row.before)?;
    of(&row.after)?;
    Some((&row.before.outputs[0].0, &row.after.outputs[0].0))
}

fn outputs(told: &Told) -> String {
    if told.outputs.is_empty() {
        return "<span class=\"warn\">no answer</span>".to_owned();
    }
    told.outputs
        .iter()
        .map(|(text, n)| {
            let count = if told.of > 1 {
                format!("<span class=\"dim\">{n} of {} </span>", told.of)
            } else {
                String::new()
            };
            let text = match text.as_str() {
                "" => "<span class=\"dim\">(empty)</span>".to_owned(),
                text if text.len() < 60 && !text.contains('\n') => escape(text),
                text => format!("<pre>{}</pre>", escape(&cut(text))),
            };
            format!("{count}{text}")
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

fn honesty(out: &mut dyn Write, pair: &Pair) -> io::Result<()> {
    out.write_all(b"<h3>What the figures rest on</h3>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">model</th><th scope=\"col\">wording</th><th scope=\"col\" class=\"n\">planned</th><th scope=\"col\" class=\"n\">answered</th><th scope=\"col\" class=\"n\">reused</th><th scope=\"col\">not as planned</th><th scope=\"col\" class=\"n\">tokens in + out</th><th scope=\"col\" class=\"n\">$ for 1,000 calls</th></tr></thead><tbody>\n")?;
    for effect in &pair.effects {
        for (side, t) in [
            (&pair.before, &effect.trials_before),
            (&pair.after, &effect.trials_after),
        ] {
            let trouble = troubles(t);
            let trouble = if trouble.is_empty() {
                "<td class=\"dim\">nothing</td>".to_owned()
            } else {
                format!("<td class=\"warn\">{}</td>", escape(&trouble))
            };
            writeln!(
                out,
                "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>{trouble}<td class=\"n\">{:.0} + {:.0}</td><td class=\"n\">{}</td></tr>",
                escape(&effect.model.to_string()),
                escape(&side.name),
                t.planned,
                t.answered,
                t.reused,
                t.tokens[0],
                t.tokens[1],
                t.cost_per_1000
                    .map_or("–".to_owned(), |c| format!("{c:.4}"))
            )?;
        }
    }
    out.write_all(b"</tbody></table></div>\n")
}
