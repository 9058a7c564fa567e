//! A search for a better wording as a page: verdict, candidates, the change and its rows, what the writer was asked.

use super::{
    changed::rows,
    diff::{change, drawn},
    folds::folds,
    origin::provenance,
    page::{anchor, begin, end, escape, percent, pieces},
    questions::questions,
};
use crate::{
    diff::word_diff,
    display::utc,
    narrate::{folds::interval, labels::points, search as narrate},
    optimize::{CandidateRecord, CandidateState, SearchRecord, SearchVerdict},
    report::{SearchReport, WriteOptions, search},
};
use std::{
    collections::HashSet,
    io::{self, Write},
};

pub(in crate::report) fn search(out: &mut dyn Write, report: &SearchReport) -> io::Result<()> {
    let record = &report.record;
    let title = search::title(record);
    begin(out, &title)?;
    writeln!(out, "<h1>{}</h1>", escape(&title))?;
    let writer = record.request.writer.as_ref();
    let writer = writer.map_or(String::new(), |writer| format!(", reworded by {writer}"));
    writeln!(
        out,
        "<p class=\"dim\">{}, {}: {}{}</p>",
        escape(&record.id),
        utc(record.started_at),
        escape(&record.request.model.to_string()),
        escape(&writer)
    )?;
    verdict(out, record)?;
    out.write_all(b"<dl>")?;
    for (name, value) in search::facts(record) {
        write!(out, "<dt>{name}</dt><dd>{}</dd>", escape(&value))?;
    }
    writeln!(
        out,
        "<dt>may change</dt><dd>{}</dd></dl>",
        escape(&record.regions.join(", "))
    )?;
    if let Some(diff) = &report.sealed {
        let options = WriteOptions::default();
        let mut anchors = HashSet::new();
        for pair in &diff.pairs {
            out.write_all(
                b"<h2 id=\"change\">The change, and the sealed rows that it moved</h2>\n",
            )?;
            change(out, pair, &options)?;
            for effect in &pair.effects {
                rows(out, effect, &options, &mut anchors)?;
            }
        }
    }
    pieces_of_start(out, record)?;
    folds(out, record)?;
    if record.has_search_on_all_rows() {
        candidates(out, report)?;
    }
    if !record.proposals.is_empty() {
        out.write_all(b"<h2 id=\"writer\">What the writer was asked</h2>\n")?;
        questions(out, &record.proposals, &record.candidates)?;
    }
    match &report.sealed {
        Some(diff) => provenance(out, &diff.provenance)?,
        None => writeln!(
            out,
            "<h2 id=\"provenance\">Provenance</h2>\n<pre>{}</pre>\n<p class=\"dim\">wording {}</p>",
            escape(&report.command),
            env!("CARGO_PKG_VERSION")
        )?,
    }
    end(out)
}

fn verdict(out: &mut dyn Write, record: &SearchRecord) -> io::Result<()> {
    let Some(ending) = &record.ending else {
        return Ok(());
    };
    let class = match ending.verdict() {
        SearchVerdict::KeepNew | SearchVerdict::KeepShorter | SearchVerdict::SearchesGain => "k",
        SearchVerdict::Worse => "b",
        SearchVerdict::NoGainShown | SearchVerdict::NotShorter => "u",
    };
    writeln!(
        out,
        "<div class=\"box {class}\"><p>{}</p>",
        escape(&narrate::verdict(record, ending))
    )?;
    out.write_all(b"<dl>")?;
    for (name, value) in search::conclusion(record) {
        write!(out, "<dt>{name}</dt><dd>{}</dd>", escape(&value))?;
    }
    out.write_all(b"</dl>\n")?;
    if let Some(sealed) = &ending.sealed {
        out.write_all(drawn(&narrate::sealed_difference(sealed)).as_bytes())?;
    }
    if let Some(pooled) = &ending.pooled {
        out.write_all(drawn(&interval(pooled)).as_bytes())?;
    }
    out.write_all(b"</div>\n")
}

/// The pieces of the start, what each does and costs, and which are left out.
fn pieces_of_start(out: &mut dyn Write, record: &SearchRecord) -> io::Result<()> {
    if record.pieces.is_empty() {
        return Ok(());
    }
    out.write_all(
        b"<h2 id=\"pieces\">Pieces</h2>\n<p class=\"dim\">Effect: points of the score that having the piece adds, over wordings that have half of the others, \
          with a range of two standard errors.</p>\n<div class=\"scroll\"><table><thead><tr><th scope=\"col\" class=\"n\">piece</th><th scope=\"col\">text</th><th scope=\"col\">in</th>\
          <th scope=\"col\" class=\"n\">tokens</th><th scope=\"col\" class=\"n\">effect</th><th scope=\"col\"></th></tr></thead><tbody>\n",
    )?;
    for (at, piece) in record.pieces.iter().enumerate() {
        let effect = piece.effect.map_or("–".to_owned(), |effect| {
            format!("{} ± {:.1}", points(effect.effect), 196.0 * effect.error)
        });
        let text = escape(piece.text.trim());
        let text = match piece.is_left_out {
            true => format!("<del>{text}</del>"),
            false => text,
        };
        let fate = narrate::fate(piece);
        writeln!(
            out,
            "<tr><td class=\"n\">{}</td><td>{text}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{effect}</td><td>{fate}</td></tr>",
            at + 1,
            escape(&piece.region),
            piece.tokens
        )?;
    }
    out.write_all(b"</tbody></table></div>\n")
}

/// A table of the candidates, each under the one that it was made from, and what each changed.
fn candidates(out: &mut dyn Write, report: &SearchReport) -> io::Result<()> {
    let record = &report.record;
    let nominee = record.ending.as_ref().map_or(0, |ending| ending.nominee);
    let of = match record.request.folds {
        Some(_) => " of the search on all rows",
        None => "",
    };
    writeln!(out, "<h2 id=\"candidates\">Candidates{of}</h2>")?;
    out.write_all(
        b"<p class=\"dim\">Each below the wording that it was made from. Gains are points to the start on the same \
          selection rows; they flatter what was selected by them. Expected: shrunk for the few rows.</p>\n\
          <div class=\"scroll\"><table><thead><tr><th scope=\"col\">wording</th><th scope=\"col\">state</th><th scope=\"col\" class=\"n\">rows</th>\
          <th scope=\"col\" class=\"n\">score, %</th><th scope=\"col\" class=\"n\">gain</th><th scope=\"col\" class=\"n\">expected</th><th scope=\"col\">why</th></tr></thead><tbody>\n",
    )?;
    for (depth, candidate) in report.tree() {
        let of = &record.candidates[candidate];
        let class = match of.state {
            CandidateState::Adopted => "good",
            CandidateState::Dropped => "dim",
            _ => "",
        };
        let named = match candidate > 0 && candidate == nominee {
            true => format!("<b>{}</b>, nominee", escape(&of.name)),
            false => escape(&of.name),
        };
        let number = |value: Option<String>| value.unwrap_or_else(|| "–".into());
        writeln!(
            out,
            "<tr><th scope=\"row\">{}<a href=\"#{}\">{named}</a></th><td class=\"{class}\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            "\u{2003}".repeat(depth.min(12)),
            anchor("candidate", &of.name),
            of.state.as_str(),
            of.rows,
            number(of.score.map(percent)),
            number(of.gain.map(points)),
            number(of.expected_gain.map(points)),
            escape(of.why.as_deref().unwrap_or(""))
        )?;
    }
    out.write_all(b"</tbody></table></div>\n")?;
    for of in &record.candidates {
        texts(out, record, of)?;
    }
    Ok(())
}

/// The texts of a candidate, word by word against those that it was made from.
fn texts(out: &mut dyn Write, record: &SearchRecord, of: &CandidateRecord) -> io::Result<()> {
    let parent = of
        .parents
        .first()
        .and_then(|parent| record.candidates.get(*parent));
    let made = parent.map_or(String::new(), |parent| {
        format!(", made from {}", parent.name)
    });
    writeln!(
        out,
        "<details id=\"{}\"><summary>{}{}</summary>",
        anchor("candidate", &of.name),
        escape(&of.name),
        escape(&made)
    )?;
    for (at, text) in of.texts.iter().enumerate() {
        let before = parent.map_or(Some(text), |parent| parent.texts.get(at));
        let name = record.regions.get(at).map_or("", String::as_str);
        writeln!(
            out,
            "<p class=\"dim\">{}</p>\n<pre>{}</pre>",
            escape(name),
            pieces(&word_diff(before.map_or("", String::as_str), text))
        )?;
    }
    out.write_all(b"</details>\n")
}
