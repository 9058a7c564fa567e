//! Lists of choices that lie on top: palette, filter, menus, settings; and the line that is typed.

use super::{popup::Content, text};
use crate::tui::{
    keys::palette,
    model::{ExportKind, Item, LinePurpose, Model, TextArea},
};
use ratatui::text::{Line, Span};

/// The line that is typed, with its cursor.
pub(super) fn typed(model: &Model, lead: &str, input: &TextArea, width: usize) -> Line<'static> {
    let theme = model.view.theme;
    let (before, after) = input.parts();
    let room = width.saturating_sub(text::width(lead) + 2);
    let before = text::tail(&text::clean(before), room);
    let left = room.saturating_sub(text::width(&before));
    Line::from(vec![
        Span::styled(lead.to_owned(), theme.accent()),
        Span::raw(before),
        Span::styled("▏", theme.accent()),
        Span::raw(text::fit(&text::clean(after), left)),
    ])
}

/// Every action, found by typing.
pub(super) fn palette(model: &Model, input: &TextArea, at: usize, width: usize) -> Content {
    let theme = model.view.theme;
    let found = palette::entries(model, &input.text());
    let mut lines = vec![typed(model, " : ", input, width)];
    for entry in &found {
        let room = width.saturating_sub(text::width(&entry.keys) + 24);
        lines.push(Line::from(vec![
            Span::raw(format!(" {} ", text::pad(&entry.name, 20))),
            Span::styled(text::pad(&entry.help, room), theme.dim()),
            Span::styled(format!(" {} ", entry.keys), theme.accent()),
        ]));
    }
    if found.is_empty() {
        lines.push(Line::styled(" Nothing matches.", theme.dim()));
    }
    Content::choices(
        " Commands, variants, lenses, filters, runs ",
        lines,
        (1, at, found.len()),
    )
}

pub(super) fn menu(model: &Model, title: &str, items: &[Item], at: usize, width: usize) -> Content {
    let theme = model.view.theme;
    let widest = items
        .iter()
        .map(|i| text::width(&i.label))
        .max()
        .unwrap_or(0);
    let lines = items
        .iter()
        .enumerate()
        .map(|(i, item)| {
            let digit = if i < 9 {
                format!(" {} ", i + 1)
            } else {
                "   ".into()
            };
            Line::from(vec![
                Span::styled(digit, theme.accent()),
                Span::raw(format!("{}  ", text::pad(&item.label, widest))),
                Span::styled(
                    text::fit(&item.hint, width.saturating_sub(widest + 6)),
                    theme.dim(),
                ),
            ])
        })
        .collect();
    Content::choices(
        format!(" {title} · Enter: select "),
        lines,
        (0, at, items.len()),
    )
}

/// A line for something.
pub(super) fn line(model: &Model, what: LinePurpose, input: &TextArea, width: usize) -> Content {
    let (title, hint) = match what {
        LinePurpose::Search => (
            " Search ",
            "text, /regex/ or =condition, in ids, texts, expected answers and answers",
        ),
        LinePurpose::LeaderboardFilter => (
            " Filter variants ",
            "words of the variant or model, levels as axis=level",
        ),
        LinePurpose::FilterName => (" Save filter ", "a name; the filter menu lists it"),
        LinePurpose::SearchCalls => (
            " Search for a better wording ",
            "most calls, those on sealed rows included · Enter: begin, Esc: cancel",
        ),
        LinePurpose::NewVariant => (" New variant ", "name of the copy of this template"),
        LinePurpose::Note => (" Note ", "leave empty to remove the note"),
        LinePurpose::BadCase => {
            let table = model.answers.table.as_ref().ok();
            let row = table.map_or(String::new(), |t| text::line(&t.row_id(model.cursor.row)));
            let hint = if model.answers.bad_cases.contains_key(&row) {
                "Enter: save, empty: remove the bad case, Esc: cancel"
            } else {
                "correct answer · Enter: save as a bad case, Esc: cancel"
            };
            return text_field(model, &format!(" Bad case {row} "), hint, input, width);
        }
        LinePurpose::Export(ExportKind::Report) => {
            (" Export run to ", ".html .md .json .csv .xml (JUnit)")
        }
        LinePurpose::Export(ExportKind::Bundle) => (" Export bundle to ", "for wording open"),
        LinePurpose::Export(ExportKind::Rows) => (" Export rows to ", ".csv .md"),
    };
    text_field(model, title, hint, input, width)
}

fn text_field(model: &Model, title: &str, hint: &str, input: &TextArea, width: usize) -> Content {
    let mut lines = vec![typed(model, " ", input, width)];
    let width = width.saturating_sub(1);
    lines.extend(text::lines(hint, width, " ", model.view.theme.dim()));
    Content::text(title, lines, 0)
}

pub(super) fn settings(model: &Model, at: usize, width: usize) -> Content {
    let theme = model.view.theme;
    let settings = &model.view.settings;
    let yes = |x: bool| if x { "yes" } else { "no" }.to_owned();
    let items = [
        ("colors", model.view.theme.name().word().to_owned()),
        ("one line per row", yes(settings.compact)),
        ("wrap long lines", yes(!settings.no_wrap)),
        ("diff side by side", yes(model.diff.side_by_side)),
        ("extra columns", format!("{:+}", settings.columns)),
    ];
    let n = items.len();
    let mut lines: Vec<Line<'static>> = items
        .into_iter()
        .map(|(name, value)| {
            Line::from(vec![
                Span::raw(format!(" {}", text::pad(name, 26))),
                Span::styled(format!("◂ {value} ▸"), theme.accent()),
            ])
        })
        .collect();
    lines.push(Line::styled(
        text::fit(" ← → or Enter: change, Esc: cancel", width),
        theme.dim(),
    ));
    Content::choices(" View settings ", lines, (0, at, n))
}
