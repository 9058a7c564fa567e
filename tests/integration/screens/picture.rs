//! The pictures of the README and the docs: screens of this test, drawn as SVG, so they cannot show what is not there.

use crate::support::TestSession;
use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier},
};
use std::{fmt::Write, path::Path};

const WIDE: f64 = 8.4;
const HIGH: f64 = 18.0;

fn hex(color: Color, otherwise: &'static str) -> String {
    match color {
        Color::Reset => otherwise.into(),
        Color::Black => "#16181d".into(),
        Color::Red => "#f07f7a".into(),
        Color::Green => "#7ec88b".into(),
        Color::Yellow => "#e5c07b".into(),
        Color::Cyan => "#7cc4e8".into(),
        Color::DarkGray => "#6b7280".into(),
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        other => panic!("no shade for {other:?}"),
    }
}

/// Foreground, background, bold, dim, underlined.
fn look(cell: &Cell) -> (String, String, bool, bool, bool) {
    let (mut fore, mut back) = (hex(cell.fg, "#d7dae0"), hex(cell.bg, "#16181d"));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut fore, &mut back);
    }
    let has = |m| cell.modifier.contains(m);
    (
        fore,
        back,
        has(Modifier::BOLD),
        has(Modifier::DIM),
        has(Modifier::UNDERLINED),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// A screen as a picture.
pub(super) fn svg(buffer: &Buffer) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let (w, h) = (
        f64::from(columns) * WIDE + 16.0,
        f64::from(rows) * HIGH + 16.0,
    );
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w:.0} {h:.0}\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">\n<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#16181d\"/>\n"
    );
    for y in 0..rows {
        let mut x = 0;
        while x < columns {
            let first = look(&buffer[(x, y)]);
            let (from, mut text) = (x, String::new());
            while x < columns && look(&buffer[(x, y)]) == first {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(symbol);
                x += unicode_width::UnicodeWidthStr::width(symbol).max(1) as u16;
            }
            let (fore, back, bold, dim, underlined) = first;
            let left = 8.0 + f64::from(from) * WIDE;
            let top = 8.0 + f64::from(y) * HIGH;
            let length = f64::from(x - from) * WIDE;
            if back != "#16181d" {
                writeln!(out, "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"{HIGH}\" fill=\"{back}\"/>").unwrap();
            }
            if text.trim().is_empty() {
                continue;
            }
            let mut style = String::new();
            for (on, what) in [
                (bold, " font-weight=\"bold\""),
                (dim, " opacity=\"0.6\""),
                (underlined, " text-decoration=\"underline\""),
            ] {
                style += if on { what } else { "" };
            }
            writeln!(
                out,
                "<text x=\"{left:.1}\" y=\"{:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\" fill=\"{fore}\"{style}>{}</text>",
                top + 14.0,
                escape(&text)
            )
            .unwrap();
        }
    }
    out + "</svg>\n"
}

#[track_caller]
fn check(stage: &mut TestSession, name: &str, width: u16, height: u16) {
    stage.buffer(width, height);
    let drawn = svg(&stage.buffer(width, height));
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|u| u == "always") {
        std::fs::write(&path, drawn).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == drawn,
        "docs/{name} shows another screen than the session; INSTA_UPDATE=always draws it anew"
    );
}

#[test]
fn the_pictures_show_what_the_session_shows() {
    let mut stage = super::drawn::answered();
    stage.press("j j l l");
    check(&mut stage, "session.svg", 120, 34);
    stage.press("1");
    check(&mut stage, "session-edit.svg", 120, 34);
    stage.press("3");
    check(&mut stage, "session-diff.svg", 120, 34);
    stage.press("2 m down enter");
    check(&mut stage, "session-map.svg", 120, 24);
}

#[test]
fn each_question_of_the_tour_has_its_screen() {
    let mut stage = super::drawn::answered();
    stage.press("t");
    check(&mut stage, "tour-best.svg", 120, 22);
    stage.press("t j j l l enter");
    check(&mut stage, "tour-row.svg", 120, 34);
    stage.press("esc f");
    stage.type_text("=broken(opinion)");
    stage.press("enter");
    check(&mut stage, "tour-filter.svg", 120, 24);
    let mut stage = super::models::side_by_side();
    check(&mut stage, "tour-model.svg", 120, 24);
}
