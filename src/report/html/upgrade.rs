//! A comparison of models as a page: the conclusion, each wording with its labels, slices and changed rows, cost and latency.

use super::{
    breakdown::write_table,
    changed::rows,
    diff::drawn,
    origin::{gates, provenance},
    page::{begin, end, escape},
};
use crate::{
    narrate::upgrade as words,
    report::{
        UpgradeReport, WriteOptions,
        upgrade::sentences,
        upgrade_tables::{bills, parts, wordings},
    },
    upgrade::{UpgradeVerdict, UpgradedWording},
};
use std::{
    collections::HashSet,
    io::{self, Write},
};

pub(in crate::report) fn upgrade(
    out: &mut dyn Write,
    report: &UpgradeReport,
    options: &WriteOptions,
) -> io::Result<()> {
    let found = &report.findings;
    let title = words::title(found);
    begin(out, &title)?;
    writeln!(out, "<h1>{}</h1>", escape(&title))?;
    writeln!(out, "<p>{}</p>", escape(&words::conclusion(found)))?;
    gates(out, options)?;
    write_table(out, &wordings(found))?;
    let mut anchors = HashSet::new();
    for (at, wording) in found.wordings.iter().enumerate() {
        writeln!(
            out,
            "<h2 id=\"wording-{}\">{}</h2>",
            at + 1,
            escape(&wording.shown_name)
        )?;
        verdict(out, report, wording)?;
        if let Some(table) = parts(wording) {
            write_table(out, &table)?;
        }
        rows(out, &wording.effect, options, &mut anchors)?;
    }
    out.write_all(b"<h2 id=\"cost\">Cost and latency</h2>\n")?;
    write_table(out, &bills(found))?;
    out.write_all(b"<h2 id=\"about\">About this comparison</h2>\n<ul>")?;
    for text in report.closing() {
        write!(out, "<li>{}</li>", escape(&text))?;
    }
    out.write_all(b"</ul>\n")?;
    provenance(out, &report.provenance())?;
    end(out)
}

fn verdict(
    out: &mut dyn Write,
    report: &UpgradeReport,
    wording: &UpgradedWording,
) -> io::Result<()> {
    let found = &report.findings;
    let class = match wording.outcome.verdict {
        UpgradeVerdict::Equivalent | UpgradeVerdict::Better => "k",
        UpgradeVerdict::Worse => "b",
        _ => "u",
    };
    writeln!(
        out,
        "<div class=\"box {class}\"><p>{}</p>",
        escape(&words::verdict(wording, found))
    )?;
    if let Some(band) = &wording.outcome.difference {
        out.write_all(drawn(&words::interval(band)).as_bytes())?;
    }
    for text in sentences(wording, found) {
        writeln!(out, "<p>{}</p>", escape(&text))?;
    }
    let advice = words::advice(wording, found);
    if !advice.is_empty() {
        out.write_all(b"<p>What to try:</p>\n<ul>")?;
        for text in advice {
            write!(out, "<li>{}</li>", escape(&text))?;
        }
        out.write_all(b"</ul>\n")?;
    }
    out.write_all(b"</div>\n")
}
