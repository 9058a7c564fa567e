//! The variance report of a run as a page: every figure for a reader, then the rows with the outputs behind them.

use super::{
    advice::{ANCHOR, advice},
    figures::{axes, shares},
    origin::provenance,
    page::{begin, end, escape, many, percent},
    rows::{RowList, chosen, row_anchor},
    variants::{side_by_side, variants},
};
use crate::report::{
    RunReport, WriteError, WriteOptions, advice::HEADING, outputs::Outputs, phrases::need_sentence,
    sayings, svg::band,
};
use std::{
    collections::BTreeSet,
    io::{self, Write},
};

/// Rows in a list.
const LISTED: usize = 24;

pub(in crate::report) fn run(
    out: &mut dyn Write,
    report: &RunReport,
    options: &WriteOptions,
) -> Result<(), WriteError> {
    let title = options.title.clone().unwrap_or_else(|| {
        format!(
            "{}: how the wording sways the score",
            report.info.experiment
        )
    });
    let outputs = if options.no_outputs {
        None
    } else {
        let rows: BTreeSet<usize> = report.models.iter().flat_map(chosen).collect();
        Some(Outputs::read(
            &report.store,
            &report.info,
            rows.into_iter(),
        )?)
    };
    Ok(page(out, report, options, &title, outputs.as_ref())?)
}

fn page(
    out: &mut dyn Write,
    report: &RunReport,
    options: &WriteOptions,
    title: &str,
    outputs: Option<&Outputs>,
) -> io::Result<()> {
    begin(out, title)?;
    head(out, report, options, title)?;
    let mut rows = RowList::new(report, outputs);
    for m in 0..report.models.len() {
        model(out, report, m, &mut rows)?;
    }
    if let Some(found) = &report.advice {
        advice(out, found)?;
    }
    provenance(out, &report.provenance(options.command.clone()))?;
    out.write_all("<p class=\"dim\">Scores: 95 % Wilson intervals where each answer is right or wrong and stands alone, else bootstrap over rows. Differences: paired on the same rows, score or bootstrap interval; p by exact McNemar or sign-flip permutation, adjusted by Holm.</p>\n".as_bytes())?;
    end(out)
}

fn head(
    out: &mut dyn Write,
    report: &RunReport,
    options: &WriteOptions,
    title: &str,
) -> io::Result<()> {
    let (info, c) = (&report.info, &report.counts);
    write!(
        out,
        "<h1>{}</h1>\n<p class=\"dim\">{} · run {} · {} × {} · {} · seed {}</p>\n",
        escape(title),
        escape(&info.experiment),
        escape(&info.id.0),
        many(info.rows, "row"),
        many(info.samples, "sample"),
        many(info.variants.len(), "wording"),
        info.seed,
    )?;
    let mut sections: Vec<String> = report
        .models
        .iter()
        .enumerate()
        .map(|(m, part)| {
            let name = escape(&part.model.to_string());
            format!(
                "<a href=\"#model-{0}\">{name}</a> · <a href=\"#rows-{0}\">its rows</a>",
                m + 1
            )
        })
        .collect();
    if report.advice.is_some() {
        sections.push(format!("<a href=\"#{ANCHOR}\">{HEADING}</a>"));
    }
    writeln!(
        out,
        "<nav aria-label=\"Sections\">{} · <a href=\"#provenance\">where this comes from</a></nav>",
        sections.join(" · ")
    )?;
    if let Some(note) = &options.note {
        writeln!(out, "<p>{}</p>", escape(note))?;
    }
    if let Some(said) = report.caveat() {
        writeln!(out, "<p class=\"dim\">{}</p>", escape(&said))?;
    }
    let missing = info.planned().saturating_sub(c.completed + c.failed);
    let mut honest = format!(
        "{} of {} planned trials have an answer ({} of them reused from earlier runs), {} failed",
        c.completed,
        info.planned(),
        c.reused,
        c.failed
    );
    if missing > 0 {
        honest += &format!(", {missing} are missing: this run is not whole");
    }
    if let Some(cost) = c.cost_usd {
        honest += &format!("; it cost ${cost:.4}");
    }
    let class = if missing + c.failed > 0 {
        "warn"
    } else {
        "dim"
    };
    writeln!(out, "<p class=\"{class}\">{honest}.</p>")?;
    if !options.held.is_empty() {
        out.write_all(b"<ul>")?;
        for held in &options.held {
            let (class, word) = if held.holds {
                ("good", "holds")
            } else {
                ("bad", "does not hold")
            };
            write!(
                out,
                "<li>gate <code>{}</code> <span class=\"{class}\">{word}</span>: {} <span class=\"dim\">{}</span></li>",
                escape(&held.gate),
                escape(&held.values),
                escape(&held.place)
            )?;
        }
        out.write_all(b"</ul>\n")?;
    }
    if report.models.len() > 1 {
        side_by_side(out, report)?;
    }
    Ok(())
}

fn model(
    out: &mut dyn Write,
    report: &RunReport,
    m: usize,
    rows: &mut RowList<'_>,
) -> io::Result<()> {
    let part = &report.models[m];
    let found = &part.analysis;
    let names: Vec<String> = report.names().into_iter().map(str::to_owned).collect();
    write!(
        out,
        "<h2 id=\"model-{}\">{}</h2>\n<div class=\"box\"><p>{}</p></div>\n",
        m + 1,
        escape(&part.model.to_string()),
        escape(&sayings::headline(part, report))
    )?;
    variants(out, report, part)?;
    paragraphs(out, "Expect", &sayings::expect(part, &names))?;
    if let Some(s) = &found.spread {
        let label = format!(
            "best minus worst {} points; chance alone shows up to {} among equal wordings",
            percent(s.value),
            percent(s.null_95)
        );
        writeln!(
            out,
            "{}<p class=\"dim\">{}; the band is what chance alone shows (95 %).</p>",
            band(s.value, s.null_95, &label),
            escape(&label)
        )?;
    }
    paragraphs(out, "What was asked for", &sayings::told(part))?;
    if let Some(text) = sayings::scorer(part) {
        paragraphs(out, "The scorer’s part", &[text])?;
    }
    axes(out, part)?;
    shares(out, part)?;
    for (heading, rows, said) in [
        (
            "Rows that depend most on the wording",
            found.rows_by_fragility(),
            "",
        ),
        (
            "Rows that no wording gets right",
            found.always_wrong_rows(),
            " They say something of the task or of their labels, not of the wording.",
        ),
    ] {
        if rows.is_empty() {
            continue;
        }
        let reachable: BTreeSet<usize> = chosen(part).into_iter().collect();
        let links: Vec<String> = rows
            .iter()
            .filter(|r| reachable.contains(r))
            .take(LISTED)
            .map(|r| {
                let id = report.info.heads.id(*r);
                format!("<a href=\"#{}\">{}</a>", row_anchor(m, &id), escape(&id))
            })
            .collect();
        let more = rows.len() - links.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        write!(
            out,
            "<h3>{heading}</h3>\n<p>{} of {}: {}{more}.{said}</p>\n",
            rows.len(),
            found.rows.len(),
            links.join(", ")
        )?;
    }
    paragraphs(out, "What to do next", &sayings::next(part, report, &names))?;
    let needs: Vec<String> = found.needs.iter().map(need_sentence).collect();
    paragraphs(out, "Not known", &needs)?;
    writeln!(out, "<h3 id=\"rows-{}\">Every row</h3>", m + 1)?;
    rows.write(out, m)
}

fn paragraphs(out: &mut dyn Write, heading: &str, all: &[String]) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    write!(out, "<h3>{heading}</h3>\n<ul>")?;
    for text in all {
        write!(out, "<li>{}</li>", escape(text))?;
    }
    out.write_all(b"</ul>\n")
}
