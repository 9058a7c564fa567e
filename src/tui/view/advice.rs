//! Prompt or fine-tune: the verdict on the current run, why, what would change it, and what to do next.
//!
//! ```text
//! ┌ Prompt or fine-tune · A: close ──────────────────────────────────────────┐
//! │→ fine-tune                                                               │
//! │There are enough labelled rows for fine-tuning to win usually, and …      │
//! │                                                                          │
//! │Next                                                                      │
//! │  · wording tune export reviews -o tuning                                 │
//! └──────────────────────────────────────────────────────────────────────────┘
//! ```

use super::{popup::Content, text};
use crate::{
    narrate::quality::{label_weighting, stand_in},
    report::{Ink, advice_lines},
    tui::model::Model,
};
use ratatui::style::Style;
use ratatui::text::Line;

pub(super) fn content(model: &Model, scroll: usize, width: usize) -> Content {
    let theme = model.view.theme;
    let plain = |said: &str| -> Vec<Line<'static>> { text::lines(said, width, "", Style::new()) };
    let mut lines = match &model.findings.advice {
        None => plain("Reading the labelled rows and the answers …"),
        Some(Err(why)) => plain(&format!("No advice: {why}")),
        Some(Ok(advice)) => advice_lines(advice, width)
            .into_iter()
            .map(|(ink, line)| {
                let line = text::clean(&line);
                match ink {
                    Ink::Verdict => Line::styled(line, theme.strong().patch(theme.accent())),
                    Ink::Title => Line::styled(line, theme.strong()),
                    Ink::Dim => Line::styled(line, theme.dim()),
                    Ink::Plain => Line::raw(line),
                }
            })
            .collect(),
    };
    let models = model.answers.table.as_ref().map_or(&[][..], |t| &t.models);
    if let Some(said) = stand_in(&models.iter().collect::<Vec<_>>()) {
        lines.push(Line::raw(""));
        lines.extend(text::lines(&said, width, "", theme.dim()));
    }
    let table = model.answers.table.as_ref().ok();
    if let Some(weighting) = table.and_then(|table| table.label_weighting()) {
        lines.push(Line::raw(""));
        lines.extend(text::lines(
            &label_weighting(weighting),
            width,
            "",
            theme.dim(),
        ));
    }
    let running = if model.is_running() {
        " · run in progress"
    } else {
        ""
    };
    Content::text(
        format!(" Prompt or fine-tune{running} · A: close "),
        lines,
        scroll,
    )
}
