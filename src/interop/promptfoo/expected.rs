//! Tables of tests: a column a variable, and columns that begin with two underscores for what is expected.

use super::{
    super::{
        ImportError, Node, NotePlace,
        cell_limit::CellLimit,
        value_limit::{OF_OBJECT, ValueLimit},
    },
    assertions::fields,
};
use crate::{
    score::KINDS,
    source::{SourcePlace, as_typed},
};
use serde_json::{Map, Value, json};
use std::path::Path;

/// What is wrong at a place up to which there are more values than there may be.
pub(super) fn too_many_tests(problem: &str) -> String {
    format!("up to here the files of tests have {problem}; import fewer tests at once")
}

/// What a test takes beside its cells: two objects.
const OF_TEST: usize = 2 * OF_OBJECT;

/// The tests in a CSV file, as they would be written in YAML.
pub(super) fn table(path: &Path, text: &str, limit: &ValueLimit) -> Result<Vec<Node>, ImportError> {
    let shown = as_typed(path);
    let cells = CellLimit::of_record();
    let table = csv::ReaderBuilder::new();
    let mut reader = table.from_reader(cells.reader(text.as_bytes(), b','));
    let wrong = |error: csv::Error| {
        let line = error.position().map_or(1, |p| p.line() as usize);
        ImportError::Syntax {
            place: Box::new(SourcePlace::of_line(&shown, text, line)),
            message: format!("this is no CSV: {error}"),
        }
    };
    let too_many = |line: usize, problem: String| ImportError::Syntax {
        place: Box::new(SourcePlace::of_line(&shown, text, line)),
        message: too_many_tests(&problem),
    };
    let heads = reader.headers().map_err(wrong)?.clone();
    cells.refill();
    // A line without cells has one that is empty, which is too few where there are several columns.
    let (text, blank) = with_blank_records(text);
    if let Some(line) = blank.filter(|_| heads.len() > 1) {
        return Err(ImportError::Syntax {
            place: Box::new(SourcePlace::of_line(&shown, &text, line)),
            message: format!(
                "a line without cells, but the table has {} columns: promptfoo refuses it; delete the line",
                heads.len()
            ),
        });
    }
    let mut reader = table.from_reader(cells.reader(text.as_bytes(), b','));
    let mut all = Vec::new();
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let at = NotePlace {
            file: shown.as_path().into(),
            line: record.position().map(|p| p.line() as usize),
        };
        limit
            .take(record.len() + OF_TEST)
            .map_err(|problem| too_many(at.line.unwrap_or(1), problem))?;
        let row = heads.iter().map(str::trim).zip(record.iter());
        let test = test(row).map_err(|(what, why)| ImportError::refused(&at, &what, &why))?;
        all.push(Node::from_json(&test, &at));
        cells.refill();
    }
    Ok(all)
}

/// A table in which lines without cells are records of one empty cell, and the first of them.
fn with_blank_records(text: &str) -> (String, Option<usize>) {
    let (mut made, mut first, mut is_quoted) = (String::new(), None, false);
    for (n, line) in text.split_inclusive('\n').enumerate() {
        if !is_quoted && line.trim_end_matches(['\r', '\n']).is_empty() {
            first = first.or(Some(n + 1));
            made += "\"\"";
        }
        is_quoted ^= line.matches('"').count() % 2 == 1;
        made += line;
    }
    (made, first)
}

/// A record as a test; what promptfoo refuses of it, and why.
fn test<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Value, (String, String)> {
    let (mut vars, mut options, mut metadata) = (Map::new(), Map::new(), Map::new());
    let mut asserts: Vec<Value> = Vec::new();
    let mut settings: Vec<(usize, f64)> = Vec::new();
    let mut test = Map::new();
    let mut metric = None;
    for (head, cell) in cells {
        let filled = !cell.trim().is_empty();
        if head.starts_with("__expected") {
            if filled {
                asserts.push(assertion(cell.trim()));
            }
        } else if let Some(name) = head.strip_prefix("__metadata:") {
            if let Some(name) = name.strip_suffix("[]").filter(|_| filled) {
                metadata.insert(name.to_owned(), list(cell));
            } else if filled {
                metadata.insert(name.to_owned(), cell.into());
            }
        } else if let Some(rest) = head.strip_prefix("__config:") {
            // A column of another form is not read there.
            if let [column, key] = rest.split(':').collect::<Vec<_>>()[..] {
                settings.push(setting(head, column, key, cell)?);
            }
        } else {
            match head {
                "__prefix" | "__suffix" => {
                    options.insert(head.trim_start_matches('_').to_owned(), cell.into());
                }
                "__description" if filled => {
                    test.insert("description".into(), cell.into());
                }
                "__metric" if filled => metric = Some(cell.to_owned()),
                "__threshold" => {
                    if let Some(value) = cell.trim().parse::<f64>().ok().filter(|n| n.is_finite()) {
                        test.insert("threshold".into(), value.into());
                    }
                }
                "__providerOutput" if filled => {
                    test.insert("providerOutput".into(), cell.into());
                }
                "__description" | "__metric" | "__metadata" | "__providerOutput" => {}
                _ => {
                    vars.insert(head.to_owned(), cell.into());
                }
            }
        }
    }
    for (at, value) in settings {
        if let Some(Value::Object(assertion)) = asserts.get_mut(at) {
            assertion.insert("threshold".into(), value.into());
        }
    }
    for assertion in &mut asserts {
        if let (Value::Object(map), Some(metric)) = (assertion, &metric) {
            map.insert("metric".into(), metric.clone().into());
        }
    }
    for (name, map) in [("vars", vars), ("options", options), ("metadata", metadata)] {
        if !map.is_empty() || name == "vars" {
            test.insert(name.into(), map.into());
        }
    }
    test.insert("assert".into(), asserts.into());
    Ok(test.into())
}

/// Which assertion of a record a cell sets a threshold of, and which.
fn setting(
    head: &str,
    column: &str,
    key: &str,
    cell: &str,
) -> Result<(usize, f64), (String, String)> {
    let refused = |why: &str| {
        let why = format!("{why}, and promptfoo refuses the table");
        Err((format!("the column `{head}`"), why))
    };
    let number = match column.strip_prefix("__expected") {
        Some("") => Some(1),
        Some(number) => number.parse::<usize>().ok().filter(|number| *number > 0),
        None => None,
    };
    let Some(number) = number else {
        return refused("it names no column `__expected`");
    };
    if key != "threshold" {
        return refused("`threshold` alone can be set");
    }
    match cell
        .trim()
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())
    {
        Some(threshold) => Ok((number - 1, threshold)),
        None => refused(&format!("`{cell}` is no number")),
    }
}

/// Texts between commas, where `\,` is a comma.
fn list(cell: &str) -> Value {
    let marked = cell.replace("\\,", "\u{0}");
    let items = marked
        .split(',')
        .map(|item| item.trim().replace('\u{0}', ","));
    items.collect::<Vec<String>>().into()
}

/// What a cell expects: `kind: value`, `kind(threshold): value`, or the whole answer.
pub(super) fn assertion(text: &str) -> Value {
    const FOREIGN: [&str; 4] = ["javascript:", "fn:", "eval:", "python:"];
    if let Some(start) = FOREIGN.iter().find(|start| text.starts_with(**start)) {
        let kind = if *start == "python:" {
            "python"
        } else {
            "javascript"
        };
        return json!({"type": kind, "value": text[start.len()..].trim()});
    }
    if let Some(path) = text.strip_prefix("file://") {
        match super::files::extension(Path::new(path)).as_str() {
            "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" => {
                return json!({"type": "javascript", "value": text});
            }
            "py" => return json!({"type": "python", "value": path}),
            _ => {}
        }
    }
    if let Some(rubric) = text
        .strip_prefix("grade:")
        .or(text.strip_prefix("llm-rubric:"))
    {
        return json!({"type": "llm-rubric", "value": rubric});
    }
    let bare = text.strip_prefix("not-").unwrap_or(text);
    // Kinds may have a colon themselves: the longest that is known counts.
    let known = |kind: &str| KINDS.contains(&kind) || super::assertions::is_foreign(kind);
    let mut ends = bare
        .match_indices(['(', ':'])
        .map(|(at, _)| at)
        .collect::<Vec<_>>();
    ends.push(bare.len());
    let longest = ends.iter().rev().find(|end| known(&bare[..**end]));
    let end = longest.or(ends.first()).copied().unwrap_or(bare.len());
    let (kind, rest) = bare.split_at(end);
    let known = known(kind);
    let is_number = |text: &str| {
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        text.splitn(2, '.').all(is_part)
    };
    let in_brackets = rest.strip_prefix('(').and_then(|r| r.split_once(')'));
    let (threshold, rest) = match in_brackets.filter(|(number, _)| is_number(number)) {
        Some((number, rest)) => (number.parse::<f64>().ok(), rest),
        None => (None, rest),
    };
    let value = rest.strip_prefix(':').map(str::trim);
    if !known || !rest.is_empty() && value.is_none() {
        return json!({"type": "equals", "value": text});
    }
    let word = &text[..text.len() - bare.len() + kind.len()];
    let mut map = Map::new();
    map.insert("type".into(), word.into());
    // Nothing at all is an answer too.
    if let Some(value) = value.filter(|value| !value.is_empty() || kind == "equals") {
        let value = match kind {
            "contains-any" | "contains-all" | "icontains-any" | "icontains-all" => {
                // What cannot be read is refused where the assertion is.
                fields(value).map_or_else(|_| value.into(), Value::from)
            }
            _ => Value::from(value),
        };
        map.insert("value".into(), value);
    }
    let usual = match kind {
        "similar" => Some(0.8),
        "cost" | "latency" | "levenshtein" | "rouge-n" | "starts-with" => Some(0.75),
        _ => None,
    };
    if let Some(usual) = usual {
        map.insert("threshold".into(), threshold.unwrap_or(usual).into());
    }
    map.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_what_is_expected() {
        for (text, expected) in [
            (
                "Yes: of course",
                json!({"type": "equals", "value": "Yes: of course"}),
            ),
            ("equals:", json!({"type": "equals", "value": ""})),
            ("contains:", json!({"type": "contains"})),
            ("contains: a b", json!({"type": "contains", "value": "a b"})),
            (
                "not-icontains:x",
                json!({"type": "not-icontains", "value": "x"}),
            ),
            (
                "contains-any: a, b",
                json!({"type": "contains-any", "value": ["a", "b"]}),
            ),
            (
                "contains-all: \"a, b\", \"c \"\"d\"\"\",e",
                json!({"type": "contains-all", "value": ["a, b", "c \"d\"", "e"]}),
            ),
            (
                "trajectory:tool-used: x",
                json!({"type": "trajectory:tool-used", "value": "x"}),
            ),
            (
                "similar(0.9): x",
                json!({"type": "similar", "value": "x", "threshold": 0.9}),
            ),
            (
                "similar:x",
                json!({"type": "similar", "value": "x", "threshold": 0.8}),
            ),
            (
                "levenshtein(3): abc",
                json!({"type": "levenshtein", "value": "abc", "threshold": 3.0}),
            ),
            ("is-json", json!({"type": "is-json"})),
            (
                "grade: polite",
                json!({"type": "llm-rubric", "value": " polite"}),
            ),
            (
                "fn: output.length",
                json!({"type": "javascript", "value": "output.length"}),
            ),
            (
                "contains the word",
                json!({"type": "equals", "value": "contains the word"}),
            ),
            (
                "latency(500)",
                json!({"type": "latency", "threshold": 500.0}),
            ),
        ] {
            assert_eq!(assertion(text), expected, "{text}");
        }
    }

    #[test]
    fn a_record_with_other_cells_than_the_heads_is_refused() {
        let error = table(Path::new("t.csv"), "a,b\n1,2\n3\n", &ValueLimit::new()).unwrap_err();
        assert!(error.to_string().contains("t.csv:3"), "{error}");
    }

    #[test]
    fn a_table_is_read_with_its_lines() {
        let text = "q,__expected1,__expected2,__metric,__metadata:tags[],__config:__expected2:threshold\n\"a\nb\",x,similar: y,M,\"p,q\\,r\",0.5\n";
        let found = table(Path::new("t.csv"), text, &ValueLimit::new()).unwrap();
        assert_eq!(
            found[0].json(),
            json!({
                "vars": {"q": "a\nb"},
                "metadata": {"tags": ["p", "q,r"]},
                "assert": [
                    {"type": "equals", "value": "x", "metric": "M"},
                    {"type": "similar", "value": "y", "threshold": 0.5, "metric": "M"},
                ],
            })
        );
        assert_eq!(found[0].at.line, Some(2));
    }
}
