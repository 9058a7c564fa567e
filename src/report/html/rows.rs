//! The rows of a run as a heat map: one line per row, one cell per variant, and on opening a line its distinct outputs.

use super::page::{anchor, escape};
use crate::{
    model::TrialId,
    narrate::{labels::count, reading::CUT_OUTPUT},
    outcome::{CellOutcome, CellSummary},
    report::{ModelReport, RunReport, opinions::Opinions, outputs::Outputs},
};
use std::{
    collections::HashSet,
    io::{self, Write},
    ops::Range,
};

/// Rows of a model that a page has room for.
const MOST_ROWS: usize = 10_000;
/// Rows in a group: a browser lays out the groups that are near.
const GROUP: usize = 200;
/// Variants in the heat map.
const MOST_VARIANTS: usize = 48;
/// Characters of an output.
const LONGEST: usize = 4_000;
/// Bytes of all outputs of a page; past them, outputs are cut short.
const MOST_BYTES: usize = 20_000_000;
/// Characters of an output then.
const SHORT: usize = 120;

/// An output (none for a failure), its first trial, and the variants that gave it with how often each.
type Group = (Option<u32>, TrialId, Vec<(usize, usize)>);

/// The rows of a page, and how much room is left for their texts.
pub(super) struct RowList<'a> {
    report: &'a RunReport,
    outputs: Option<&'a Outputs>,
    opinions: Opinions,
    left: usize,
    anchors: HashSet<String>,
    cut: usize,
}

/// The rows shown for a model: all, or those that depend most on the wording, in the order of the dataset.
pub(super) fn shown_rows(part: &ModelReport) -> Vec<usize> {
    let n = part.analysis.rows.len();
    if n <= MOST_ROWS {
        return (0..n).collect();
    }
    let first = part
        .analysis
        .rows
        .by_fragility()
        .into_iter()
        .chain(part.analysis.rows.always_wrong())
        .chain(0..n);
    let mut seen = HashSet::new();
    let mut rows: Vec<usize> = first.filter(|r| seen.insert(*r)).take(MOST_ROWS).collect();
    rows.sort_unstable();
    rows
}

/// The anchor of a row of the model with this number.
pub(super) fn row_anchor(model: usize, id: &str) -> String {
    match model {
        0 => anchor("row", id),
        m => anchor(&format!("m{}-row", m + 1), id),
    }
}

impl<'a> RowList<'a> {
    pub(super) fn new(
        report: &'a RunReport,
        outputs: Option<&'a Outputs>,
        opinions: Opinions,
    ) -> RowList<'a> {
        RowList {
            report,
            outputs,
            opinions,
            left: MOST_BYTES,
            anchors: HashSet::new(),
            cut: 0,
        }
    }

    /// Write the rows of one model.
    pub(super) fn write(&mut self, out: &mut dyn Write, m: usize) -> io::Result<()> {
        let part = &self.report.models[m];
        let rows = shown_rows(part);
        let ranked = part.ranked();
        let shown = &ranked[..ranked.len().min(MOST_VARIANTS)];
        let counted = self.report.info.samples > 1;
        let class = if counted { "rows k" } else { "rows" };
        writeln!(
            out,
            "<p class=\"dim\">One cell per variant, best first, numbered as in the table above: \
             ✓ correct, ± partly correct, ✗ wrong, ~ unreadable, ! failed, · not run{}. Open a row to read the answers.</p>",
            if counted {
                "; k/n: correct of scored samples"
            } else {
                ""
            }
        )?;
        if rows.len() < part.analysis.rows.len() {
            writeln!(
                out,
                "<p class=\"warn\">{} of {} rows are shown: those that depend most on the wording, those that are wrong under every wording, and the first of the others. The JSON and CSV reports have all.</p>",
                rows.len(),
                part.analysis.rows.len()
            )?;
        }
        if shown.len() < ranked.len() {
            writeln!(
                out,
                "<p class=\"warn\">The best {} of {} wordings have a cell; open a row for the outputs of the others.</p>",
                shown.len(),
                ranked.len()
            )?;
        }
        write!(
            out,
            "<section class=\"{class}\" aria-label=\"Rows with {}\">\n<div class=\"tools\" hidden>\
             <label>Search <input type=\"search\" name=\"search\" autocomplete=\"off\"></label>\
             <label>Show <select name=\"show\"><option value=\"\">all rows</option><option value=\"d\">flipping</option><option value=\"g\">fragile</option><option value=\"n\">always wrong</option><option value=\"a\">always correct</option><option value=\"u\">unreadable answers</option><option value=\"x\">failed calls</option></select></label>\
             <label>Order <select name=\"sort\"><option value=\"\" selected>as in the dataset</option><option value=\"f\">most fragile first</option><option value=\"k\">fewest correct first</option></select></label>\
             <button type=\"button\" name=\"open\">Open or close</button> <output aria-live=\"polite\"></output></div>\n<div class=\"head\" aria-hidden=\"true\"><b>row</b><span class=\"c\">",
            escape(&part.model.to_string())
        )?;
        for (i, _) in shown.iter().enumerate() {
            write!(out, "<i>{}</i>", i + 1)?;
        }
        out.write_all(b"</span></div>\n<div class=\"list\">\n")?;
        for group in rows.chunks(GROUP) {
            out.write_all(b"<div class=\"g\">\n")?;
            for row in group {
                self.row(out, m, *row, shown)?;
            }
            out.write_all(b"</div>\n")?;
        }
        out.write_all(b"</div>\n</section>\n")?;
        if self.cut > 0 {
            writeln!(
                out,
                "<p class=\"warn\">{} too long for this page: cut, with … at the end. `wording export` writes them in full.</p>",
                count(self.cut, "output")
            )?;
        }
        Ok(())
    }

    fn row(
        &mut self,
        out: &mut dyn Write,
        m: usize,
        row: usize,
        shown: &[usize],
    ) -> io::Result<()> {
        let report = self.report;
        let part = &report.models[m];
        let found = part.analysis.rows.get(row).unwrap_or_default();
        let id = report.info.heads.id(row);
        let marks: Vec<CellSummary> = (0..report.info.variants.len())
            .map(|v| part.grid.summary(v, row))
            .collect();
        let profile = &found.profile;
        let (right, answered) = (profile.correct_variants, profile.scored_variants);
        let mut flags = String::new();
        if profile.is_flipping() {
            flags.push('d');
        }
        if profile.is_fragile() {
            flags.push('g');
        }
        if profile.is_always_wrong() {
            flags.push('n');
        }
        if right == answered && answered > 0 {
            flags.push('a');
        }
        if marks.iter().any(|k| k.unreadable() > 0) {
            flags.push('u');
        }
        if marks.iter().any(|k| k.failed > 0) {
            flags.push('x');
        }
        let mut anchor = row_anchor(m, &id);
        while !self.anchors.insert(anchor.clone()) {
            anchor.push('-');
        }
        let share = profile.correct_samples as f64 / profile.scored_samples.max(1) as f64;
        write!(
            out,
            "<details class=\"r\" id=\"{anchor}\" data-i=\"{row}\" data-f=\"{:.4}\" data-k=\"{share:.4}\" data-s=\"{flags}\"><summary><b>{}</b><span class=\"c\" role=\"img\" aria-label=\"correct with {right} of {answered} wordings\">",
            profile.fragility(),
            escape(&id)
        )?;
        let counted = report.info.samples > 1;
        for v in shown {
            let mark = &marks[*v];
            let outcome = mark.outcome();
            let class = match outcome {
                CellOutcome::Correct => "y",
                CellOutcome::Wrong => "x",
                CellOutcome::Pending | CellOutcome::Running | CellOutcome::Unscored => "q",
                _ => "m",
            };
            if counted && mark.readable > 0 {
                write!(
                    out,
                    "<i class=\"{class}\">{}/{}</i>",
                    mark.correct,
                    mark.scored()
                )?;
            } else {
                write!(out, "<i class=\"{class}\">{}</i>", outcome.sign())?;
            }
        }
        out.write_all(b"</span>")?;
        // Private data has no texts at all: neither what was asked nor what was expected.
        let Some(outputs) = self.outputs else {
            return out.write_all(b"</summary></details>\n");
        };
        let input = report.texts.get(row);
        if let Some(input) = &input {
            let start: String = input.chars().take(160).collect();
            write!(out, "<span class=\"t\">{}</span>", escape(&start))?;
        }
        out.write_all(b"</summary><div>")?;
        if let Some(input) = &input {
            let text = self.room(input);
            write!(out, "<pre>{}</pre>", escape(&text))?;
        }
        if let Some(expected) = report.info.heads.expected(row) {
            let text = self.room(expected);
            write!(out, "<p>expected <b>{}</b></p>", escape(&text))?;
        }
        write!(out, "<dl>")?;
        for (number, first, who) in self.distinct_outputs(outputs, m, row, &marks) {
            let text = match number {
                Some(number) => {
                    let output = outputs.text(number);
                    let text = self.room(output);
                    if text.is_empty() {
                        "<span class=\"dim\">(empty)</span>".to_owned()
                    } else {
                        let (variant, sample) = (first.variant as usize, first.sample as usize);
                        let cell = part.grid.cell(variant, row, sample);
                        let cut = if cell.truncated { CUT_OUTPUT } else { "" };
                        let answer = cell.answer.and_then(|answer| part.grid.read_answer(answer));
                        let span = answer.and_then(|read| report.spans.find(row, output, read));
                        marked(&text, span) + cut
                    }
                }
                None => "<span class=\"warn\">no answer</span>".to_owned(),
            };
            write!(out, "<dt>{}</dt><dd>{text}", escape(&who))?;
            for line in self.opinions.lines(&report.info, first) {
                let line = self.room(&line);
                write!(out, "<p class=\"dim\">{}</p>", escape(&line))?;
            }
            write!(out, "</dd>")?;
        }
        writeln!(
            out,
            "</dl><a href=\"#{anchor}\">link to this row</a></div></details>"
        )
    }

    /// The distinct outputs of a row, most frequent first, with the first trial of each and which wordings gave them.
    fn distinct_outputs(
        &self,
        outputs: &Outputs,
        m: usize,
        row: usize,
        marks: &[CellSummary],
    ) -> Vec<(Option<u32>, TrialId, String)> {
        let (info, shown) = (&self.report.info, self.report.shown_names());
        let mut groups: Vec<Group> = Vec::new();
        let ranked = self.report.models[m].ranked();
        for v in ranked {
            for sample in 0..info.samples {
                let id = TrialId {
                    model: m as u32,
                    variant: v as u32,
                    row: row as u32,
                    sample: sample as u32,
                };
                let number = outputs.number(id);
                if number.is_none() && marks[v].failed == 0 {
                    continue;
                }
                let at = match groups.iter().position(|(n, ..)| *n == number) {
                    Some(at) => at,
                    None => {
                        groups.push((number, id, Vec::new()));
                        groups.len() - 1
                    }
                };
                match groups[at].2.last_mut() {
                    Some((last, n)) if *last == v => *n += 1,
                    _ => groups[at].2.push((v, 1)),
                }
            }
        }
        groups
            .sort_by_key(|(.., who)| std::cmp::Reverse(who.iter().map(|(_, n)| *n).sum::<usize>()));
        let all = marks.iter().filter(|k| k.scored() + k.failed > 0).count();
        groups
            .into_iter()
            .map(|(number, first, who)| {
                let every = who.len() == all && all > 2;
                let whole = who.iter().all(|(_, n)| *n == info.samples);
                let text = if every && whole {
                    format!("all {}", count(all, "wording"))
                } else {
                    let names: Vec<String> = who
                        .iter()
                        .map(|(v, n)| match info.samples {
                            1 => shown[*v].clone(),
                            all => format!("{} {n}/{all}", shown[*v]),
                        })
                        .collect();
                    names.join(", ")
                };
                (number, first, text)
            })
            .collect()
    }

    /// A text cut to the room that is left.
    fn room(&mut self, text: &str) -> String {
        let most = if self.left == 0 { SHORT } else { LONGEST };
        let mut shown: String = text.chars().take(most).collect();
        if shown.len() < text.len() {
            shown.push('…');
            self.cut += 1;
        }
        self.left = self.left.saturating_sub(shown.len());
        shown
    }
}

/// A text with a part of it marked, where that was not cut off.
fn marked(text: &str, span: Option<Range<usize>>) -> String {
    let parts = span.and_then(|span| {
        let read = text.get(span.clone())?;
        Some((text.get(..span.start)?, read, text.get(span.end..)?))
    });
    match parts {
        Some((before, read, after)) if !read.is_empty() => format!(
            "{}<mark>{}</mark>{}",
            escape(before),
            escape(read),
            escape(after)
        ),
        _ => escape(text),
    }
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn the_part_that_was_read_is_marked() {
        assert_eq!(marked("<b>yes", Some(3..6)), "&lt;b&gt;<mark>yes</mark>");
        assert_eq!(marked("ye…", Some(0..4)), "ye…");
        assert_eq!(marked("yes", None), "yes");
    }
}
