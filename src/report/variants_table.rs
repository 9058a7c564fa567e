//! The variants of one model as a table for the terminal.

use super::{
    ModelReport, RunReport,
    text::{DIM, Paint, wrap},
    variant_columns::VariantColumns,
};
use crate::{
    analysis::{Interval, LeaderboardLine},
    display::{OutputWidth, fit, visible},
    narrate::labels::{points_interval, score_range, scored_rows, unweighted},
};
use unicode_width::UnicodeWidthStr;

/// A column of the table of variants.
struct TableColumn {
    /// What it is called where it is left out, if not by its head.
    name: Option<String>,
    cells: Vec<String>,
    right: bool,
    /// Where there is no room for all, the highest goes first; 0 stays.
    expendable: u8,
}

impl TableColumn {
    /// What every table has.
    const KEPT: u8 = 0;
    /// What no variant has.
    const EMPTY: u8 = u8::MAX;

    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.cells[0])
    }

    fn width(&self) -> usize {
        self.cells
            .iter()
            .map(|cell| cell.width())
            .max()
            .unwrap_or(0)
    }
}

/// The leaderboard of one model, best first. Where not all columns fit, a line below says which were left out.
pub(super) fn variants_table(
    report: &RunReport,
    part: &ModelReport,
    width: OutputWidth,
    paint: &Paint,
) -> String {
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
            name: None,
            right: true,
            expendable: if cells[1..].iter().all(String::is_empty) {
                TableColumn::EMPTY
            } else {
                expendable
            },
            cells,
        }
    };
    let or_dash = |x: Option<f64>, scale: f64, digits: usize| {
        x.map_or("–".to_owned(), |x| format!("{:.digits$}", x * scale))
    };
    let is_partial = board.is_partial();
    let priced = board.lines.iter().any(|line| line.cost_usd.is_some());
    let sent = !report.info.is_scored_only();
    let mut columns = vec![
        column("#", 1, &|line| {
            line.rank.map_or(String::new(), |rank| rank.to_string())
        }),
        TableColumn {
            name: None,
            cells: levels,
            right: false,
            expendable: TableColumn::KEPT,
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
        column("rows", 0, &|line| match is_partial {
            true => scored_rows(line),
            false => String::new(),
        }),
        column("difference", 0, &|line| {
            line.difference
                .as_ref()
                .map_or(String::new(), points_interval)
        }),
    ];
    if part.analysis.is_weighted() {
        columns.push(column("unweighted", 4, &|line| {
            unweighted(&part.analysis.variants[line.variant]).unwrap_or_default()
        }));
    }
    for (further, name) in report.info.metrics.iter().skip(1).enumerate() {
        let head = fit(&visible(name), 16);
        columns.push(column(&head, 2, &|line| {
            or_dash(line.metrics[further], 100.0, 1)
        }));
        let findings = part.breakdown.metric(name);
        let interval = |v: usize| findings.and_then(|found| found[v].score);
        columns.push(TableColumn {
            name: Some(interval_of(&head)),
            ..column("95 % CI", 3, &|line| {
                interval(line.variant).map_or(String::new(), |i| score_range(&i))
            })
        });
    }
    columns.push(column(
        "fixed/broken",
        5,
        &|line| match (line.fixed, line.broken) {
            (Some(fixed), Some(broken)) => format!("{fixed}/{broken}"),
            _ => String::new(),
        },
    ));
    if sent {
        columns.push(column("tokens in+out", 6, &|line| {
            let [prompt, completion] =
                [line.prompt_tokens, line.completion_tokens].map(|n| n.unwrap_or(0.0));
            format!("{prompt:.0}+{completion:.0}")
        }));
        if priced {
            columns.push(column("$ per 1,000", 7, &|line| {
                or_dash(line.cost_usd, 1e3, 3)
            }));
        }
        columns.push(column("p50 ms", 8, &|line| {
            let digits = usize::from(line.latency_ms.is_some_and(|ms| ms < 9.95));
            or_dash(line.latency_ms, 1.0, digits)
        }));
    }
    columns.push(TableColumn {
        right: false,
        ..column("", 0, &|line| part.verdict_label(line.variant))
    });
    columns.retain(|column| column.expendable != TableColumn::EMPTY);
    let short_verdicts = std::iter::once(String::new())
        .chain((ranked.iter()).map(|line| part.short_verdict_label(board.lines[*line].variant)));
    let left_out = fit_columns(&mut columns, names, short_verdicts.collect(), width.table);
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
    if !left_out.is_empty() {
        let note = format!(
            "Not shown in {} columns: {}. A wider terminal, or a file without COLUMNS, shows all.",
            width.table,
            left_out.join(", ")
        );
        text += &format!("{}\n", paint.with(DIM, &wrap(&note, width.text)));
    }
    text
}

/// What the interval of a metric is called where it is left out.
fn interval_of(metric: &str) -> String {
    format!("95 % CI of {metric}")
}

/// Make room: short names in place of columns of levels, short verdicts, names that are cut, fewer columns, at last verdicts that are
/// cut. Names the columns that were left out.
fn fit_columns(
    columns: &mut Vec<TableColumn>,
    names: Vec<String>,
    verdicts: Vec<String>,
    width: usize,
) -> Vec<String> {
    const NAME: usize = 40;
    const VERDICT: usize = 12;
    let too_wide = |columns: &[TableColumn]| {
        let gaps = 2 * columns.len().saturating_sub(1);
        let total = columns.iter().map(TableColumn::width).sum::<usize>() + gaps;
        total.saturating_sub(width)
    };
    let texts = |columns: &[TableColumn]| {
        let place = columns.iter().position(|c| !c.right);
        place.zip(columns.iter().rposition(|c| !c.right))
    };
    let Some((name, verdict)) = texts(columns) else {
        return Vec::new();
    };
    let short = names.iter().map(|name| name.width()).max().unwrap_or(0);
    if too_wide(columns) > 0 && short < columns[name].width() {
        columns[name].cells = names;
    }
    if too_wide(columns) > 0 && verdict > name {
        columns[verdict].cells = verdicts;
    }
    let over = too_wide(columns);
    cut_cells(&mut columns[name], over, NAME);
    let all: Vec<String> = columns.iter().map(|c| c.name().to_owned()).collect();
    while too_wide(columns) > 0 {
        let most = (0..columns.len()).max_by_key(|c| columns[*c].expendable);
        match most.filter(|c| columns[*c].expendable > TableColumn::KEPT) {
            Some(c) => drop(columns.remove(c)),
            None => break,
        }
    }
    if let Some((_, verdict)) = texts(columns) {
        let over = too_wide(columns);
        cut_cells(&mut columns[verdict], over, VERDICT);
    }
    let is_left_out = |name: &str| columns.iter().all(|c| c.name() != name);
    let mut left_out: Vec<String> = all.into_iter().filter(|name| is_left_out(name)).collect();
    // Where a mean is left out, nobody looks for its interval.
    let intervals: Vec<String> = left_out.iter().map(|name| interval_of(name)).collect();
    left_out.retain(|name| !intervals.contains(name));
    left_out
}

/// Make a column narrower by so much, but no narrower than `least`.
fn cut_cells(column: &mut TableColumn, by: usize, least: usize) {
    if by > 0 {
        let room = column.width().saturating_sub(by).max(least);
        for cell in &mut column.cells {
            *cell = fit(cell, room);
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
