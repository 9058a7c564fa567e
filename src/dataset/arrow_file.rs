//! Streams of Arrow record batches (`.arrow`), as the `datasets` library of Hugging Face saves them: one JSON object per row.

use super::{
    DatasetError,
    arrow_value::{RowBudget, RowTooLong, arrow_value, unsupported_type},
    hub_features::HubFeatures,
};
use crate::model::RecordLimit;
use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use serde_json::{Map, Value};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// Most bytes of one batch, which is held in memory: writers put about 1,000 rows into one.
const MAX_BATCH_BYTES: u64 = 384 << 20;

/// How a file of the other form begins, whose table of contents is at its end.
const FILE_FORM: &[u8] = b"ARROW1";

/// A stream of record batches.
pub(super) struct ArrowFile {
    reader: StreamReader<BatchReader>,
    features: HubFeatures,
}

impl ArrowFile {
    /// Open a file; reads its columns. A type that cannot be read is an error.
    pub(super) fn open(mut file: File, shown: &Path) -> Result<ArrowFile, DatasetError> {
        let unreadable = |message: String| DatasetError::Io {
            path: shown.to_path_buf(),
            source: io::Error::new(io::ErrorKind::InvalidData, message),
        };
        let mut start = [0; FILE_FORM.len()];
        if file.read_exact(&mut start).is_ok() && start == FILE_FORM {
            return Err(unreadable(
                "an Arrow file, not a stream of record batches, which the `datasets` library saves; write it as .parquet".into(),
            ));
        }
        let damaged = |e: &dyn std::fmt::Display| format!("not a complete .arrow stream: {e}");
        file.seek(SeekFrom::Start(0))
            .map_err(|e| unreadable(damaged(&e)))?;
        let reader = BatchReader {
            inner: BufReader::with_capacity(1 << 16, file),
            left: MAX_BATCH_BYTES,
        };
        let reader = StreamReader::try_new(reader, None).map_err(|e| unreadable(damaged(&e)))?;
        let schema = reader.schema();
        if let Some(problem) = unsupported_type(schema.fields(), "") {
            return Err(unreadable(problem));
        }
        let features = schema
            .metadata()
            .get(HubFeatures::KEY)
            .map(|text| HubFeatures::from_metadata(text))
            .unwrap_or_default();
        Ok(ArrowFile { reader, features })
    }

    /// Write one object per line; one batch is held at a time. `limit`: most bytes of a row.
    pub(super) fn write_lines(
        mut self,
        limit: RecordLimit,
        into: &mut dyn Write,
    ) -> io::Result<()> {
        let mut rows = 0;
        loop {
            self.reader.get_mut().left = MAX_BATCH_BYTES;
            let Some(batch) = self.reader.next() else {
                return Ok(());
            };
            let batch = batch.map_err(|error| match error.to_string() {
                // A compressed batch says how much it unpacks to; that is not bounded here.
                text if text.ends_with("feature") => {
                    io::Error::other("its batches are compressed, which is not read; save it without compression, or as .parquet")
                }
                _ => io::Error::other(error),
            })?;
            // A column of nulls takes no room, whatever its length.
            let bytes = MAX_BATCH_BYTES - self.reader.get_ref().left;
            if batch.num_rows() as u64 > bytes.saturating_mul(8) {
                let problem = format!(
                    "a batch of {bytes} bytes says that it has {} rows",
                    batch.num_rows()
                );
                return Err(io::Error::other(problem));
            }
            self.write_batch(&batch, rows, limit, into)?;
            rows += batch.num_rows();
        }
    }

    fn write_batch(
        &self,
        batch: &RecordBatch,
        before: usize,
        limit: RecordLimit,
        into: &mut dyn Write,
    ) -> io::Result<()> {
        let schema = batch.schema();
        for row in 0..batch.num_rows() {
            let mut budget = RowBudget(limit.bytes());
            let columns = schema.fields().iter().zip(batch.columns());
            let object: Result<Map<String, Value>, _> = columns
                .map(|(field, column)| {
                    Ok((
                        field.name().clone(),
                        arrow_value(column, row, field, &mut budget)?,
                    ))
                })
                .collect();
            let mut object = object.map_err(|error: RowTooLong| {
                io::Error::other(format!(
                    "row {}: {error}, {limit}; `max_record` sets the limit",
                    before + row + 1
                ))
            })?;
            self.features.apply(&mut object);
            serde_json::to_writer(&mut *into, &object)?;
            into.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// A reader that gives out so many bytes at most, until that is set anew.
struct BatchReader {
    inner: BufReader<File>,
    left: u64,
}

impl Read for BatchReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = (&mut self.inner).take(self.left).read(into)?;
        if read == 0 && self.left == 0 && !into.is_empty() {
            return Err(io::Error::other(format!(
                "one of its batches has more than {} MiB; save it with fewer rows per batch, or as .parquet",
                MAX_BATCH_BYTES >> 20
            )));
        }
        self.left -= read as u64;
        Ok(read)
    }
}
