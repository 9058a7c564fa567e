//! The report of a run as a page: every figure, then the rows with their outputs.

use super::{
    advice::{ANCHOR, advice},
    breakdown::{breakdown, write_table},
    figures::{axes, shares},
    origin::{gates, provenance},
    page::{begin, end, escape, percent},
    prompts::{PROMPTS_ANCHOR, prompts},
    rows::{RowList, row_anchor, shown_rows},
    tradeoff::tradeoffs,
    variants::{side_by_side, variants},
};
use crate::{
    narrate::{
        labels::{and_more, count},
        quality::completeness,
        summary,
    },
    report::{
        RunReport, WriteError, WriteOptions,
        advice::HEADING,
        opinions::Opinions,
        outputs::Outputs,
        prompts::{RunPrompts, SHOWN_PROMPTS, run_prompts},
        ratings::RATINGS,
        svg::band,
    },
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
            "{}: effect of the wording on the score",
            report.info.experiment
        )
    });
    let outputs = if options.no_outputs {
        None
    } else {
        let rows: BTreeSet<usize> = report.models.iter().flat_map(shown_rows).collect();
        Some(Outputs::read(
            &report.store,
            &report.info,
            rows.into_iter(),
        )?)
    };
    let opinions = match options.no_outputs {
        true => Opinions::default(),
        false => Opinions::read(&report.store, &report.info)?,
    };
    let rows = RowList::new(report, outputs.as_ref(), opinions);
    let shown = run_prompts(report, options, SHOWN_PROMPTS)?;
    Ok(page(out, report, options, (&title, &shown), rows)?)
}

fn page(
    out: &mut dyn Write,
    report: &RunReport,
    options: &WriteOptions,
    (title, shown): (&str, &RunPrompts<'_>),
    mut rows: RowList<'_>,
) -> io::Result<()> {
    begin(out, title)?;
    head(out, report, options, (title, shown))?;
    for m in 0..report.models.len() {
        model(out, report, m, &mut rows)?;
    }
    tradeoffs(out, report)?;
    let ratings = report.rating_paragraphs();
    let strengths = report.strength_tables();
    if !ratings.is_empty() || !strengths.is_empty() {
        writeln!(out, "<h2>{RATINGS}</h2>")?;
    }
    for paragraph in ratings {
        writeln!(out, "<p>{}</p>", escape(&paragraph))?;
    }
    for table in &strengths {
        write_table(out, table)?;
    }
    prompts(out, report, shown)?;
    if let Some(found) = &report.advice {
        advice(out, found)?;
    }
    provenance(out, &report.provenance(options.command.clone()))?;
    out.write_all("<p class=\"dim\">Scores: 95 % Wilson intervals where each answer is correct or wrong and rows are independent, otherwise bootstrap over rows. Differences: paired on the same rows, score or bootstrap interval; p by exact McNemar or sign-flip permutation, adjusted by Holm.</p>\n".as_bytes())?;
    end(out)
}

fn head(
    out: &mut dyn Write,
    report: &RunReport,
    options: &WriteOptions,
    (title, shown): (&str, &RunPrompts<'_>),
) -> io::Result<()> {
    let info = &report.info;
    write!(
        out,
        "<h1>{}</h1>\n<p class=\"dim\">{} · run {} · {} × {} · {} · seed {}</p>\n",
        escape(title),
        escape(&info.experiment),
        escape(&info.id.0),
        count(info.rows, "row"),
        count(info.samples, "sample"),
        count(info.variants.len(), "wording"),
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
    if !shown.templates.is_empty() {
        sections.push(format!("<a href=\"#{PROMPTS_ANCHOR}\">prompts</a>"));
    }
    if report.advice.is_some() {
        sections.push(format!("<a href=\"#{ANCHOR}\">{HEADING}</a>"));
    }
    writeln!(
        out,
        "<nav aria-label=\"Sections\">{} · <a href=\"#provenance\">provenance</a></nav>",
        sections.join(" · ")
    )?;
    if let Some(note) = &options.note {
        writeln!(out, "<p>{}</p>", escape(note))?;
    }
    if let Some(caveat) = report.caveat() {
        writeln!(out, "<p class=\"dim\">{}</p>", escape(&caveat))?;
    }
    let (counts, complete) = completeness(info.planned(), &report.counts);
    let class = if complete { "dim" } else { "warn" };
    writeln!(out, "<p class=\"{class}\">{counts}</p>")?;
    gates(out, options)?;
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
    write!(
        out,
        "<h2 id=\"model-{}\">{}</h2>\n<div class=\"box\"><p>{}</p></div>\n",
        m + 1,
        escape(&part.model.to_string()),
        escape(&report.headline(part))
    )?;
    variants(out, report, part)?;
    paragraphs(out, "Expect", &part.expectations(report.shown_names()))?;
    if let Some(s) = &found.spread {
        let label = format!(
            "Best to worst: {} points. Chance alone gives up to {} between equal variants",
            percent(s.value),
            percent(s.null_95)
        );
        writeln!(
            out,
            "{}<p class=\"dim\">{} (95 %, shaded).</p>",
            band(s.value, s.null_95, &label),
            escape(&label)
        )?;
    }
    paragraphs(out, "Judges and similarity", &part.scoring_notes())?;
    paragraphs(out, "Effect of the scorer", part.scorer_share().as_slice())?;
    axes(out, part)?;
    shares(out, part)?;
    breakdown(out, report, part)?;
    for (heading, rows, note) in [
        (
            "Rows that depend most on the wording",
            found.rows.by_fragility(),
            "",
        ),
        (
            "Rows that are wrong under every wording",
            found.rows.always_wrong(),
            " Check the task and the labels of these rows; changing the wording does not help.",
        ),
    ] {
        if rows.is_empty() {
            continue;
        }
        let reachable: BTreeSet<usize> = shown_rows(part).into_iter().collect();
        let links: Vec<String> = rows
            .iter()
            .filter(|r| reachable.contains(r))
            .take(LISTED)
            .map(|r| {
                let id = report.info.heads.id(*r);
                format!("<a href=\"#{}\">{}</a>", row_anchor(m, &id), escape(&id))
            })
            .collect();
        write!(
            out,
            "<h3>{heading}</h3>\n<p>{} of {}: {}.{note}</p>\n",
            rows.len(),
            found.rows.len(),
            and_more(&links.join(", "), rows.len() - links.len())
        )?;
    }
    paragraphs(out, "Next", &report.next_steps(part))?;
    let needs: Vec<String> = found.needs.iter().map(summary::unavailable).collect();
    paragraphs(out, "Unknown", &needs)?;
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
