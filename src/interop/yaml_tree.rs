//! YAML and JSON read as a tree: scalars and keys as the tools read them that a file is of.

use super::{
    ImportError, Kind, Node, NotePlace,
    merged_map::{MergedMap, YamlVersion},
    value_limit::ValueLimit,
    yaml_raw::Raw,
    yaml_scalar::scalar,
};
use crate::{
    dialect::{json_text, python_text},
    source::{SourcePlace, as_typed, read_text},
};
use serde_json::Value;
use serde_saphyr::Spanned;
use std::{path::Path, sync::Arc};

/// Most values and ends of lists that stand for aliases (`*name`) in YAML, beside one for each byte of the file.
const MAX_REPEATED: usize = 250_000;

/// Most nodes of a file, those that aliases stand for among them: 20,000 tests have about as many as half.
const MAX_NODES: usize = 600_000;

impl Node {
    pub fn read(path: &Path) -> Result<Node, ImportError> {
        Node::parse(path, &file_text(path)?)
    }

    /// The same with scalars as a program in Python reads them.
    pub(super) fn read_as_python(path: &Path) -> Result<Node, ImportError> {
        Node::parse_as_python(path, &file_text(path)?)
    }

    /// Read a text that stands in a file.
    pub fn parse(path: &Path, text: &str) -> Result<Node, ImportError> {
        Node::parse_by(path, text, YamlVersion::V1_2)
    }

    /// The same with scalars as a program in Python reads them.
    pub(super) fn parse_as_python(path: &Path, text: &str) -> Result<Node, ImportError> {
        Node::parse_by(path, text, YamlVersion::V1_1)
    }

    fn parse_by(path: &Path, text: &str, version: YamlVersion) -> Result<Node, ImportError> {
        let text = text.trim_start_matches('\u{feff}');
        let file: Arc<Path> = as_typed(path).into();
        if path.extension().is_some_and(|e| e == "json")
            && let Ok(value) = ValueLimit::new().read_str(text)
            // JSON is YAML, but for what only one of them allows; then lines are not known.
            && text.contains('\t')
        {
            return Ok(Node::from_json(&value, &NotePlace { file, line: None }));
        }
        // The reader counts nodes, but not before it has read hundreds of thousands of a small file.
        let aliases = serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_REPEATED + text.len(),
        };
        // One anchor may be named by each test of a file.
        let budget = serde_saphyr::budget! {
            enforce_alias_anchor_ratio: false,
            max_nodes: MAX_NODES,
            max_events: 3 * MAX_NODES,
        };
        let options = serde_saphyr::options! {
            strict_booleans: true,
            alias_limits: aliases,
            budget: budget,
            // The tools do not agree on where in a map merged values stand.
            merge_keys: serde_saphyr::options::MergeKeyPolicy::AsOrdinary,
            duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::PassThrough,
        };
        match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options) {
            Ok(raw) => raw_node(raw, &file, text, version).map_err(|error| ImportError::Syntax {
                place: Box::new(SourcePlace::of_line(as_typed(path), text, error.line)),
                message: error.message,
            }),
            Err(error) => {
                let line = error.location().map_or(1, |l| l.line() as usize);
                let column = error.location().map(|l| l.column() as usize);
                let mut place = SourcePlace::of_line(as_typed(path), text, line);
                place.column = column.filter(|c| *c > 0);
                Err(ImportError::Syntax {
                    place: Box::new(place),
                    message: refusal(error.without_snippet()),
                })
            }
        }
    }
}

fn file_text(path: &Path) -> Result<String, ImportError> {
    read_text(path).map_err(|source| ImportError::Read {
        path: as_typed(path),
        source,
    })
}

/// Why a file is refused. The reader's sentences name its own options.
fn refusal(error: &serde_saphyr::Error) -> String {
    match error {
        serde_saphyr::Error::MultipleDocuments { .. } => {
            "a second document begins here (`---`): only files with one are read".to_owned()
        }
        serde_saphyr::Error::NonFiniteFloat { value, .. } => {
            format!("`{value}` is not a finite number, and rows cannot hold it: put it in quotes")
        }
        other => {
            let message = other.to_string();
            format!(
                "not valid YAML: {}",
                message.lines().next().unwrap_or_default()
            )
        }
    }
}

/// What a tool refuses that the reader does not.
struct WrongMap {
    line: usize,
    message: String,
}

fn raw_node(
    raw: Spanned<Raw>,
    file: &Arc<Path>,
    source: &str,
    version: YamlVersion,
) -> Result<Node, WrongMap> {
    let line = raw.referenced.line() as usize;
    let kind = match raw.value {
        Raw::Scalar(value) => scalar(value, &raw.defined, source, version),
        Raw::List(items) => {
            let items = items.into_iter();
            let items = items.map(|r| raw_node(r, file, source, version));
            Kind::List(items.collect::<Result<_, _>>()?)
        }
        Raw::Map(entries) => {
            let mut map = MergedMap::new(version);
            for (key, value) in entries {
                let line = key.referenced.line() as usize;
                let is_merge = is_merge(&key, source);
                let (key, is_text) = key_text(key, file, source, version)?;
                let value = raw_node(value, file, source, version)?;
                let is_right = match is_merge {
                    true => map.merge(value),
                    false => map.insert(&key, is_text, value),
                };
                if !is_right {
                    let message = match is_merge {
                        true => "`<<` merges a map, or a list of maps".into(),
                        false => format!("not valid YAML: the key `{key}` is there twice"),
                    };
                    return Err(WrongMap { line, message });
                }
            }
            map.finish()
        }
    };
    Ok(Node {
        kind,
        at: NotePlace {
            file: Arc::clone(file),
            line: (line > 0).then_some(line),
        },
    })
}

/// Whether a key is `<<` without quotes.
fn is_merge(key: &Spanned<Raw>, source: &str) -> bool {
    let Raw::Scalar(Value::String(text)) = &key.value else {
        return false;
    };
    let start = key.defined.span().byte_offset();
    let written = start.and_then(|start| source.get(start as usize..));
    text == "<<" && written.is_some_and(|written| written.starts_with("<<"))
}

/// A key as the tools print it, and whether it is a text for them: JavaScript makes one of each.
fn key_text(
    key: Spanned<Raw>,
    file: &Arc<Path>,
    source: &str,
    version: YamlVersion,
) -> Result<(String, bool), WrongMap> {
    let kind = match (key.value, version) {
        (Raw::Scalar(Value::String(text)), YamlVersion::V1_2) => return Ok((text, true)),
        (value, _) => raw_node(Spanned { value, ..key }, file, source, version)?.kind,
    };
    Ok(match (kind, version) {
        (Kind::Scalar(Value::String(text)), _) => (text, true),
        (Kind::Scalar(value), YamlVersion::V1_2) => (json_text(&value), true),
        (Kind::Scalar(value), YamlVersion::V1_1) => (python_text(&value), false),
        (Kind::Unquoted(text), _) => (text, false),
        // They are refused as they are read.
        (Kind::List(_) | Kind::Map(_) | Kind::TypedKeys(_), _) => (String::new(), true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_without_quotes_are_those_of_the_reader() {
        let text = "\u{feff}---\n# é\na: yes\nb: 'yes'\nc: [on, 1e3, 010, \"010\"]\nd: |\n  off\ne: 1.0e-5\nf: [!!str 12, !!str &y 010, a,!!str 010,010]\ng: &x no\nh: *x\ni: two words\nj:\nk: {l: off}\n";
        let python = Node::parse_as_python(Path::new("c.yaml"), text).unwrap();
        assert_eq!(
            python.json(),
            json!({"a": true, "b": "yes", "c": [true, "1e3", 8, "010"], "d": "off\n", "e": 1e-5, "f": ["12", "010", "a", "010", 8], "g": false, "h": false, "i": "two words", "j": null, "k": {"l": false}})
        );
        let other = Node::parse(Path::new("c.yaml"), text).unwrap().json();
        assert_eq!(
            (&other["a"], &other["c"][1]),
            (&json!("yes"), &json!(1000.0))
        );
    }

    /// Recorded with js-yaml 5.4.1, and PyYAML 6.0.3.
    #[test]
    fn keys_that_are_no_texts_are_printed_as_the_tools_do() {
        let text = "m: {1.0: a, 1e3: b, 010: c, 0x1F: d, true: e, yes: f, ~: g, 1_000: h, -0: i, +5: j, 1e21: k, 1e-7: l, '2.0': m, 2024-01-15: n}";
        let keys = |node: Node| -> Vec<String> {
            let entries = node.get("m").unwrap().entries();
            entries.iter().map(|(key, _)| key.clone()).collect()
        };
        let node = Node::parse(Path::new("c.yaml"), text).unwrap();
        assert!(node.typed_keys().is_none());
        assert_eq!(
            keys(node),
            [
                "1",
                "1000",
                "10",
                "31",
                "true",
                "yes",
                "null",
                "1_000",
                "0",
                "5",
                "1e+21",
                "1e-7",
                "2.0",
                "2024-01-15"
            ]
        );
        let node = Node::parse_as_python(Path::new("c.yaml"), text).unwrap();
        assert!(node.typed_keys().is_some() && node.unquoted().is_none());
        assert_eq!(
            keys(node),
            [
                "1.0",
                "1e3",
                "8",
                "31",
                "True",
                "None",
                "1000",
                "0",
                "5",
                "1e21",
                "1e-7",
                "2.0",
                "2024-01-15"
            ]
        );
        let node = Node::parse_as_python(Path::new("c.yaml"), "{a: 1, 'no': {'1': 2}}").unwrap();
        assert!(node.typed_keys().is_none());
    }

    /// Recorded with promptfoo 0.123.1 (js-yaml 5.4.1), and PyYAML 6.0.3.
    #[test]
    fn merged_values_stand_where_the_tools_put_them() {
        let text = "x: &x {q: 1, r: 2}\na: {<<: *x, r: 3}\nb: {r: 3, <<: *x, s: 4}\nc: {s: 1, <<: [*x, {t: 1, q: 9}]}\np: {<<: {b: {z: 1}, c: x}, b: 5}\nr: {<<: {<<: {m: 1}, n: 2}}\nd: {<<: {u: 1}, <<: {v: 2}}\nt: {<<: []}\ne: {'<<': {q: 1}}\n";
        let node = Node::parse(Path::new("c.yaml"), text).unwrap();
        assert_eq!(
            node.json().to_string(),
            r#"{"x":{"q":1,"r":2},"a":{"q":1,"r":3},"b":{"r":3,"q":1,"s":4},"c":{"s":1,"q":1,"r":2,"t":1},"p":{"b":5,"c":"x"},"r":{"m":1,"n":2},"d":{"u":1,"v":2},"t":{},"e":{"<<":{"q":1}}}"#
        );
        let node = Node::parse_as_python(Path::new("c.yaml"), text).unwrap();
        assert_eq!(
            node.json().to_string(),
            r#"{"x":{"q":1,"r":2},"a":{"q":1,"r":3},"b":{"q":1,"r":3,"s":4},"c":{"t":1,"q":1,"r":2,"s":1},"p":{"b":5,"c":"x"},"r":{"m":1,"n":2},"d":{"u":1,"v":2},"t":{},"e":{"<<":{"q":1}}}"#
        );
        for wrong in [
            "a:\n  <<: 5\n",
            "1: a\n'1': b\n",
            "{<<: {a: 1}, a: 2,\n a: 3}",
        ] {
            let error = Node::parse(Path::new("c.yaml"), wrong).unwrap_err();
            assert!(error.to_string().contains("c.yaml:2"), "{error}");
        }
        // The last one counts in Python.
        let node = Node::parse_as_python(Path::new("c.yaml"), "a: 1\nb: 2\na: 3\n").unwrap();
        assert_eq!(node.json().to_string(), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn lists_on_one_line_are_read_in_the_time_of_their_length() {
        let text = format!("a: [{}!!str 010]", "a,".repeat(20_000));
        let node = Node::parse_as_python(Path::new("c.yaml"), &text).unwrap();
        let last = node.get("a").unwrap().items().last().map(Node::text);
        assert_eq!(last, Some(Some("010")));
    }

    /// Recorded with promptfoo 0.123.1.
    #[test]
    fn scalars_are_what_the_tools_read() {
        let text = "[1_000, 0b11, 0o17, 010, 1e3, +5, '1_000', 2024-01-15, '2024-01-15', \"2024-01-15\", 2024-01-15T10:00:00Z, 2024-1-5]";
        let node = Node::parse(Path::new("c.yaml"), text).unwrap();
        assert_eq!(
            node.json(),
            json!([
                "1_000",
                "0b11",
                15,
                10.0,
                1000.0,
                5,
                "1_000",
                "2024-01-15",
                "2024-01-15",
                "2024-01-15",
                "2024-01-15T10:00:00Z",
                "2024-1-5"
            ])
        );
        let is_date = |node: &Node| matches!(node.kind, Kind::Unquoted(_));
        let dates: Vec<usize> = (0..12).filter(|n| is_date(&node.items()[*n])).collect();
        assert_eq!(dates, [7, 10]);
        assert!(node.unquoted().is_some());
        let text = "[1_000, 2024-01-15, 2024-01-15T10:00:00Z, 2024-01-15 10:00:00, '2024-01-15 10:00:00', !!str 2024-01-15T10:00:00Z, 1:30]";
        let python = Node::parse_as_python(Path::new("c.yaml"), text).unwrap();
        assert_eq!(python.json()[0], 1000);
        let dates: Vec<usize> = (0..7).filter(|n| is_date(&python.items()[*n])).collect();
        assert_eq!(dates, [2, 3]);
    }

    #[test]
    fn aliases_that_grow_are_refused_at_once() {
        let mut bomb = "a0: &a0 [x, x, x]\n".to_owned();
        for n in 1..12 {
            let below = format!("*a{}, ", n - 1).repeat(9);
            bomb += &format!("a{n}: &a{n} [{below}]\n");
        }
        let error = Node::parse(Path::new("c.yaml"), &bomb).unwrap_err();
        assert!(error.to_string().contains("lias"), "{error}");
        let many = format!("a: &a {{b: [1, 2, 3]}}\nc: [{}]", "*a, ".repeat(5_000));
        let node = Node::parse(Path::new("c.yaml"), &many).unwrap();
        assert_eq!(node.get("c").unwrap().items().len(), 5_000);
    }

    #[test]
    fn a_refusal_is_in_our_words() {
        let refused = |text: &str| {
            let error = Node::parse(Path::new("c.yaml"), text).unwrap_err();
            error.to_string()
        };
        let two = refused("a: 1\n---\nb: 2\n");
        assert!(two.contains("a second document begins here"), "{two}");
        let endless = refused("a: 1\nb: .inf\n");
        assert!(
            endless.contains("`.inf` is not a finite number"),
            "{endless}"
        );
        assert!(endless.contains("c.yaml:2"), "{endless}");
    }

    #[test]
    fn values_know_their_lines_and_anchors_are_followed() {
        let text = "base: &b\n  a: yes\n  n: 2\nlist:\n  - x: 1.5\n    <<: *b\n  - |\n    two\n    lines\n";
        let node = Node::parse(Path::new("c.yaml"), text).unwrap();
        assert_eq!(
            node.json(),
            json!({"base": {"a": "yes", "n": 2}, "list": [{"x": 1.5, "a": "yes", "n": 2}, "two\nlines\n"]})
        );
        let list = node.get("list").unwrap().items();
        assert_eq!(list[0].get("x").unwrap().at.line, Some(5));
        // A block of text begins on the line below its mark.
        assert_eq!(list[1].at.line, Some(8));
        let json = Node::parse(Path::new("c.json"), "{\n \"a\": [1,\n  true]}").unwrap();
        assert_eq!(json.get("a").unwrap().items()[1].at.line, Some(3));
        let error = Node::parse(Path::new("c.yaml"), "a: [1\nb: 2").unwrap_err();
        assert!(error.to_string().contains("c.yaml:"), "{error}");
    }
}
