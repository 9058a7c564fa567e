//! The answer of a cell in words: as the metric read it, JSON by its fields with the wrong ones first, and the first words of
//! outputs in which no answer is read.

use super::text::{self, Piece};
use crate::{
    outcome::{CellSummary, Grid, MajorityAnswer},
    read::FieldComparison,
    tui::model::{GridColumn, Model, Table, Theme, compared_fields, excerpt_sample},
};
use ratatui::style::Style;
use serde_json::{Map, Value};

/// Longer JSON is shown as it is: every cell on the screen is drawn with every frame.
const MAX_JSON: usize = 4 << 10;

/// The majority answer of a cell in words; where no answer is read and the output is not at hand, the mean score.
pub(super) fn top_words(grid: &Grid, sum: &CellSummary) -> String {
    let score = || format!("{:.2}", sum.score.unwrap_or_default());
    match sum.majority {
        MajorityAnswer::Answer(answer) => grid.read_answer(answer).map_or_else(score, text::line),
        MajorityAnswer::Score(_) => score(),
        MajorityAnswer::Unreadable => "unreadable".into(),
        MajorityAnswer::Refused => "refused".into(),
        MajorityAnswer::Nothing if sum.truncated > 0 => "cut off".into(),
        MajorityAnswer::Nothing => match sum.failure {
            Some(failure) => failure.to_string(),
            None => String::new(),
        },
    }
}

/// `3/3 → 2/3 correct`: the samples of a cell on both sides, where there are several.
pub(super) fn sample_counts(before: &CellSummary, after: &CellSummary) -> Option<String> {
    let count = |sum: &CellSummary| format!("{}/{}", sum.correct, sum.scored());
    let has_several = before.scored() > 1 || after.scored() > 1;
    has_several.then(|| format!("{} → {} correct", count(before), count(after)))
}

/// What changed from one answer to another, in the words of [`top_words`]: of JSON only the fields that differ.
pub(super) fn change_words(before: &str, after: &str) -> String {
    let fields = |words: &str| -> Option<Map<String, Value>> {
        let is_object = words.len() <= MAX_JSON && words.starts_with('{');
        is_object
            .then(|| serde_json::from_str(words).ok())
            .flatten()
    };
    let whole = || format!("{before} → {after}");
    let (Some(was), Some(is)) = (fields(before), fields(after)) else {
        return whole();
    };
    let gone = was.keys().filter(|name| !is.contains_key(*name));
    let changed = is.keys().chain(gone).filter_map(|name| {
        let words = |side: &Map<String, Value>| {
            side.get(name).map_or_else(|| "missing".into(), value_words)
        };
        let (a, b) = (words(&was), words(&is));
        (a != b).then(|| format!("{}: {a} → {b}", text::line(name)))
    });
    let changed: Vec<String> = changed.collect();
    match changed.is_empty() {
        true => whole(),
        false => changed.join(", "),
    }
}

/// The words of a cell of the grid shown; where there is little room, names of fields are shortened before their values.
pub(super) fn pieces(
    model: &Model,
    table: &Table,
    (column, row): (GridColumn, usize),
    sum: &CellSummary,
    room: usize,
) -> Vec<Piece> {
    let (theme, variant) = (model.view.theme, column.variant);
    let Some(grid) = model.answers.grids.get(column.model) else {
        return Vec::new();
    };
    if let MajorityAnswer::Answer(answer) = sum.majority
        && let Some(read) = grid.read_answer(answer)
    {
        let score = grid.score(variant, row, sum.majority_sample);
        return json_fields(theme, table, row, read, score)
            .map(|fields| field_pieces(theme, &fields, room))
            .unwrap_or_else(|| vec![(text::line(read), Style::new())]);
    }
    let dim = |words: String| vec![(words, theme.dim())];
    let Some(sample) = excerpt_sample(grid, (variant, row), sum) else {
        return dim(top_words(grid, sum));
    };
    let id = column.trial(row, sample);
    let is_read = !matches!(
        sum.majority,
        MajorityAnswer::Unreadable | MajorityAnswer::Refused
    );
    match model.answers.outputs.excerpt(id) {
        Some(words) if is_read => vec![(text::line(words), Style::new())],
        Some(words) => dim(text::line(words)),
        // The figure would be taken for the answer.
        None if matches!(
            sum.majority,
            MajorityAnswer::Score(_) | MajorityAnswer::Answer(_)
        ) =>
        {
            dim("…".into())
        }
        None => dim(top_words(grid, sum)),
    }
}

/// A field of JSON as a cell shows it.
struct ShownField {
    name: String,
    value: String,
    style: Style,
    /// The expected value, where that is another.
    wanted: Option<String>,
}

/// Fields in a line: a name that leaves no room for its value is shortened; what is too long even so is cut later.
fn field_pieces(theme: Theme, fields: &[ShownField], room: usize) -> Vec<Piece> {
    const LEAST: usize = 3;
    let mut pieces: Vec<Piece> = Vec::new();
    let mut left = room;
    for field in fields {
        let wanted = field.wanted.as_ref().map(|wanted| format!("≠{wanted}"));
        let value = text::width(&field.value) + wanted.as_deref().map_or(0, text::width);
        if !pieces.is_empty() {
            pieces.push((" ".into(), Style::new()));
            left = left.saturating_sub(1);
        }
        let for_name = left.saturating_sub(value + 2);
        let name = match for_name >= LEAST.min(text::width(&field.name)) {
            true => format!("{}: ", text::fit(&field.name, for_name)),
            // The first alone may stand without its name.
            false if pieces.is_empty() => String::new(),
            false => format!("{}: ", field.name),
        };
        left = left.saturating_sub(text::width(&name) + value);
        if !name.is_empty() {
            pieces.push((name, theme.dim()));
        }
        pieces.push((field.value.clone(), field.style));
        pieces.extend(wanted.map(|wanted| (wanted, theme.dim())));
        if left == 0 {
            break;
        }
    }
    pieces
}

/// JSON that the main metric read, by its fields with the wrong ones first; `None` where it reads something else.
fn json_fields(
    theme: Theme,
    table: &Table,
    row: usize,
    read: &str,
    score: Option<f64>,
) -> Option<Vec<ShownField>> {
    if read.len() > MAX_JSON || !read.starts_with(['{', '[']) {
        return None;
    }
    let fields = compared_fields(table, 0, row, read);
    let mut shown: Vec<ShownField> = Vec::new();
    let mut put = |name: &str, value: String, style: Style, wanted: Option<String>| {
        shown.push(ShownField {
            name: name.to_owned(),
            value,
            style,
            wanted,
        });
    };
    let Some(fields) = fields else {
        // Of a metric without fields, or of a run whose metrics or rows are unknown.
        let value: Value = serde_json::from_str(read).ok()?;
        for (name, value) in value.as_object()? {
            put(&text::line(name), value_words(value), Style::new(), None);
        }
        return Some(shown);
    };
    let is_invalid = score == Some(0.0) && fields.iter().any(|field| field.is_equal);
    if is_invalid {
        put("schema", "not valid".into(), theme.bad(), None);
    }
    for is_equal in [false, true] {
        for field in fields.iter().filter(|field| field.is_equal == is_equal) {
            let found = field.found.as_ref().map_or("missing".into(), value_words);
            let style = if is_equal { Style::new() } else { theme.bad() };
            let wanted = (!is_equal).then(|| expected_words(field));
            put(&text::line(&field.path), found, style, wanted);
        }
    }
    Some(shown)
}

/// The expected value of a field in words.
pub(super) fn expected_words(field: &FieldComparison) -> String {
    (field.expected.as_ref()).map_or("nothing expected".into(), value_words)
}

/// A value in one line: texts without quotes.
pub(super) fn value_words(value: &Value) -> String {
    match value {
        Value::String(words) if words.is_empty() => "\"\"".into(),
        Value::String(words) => text::line(words),
        other => text::line(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_counted_where_there_are_several() {
        let right = |correct, answered| {
            let mut sum = CellSummary::default();
            (sum.correct, sum.answered) = (correct, answered);
            sum
        };
        let said = sample_counts(&right(3, 3), &right(2, 3));
        assert_eq!(said.as_deref(), Some("3/3 → 2/3 correct"));
        assert_eq!(sample_counts(&right(1, 1), &right(0, 1)), None);
    }

    #[test]
    fn the_name_of_a_field_is_shortened_before_its_value() {
        let field = |name: &str, value: &str, wanted: Option<&str>| ShownField {
            name: name.into(),
            value: value.into(),
            style: Style::new(),
            wanted: wanted.map(str::to_owned),
        };
        let fields = [
            field("category", "billing", Some("bug")),
            field("urgency", "low", None),
        ];
        let said = |room: usize| -> String {
            let pieces = field_pieces(Theme::new(true), &fields, room);
            pieces.into_iter().map(|(text, _)| text).collect()
        };
        assert_eq!(said(34), "category: billing≠bug urgency: low");
        assert_eq!(said(30), "category: billing≠bug ur…: low");
        assert_eq!(said(18), "cate…: billing≠bug");
        assert_eq!(
            said(14),
            "billing≠bug urgency: low",
            "the first alone lacks its name"
        );
    }

    #[test]
    fn a_change_of_json_is_told_by_its_fields() {
        let before = r#"{"topic":"billing","urgency":"low","due":""}"#;
        let after = r#"{"topic":"billing","urgency":"high"}"#;
        assert_eq!(
            change_words(before, after),
            "urgency: low → high, due: \"\" → missing"
        );
        assert_eq!(
            change_words(before, "unreadable"),
            format!("{before} → unreadable")
        );
        assert_eq!(change_words("yes", "no"), "yes → no");
    }
}
