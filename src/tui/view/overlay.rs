//! The overlay of a screen: its place, its frame, and which of the others draws what is in it.

use super::{
    advice, filter, help, inspect, lists, model_choice, new_experiment,
    pane::boxed,
    paraphrase, plan,
    popup::{Content, View},
    shown_models, text, text_area, wording_search,
};
use crate::tui::model::{Confirmation, Hit, Measured, Model, Overlay, ScrolledList};
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::Line,
    widgets::{Clear, Widget},
};

/// Draw the overlay.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, model: &Model, seen: &mut Measured) {
    let Some(overlay) = model.view.overlays.last() else {
        return seen.offsets.reset(ScrolledList::Overlay);
    };
    let most = (area.width - 4, area.height - 2);
    let wide = match overlay {
        Overlay::Row { .. }
        | Overlay::Text { .. }
        | Overlay::TextArea { .. }
        | Overlay::WordingSearch { .. } => most.0,
        Overlay::Help { .. } => most.0.min(if most.0 >= 156 { 190 } else { 96 }),
        Overlay::Paraphrases(_)
        | Overlay::Message(_)
        | Overlay::Problems { .. }
        | Overlay::Plan
        | Overlay::Advice { .. } => most.0.min(100),
        Overlay::Palette { .. } => most.0.min(84),
        Overlay::ModelChoice(_)
        | Overlay::NewExperiment(_)
        | Overlay::Ask(
            Confirmation::WriteModels(_)
            | Confirmation::WriteWording(..)
            | Confirmation::WriteExperiment(..),
        ) => most.0.min(96),
        _ => most.0.min(76),
    };
    let content = content(
        model,
        overlay,
        usize::from(wide) - 2,
        usize::from(most.1) - 2,
    );
    let high = match overlay {
        Overlay::Row { .. }
        | Overlay::Text { .. }
        | Overlay::TextArea { .. }
        | Overlay::WordingSearch { .. }
        | Overlay::Help { .. } => most.1,
        _ => (content.lines.len() as u16 + 2).min(most.1),
    };
    let at = Rect::new(
        area.x + (area.width - wide) / 2,
        area.y + (area.height - high) / 2,
        wide,
        high,
    );
    clear(frame.buffer_mut(), at);
    seen.hits.add(area, Hit::Overlay);
    if let Overlay::TextArea { path, text } = overlay {
        return text_area::draw(frame, at, (model, path, text), seen);
    }
    let inner = boxed(frame, at, &content.title, model.view.theme, true);
    let room = usize::from(inner.height);
    let over = content.lines.len().saturating_sub(room);
    (seen.page, seen.scroll) = (room, over);
    match content.view {
        View::Scroll { lead, scroll } => {
            let lines: Vec<Line<'_>> = (content.lines.iter().take(lead))
                .chain(content.lines.iter().skip(lead + scroll.min(over)))
                .cloned()
                .collect();
            text::put(frame.buffer_mut(), inner, &lines);
            seen.sections = content.sections.iter().map(|(line, _)| *line).collect();
            let position = match content.sections.as_slice() {
                [] => lines_around(scroll.min(over), over),
                sections => position(sections, scroll.min(over), room, content.lines.len()),
            };
            bottom(frame, at, model, position);
        }
        View::Choice {
            lead,
            at: chosen,
            n,
        } => choices(frame, inner, model, &content.lines, (lead, chosen, n), seen),
    }
}

/// Blank an area, and the wide characters that reach into it from the left: a terminal would draw them over its edge.
fn clear(buffer: &mut Buffer, area: Rect) {
    if let Some(x) = area.x.checked_sub(1) {
        for y in area.y..area.bottom() {
            let cell = &mut buffer[(x, y)];
            if text::width(cell.symbol()) > 1 {
                cell.set_symbol(" ");
            }
        }
    }
    Clear.render(area, buffer);
}

/// A list of choices: what stands before it stays, the one chosen is seen.
fn choices(
    frame: &mut Frame<'_>,
    inner: Rect,
    model: &Model,
    lines: &[Line<'_>],
    (lead, chosen, n): (usize, usize, usize),
    seen: &mut Measured,
) {
    let lead = lead.min(lines.len()).min(usize::from(inner.height));
    text::put(frame.buffer_mut(), inner, &lines[..lead]);
    let rest = Rect::new(
        inner.x,
        inner.y + lead as u16,
        inner.width,
        inner.height - lead as u16,
    );
    let room = usize::from(rest.height).max(1);
    seen.page = room;
    let chosen_line = chosen.min(n.saturating_sub(1));
    let from = (seen.offsets).follow(ScrolledList::Overlay, chosen_line, room, n);
    let shown = &lines[(lead + from).min(lines.len())..];
    text::put(frame.buffer_mut(), rest, shown);
    for i in from..n.min(from + usize::from(rest.height)) {
        let y = rest.y + (i - from) as u16;
        let line = Rect::new(rest.x, y, rest.width, 1);
        seen.hits.add(line, Hit::Line(i));
        if i == chosen {
            frame
                .buffer_mut()
                .set_style(line, model.view.theme.cursor());
        }
    }
}

/// How much there is above and below.
fn lines_around(scroll: usize, over: usize) -> Option<String> {
    (over > 0).then(|| format!(" {} lines above, {} below ", scroll, over - scroll))
}

/// The section at the top, and which lines are shown of how many.
fn position(sections: &[(usize, String)], top: usize, room: usize, all: usize) -> Option<String> {
    let mut above = sections.iter().rev();
    let name = above.find(|(line, _)| *line <= top).map(|(_, name)| name);
    let name = name.map_or(String::new(), |name| format!("{name} · "));
    (all > room).then(|| format!(" {name}{}–{} of {all} ", top + 1, (top + room).min(all)))
}

/// Where one is, in the lower edge of the frame.
fn bottom(frame: &mut Frame<'_>, area: Rect, model: &Model, said: Option<String>) {
    let Some(said) = said.filter(|_| area.width >= 24) else {
        return;
    };
    let w = text::width(&said) as u16;
    let x = area.right().saturating_sub(w + 2);
    frame
        .buffer_mut()
        .set_string(x, area.bottom() - 1, said, model.view.theme.dim());
}

fn content(model: &Model, overlay: &Overlay, width: usize, height: usize) -> Content {
    let theme = model.view.theme;
    let table = model.answers.table.as_ref().ok();
    let said = |title: &str, text: &str| {
        Content::text(title, text::lines(text, width, "", Style::new()), 0)
    };
    match overlay {
        Overlay::Help { input, scroll } => help::content(model, input, *scroll, width),
        Overlay::Palette { input, at } => lists::palette(model, input, *at, width),
        Overlay::Filter(menu) => filter::content(model, menu, width),
        Overlay::Menu { title, items, at } => lists::menu(model, title, items, *at, width),
        Overlay::Line { what, input } => lists::line(model, *what, input, width),
        Overlay::Models(shown) => match table {
            Some(table) => shown_models::content(model, table, shown, width),
            None => Content::text("", Vec::new(), 0),
        },
        Overlay::Settings { at, .. } => lists::settings(model, *at, width),
        Overlay::Paraphrases(rewords) => paraphrase::content(model, rewords, width, height),
        Overlay::Plan => plan::content(model, width),
        Overlay::Advice { scroll } => advice::content(model, *scroll, width),
        Overlay::WordingSearch { at } => wording_search::content(model, *at, width, height),
        Overlay::Problems { at } => plan::problems(model, *at, width),
        Overlay::Row { scroll, unfolded } => match table {
            Some(table) => inspect::content(model, table, (*scroll, *unfolded), width),
            None => Content::text("", Vec::new(), 0),
        },
        Overlay::Text {
            title,
            text,
            scroll,
        } => Content::text(
            format!(" {} · O: open in pager ", text::line(title)),
            text::lines(text, width, "", Style::new()),
            *scroll,
        ),
        // Has a frame of its own.
        Overlay::TextArea { .. } => Content::text("", Vec::new(), 0),
        Overlay::Message(message) => Content::text(
            " Esc: close ",
            text::lines(message, width, "", theme.unsure()),
            0,
        ),
        Overlay::ModelChoice(choice) => model_choice::content(model, choice, width),
        Overlay::NewExperiment(form) => new_experiment::content(model, form, width),
        Overlay::Ask(Confirmation::WriteExperiment(files, scroll)) => {
            new_experiment::question(theme, files, *scroll, width)
        }
        Overlay::Ask(Confirmation::WriteWording(file, scroll)) => {
            wording_search::question(model, file, *scroll, width)
        }
        Overlay::Ask(Confirmation::WriteModels(change)) => {
            model_choice::question(theme, change, width)
        }
        Overlay::Ask(question) => said(" y: yes · n: no ", &question_text(model, question)),
    }
}

/// A question in words.
fn question_text(model: &Model, question: &Confirmation) -> String {
    match question {
        Confirmation::Quit if !model.is_running() => {
            "A search is in progress. Quit? Its answers are kept.".into()
        }
        Confirmation::Quit => "A run is in progress. Quit? Progress is saved.".into(),
        Confirmation::DeleteRun(id) => {
            format!("Delete run {id}? Its answers stay in the store and can be reused.")
        }
        Confirmation::RemoveTemplate(path) => format!(
            "Remove {}? It is moved to `.wording/removed`.",
            crate::source::as_typed(path).display()
        ),
        Confirmation::WriteTemplates(dir, files) => {
            let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
            format!(
                "Split into {} templates with one change each? Writes {} in {}.",
                files.len(),
                names.join(", "),
                crate::source::as_typed(dir).display()
            )
        }
        Confirmation::Unsaved(path, _) => format!(
            "{} has unsaved changes. Discard them?",
            crate::source::as_typed(path).display()
        ),
        // Drawn with its lines.
        Confirmation::WriteModels(_)
        | Confirmation::WriteWording(..)
        | Confirmation::WriteExperiment(..) => String::new(),
        Confirmation::Resume(_, trials) => {
            format!("{trials} trials have no answer. Send them?")
        }
        Confirmation::BeyondCap => {
            "The budget cap is reached. Continue with twice the cap, for this session?".into()
        }
    }
}
