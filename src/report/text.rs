//! Reports for the terminal.

use super::{
    ModelReport, RunReport, figure_table::FigureTable, rating_tables::strength_table,
    variant_columns::VariantColumns,
};
use crate::{
    analysis::{Interval, LeaderboardLine, PreferenceRanking, Verdict},
    display::{self, fit, visible},
    narrate::{
        labels::{count, points_interval, score_range, unweighted},
        quality, summary,
    },
};
use anstyle::{AnsiColor, Effects, Style};
use unicode_width::UnicodeWidthStr;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const UNSURE: Style = AnsiColor::Yellow.on_default();
pub(super) const REMOVED: Style = BAD.effects(Effects::STRIKETHROUGH);
pub(super) const ADDED: Style = GOOD.effects(Effects::UNDERLINE);

/// A unified diff for the terminal.
pub fn unified_text(diff: &str, color: bool) -> String {
    let lines = diff.lines().map(|line| {
        let style = match line.as_bytes().first() {
            Some(b'+') => GOOD,
            Some(b'-') => BAD,
            _ => Style::new(),
        };
        format!("{}\n", Paint(color).with(style, &visible(line)))
    });
    lines.collect()
}

/// Applies styles, where colour is on.
pub(super) struct Paint(pub(super) bool);

impl Paint {
    pub(super) fn with(&self, style: Style, text: &str) -> String {
        if self.0 {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The colour of a verdict.
    pub(super) fn verdict(&self, verdict: &Verdict, text: &str) -> String {
        match verdict {
            Verdict::Better => self.with(GOOD, text),
            Verdict::Worse => self.with(BAD, text),
            _ => text.to_owned(),
        }
    }
}

/// The summary of a run: for each model a table and the result in words.
pub fn summary(report: &RunReport, width: usize, color: bool) -> String {
    let paint = Paint(color);
    let mut text = String::new();
    for part in &report.models {
        text += &format!("{}\n", paint.with(BOLD, &part_head(report, part)));
        text += &table(report, part, width, &paint);
        let mut lines = vec![report.headline(part)];
        if part.policy.is_none() {
            lines.extend(summary::expected_score(
                &part.analysis,
                report.shown_names(),
            ));
        }
        lines.extend(part.scoring_notes());
        if report.info.is_scored_only() {
            lines.extend(report.row_counts(part));
        }
        text.push('\n');
        for line in lines {
            text += &format!("{}\n", wrap(&visible(&line), width));
        }
    }
    text += &ratings(report, width, &paint);
    text + &foot(report, width, &paint)
}

/// What people's ratings say; empty where there are none.
pub(super) fn ratings(report: &RunReport, width: usize, paint: &Paint) -> String {
    let paragraphs = report.rating_paragraphs().into_iter();
    let paragraphs = paragraphs.map(|text| wrap(&visible(&text), width) + "\n");
    let tables = report.strength_tables().into_iter();
    let tables = tables.map(|table| noted_table(&table, width, paint));
    paragraphs.chain(tables).collect()
}

/// The strengths of several wordings, one line per sentence.
pub fn strength_text(found: &PreferenceRanking) -> String {
    let text = noted_table(&strength_table(found), usize::MAX, &Paint(false));
    text.trim_end().to_owned()
}

/// The notes of a table, then the table.
fn noted_table(table: &FigureTable, width: usize, paint: &Paint) -> String {
    let notes = table.notes.iter().map(|note| wrap(&visible(note), width));
    let lines = notes.chain(table_lines(table, width, paint));
    lines.map(|line| line + "\n").collect()
}

/// The head and the rows of a table.
pub(super) fn table_lines(table: &FigureTable, width: usize, paint: &Paint) -> Vec<String> {
    let mut lines = table.lines(width);
    if let Some(head) = lines.first_mut() {
        *head = paint.with(DIM, head);
    }
    lines
}

/// Experiment, model, size and run.
pub(super) fn part_head(report: &RunReport, part: &ModelReport) -> String {
    let info = &report.info;
    visible(&format!(
        "{} · {} · {} × {} · {}",
        info.experiment,
        part.model,
        count(info.rows, "row"),
        count(info.samples, "sample"),
        info.id,
    ))
}

/// What was sent and what it cost, and what to know about the figures.
pub(super) fn foot(report: &RunReport, width: usize, paint: &Paint) -> String {
    let counts = match report.info.is_scored_only() {
        true => quality::scored_counts(&report.counts),
        false => quality::run_counts(&report.counts),
    };
    let mut text = format!("{}\n", wrap(&counts, width));
    if let Some(caveat) = report.caveat() {
        text += &format!("{}\n", paint.with(DIM, &wrap(&caveat, width)));
    }
    text
}

/// A column of the table of variants.
struct TableColumn {
    cells: Vec<String>,
    right: bool,
    /// Where there is no room for all, the highest goes first; 0 stays.
    expendable: u8,
}

impl TableColumn {
    fn width(&self) -> usize {
        self.cells
            .iter()
            .map(|cell| cell.width())
            .max()
            .unwrap_or(0)
    }
}

/// The leaderboard of one model, best first.
pub(super) fn table(report: &RunReport, part: &ModelReport, width: usize, paint: &Paint) -> String {
    let board = part.leaderboard(report.info.metrics.len());
    let ranked = board.ranked();
    let [levels, names] = [
        VariantColumns::levels(report),
        VariantColumns::names(report),
    ]
    .map(|columns| {
        let mut all = name_cells(&columns);
        let head = all.remove(0);
        let cells = ranked
            .iter()
            .map(|line| all[board.lines[*line].variant].clone());
        std::iter::once(head).chain(cells).collect::<Vec<_>>()
    });
    let column = |head: &str, expendable: u8, cell: &dyn Fn(&LeaderboardLine) -> String| {
        let lines = ranked.iter().map(|line| cell(&board.lines[*line]));
        let cells: Vec<String> = std::iter::once(head.to_owned()).chain(lines).collect();
        TableColumn {
            right: true,
            // What no variant has is left out.
            expendable: if cells[1..].iter().all(String::is_empty) {
                u8::MAX
            } else {
                expendable
            },
            cells,
        }
    };
    let or_dash = |x: Option<f64>, scale: f64, digits: usize| {
        x.map_or("–".to_owned(), |x| format!("{:.digits$}", x * scale))
    };
    let priced = board.lines.iter().any(|line| line.cost_usd.is_some());
    let sent = !report.info.is_scored_only();
    let mut columns = vec![
        column("#", 1, &|line| {
            line.rank.map_or(String::new(), |rank| rank.to_string())
        }),
        TableColumn {
            cells: levels,
            right: false,
            expendable: 0,
        },
        column(part.score_head(), 0, &|line| {
            or_dash(part.score_or_agreement(line.variant), 100.0, 1)
        }),
        column("95 % CI", 0, &|line| {
            line.interval.map_or(String::new(), |(low, high)| {
                score_range(&Interval {
                    value: low,
                    low,
                    high,
                })
            })
        }),
        column("difference", 0, &|line| {
            line.difference
                .as_ref()
                .map_or(String::new(), points_interval)
        }),
    ];
    if part.analysis.is_weighted() {
        columns.push(column("unweighted", 3, &|line| {
            unweighted(&part.analysis.variants[line.variant]).unwrap_or_default()
        }));
    }
    for (further, name) in report.info.metrics.iter().skip(1).enumerate() {
        let head = fit(&visible(name), 16);
        columns.push(column(&head, 2, &|line| {
            or_dash(line.metrics[further], 100.0, 1)
        }));
    }
    columns.push(column(
        "fixed/broken",
        4,
        &|line| match (line.fixed, line.broken) {
            (Some(fixed), Some(broken)) => format!("{fixed}/{broken}"),
            _ => String::new(),
        },
    ));
    if sent {
        columns.push(column("tokens in+out", 5, &|line| {
            let [prompt, completion] =
                [line.prompt_tokens, line.completion_tokens].map(|n| n.unwrap_or(0.0));
            format!("{prompt:.0}+{completion:.0}")
        }));
        if priced {
            columns.push(column("$ per 1,000", 6, &|line| {
                or_dash(line.cost_usd, 1e3, 3)
            }));
        }
        columns.push(column("p50 ms", 7, &|line| {
            let digits = usize::from(line.latency_ms.is_some_and(|ms| ms < 9.95));
            or_dash(line.latency_ms, 1.0, digits)
        }));
    }
    columns.push(TableColumn {
        right: false,
        ..column("", 0, &|line| part.verdict_label(line.variant))
    });
    columns.retain(|column| column.expendable != u8::MAX);
    fit_columns(&mut columns, names, width);
    let widths: Vec<usize> = columns.iter().map(TableColumn::width).collect();
    let mut text = String::new();
    for i in 0..=ranked.len() {
        let cells = columns.iter().zip(&widths).map(|(column, width)| {
            let cell = &column.cells[i];
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            if column.right {
                format!("{gap}{cell}")
            } else {
                format!("{cell}{gap}")
            }
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        let line = line.trim_end();
        let line = match i.checked_sub(1).map(|i| &board.lines[ranked[i]]) {
            None => paint.with(DIM, line),
            Some(LeaderboardLine {
                verdict: Some(verdict),
                ..
            }) => paint.verdict(verdict, line),
            Some(_) => line.to_owned(),
        };
        text += &format!("{line}\n");
    }
    text
}

/// Make room: short names in place of columns of levels, then fewer columns, then names that are cut.
fn fit_columns(columns: &mut Vec<TableColumn>, names: Vec<String>, width: usize) {
    const NAME: usize = 40;
    let total = |columns: &[TableColumn]| columns.iter().map(|c| c.width() + 2).sum::<usize>();
    let Some(place) = columns.iter().position(|c| !c.right) else {
        return;
    };
    let short = names.iter().map(|name| name.width()).max().unwrap_or(0);
    if total(columns) > width && short < columns[place].width() {
        columns[place].cells = names;
    }
    if total(columns) > width {
        let room = columns[place]
            .width()
            .saturating_sub(total(columns) - width)
            .max(NAME);
        for cell in &mut columns[place].cells {
            *cell = fit(cell, room);
        }
    }
    while total(columns) > width {
        let most = (0..columns.len()).max_by_key(|c| columns[*c].expendable);
        match most.filter(|c| columns[*c].expendable > 0) {
            Some(c) => drop(columns.remove(c)),
            None => break,
        }
    }
}

/// The columns that name the variants, as one: the heads, then the variants.
fn name_cells(columns: &VariantColumns) -> Vec<String> {
    let rows = || std::iter::once(&columns.head).chain(&columns.rows);
    let cell = |text: &str| visible(text);
    let widths: Vec<usize> = (0..columns.head.len())
        .map(|c| rows().map(|row| cell(&row[c]).width()).max().unwrap_or(0))
        .collect();
    rows()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(text, width)| {
                let text = cell(text);
                let gap = " ".repeat(width - text.width());
                text + &gap
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

/// Wrap at spaces; a number stays with its percent sign.
pub(super) fn wrap(text: &str, width: usize) -> String {
    let lines = display::wrap(&text.replace(" %", "\u{a0}%"), width);
    lines.join("\n").replace('\u{a0}', " ")
}
