//! The help: the table of keys, of the current screen first, and the signs.

use super::{popup::Content, text};
use crate::tui::{
    keys::{Binding, KEYS, KeyContext, bindings_in},
    model::Model,
};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

const SYMBOLS: &str = "✓ correct  ± partly correct  ✗ wrong  ~ unreadable  ✂ cut off at max_tokens  ⊘ refused  ∅ no score  ! failed  … running  · pending  ≠ differs from the baseline (*)  ■ share of the most frequent answer  ▲ better  ▼ worse  = equivalent  ? inconclusive";

/// The help of the current screen.
pub(super) fn content(model: &Model, scroll: usize, width: usize) -> Content {
    let theme = model.view.theme;
    let place = KeyContext::from(model.view.screen);
    let here: Vec<&Binding> = bindings_in(place).collect();
    let own = |b: &&&Binding| b.contexts.len() < 4;
    let mut lines = Vec::new();
    let mut part = |title: &str, bindings: Vec<&Binding>| {
        lines.push(Line::styled(format!(" {title}"), theme.strong()));
        lines.extend(columns(model, &bindings, width));
    };
    part(
        &format!("{:?} screen", model.view.screen),
        here.iter().filter(own).copied().collect(),
    );
    part(
        "everywhere",
        here.iter().filter(|b| !own(b)).copied().collect(),
    );
    let over = |place: KeyContext| KEYS.iter().filter(|b| b.contexts == [place]).collect();
    part("overlays", over(KeyContext::Overlay));
    part("text fields", over(KeyContext::Typing));
    part("text editor", over(KeyContext::TextArea));
    part("questions", over(KeyContext::Confirmation));
    for other in [
        KeyContext::Edit,
        KeyContext::Grid,
        KeyContext::Diff,
        KeyContext::Runs,
    ] {
        if other != place {
            let theirs = KEYS
                .iter()
                .filter(|b| b.contexts.contains(&other) && !b.contexts.contains(&place))
                .collect();
            part(&format!("{other:?} screen"), theirs);
        }
    }
    lines.push(Line::styled(" symbols", theme.strong()));
    lines.extend(text::lines(
        SYMBOLS,
        width.saturating_sub(2),
        " ",
        Style::new(),
    ));
    Content::text(" Keys · ?: close ", lines, scroll)
}

/// Keys with what they do, in two columns where there is room.
fn columns(model: &Model, bindings: &[&Binding], width: usize) -> Vec<Line<'static>> {
    let theme = model.view.theme;
    let n = if width >= 150 { 2 } else { 1 };
    let each = width / n;
    let high = bindings.len().div_ceil(n);
    (0..high)
        .map(|y| {
            let mut spans = Vec::new();
            for column in 0..n {
                let Some(b) = bindings.get(column * high + y) else {
                    continue;
                };
                spans.push(Span::styled(
                    text::pad(&format!(" {}", b.key_label()), 14),
                    theme.accent(),
                ));
                spans.push(Span::raw(text::pad(b.help, each.saturating_sub(14))));
            }
            Line::from(spans)
        })
        .collect()
}
