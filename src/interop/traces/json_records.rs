//! The records in texts of JSON: lines, lists, objects one after the other. Of what a record is only a frame of many, the spans of a request
//! of OpenTelemetry and the samples of a log of Inspect, each is given out alone, in a frame of its own.

use super::{
    nested_items::Items,
    record_kind::{LOGS, RecordKind, WRAPPERS, record_kind},
    record_room::{Limited, MAX_RECORD_BYTES, Room, too_long},
    record_sink::{Sink, failed, place},
    span::SPANS,
    wrapped_list::WrappedList,
};
use crate::{
    interop::{
        ImportError,
        error::json_problem,
        non_finite::{self, NonFiniteReader},
        value_limit::{CountedValue, ValueLimit, is_over_limit, visit_scalars},
    },
    source::{SourcePlace, as_typed},
};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use std::{
    fmt,
    fs::File,
    io::{BufRead, BufReader, Read},
    path::Path,
};

/// A record on each line.
pub(super) fn read_lines(file: &Path, from: File, sink: Sink<'_>) -> Result<(), ImportError> {
    let mut reader = BufReader::with_capacity(1 << 16, from);
    let (mut line, mut at) = (Vec::new(), place(file, Some(0)));
    loop {
        line.clear();
        let mut limited = (&mut reader).take(MAX_RECORD_BYTES + 1);
        let read = limited
            .read_until(b'\n', &mut line)
            .map_err(|e| failed(file, e.to_string()))?;
        if read == 0 {
            return Ok(());
        }
        let number = at.line.map_or(1, |line| line + 1);
        at.line = Some(number);
        if read as u64 > MAX_RECORD_BYTES {
            return Err(failed(file, too_long()));
        }
        let text = std::str::from_utf8(&line)
            .map_err(|_| failed(file, format!("line {number} is not UTF-8")))?;
        let text = text.trim_start_matches('\u{feff}').trim_end();
        if text.is_empty() {
            continue;
        }
        let mut given = |record: &Value| sink(record, &at);
        let records = non_finite::parsed(text, |text| {
            let mut parser = serde_json::Deserializer::from_slice(text);
            let records = Records {
                limit: &ValueLimit::new(),
                given: &mut given,
            };
            records.deserialize(&mut parser)?;
            parser.end()
        });
        records.map_err(|(error, column)| {
            let column = column.saturating_sub(1).min(text.len());
            ImportError::Syntax {
                place: Box::new(SourcePlace::in_line(
                    as_typed(file),
                    number,
                    text,
                    column..column + 1,
                )),
                message: problem(&error),
            }
        })?;
    }
}

/// A list, whose items are read one by one, or objects one after the other.
pub(super) fn read_json(file: &Path, from: File, sink: Sink<'_>) -> Result<(), ImportError> {
    let room = Room::default();
    let mut reader =
        BufReader::with_capacity(1 << 16, NonFiniteReader::new(Limited::new(from, &room)));
    let start = reader.fill_buf().map_err(|e| failed(file, e.to_string()))?;
    if start.starts_with("\u{feff}".as_bytes()) {
        reader.consume(3);
    }
    let at = place(file, None);
    let mut parser = serde_json::Deserializer::from_reader(reader);
    let mut given = |record: &Value| {
        sink(record, &at);
        room.refill();
    };
    while parser.end().is_err() {
        let records = Records {
            limit: &ValueLimit::new(),
            given: &mut given,
        };
        records.deserialize(&mut parser).map_err(|error| {
            let at = match error.line() {
                0 => String::new(),
                line => format!("line {line} column {}: ", error.column()),
            };
            failed(file, format!("{at}{}", problem(&error)))
        })?;
        room.refill();
    }
    Ok(())
}

fn problem(error: &serde_json::Error) -> String {
    let problem = json_problem(error);
    match is_over_limit(error) {
        true => format!("a record of {problem}; split it, or write its list as JSON lines"),
        false => format!("not valid JSON: {problem}"),
    }
}

/// Gives out the records in a value as they are read.
struct Records<'a> {
    limit: &'a ValueLimit,
    given: &'a mut dyn FnMut(&Value),
}

impl Records<'_> {
    /// A record was read: it is not kept.
    fn give(&mut self, record: &Value) {
        (self.given)(record);
        self.limit.refill();
    }

    fn scalar<E>(mut self, value: Value) -> Result<(), E> {
        self.give(&value);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Records<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    visit_scalars!(scalar);

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let (limit, given) = (self.limit, self.given);
        while let Some(()) = list.next_element_seed(Records { limit, given })? {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let limit = self.limit;
        let mut record = Map::new();
        let (mut is_frame, mut is_wrapper) = (false, false);
        while let Some(name) = map.next_key::<String>()? {
            if name == LOGS {
                map.next_value::<IgnoredAny>()?;
                record.insert(name, Value::Array(Vec::new()));
            } else if is_frame {
                map.next_value::<IgnoredAny>()?;
            } else if name == SPANS[0][0] {
                let mut spans = |span: Value| {
                    let scopes = json!([{"scopeSpans": [{"spans": [span]}]}]);
                    self.give(&json!({"resourceSpans": scopes}));
                };
                map.next_value_seed(Items {
                    below: &SPANS[1..],
                    limit,
                    is_part: false,
                    given: &mut spans,
                })?;
                is_frame = true;
            } else if name == "samples" && is_header(&record) {
                let left = limit.left();
                let mut log = Value::Object(std::mem::take(&mut record));
                let mut samples = |sample: Value| {
                    log["samples"] = Value::from(vec![sample]);
                    self.give(&log);
                    limit.reset(left);
                };
                map.next_value_seed(Items {
                    below: &[],
                    limit,
                    is_part: true,
                    given: &mut samples,
                })?;
                is_frame = true;
            } else if WRAPPERS.contains(&&*name) && is_wrapper_so_far(&mut record, &name) {
                let given = &mut *self.given;
                let value = map.next_value_seed(WrappedList { limit, given })?;
                is_wrapper |= value.is_none();
                record.insert(name, value.unwrap_or_else(|| Value::Array(Vec::new())));
            } else {
                let value = map.next_value_seed(CountedValue(limit))?;
                record.insert(name, value);
            }
        }
        if is_frame {
            if record.contains_key(LOGS) {
                self.give(&json!({ LOGS: [] }));
            }
            return Ok(());
        }
        let record = Value::Object(record);
        if is_wrapper && record_kind(&record) != RecordKind::Wrapped {
            // It is a record itself, and a part of it was taken for others.
            return Err(A::Error::custom(
                "a list of more than half of the values that a record may have, or 64 MiB of texts, before the keys that say what it is",
            ));
        }
        self.give(&record);
        Ok(())
    }
}

/// Whether an object with these fields and a list of this name is a record by nothing but its lists.
fn is_wrapper_so_far(record: &mut Map<String, Value>, name: &str) -> bool {
    record.insert(name.to_owned(), Value::Array(Vec::new()));
    let fields = Value::Object(std::mem::take(record));
    let is_wrapper = record_kind(&fields) == RecordKind::Wrapped;
    if let Value::Object(fields) = fields {
        *record = fields;
    }
    is_wrapper
}

/// Whether these fields of a log of Inspect are all that its samples need, and it is one whatever comes behind them.
fn is_header(record: &Map<String, Value>) -> bool {
    let is_task = |eval: &Value| eval["task"].is_string();
    let is_other = record.contains_key(LOGS);
    record.get("eval").is_some_and(is_task)
        && record.contains_key("version")
        && record.contains_key("plan")
        && !is_other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Result<Vec<Value>, serde_json::Error> {
        let mut all = Vec::new();
        let mut parser = serde_json::Deserializer::from_str(text);
        let records = Records {
            limit: &ValueLimit::of(100),
            given: &mut |record| all.push(record.clone()),
        };
        records.deserialize(&mut parser)?;
        parser.end()?;
        Ok(all)
    }

    #[test]
    fn spans_and_samples_are_given_out_one_by_one() {
        let scope =
            json!([null, {"scope": {"name": "s"}, "spans": [1, {"name": "a"}], "spans ": [2]}]);
        let text = json!([{"x": 1, "resourceSpans": [{"resource": {}, "scopeSpans": scope}, {"instrumentationLibrarySpans": [{"spans": [3]}]}], "y": []}, 5, [{"data": [1]}]]);
        let span = |span: Value| json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]});
        assert_eq!(
            records(&text.to_string()).unwrap(),
            [
                span(1.into()),
                span(json!({"name": "a"})),
                span(3.into()),
                5.into(),
                json!({"data": [1]})
            ]
        );
        let header = json!({"version": 2, "eval": {"task": "t"}, "plan": {"steps": []}});
        let log = |samples: Value| {
            let mut log = header.clone();
            log["samples"] = samples;
            log
        };
        let (one, other) = (json!({"epoch": 1}), json!({"epoch": 2}));
        let whole = log(json!([{"epoch": 1, "store": {}}, other])).to_string();
        let one_by_one = [log(json!([one])), log(json!([other]))];
        assert_eq!(records(&whole).unwrap(), one_by_one);
        // What stands behind the samples may say more of them.
        let text =
            json!({"version": 2, "eval": {"task": "t"}, "samples": [one, other], "plan": {}});
        assert_eq!(records(&text.to_string()).unwrap(), [text]);
    }

    #[test]
    fn lists_of_an_export_are_given_out_when_they_are_large() {
        let item = json!({"n": [1, 2, 3]});
        let export = |n: usize| {
            let items = vec![item.clone(); n];
            json!({"object": "list", "data": items, "traces": [1], "meta": {"page": 1}})
        };
        assert_eq!(records(&export(3).to_string()).unwrap(), [export(3)]);
        let all = records(&export(100).to_string()).unwrap();
        assert_eq!(all.len(), 101);
        assert!(all[..100].iter().all(|record| *record == item));
        assert_eq!(all[100], export(0));
        // A trace of its own, by what stands before or behind its list.
        let list = json!(vec![item; 100]).to_string();
        for text in [
            format!(r#"{{"observations": {list}, "input": 1, "output": 2}}"#),
            format!(r#"{{"input": 1, "output": 2, "observations": {list}}}"#),
        ] {
            let error = records(&text).unwrap_err();
            assert!(problem(&error).contains("values"), "{error}");
        }
    }

    #[test]
    fn each_record_has_the_limit_of_its_own() {
        let half = format!("[{}1]", "1,".repeat(50));
        let item = |name: &str| format!("{{\"{name}\": {half}}}");
        let spans = format!(
            "{{\"resourceSpans\": [{{\"scopeSpans\": [{{\"spans\": [{0}, {0}, {0}]}}]}}]}}",
            item("attributes")
        );
        assert_eq!(records(&spans).unwrap().len(), 3);
        let error = records(&format!("{{\"a\": {half}, \"b\": {half}}}")).unwrap_err();
        assert!(error.is_data() && problem(&error).contains("counts as 4; split it"));
    }
}
