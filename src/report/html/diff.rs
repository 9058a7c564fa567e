//! The report of a difference as a page: verdict, change, rows, noise, data quality, provenance.

use super::{
    changed::rows,
    origin::{gates, provenance},
    page::{begin, end, escape, pieces},
};
use crate::{
    analysis::Interval,
    narrate::{
        change::{advice_hint, changed, conclusion, difference, repeat_noise, row_counts},
        labels::{points_sentence, problems},
    },
    report::{ComparedPair, DiffConclusion, DiffReport, PairEffect, WriteOptions, svg::whisker},
};
use std::{
    collections::HashSet,
    io::{self, Write},
};

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
    out.write_all(b"<a href=\"#provenance\">provenance</a></nav>\n")?;
    if let Some(note) = &report.note {
        writeln!(out, "<p>{}</p>", escape(note))?;
    }
    if let Some(note) = report.stand_in() {
        writeln!(out, "<p class=\"dim\">{}</p>", escape(&note))?;
    }
    out.write_all(b"<h2 id=\"verdict\">Verdict</h2>\n")?;
    for pair in &report.pairs {
        for effect in &pair.effects {
            verdict(out, report, pair, effect)?;
        }
        if pair.effects.is_empty() {
            out.write_all(b"<p class=\"warn\">No model answered both wordings.</p>\n")?;
        }
    }
    gates(out, options)?;
    let mut anchors = HashSet::new();
    for (i, pair) in report.pairs.iter().enumerate() {
        writeln!(
            out,
            "<h2 id=\"pair-{}\">The change: {} → {}</h2>",
            i + 1,
            escape(&pair.before.name),
            escape(&pair.after.name)
        )?;
        change(out, pair, options)?;
        for effect in &pair.effects {
            rows(out, effect, options, &mut anchors)?;
            write!(
                out,
                "<h3>Noise of repeating, with {}</h3>\n<ul>",
                escape(&effect.model.to_string())
            )?;
            for text in repeat_noise(effect, pair) {
                write!(out, "<li>{}</li>", escape(&text))?;
            }
            out.write_all(b"</ul>\n")?;
        }
        data_quality(out, pair)?;
    }
    provenance(out, &report.provenance)?;
    end(out)
}

fn verdict(
    out: &mut dyn Write,
    report: &DiffReport,
    pair: &ComparedPair,
    effect: &PairEffect,
) -> io::Result<()> {
    let class = match effect.conclusion {
        DiffConclusion::KeepAfter => "k",
        DiffConclusion::KeepBefore | DiffConclusion::FailsEverywhere => "b",
        DiffConclusion::Identical
        | DiffConclusion::Undecided
        | DiffConclusion::NotComparable
        | DiffConclusion::Nothing => "u",
        DiffConclusion::NoDifference => "",
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
    write!(out, "<p>{}</p>", escape(&row_counts(effect)))?;
    if let Some(text) = advice_hint(effect, report.advice_experiment()) {
        write!(out, "<p>{}</p>", escape(&text))?;
    }
    let noise = &repeat_noise(effect, pair)[0];
    write!(out, "<p class=\"dim\">{}</p>", escape(noise))?;
    if effect.is_partial() {
        out.write_all(
            b"<p class=\"warn\">Not all trials have an answer; see the counts below.</p>",
        )?;
    }
    out.write_all(b"</div>\n")
}

pub(super) fn drawn(d: &Interval) -> String {
    let widest = d.low.abs().max(d.high.abs()).max(0.05) * 1.1;
    let label = format!("{}; the line marks no difference", points_sentence(d));
    whisker(d, (-widest, widest), Some(0.0), &label)
}

pub(super) fn change(
    out: &mut dyn Write,
    pair: &ComparedPair,
    options: &WriteOptions,
) -> io::Result<()> {
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

fn data_quality(out: &mut dyn Write, pair: &ComparedPair) -> io::Result<()> {
    out.write_all(b"<h3>Data quality</h3>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\">model</th><th scope=\"col\">wording</th><th scope=\"col\" class=\"n\">planned</th><th scope=\"col\" class=\"n\">answered</th><th scope=\"col\" class=\"n\">reused</th><th scope=\"col\">problems</th><th scope=\"col\" class=\"n\">tokens in + out</th><th scope=\"col\" class=\"n\">$ per 1,000 calls</th></tr></thead><tbody>\n")?;
    for effect in &pair.effects {
        for (side, t) in [
            (&pair.before, &effect.trials_before),
            (&pair.after, &effect.trials_after),
        ] {
            let problems = problems(t);
            let problems = if problems.is_empty() {
                "<td class=\"dim\">none</td>".to_owned()
            } else {
                format!("<td class=\"warn\">{}</td>", escape(&problems))
            };
            writeln!(
                out,
                "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>{problems}<td class=\"n\">{:.0} + {:.0}</td><td class=\"n\">{}</td></tr>",
                escape(&effect.model.to_string()),
                escape(&side.shown_name),
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
