//! The leaderboard as the session shows it: which lines, in which order, and the line under the cursor.

use super::table::Table;
use crate::analysis::{Leaderboard, LeaderboardColumn, LeaderboardSort};
use std::sync::Arc;

/// The leaderboard and what is shown of it.
#[derive(Debug, Default)]
pub struct LeaderboardState {
    pub board: Arc<Leaderboard>,
    /// Lines of the board, filtered and sorted.
    pub shown: Vec<usize>,
    /// The line under the cursor, among those shown.
    pub at: usize,
    /// Columns scrolled away by hand since it was last sorted; `None` where the sorted one is to be seen.
    pub scrolled: Option<usize>,
    /// What it was built from: state of the grids, baseline, models shown, state of the findings.
    pub stamp: Option<(u64, usize, Vec<usize>, u64)>,
}

impl LeaderboardState {
    /// Variant and model of the line under the cursor.
    pub fn selected(&self) -> Option<(usize, usize)> {
        let line = self.board.lines.get(*self.shown.get(self.at)?)?;
        Some((line.variant, line.model))
    }

    /// Put the cursor on a line, where it is shown.
    pub fn select(&mut self, (variant, model): (usize, usize)) {
        let lines = &self.board.lines;
        let here = |line: &usize| (lines[*line].variant, lines[*line].model) == (variant, model);
        if let Some(at) = self.shown.iter().position(here) {
            self.at = at;
        }
        self.at = self.at.min(self.shown.len().saturating_sub(1));
    }
}

/// Filters lines: words that must all be in the name of the variant or the model, and levels of axes as `axis=level`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeaderboardFilter {
    words: Vec<String>,
    levels: Vec<(String, String)>,
}

impl LeaderboardFilter {
    /// From what was typed; an axis that no variant has is an error.
    pub(crate) fn new(typed: &str, table: &Table) -> Result<LeaderboardFilter, String> {
        let mut filter = LeaderboardFilter::default();
        for word in typed.split_whitespace() {
            let Some((axis, level)) = word.split_once('=') else {
                filter.words.push(word.to_lowercase());
                continue;
            };
            let mut axes: Vec<&str> = (table.levels.iter().flatten())
                .map(|(name, _)| name.as_str())
                .collect();
            axes.sort_unstable();
            axes.dedup();
            if !axes.iter().any(|name| is_axis(name, axis)) {
                return Err(match axes.as_slice() {
                    [] => format!("no axis `{axis}`: these variants have no axes"),
                    axes => format!("no axis `{axis}`; the axes are {}", axes.join(", ")),
                });
            }
            filter
                .levels
                .push((axis.to_lowercase(), level.to_lowercase()));
        }
        Ok(filter)
    }

    fn matches(&self, table: &Table, variant: usize, model: usize) -> bool {
        let named = |word: &String| {
            let name = table.names.get(variant).map_or("", String::as_str);
            let model = table.models.get(model).map(ToString::to_string);
            name.to_lowercase().contains(word)
                || table.short(variant).to_lowercase().contains(word)
                || model.is_some_and(|model| model.to_lowercase().contains(word))
        };
        let has = |(axis, level): &(String, String)| {
            let mut levels = table.levels.get(variant).into_iter().flatten();
            levels
                .any(|(name, value)| is_axis(name, axis) && value.to_lowercase().starts_with(level))
        };
        self.words.iter().all(named) && self.levels.iter().all(has)
    }
}

/// Whether an axis is meant: by its name, or by its last part (`count` for `shots.count`).
fn is_axis(name: &str, typed: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    name.eq_ignore_ascii_case(typed) || last.eq_ignore_ascii_case(typed)
}

/// The lines that a filter lets through, in an order.
pub(crate) fn shown_lines(
    board: &Leaderboard,
    table: &Table,
    filter: &LeaderboardFilter,
    sort: LeaderboardSort,
) -> Vec<usize> {
    let mut order = board.order(sort);
    if *filter != LeaderboardFilter::default() {
        order.retain(|line| {
            let line = &board.lines[*line];
            filter.matches(table, line.variant, line.model)
        });
    }
    order
}

/// The columns that are scrolled sideways where not all fit, those worth most first. Rank, names and the score itself stay;
/// [`LeaderboardColumn::Score`] stands for its intervals here.
pub(crate) fn scrolling_columns(table: &Table, board: &Leaderboard) -> Vec<LeaderboardColumn> {
    use LeaderboardColumn::*;
    let has_intervals = board.lines.iter().any(|line| line.interval.is_some());
    let has_costs = board.lines.iter().any(|line| line.cost_usd.is_some());
    (has_intervals.then_some(Score).into_iter())
        .chain(board.is_partial().then_some(Rows))
        .chain([Difference])
        .chain((1..table.metrics.len()).map(Metric))
        .chain([Fixed, Broken])
        .chain(has_costs.then_some(Cost))
        .chain([Latency, PromptTokens, CompletionTokens])
        .collect()
}

/// The columns of a leaderboard by which it can be sorted, with a word and the meaning.
pub(crate) fn sort_columns(table: &Table) -> Vec<(LeaderboardColumn, String, &'static str)> {
    let mut all = vec![
        (LeaderboardColumn::Rank, "rank", "best first"),
        (
            LeaderboardColumn::Variant,
            "variant",
            "in the order of the project",
        ),
        (LeaderboardColumn::Score, "score", "highest score first"),
        (
            LeaderboardColumn::Rows,
            "rows",
            "most rows with a score first",
        ),
        (
            LeaderboardColumn::Difference,
            "difference",
            "largest gain over the baseline first",
        ),
        (LeaderboardColumn::Fixed, "fixed", "most rows fixed first"),
        (
            LeaderboardColumn::Broken,
            "broken",
            "fewest rows broken first",
        ),
        (
            LeaderboardColumn::PromptTokens,
            "tokens in",
            "shortest prompts first",
        ),
        (
            LeaderboardColumn::CompletionTokens,
            "tokens out",
            "shortest answers first",
        ),
        (LeaderboardColumn::Cost, "cost", "cheapest first"),
        (LeaderboardColumn::Latency, "latency", "fastest first"),
    ];
    if table.models.len() > 1 {
        all.insert(2, (LeaderboardColumn::Model, "model", "grouped by model"));
    }
    let mut all: Vec<_> = all
        .into_iter()
        .map(|(column, word, meaning)| (column, word.to_owned(), meaning))
        .collect();
    let further = table.metrics.iter().enumerate().skip(1);
    all.extend(further.map(|(m, name)| {
        (
            LeaderboardColumn::Metric(m),
            name.clone(),
            "highest score by this metric first",
        )
    }));
    all
}
