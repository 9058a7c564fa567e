//! The variance report of a run as a page: every figure for a reader, then the rows with the outputs behind them.

use super::{
    origin::provenance,
    page::{begin, end, escape, many, percent},
    rows::{RowList, chosen, row_anchor},
};
use crate::{
    analysis::{Interval, VariantFinding, Verdict, points, sentence, verdict_word},
    report::{
        ModelReport, RunReport, WriteError, WriteOptions,
        outputs::Outputs,
        phrases::{axis_details, axis_words, need_sentence, share_parts},
        run::STAND_IN,
        sayings,
        svg::{band, stacked, whisker},
    },
};
use std::{
    collections::BTreeSet,
    io::{self, Write},
};

/// Rows in a list.
const LISTED: usize = 24;

/// Write the page.
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
    let models: Vec<String> = report
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
    writeln!(
        out,
        "<nav aria-label=\"Sections\">{} · <a href=\"#provenance\">where this comes from</a></nav>",
        models.join(" · ")
    )?;
    if let Some(note) = &options.note {
        writeln!(out, "<p>{}</p>", escape(note))?;
    }
    if report.has_demo() {
        writeln!(out, "<p class=\"dim\">{STAND_IN}</p>")?;
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

/// All models beside each other; what is said of each is said of it alone.
fn side_by_side(out: &mut dyn Write, report: &RunReport) -> io::Result<()> {
    out.write_all(b"<h2>All models</h2>\n<div class=\"scroll\"><table data-sort><thead><tr><th scope=\"col\">variant</th>")?;
    for part in &report.models {
        write!(
            out,
            "<th scope=\"col\" class=\"n\">{} %</th><th scope=\"col\">against the baseline</th>",
            escape(&part.model.to_string())
        )?;
    }
    out.write_all(b"</tr></thead><tbody>\n")?;
    for (v, variant) in report.info.variants.iter().enumerate() {
        write!(out, "<tr><th scope=\"row\">{}</th>", escape(&variant.name))?;
        for part in &report.models {
            let f = &part.analysis.variants[v];
            let score = f.score.map_or("–".to_owned(), |s| percent(s.value));
            write!(
                out,
                "<td class=\"n\">{score}</td><td{}>{}</td>",
                class_of(f),
                escape(&verdict(f))
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
            escape(&sentence(&part.analysis, &report.names()))
        )?;
    }
    out.write_all(b"</ul>\n")
}

fn class_of(f: &VariantFinding) -> &'static str {
    match f.verdict {
        Verdict::Better => " class=\"good\"",
        Verdict::Worse => " class=\"bad\"",
        _ => "",
    }
}

fn verdict(f: &VariantFinding) -> String {
    let mut text = match f.verdict {
        Verdict::Undecided { .. } if f.score.is_none() => "no answers".to_owned(),
        _ => verdict_word(&f.verdict).to_owned(),
    };
    if let Verdict::Undecided { more_rows: Some(n) } = f.verdict {
        text += &format!(": about {n} more rows");
    }
    for (n, word) in [
        (f.unreadable, "unreadable"),
        (f.truncated, "truncated"),
        (f.refused, "refused"),
        (f.failed, "failed"),
    ] {
        if n > 0 {
            text += &format!(", {n} {word}");
        }
    }
    text
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
        escape(&sentence(found, &report.names()))
    )?;
    variants(out, report, part)?;
    paragraphs(out, "Expect", &sayings::expect(part, &names))?;
    if let Some(s) = &found.spread {
        let label = format!(
            "best minus worst {} points; chance alone shows up to {} among equal wordings",
            percent(s.value),
            percent(s.null_95)
        );
        write!(
            out,
            "{}<p class=\"dim\">{}; the band is what chance alone shows (95 %).</p>\n",
            band(s.value, s.null_95, &label),
            escape(&label)
        )?;
    }
    if let Some(text) = sayings::scorer(part) {
        paragraphs(out, "The scorer’s part", &[text])?;
    }
    axes(out, part)?;
    shares(out, part)?;
    for (heading, rows, said) in [
        (
            "Rows that depend most on the wording",
            found.fragile_rows(),
            "",
        ),
        (
            "Rows that no wording gets right",
            found.hopeless_rows(),
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

fn number(f: Option<f64>, digits: usize) -> String {
    f.map_or("–".to_owned(), |x| format!("{x:.digits$}"))
}

/// The variants, the best first.
fn variants(out: &mut dyn Write, report: &RunReport, part: &ModelReport) -> io::Result<()> {
    let found = &part.analysis;
    let metrics = &report.info.metrics;
    let trials = part.trials.as_ref();
    let priced = trials.is_some_and(|t| t.cost_per_1000.iter().any(Option::is_some));
    let more = if metrics.len() > 1 && trials.is_some() {
        &metrics[1..]
    } else {
        &[]
    };
    out.write_all("<div class=\"scroll\"><table data-sort><caption>Variants, the best first. Whiskers are 95 % intervals; the line is the baseline, or no difference.</caption>\n<thead><tr><th scope=\"col\" class=\"n\">#</th><th scope=\"col\">variant</th><th scope=\"col\" class=\"n\">score %</th><th scope=\"col\" class=\"n w\">95 %</th><th scope=\"col\" class=\"n\">difference</th><th scope=\"col\">verdict</th><th scope=\"col\" class=\"n\">fixed / broken</th><th scope=\"col\" class=\"n w\">best in</th><th scope=\"col\" class=\"n w\">tokens in + out</th><th scope=\"col\" class=\"n w\">p95 ms</th>".as_bytes())?;
    if priced {
        out.write_all(b"<th scope=\"col\" class=\"n\">$ for 1,000 calls</th>")?;
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
    for (rank, v) in found.ranked().into_iter().enumerate() {
        let f = &found.variants[v];
        write!(
            out,
            "<tr><td class=\"n\">{}</td><th scope=\"row\">{}</th>",
            rank + 1,
            escape(&report.info.variants[v].name)
        )?;
        match &f.score {
            Some(s) => {
                let range = format!("{}–{}", percent(s.low), percent(s.high));
                let label = format!("{} %, {range}", percent(s.value));
                write!(
                    out,
                    "<td class=\"n\">{}</td><td class=\"n w\" data-v=\"{}\">{range}{}</td>",
                    percent(s.value),
                    percent(s.low),
                    whisker(s, (0.0, 1.0), base, &label)
                )?;
            }
            None => out.write_all("<td class=\"n\">–</td><td class=\"n w\"></td>".as_bytes())?,
        }
        match &f.difference {
            Some(d) => {
                let text = in_points(&d.interval);
                write!(
                    out,
                    "<td class=\"n\">{text}{}</td><td class=\"n\">{} / {}</td>",
                    whisker(&d.interval, (-widest, widest), Some(0.0), &text),
                    d.fixed,
                    d.broken
                )?;
            }
            None => out.write_all(b"<td class=\"n\"></td><td class=\"n\"></td>")?,
        }
        write!(
            out,
            "<td class=\"n w\">{:.0} %</td><td class=\"n w\">{:.0} + {:.0}</td><td class=\"n w\">{}</td>",
            f.p_best * 100.0,
            f.prompt_tokens,
            f.completion_tokens,
            number(f.latency_p95_ms, 0)
        )?;
        if let Some(trials) = trials {
            if priced {
                let cost = number(trials.cost_per_1000[v], 4);
                write!(out, "<td class=\"n\">{cost}</td>")?;
            }
            for i in 0..more.len() {
                let mean = trials.metrics[v].get(i + 1).copied().flatten();
                write!(
                    out,
                    "<td class=\"n\">{}</td>",
                    number(mean.map(|x| x * 100.0), 1)
                )?;
            }
        }
        writeln!(out, "<td{}>{}</td></tr>", class_of(f), escape(&verdict(f)))?;
    }
    out.write_all(b"</tbody></table></div>\n")
}

fn in_points(i: &Interval) -> String {
    format!("{} [{} {}]", points(i.value), points(i.low), points(i.high))
}

fn axes(out: &mut dyn Write, part: &ModelReport) -> io::Result<()> {
    let effects = &part.analysis.effects;
    if effects.axes.is_empty() {
        return Ok(());
    }
    out.write_all(b"<h3>What each axis does</h3>\n<div class=\"scroll\"><table><caption>Share: of the variance between the variants\xe2\x80\x99 scores. Effects: points against the mean of the axis, with 95 % intervals.</caption>\n<thead><tr><th scope=\"col\">axis</th><th scope=\"col\" class=\"n\">share</th><th scope=\"col\">what it does</th><th scope=\"col\">levels</th></tr></thead><tbody>\n")?;
    let widest = effects
        .axes
        .iter()
        .flat_map(|a| &a.levels)
        .flat_map(|l| [l.effect.low.abs(), l.effect.high.abs()])
        .fold(0.01f64, f64::max);
    for axis in &effects.axes {
        write!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{:.0} %</td><td>{}",
            escape(&axis.name),
            axis.share * 100.0,
            escape(&axis_words(axis).0)
        )?;
        for text in axis_details(axis) {
            write!(out, "<br><span class=\"dim\">{}</span>", escape(&text))?;
        }
        out.write_all(b"</td><td>")?;
        for level in &axis.levels {
            let text = format!("{} {}", level.name, in_points(&level.effect));
            write!(
                out,
                "{}<span class=\"dim\">{}</span>",
                whisker(&level.effect, (-widest, widest), Some(0.0), &text),
                escape(&text)
            )?;
        }
        out.write_all(b"</td></tr>\n")?;
    }
    out.write_all(b"</tbody></table></div>\n")?;
    for text in sayings::together(effects) {
        writeln!(out, "<p>{}</p>", escape(&text))?;
    }
    Ok(())
}

fn shares(out: &mut dyn Write, part: &ModelReport) -> io::Result<()> {
    let Some(c) = &part.analysis.components else {
        return Ok(());
    };
    out.write_all(b"<h3>Where the differences between scores come from</h3>\n")?;
    let parts = share_parts(c);
    let total: f64 = parts.iter().map(|p| p.1).sum();
    if total <= 0.0 {
        return out.write_all(b"<p>All scores are the same.</p>\n");
    }
    let shares: Vec<f64> = parts.iter().map(|p| p.1 / total).collect();
    let texts: Vec<String> = parts
        .iter()
        .zip(&shares)
        .map(|((name, _), share)| format!("{name} {:.0} %", share * 100.0))
        .collect();
    writeln!(out, "{}", stacked(&shares, &texts.join(", ")))?;
    out.write_all(b"<ul>")?;
    for (i, text) in texts.iter().enumerate() {
        write!(
            out,
            "<li><span class=\"swatch s{i}\"></span> {}</li>",
            escape(text)
        )?;
    }
    out.write_all(b"</ul>\n")?;
    if c.truncated {
        out.write_all(b"<p class=\"dim\">An estimate below zero is shown as 0.</p>\n")?;
    }
    Ok(())
}
