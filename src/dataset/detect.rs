//! What a file is by its bytes, where its name leaves it open: lists and lines of JSON, and the delimiter of a table.

use super::{ReadOptions, format::FileFormat, readers::separator_line};
use serde_json::Value;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
};

/// Bytes of a table that are looked at.
const SAMPLE_BYTES: u64 = 1 << 16;

/// Records of a table that are looked at.
const SAMPLE_RECORDS: usize = 50;

/// What may separate fields.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The format of a file, whose name says `named`; `options` may set the delimiter of a table. The file is left at its beginning.
pub(super) fn detect(
    mut file: &File,
    named: FileFormat,
    options: &ReadOptions,
) -> io::Result<FileFormat> {
    let format = match named {
        FileFormat::Table { delimiter, headers } => FileFormat::Table {
            delimiter: match options.delimiter {
                Some(set) => set,
                None => detect_delimiter(file, delimiter)?,
            },
            headers,
        },
        FileFormat::Texts => FileFormat::Texts,
        named => detect_json(file, named, options.max_record.bytes())?,
    };
    file.seek(SeekFrom::Start(0))?;
    Ok(format)
}

/// Whether JSON is a list, an object on each line, or objects over several lines.
fn detect_json(mut file: &File, named: FileFormat, max: u64) -> io::Result<FileFormat> {
    let mut reader = BufReader::new(file).take(max);
    let mut line = Vec::new();
    // The first line that is not blank.
    while line.trim_ascii().is_empty() {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(named);
        }
    }
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&line);
    let first: Result<Value, _> = serde_json::from_slice(line);
    let starts_list = line.trim_ascii_start().starts_with(b"[");
    Ok(match (&named, first) {
        // Lines of lists are an error that names the line.
        (FileFormat::Lines, Ok(Value::Array(items))) if !items.iter().any(Value::is_object) => {
            named
        }
        _ if starts_list => FileFormat::List,
        (FileFormat::Lines, Err(error)) if error.is_eof() && begins_with_object(file, max)? => {
            FileFormat::Sequence
        }
        (FileFormat::Lines, _) => named,
        // An object alone is no dataset, whatever its lines.
        (_, Ok(Value::Object(_))) if has_more(&mut reader)? => FileFormat::Lines,
        _ => FileFormat::Sequence,
    })
    .inspect(|_| {
        let _ = file.seek(SeekFrom::Start(0));
    })
}

fn has_more(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(false);
        }
        if !bytes.trim_ascii().is_empty() {
            return Ok(true);
        }
        let length = bytes.len();
        reader.consume(length);
    }
}

/// Whether the file begins with a whole object, over however many lines.
fn begins_with_object(mut file: &File, max: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let reader = BufReader::new(file).take(max);
    let mut values = serde_json::Deserializer::from_reader(reader).into_iter::<Value>();
    Ok(matches!(values.next(), Some(Ok(Value::Object(_)))))
}

/// The delimiter that gives the first records as many fields as the header, if any does; else `named`.
fn detect_delimiter(file: &File, named: u8) -> io::Result<u8> {
    let mut sample = Vec::new();
    file.take(SAMPLE_BYTES).read_to_end(&mut sample)?;
    if let Some((delimiter, _)) = separator_line(&sample) {
        return Ok(delimiter);
    }
    let is_cut = sample.len() as u64 == SAMPLE_BYTES;
    let fields = |delimiter| {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(&sample[..]);
        let records = reader.byte_records().map_while(Result::ok);
        let mut counts: Vec<usize> = records.take(SAMPLE_RECORDS).map(|r| r.len()).collect();
        if is_cut && counts.len() < SAMPLE_RECORDS {
            counts.pop();
        }
        let header = counts.first().copied().unwrap_or(0);
        (header, counts.iter().all(|count| *count == header))
    };
    let candidates = [named].into_iter().chain(DELIMITERS);
    let several: Vec<(u8, bool)> = candidates
        .map(|delimiter| (delimiter, fields(delimiter)))
        .filter(|(_, (header, _))| *header > 1)
        .map(|(delimiter, (_, is_even))| (delimiter, is_even))
        .collect();
    let even = several.iter().find(|(_, is_even)| *is_even);
    Ok(even
        .or(several.first())
        .map_or(named, |(delimiter, _)| *delimiter))
}
