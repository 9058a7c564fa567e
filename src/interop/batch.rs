//! Batch files: a request a line, a result a line, joined by `custom_id`.
//!
//! The form is OpenAI's, which `vllm run-batch` and the batch interfaces of other servers read and write too. The
//! `custom_id` is the address of the answer in the store, so results may come in any order, in parts, twice, and from
//! several files.

use super::value_limit::{LimitedValue, ValueLimit};
use crate::store::CompletionKey;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Most requests in a file.
pub const MOST_REQUESTS: u64 = 50_000;

/// Most bytes in a file.
pub const MOST_BYTES: u64 = 200_000_000;

/// What every `custom_id` of ours begins with.
const MARK: &str = "w-";

/// A request on a line of its own.
#[derive(Debug, Clone)]
pub struct BatchLine {
    /// Where its answer belongs.
    pub key: CompletionKey,
    /// Path of the operation: `/v1/chat/completions`.
    pub url: &'static str,
    pub body: Bytes,
}

impl BatchLine {
    fn text(&self) -> Vec<u8> {
        let mut line = Vec::with_capacity(self.body.len() + 128);
        line.extend_from_slice(
            format!(
                "{{\"custom_id\":\"{MARK}{}\",\"method\":\"POST\",\"url\":{},\"body\":",
                self.key.hex(),
                json!(self.url)
            )
            .as_bytes(),
        );
        line.extend_from_slice(&self.body);
        line.extend_from_slice(b"}\n");
        line
    }
}

/// Request files of one model, as many as the limits ask for. What was begun has another name until it is whole.
#[derive(Debug)]
pub struct BatchFiles {
    folder: PathBuf,
    stem: String,
    most: (u64, u64),
    open: Option<Part>,
    done: Vec<(PathBuf, u64)>,
}

#[derive(Debug)]
struct Part {
    file: io::BufWriter<tempfile::NamedTempFile>,
    requests: u64,
    bytes: u64,
}

impl BatchFiles {
    /// Files `STEM-1.jsonl` and so on in a folder; `most` requests and bytes in one.
    pub fn new(folder: &Path, stem: &str, most: (u64, u64)) -> BatchFiles {
        BatchFiles {
            folder: folder.to_owned(),
            stem: stem
                .chars()
                .map(|c| {
                    if c.is_alphanumeric() || "-_.".contains(c) {
                        c
                    } else {
                        '-'
                    }
                })
                .collect(),
            most,
            open: None,
            done: Vec::new(),
        }
    }

    /// The file of a number, from 1.
    pub fn path(&self, number: usize) -> PathBuf {
        self.folder.join(format!("{}-{number}.jsonl", self.stem))
    }

    pub fn push(&mut self, line: &BatchLine) -> io::Result<()> {
        let text = line.text();
        let full = self.open.as_ref().is_some_and(|part| {
            part.requests >= self.most.0 || part.bytes + text.len() as u64 > self.most.1
        });
        if full {
            self.close()?;
        }
        let part = match &mut self.open {
            Some(part) => part,
            none => none.insert(Part {
                file: io::BufWriter::with_capacity(
                    1 << 18,
                    tempfile::NamedTempFile::new_in(&self.folder)?,
                ),
                requests: 0,
                bytes: 0,
            }),
        };
        part.file.write_all(&text)?;
        part.requests += 1;
        part.bytes += text.len() as u64;
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        if let Some(part) = self.open.take() {
            let file = part
                .file
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?;
            let path = self.path(self.done.len() + 1);
            file.persist(&path).map_err(|e| e.error)?;
            self.done.push((path, part.requests));
        }
        Ok(())
    }

    /// The files with the number of requests in each.
    pub fn finish(mut self) -> io::Result<Vec<(PathBuf, u64)>> {
        self.close()?;
        Ok(self.done)
    }
}

#[derive(Debug)]
pub struct BatchResult {
    /// Where the answer belongs.
    pub key: CompletionKey,
    /// The body of the answer, or why there is none.
    pub answer: Result<Box<RawValue>, BatchError>,
}

/// Why a request of a batch has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchError {
    /// The server's code, or the HTTP status.
    pub code: String,
    pub message: String,
}

#[derive(Deserialize)]
struct Line {
    custom_id: Option<String>,
    response: Option<Response>,
    error: Option<LimitedValue>,
    /// Only requests have one.
    method: Option<String>,
}

#[derive(Deserialize)]
struct Response {
    #[serde(default)]
    status_code: Option<u16>,
    body: Option<Box<RawValue>>,
}

impl BatchResult {
    /// Read a line; `Err` says what is wrong with it.
    pub fn parse(line: &str) -> Result<BatchResult, String> {
        let line: Line = serde_json::from_str(line).map_err(|e| format!("not a result: {e}"))?;
        if line.method.is_some() {
            return Err("a request without an answer, not a result".into());
        }
        let id = line.custom_id.ok_or("a result without `custom_id`")?;
        let key = id
            .strip_prefix(MARK)
            .and_then(CompletionKey::from_hex)
            .ok_or_else(|| {
                format!("the custom_id `{id}` was not created by `wording batch export`")
            })?;
        let error = line.error.map(|error| error.0);
        let answer = match (error, line.response) {
            (Some(error), _) => Err(parse_batch_error(&error, None)),
            (None, Some(Response { status_code, body })) => match (status_code, body) {
                (None | Some(200..=299), Some(body)) => Ok(body),
                (status, body) => {
                    let value: Value = body
                        .and_then(|b| ValueLimit::new().read_str(b.get()).ok())
                        .unwrap_or_default();
                    Err(parse_batch_error(
                        value.get("error").unwrap_or(&value),
                        status,
                    ))
                }
            },
            (None, None) => Err(BatchError {
                code: "empty".into(),
                message: "neither an answer nor an error".into(),
            }),
        };
        Ok(BatchResult { key, answer })
    }
}

fn parse_batch_error(error: &Value, status: Option<u16>) -> BatchError {
    let part = |key: &str| match &error[key] {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    BatchError {
        code: part("code")
            .or_else(|| part("type"))
            .or(status.map(|s| s.to_string()))
            .unwrap_or_else(|| "unknown".into()),
        message: part("message").unwrap_or_else(|| match error {
            Value::String(text) => text.clone(),
            _ => String::new(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(i: u8) -> BatchLine {
        BatchLine {
            key: CompletionKey::new("x", &[i], 0),
            url: "/v1/chat/completions",
            body: Bytes::from_static(b"{\"model\":\"m\"}"),
        }
    }

    #[test]
    fn files_are_split_by_requests_and_by_bytes() {
        let folder = tempfile::tempdir().unwrap();
        for most in [(3, u64::MAX), (u64::MAX, 3 * line(0).text().len() as u64)] {
            let mut files = BatchFiles::new(folder.path(), "a/b c", most);
            (0..7).for_each(|i| files.push(&line(i)).unwrap());
            let files = files.finish().unwrap();
            let counts: Vec<u64> = files.iter().map(|(_, n)| *n).collect();
            assert_eq!(counts, [3, 3, 1]);
            assert!(files[2].0.ends_with("a-b-c-3.jsonl"));
            let text = std::fs::read_to_string(&files[1].0).unwrap();
            let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
            assert_eq!(first["custom_id"], format!("w-{}", line(3).key.hex()));
            assert_eq!(
                (&first["method"], &first["body"]["model"]),
                (&json!("POST"), &json!("m"))
            );
        }
    }

    #[test]
    fn nothing_is_left_of_files_that_were_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = BatchFiles::new(folder.path(), "a", (10, 1_000));
        files.push(&line(1)).unwrap();
        drop(files);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn results_of_all_shapes_are_read() {
        let id = format!("w-{}", line(1).key.hex());
        let read =
            |rest: &str| BatchResult::parse(&format!("{{\"custom_id\":\"{id}\",{rest}}}")).unwrap();
        let good =
            read(r#""response":{"status_code":200,"request_id":"r","body":{"a":1}},"error":null"#);
        assert_eq!(good.key, line(1).key);
        assert_eq!(good.answer.unwrap().get(), r#"{"a":1}"#);
        let error = |rest: &str| read(rest).answer.unwrap_err();
        let late =
            error(r#""response":null,"error":{"code":"batch_expired","message":"too late"}"#);
        assert_eq!((&*late.code, &*late.message), ("batch_expired", "too late"));
        let refused = error(
            r#""response":{"status_code":400,"body":{"error":{"message":"no","type":"bad"}}}"#,
        );
        assert_eq!((&*refused.code, &*refused.message), ("bad", "no"));
        assert_eq!(
            error(r#""response":{"status_code":500,"body":null}"#).code,
            "500"
        );
        assert_eq!(error(r#""response":null"#).code, "empty");
        for (wrong, words) in [
            ("{", "not a result"),
            ("{\"response\":null}", "without `custom_id`"),
            ("{\"custom_id\":\"request-1\"}", "was not created by"),
            ("{\"custom_id\":\"w-12\"}", "was not created by"),
            (
                "{\"custom_id\":\"w-12\",\"method\":\"POST\"}",
                "without an answer",
            ),
        ] {
            assert!(
                BatchResult::parse(wrong).unwrap_err().contains(words),
                "{wrong}"
            );
        }
    }
}
