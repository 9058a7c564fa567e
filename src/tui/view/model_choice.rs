//! The models of the experiment as they are being changed, and the change of the project file.
//!
//! ```text
//! ┌ Models of sentiment · Tab: choose · Enter: preview ───────────────┐
//! │ > gpt▏                                                            │
//! │ lab: connection refused                                           │
//! │ ■ openai/gpt-4o        in the experiment                          │
//! │ □ openai/gpt-4o-mini   128k context · $0.15 in, $0.60 out per M   │
//! └───────────────────────────────────────────────────────────────────┘
//! ```

use super::{lists::typed, popup::Content, text};
use crate::{
    engine::OfferedModel,
    tui::model::{
        FileChange, Model, ModelChoice, ModelEntry, ModelList, ModelLists, ModelOrigin, Theme,
    },
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};

/// Endpoints without a list that are named.
const MOST_WITHOUT_LIST: usize = 6;

pub(super) fn content(model: &Model, choice: &ModelChoice, width: usize) -> Content {
    let theme = model.view.theme;
    let entries = choice.entries();
    let mut lines = vec![typed(model, " > ", &choice.input, width)];
    lines.extend(without_list(theme, &choice.lists, width));
    let lead = lines.len();
    let names = entries.iter().map(|e| text::width(&e.model.to_string()));
    let room = names.max().unwrap_or(0).min(width * 6 / 10);
    lines.extend(entries.iter().map(|entry| line(theme, entry, room, width)));
    if entries.is_empty() {
        lines.push(Line::styled(" Nothing matches.", theme.dim()));
    }
    let experiment = text::line(&model.spec().name);
    Content::choices(
        format!(" Models of {experiment} · type to find or add · Tab: choose · Enter: preview "),
        lines,
        (lead, choice.at, entries.len()),
    )
}

/// Which endpoints have no list, and why. The models themselves keep the room.
pub(super) fn without_list(theme: Theme, lists: &ModelLists, width: usize) -> Vec<Line<'static>> {
    let told: Vec<(String, Style)> = (lists.iter())
        .filter_map(|(endpoint, list)| match list {
            ModelList::Listed(_) => None,
            ModelList::Pending => Some((format!("{endpoint}: listing its models …"), theme.dim())),
            ModelList::Failed(message) => Some((
                text::line(&format!("{endpoint}: {message}")),
                theme.unsure(),
            )),
        })
        .collect();
    let height = if told.len() > 2 { 1 } else { 3 };
    let mut lines = Vec::new();
    for (said, style) in told.iter().take(MOST_WITHOUT_LIST) {
        let wrapped = text::lines(said, width.saturating_sub(2), " ", *style);
        lines.extend(wrapped.into_iter().take(height));
    }
    if told.len() > MOST_WITHOUT_LIST {
        let more = told.len() - MOST_WITHOUT_LIST;
        let said = format!(" {more} more without a list");
        lines.push(Line::styled(said, theme.dim()));
    }
    lines
}

fn line(theme: Theme, entry: &ModelEntry, room: usize, width: usize) -> Line<'static> {
    let mark = if entry.is_chosen { " ■ " } else { " □ " };
    let name = text::line(&entry.model.to_string());
    let facts = match &entry.origin {
        ModelOrigin::Experiment => "in the experiment".to_owned(),
        ModelOrigin::Listed(offered) => offered_facts(offered),
        ModelOrigin::Typed => "as typed".to_owned(),
    };
    Line::from(vec![
        Span::styled(mark, theme.accent()),
        Span::raw(format!("{}  ", text::pad(&name, room))),
        Span::styled(
            text::fit(&facts, width.saturating_sub(room + 6)),
            theme.dim(),
        ),
    ])
}

/// Context window and price, as far as they are known.
pub(super) fn offered_facts(offered: &OfferedModel) -> String {
    let context = (offered.context).map(|n| format!("context {}", text::count(n)));
    let price = offered.price.as_ref().map(|price| {
        format!(
            "${} in, ${} out per million tokens",
            price.rates.input, price.rates.output
        )
    });
    let facts: Vec<String> = context.into_iter().chain(price).collect();
    facts.join(" · ")
}

/// The question whether to write a change, with its lines.
pub(super) fn question(theme: Theme, change: &FileChange, width: usize) -> Content {
    let changed = change.lines();
    let name = change.path.file_name().unwrap_or_default();
    let head = format!("Write to {}, line {}?", name.display(), changed.first);
    let mut lines = text::lines(&head, width, "", Style::new());
    lines.push(Line::default());
    let [above, below] = changed.around;
    for (sign, changed, style) in [
        ("  ", Vec::from_iter(above), theme.dim()),
        ("- ", changed.removed, theme.removed()),
        ("+ ", changed.added, theme.added()),
        ("  ", Vec::from_iter(below), theme.dim()),
    ] {
        for line in changed {
            lines.extend(text::lines(line, width.saturating_sub(2), sign, style));
        }
    }
    lines.push(Line::default());
    let said = "Nothing is sent: cells of new models are dots until you run them.";
    lines.extend(text::lines(said, width, "", theme.dim()));
    Content::text(" y: yes · n: no ", lines, 0)
}
