//! Texts and numbers as they stand on the screen: safe, of a known width, short.

pub(in crate::tui) use crate::display::{clean, columns as width};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The same on one line.
pub(in crate::tui) fn line(text: &str) -> String {
    clean(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A cleaned text, cut to a width with an ellipsis where it was cut.
pub(in crate::tui) fn fit(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        let w = grapheme.width();
        if used + w + 1 > room {
            break;
        }
        out.push_str(grapheme);
        used += w;
    }
    if room > 0 {
        out.push('…');
    }
    out
}

/// A cleaned text, cut or filled up to a width.
pub(in crate::tui) fn pad(text: &str, room: usize) -> String {
    let text = fit(text, room);
    let rest = room.saturating_sub(width(&text));
    text + &" ".repeat(rest)
}

/// The beginning of a text, without a sign that it was cut.
pub(super) fn head(text: &str, room: usize) -> String {
    let (mut out, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > room {
            break;
        }
        out.push_str(grapheme);
    }
    out
}

/// The end of a text: what streams is looked at where it grows.
pub(in crate::tui) fn tail(text: &str, room: usize) -> String {
    let (mut out, mut used) = (Vec::new(), 0);
    for grapheme in text.graphemes(true).rev() {
        let w = grapheme.width();
        if used + w > room {
            break;
        }
        out.push(grapheme);
        used += w;
    }
    out.into_iter().rev().collect()
}

/// A text with its middle left out where there is no room for all: names that begin alike differ at their ends.
pub(in crate::tui) fn fit_ends(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let last = tail(text, room.saturating_sub(1) / 2);
    let first = fit(text, room.saturating_sub(width(&last)));
    first + &last
}

/// Pieces of a line: a style over a part of the text.
pub(in crate::tui) type Piece = (String, Style);

/// Styled pieces as lines of at most `room` columns, broken at blanks where there are any. Pieces are cleaned here; line
/// ends within them end lines.
pub(in crate::tui) fn wrap_pieces(pieces: &[Piece], room: usize) -> Vec<Line<'static>> {
    let room = room.max(2);
    let mut lines: Vec<Vec<Span<'static>>> = vec![Vec::new()];
    let mut used = 0;
    for (text, style) in pieces {
        for (i, paragraph) in clean(text).replace('\t', "    ").split('\n').enumerate() {
            if i > 0 {
                lines.push(Vec::new());
                used = 0;
            }
            for word in paragraph.split_inclusive(' ') {
                let w = width(word.trim_end_matches(' '));
                if used > 0 && used + w > room {
                    lines.push(Vec::new());
                    used = 0;
                }
                put_word(&mut lines, &mut used, word, *style, room);
            }
        }
    }
    lines.into_iter().map(Line::from).collect()
}

fn put_word(
    lines: &mut Vec<Vec<Span<'static>>>,
    used: &mut usize,
    word: &str,
    style: Style,
    room: usize,
) {
    let mut part = String::new();
    for grapheme in word.graphemes(true) {
        let w = grapheme.width();
        if *used + w > room {
            if let Some(line) = lines.last_mut() {
                line.push(Span::styled(std::mem::take(&mut part), style));
            }
            lines.push(Vec::new());
            *used = 0;
            if grapheme == " " {
                continue;
            }
        }
        part.push_str(grapheme);
        *used += w;
    }
    if let Some(line) = lines.last_mut()
        && !part.is_empty()
    {
        line.push(Span::styled(part, style));
    }
}

/// Lines that are cut instead, one a line of the text.
pub(super) fn cut_pieces(pieces: &[Piece], room: usize) -> Vec<Line<'static>> {
    let mut lines: Vec<(Vec<Span<'static>>, usize)> = vec![(Vec::new(), 0)];
    for (text, style) in pieces {
        for (i, part) in clean(text).replace('\t', "    ").split('\n').enumerate() {
            if i > 0 {
                lines.push((Vec::new(), 0));
            }
            if let Some((line, used)) = lines.last_mut() {
                let left = room.saturating_sub(*used);
                if left > 0 && !part.is_empty() {
                    *used += width(part);
                    line.push(Span::styled(fit(part, left), *style));
                }
            }
        }
    }
    lines
        .into_iter()
        .map(|(line, _)| Line::from(line))
        .collect()
}

/// Cleaned pieces in one line, cut with an ellipsis or filled up to a width.
pub(super) fn pad_pieces(pieces: &[Piece], room: usize) -> Vec<Span<'static>> {
    let all: usize = pieces.iter().map(|(text, _)| width(text)).sum();
    let is_cut = all > room;
    let mut left = room;
    let mut spans = Vec::new();
    for (text, style) in pieces {
        let own = width(text);
        let is_last = is_cut && own + 1 > left;
        let shown = match is_last {
            true if own > left => fit(text, left),
            true => fit(&format!("{text}…"), left),
            false => text.clone(),
        };
        left = left.saturating_sub(width(&shown));
        spans.push(Span::styled(shown, *style));
        if is_last {
            break;
        }
    }
    spans.push(Span::raw(" ".repeat(left)));
    spans
}

/// Cleaned pieces without line ends, cut to those that fit in a line, at a blank where there is one; the rest.
pub(super) fn split_pieces(pieces: &mut [Piece], room: usize) -> Vec<Piece> {
    let first = wrap_pieces(pieces, room).into_iter().next();
    let mut left = first.map_or(0, |line| line.to_string().chars().count());
    let mut rest: Vec<Piece> = Vec::new();
    for (text, style) in pieces.iter_mut() {
        let end = text
            .char_indices()
            .nth(left)
            .map_or(text.len(), |(at, _)| at);
        left -= text[..end].chars().count();
        let after = text.split_off(end);
        let after = if rest.is_empty() {
            after.trim_start()
        } else {
            &after
        };
        if !after.is_empty() {
            rest.push((after.to_owned(), *style));
        }
    }
    rest
}

/// A text wrapped to a width.
pub(in crate::tui) fn wrap(text: &str, room: usize) -> Vec<String> {
    wrap_pieces(&[(text.to_owned(), Style::new())], room)
        .into_iter()
        .map(|line| {
            line.spans
                .iter()
                .map(|s| s.content.as_ref())
                .collect::<String>()
                .trim_end()
                .to_owned()
        })
        .collect()
}

/// A text wrapped to lines in one style, each after the same lead.
pub(in crate::tui) fn lines(
    text: &str,
    room: usize,
    lead: &str,
    style: Style,
) -> Vec<Line<'static>> {
    let wrapped = wrap(text, room).into_iter();
    wrapped
        .map(|line| Line::styled(format!("{lead}{line}"), style))
        .collect()
}

/// A text wrapped to lines in one style, the first after a lead and the others below its first word.
pub(super) fn hanging(text: &str, room: usize, lead: &str, style: Style) -> Vec<Line<'static>> {
    let blanks = " ".repeat(width(lead));
    let wrapped = wrap(text, room.saturating_sub(width(lead))).into_iter();
    let line = |(i, line)| format!("{}{line}", if i == 0 { lead } else { &blanks });
    wrapped
        .enumerate()
        .map(|part| Line::styled(line(part), style))
        .collect()
}

/// What is below the first line of an area.
pub(super) fn below_title(area: Rect) -> Rect {
    Rect::new(
        area.x,
        area.y + 1,
        area.width,
        area.height.saturating_sub(1),
    )
}

/// Lines at the top of an area, each cut at its edge.
pub(in crate::tui) fn put(buffer: &mut Buffer, area: Rect, lines: &[Line<'_>]) {
    for (y, line) in lines.iter().take(usize::from(area.height)).enumerate() {
        buffer.set_line(area.x, area.y + y as u16, line, area.width);
    }
}

/// US dollars: `$0.0031`, `$1.25`, `$310`.
pub fn money(usd: f64) -> String {
    match usd {
        0.0 => "$0".into(),
        x if x < 0.0001 => "<$.0001".into(),
        x if x < 0.1 => format!("${x:.4}"),
        x if x < 100.0 => format!("${x:.2}"),
        x => format!("${x:.0}"),
    }
}

/// A count: `812`, `74k`, `1.2M`.
pub(super) fn count(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..1_000_000 => format!("{}k", (n + 500) / 1_000),
        _ => format!("{:.1}M", n as f64 / 1e6),
    }
}

/// A time: `85 ms`, `1.2 s`, `3:05`, `2:10:00`.
pub(in crate::tui) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.0995 => format!("{:.0} ms", s * 1e3),
        s if s < 59.95 => format!("{s:.1} s"),
        s => {
            let s = s.round() as u64;
            if s >= 3600 {
                format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
            } else {
                format!("{}:{:02}", s / 60, s % 60)
            }
        }
    }
}

/// How long ago: `just now`, `12 min ago`, `3 days ago`.
pub(super) fn ago(seconds: i64) -> String {
    let n = seconds.max(0);
    match n {
        0..60 => "just now".into(),
        60..3_600 => format!("{} min ago", n / 60),
        3_600..86_400 => format!("{} h ago", n / 3_600),
        86_400..172_800 => "yesterday".into(),
        _ => format!("{} days ago", n / 86_400),
    }
}

/// A share as a bar: `■■■□□`.
pub(super) fn bar(k: usize, n: usize, room: usize) -> String {
    if n == 0 {
        return String::new();
    }
    let length = n.min(room.max(1));
    let full = (k * length).div_ceil(n).min(length);
    "■".repeat(full) + &"□".repeat(length - full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_are_told_apart_by_their_ends() {
        assert_eq!(fit_ends("plain", 5), "plain");
        assert_eq!(fit_ends("plain[tone=polite]", 11), "plain…lite]");
        assert_eq!(fit_ends("情感情感情感情感", 7), "情感…感");
    }

    #[test]
    fn what_differs_between_terminals_is_left_out() {
        assert_eq!(clean("a\u{200d}b\u{fe0f}c\u{200b}\u{1b}"), "abc\u{fffd}␛");
        assert_eq!(width(&clean("❤\u{fe0f}")), 1);
    }

    #[test]
    fn cut_and_filled_texts_have_the_width_asked_for() {
        for text in [
            "plain words",
            "情感分析很好",
            "e\u{301}e\u{301}e\u{301}e\u{301}",
            "👍🏽👍🏽👍🏽",
            "שלום עולם",
            "🇩🇪🇫🇷",
        ] {
            for room in 0..14 {
                let padded = pad(&clean(text), room);
                assert_eq!(width(&padded), room, "{text:?} at {room}: {padded:?}");
            }
        }
    }

    #[test]
    fn pieces_in_a_line_are_cut_where_the_room_ends() {
        let pieces = ["urgency: ", "高い", "≠low", " topic: billing"];
        let pieces = pieces.map(|text| (text.to_owned(), Style::new()));
        for room in 0..40 {
            let line = Line::from(pad_pieces(&pieces, room)).to_string();
            assert_eq!(width(&line), room, "{line:?}");
            let is_cut = room < 9 + 4 + 4 + 15;
            assert_eq!(line.contains('…'), is_cut && room > 0, "{line:?} at {room}");
        }
    }

    #[test]
    fn what_does_not_fit_in_a_line_goes_to_the_next() {
        let texts = ["urgency: ", "medium", "≠high", " topic: 账单"];
        for room in 2..40 {
            let mut pieces = texts.map(|text| (text.to_owned(), Style::new())).to_vec();
            let rest = split_pieces(&mut pieces, room);
            let [first, rest] = [&pieces, &rest]
                .map(|pieces| -> String { pieces.iter().map(|(text, _)| text.as_str()).collect() });
            let all = texts.concat().replace(' ', "");
            assert_eq!(format!("{first}{rest}").replace(' ', ""), all, "{room}");
            assert!(width(first.trim_end()) <= room, "{first:?} at {room}");
            assert!(
                !rest.starts_with(' ') && (rest.is_empty() == (room >= 32)),
                "{rest:?} at {room}"
            );
        }
    }

    #[test]
    fn no_line_is_wider_than_the_room_and_no_word_is_lost() {
        let pieces = [
            ("one two".to_owned(), Style::new()),
            (" three情感分析\nfour".to_owned(), Style::new()),
        ];
        for room in 2..20 {
            let lines = wrap_pieces(&pieces, room);
            let text: String = lines.iter().map(|l| l.to_string()).collect();
            let letters = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            assert_eq!(letters(&text), "onetwothree情感分析four", "{room}");
            for line in lines {
                assert!(
                    width(line.to_string().trim_end()) <= room,
                    "{line} at {room}"
                );
            }
        }
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [money(0.0031), money(1.254), money(0.0), money(0.00001)],
            ["$0.0031", "$1.25", "$0", "<$.0001"]
        );
        assert_eq!(
            [count(812), count(74_200), count(1_230_000)],
            ["812", "74k", "1.2M"]
        );
        assert_eq!(
            [time(0.0852), time(1.24), time(185.0), time(7800.0)],
            ["85 ms", "1.2 s", "3:05", "2:10:00"]
        );
        assert_eq!(
            [ago(5), ago(720), ago(90_000)],
            ["just now", "12 min ago", "yesterday"]
        );
        assert_eq!([bar(3, 5, 9), bar(1, 100, 4)], ["■■■□□", "■□□□"]);
    }
}
