//! The variants of a run in tables: one model in full, or all models side by side.

use super::page::{escape, percent};
use crate::{
    analysis::{VariantFinding, Verdict},
    narrate::labels::{points_interval, score_range, unweighted},
    report::{ModelReport, RunReport, svg::whisker, variant_columns::VariantColumns},
};
use std::io::{self, Write};

/// All models side by side; each verdict is about its model alone.
pub(super) fn side_by_side(out: &mut dyn Write, report: &RunReport) -> io::Result<()> {
    out.write_all(b"<h2>All models</h2>\n<div class=\"scroll\"><table data-sort><thead><tr><th scope=\"col\">variant</th>")?;
    for part in &report.models {
        write!(
            out,
            "<th scope=\"col\" class=\"n\">{} %</th><th scope=\"col\">compared with the baseline</th>",
            escape(&part.model.to_string())
        )?;
    }
    out.write_all(b"</tr></thead><tbody>\n")?;
    for (v, variant) in report.info.variants.iter().enumerate() {
        write!(
            out,
            "<tr><th scope=\"row\" class=\"v\"{}>{}</th>",
            full_name(&variant.name, &report.shown_names()[v]),
            breakable(&report.shown_names()[v])
        )?;
        for part in &report.models {
            let f = &part.analysis.variants[v];
            let score = f.score.map_or("–".to_owned(), |s| percent(s.value));
            write!(
                out,
                "<td class=\"n\">{score}</td><td class=\"e{}\">{}</td>",
                class_of(f),
                escape(&part.verdict_label(v))
            )?;
        }
        out.write_all(b"</tr>\n")?;
    }
    out.write_all(b"</tbody></table></div>\n<ul>")?;
    for (m, part) in report.models.iter().enumerate() {
        write!(
            out,
            "<li><a href=\"#model-{}\">{}</a>: {}</li>",
            m + 1,
            escape(&part.model.to_string()),
            escape(&report.headline(part))
        )?;
    }
    out.write_all(b"</ul>\n")
}

/// A name that may be broken after its commas.
fn breakable(name: &str) -> String {
    escape(name).replace(',', ",<wbr>").replace('[', "[<wbr>")
}

/// The name in full, to be seen on hovering, where another is shown.
fn full_name(full: &str, shown: &str) -> String {
    match full == shown {
        true => String::new(),
        false => format!(" title=\"{}\"", escape(full)),
    }
}

fn class_of(f: &VariantFinding) -> &'static str {
    match f.verdict {
        Verdict::Better => " good",
        Verdict::Worse => " bad",
        _ => "",
    }
}

fn number(f: Option<f64>, digits: usize) -> String {
    f.map_or("–".to_owned(), |x| format!("{x:.digits$}"))
}

pub(super) fn variants(
    out: &mut dyn Write,
    report: &RunReport,
    part: &ModelReport,
) -> io::Result<()> {
    let found = &part.analysis;
    let metrics = &report.info.metrics;
    let priced = part.is_priced();
    let more = metrics.get(1..).unwrap_or(&[]);
    out.write_all("<div class=\"scroll\"><table data-sort><caption>Variants, best first. Whiskers are 95 % intervals; the line is the baseline, or no difference.</caption>\n<thead><tr><th scope=\"col\" class=\"n\">#</th>".as_bytes())?;
    let columns = VariantColumns::levels(report);
    for name in &columns.head {
        write!(out, "<th scope=\"col\">{}</th>", escape(name))?;
    }
    write!(
        out,
        "<th scope=\"col\" class=\"n\">{}</th>",
        part.score_head()
    )?;
    out.write_all("<th scope=\"col\" class=\"n w\">95 % CI</th>".as_bytes())?;
    let partial = part.partial_rows(metrics.len());
    if partial.is_some() {
        out.write_all(b"<th scope=\"col\" class=\"n\">rows</th>")?;
    }
    if found.is_weighted() {
        out.write_all(b"<th scope=\"col\" class=\"n\">unweighted</th>")?;
    }
    out.write_all("<th scope=\"col\" class=\"n\">difference</th><th scope=\"col\">verdict</th><th scope=\"col\" class=\"n\">fixed / broken</th><th scope=\"col\" class=\"n w\">P(best)</th><th scope=\"col\" class=\"n w\">tokens in + out</th><th scope=\"col\" class=\"n w\">p95 ms</th>".as_bytes())?;
    if priced {
        out.write_all(b"<th scope=\"col\" class=\"n\">$ per 1,000 calls</th>")?;
    }
    for name in more {
        write!(out, "<th scope=\"col\" class=\"n\">{} %</th>", escape(name))?;
    }
    out.write_all(b"</tr></thead><tbody>\n")?;
    let base = found
        .variants
        .get(report.info.baseline)
        .and_then(|f| f.score)
        .map(|s| s.value);
    let widest = found
        .variants
        .iter()
        .filter_map(|f| f.difference.as_ref())
        .flat_map(|d| [d.interval.low.abs(), d.interval.high.abs()])
        .fold(0.05f64, f64::max);
    for (v, rank) in part.ranks() {
        let f = &found.variants[v];
        let rank = f.score.map_or(String::new(), |_| rank.to_string());
        write!(out, "<tr><td class=\"n\">{rank}</td>")?;
        for (c, cell) in columns.rows[v].iter().enumerate() {
            match c {
                0 => write!(
                    out,
                    "<th scope=\"row\" class=\"v\"{}>{}</th>",
                    full_name(&report.info.variants[v].name, cell),
                    breakable(cell)
                )?,
                _ => write!(out, "<td class=\"v\">{}</td>", breakable(cell))?,
            }
        }
        match &f.score {
            Some(s) => {
                let range = score_range(s);
                let label = format!("{} %, {range}", percent(s.value));
                write!(
                    out,
                    "<td class=\"n\">{}</td><td class=\"n w\" data-v=\"{}\">{range}{}</td>",
                    percent(s.value),
                    percent(s.low),
                    whisker(s, (0.0, 1.0), base, &label)
                )?;
            }
            None => {
                let agreement = number(part.score_or_agreement(v).map(|x| x * 100.0), 1);
                write!(
                    out,
                    "<td class=\"n\">{agreement}</td><td class=\"n w\"></td>"
                )?;
            }
        }
        if let Some(rows) = &partial {
            write!(out, "<td class=\"n\" data-v=\"{}\">{}</td>", f.n, rows[v])?;
        }
        if found.is_weighted() {
            let plain = unweighted(f).unwrap_or_default();
            write!(out, "<td class=\"n\">{plain}</td>")?;
        }
        let difference = f.difference.as_ref().map_or(String::new(), |d| {
            let text = points_interval(&d.interval);
            let drawn = whisker(&d.interval, (-widest, widest), Some(0.0), &text);
            format!("{text}{drawn}")
        });
        let flips = f.difference.as_ref().map_or(String::new(), |d| {
            format!("{} / {}", d.changes.fixed, d.changes.broken)
        });
        write!(
            out,
            "<td class=\"n\">{difference}</td><td class=\"e{}\">{}</td><td class=\"n\">{flips}</td>",
            class_of(f),
            escape(&part.verdict_label(v))
        )?;
        write!(
            out,
            "<td class=\"n w\">{:.0} %</td><td class=\"n w\">{:.0} + {:.0}</td><td class=\"n w\">{}</td>",
            f.p_best * 100.0,
            f.prompt_tokens,
            f.completion_tokens,
            number(f.latency_p95_ms, 0)
        )?;
        if priced {
            let cost = number(part.cost_per_1000(v), 4);
            write!(out, "<td class=\"n\">{cost}</td>")?;
        }
        for (i, name) in more.iter().enumerate() {
            let mean = number(part.grid.metric_mean(i + 1, v).map(|x| x * 100.0), 1);
            let found = part.breakdown.metric(name).and_then(|found| found[v].score);
            let range = found.map_or(String::new(), |i| format!(" {}", score_range(&i)));
            write!(out, "<td class=\"n\" data-v=\"{mean}\">{mean}{range}</td>")?;
        }
        out.write_all(b"</tr>\n")?;
    }
    out.write_all(b"</tbody></table></div>\n")
}
