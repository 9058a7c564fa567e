//! Bounds on an Excel workbook before it is read: what a small archive unpacks to, and what its reader would hold in memory.
//!
//! A workbook is an archive of XML. Its shared strings and styles are held in memory while a sheet is read, and one cell at a
//! time, so each of these is measured first.

use super::DatasetError;
use crate::{archive_limit::ArchiveLimit, model::RecordLimit};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::Path,
};
use zip::ZipArchive;

/// Most bytes of the strings that cells share, and how many of them there may be.
const MAX_STRING_BYTES: u64 = 256 << 20;
const MAX_STRINGS: u64 = 4_000_000;

/// Most elements of a part that is neither a sheet nor strings.
const MAX_ELEMENTS: u64 = 500_000;

/// Most merged ranges of a sheet.
const MAX_MERGED: u64 = 100_000;

/// Bytes of a tag that are looked at.
const TAG_BYTES: usize = 1 << 10;

/// Whether a file is one of Microsoft's compound files, as workbooks with a password and `.xls` files are.
fn is_compound_file(file: &File) -> bool {
    const SIGNATURE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    let mut begin = [0; 8];
    let mut file = file;
    let read = file.read_exact(&mut begin);
    // Whoever reads it next begins at its beginning.
    file.rewind().is_ok() && read.is_ok() && begin == SIGNATURE
}

/// An error unless the workbook can be read in bounded memory. `limit`: most bytes of one cell.
pub(super) fn check_workbook(
    file: &File,
    shown: &Path,
    limit: RecordLimit,
) -> Result<(), DatasetError> {
    let unreadable = |message: String| DatasetError::Io {
        path: shown.to_path_buf(),
        source: io::Error::new(io::ErrorKind::InvalidData, message),
    };
    let check = || -> Result<(), String> {
        let packed = file.metadata().map_err(|e| e.to_string())?.len();
        let reader = BufReader::new(file.try_clone().map_err(|e| e.to_string())?);
        if is_compound_file(file) {
            return Err("it is protected by a password, or an .xls file under another name; save it as .xlsx without a password".into());
        }
        let damaged = |e: &dyn std::fmt::Display| format!("not a complete .xlsx file: {e}");
        let mut archive = ZipArchive::new(reader).map_err(|e| damaged(&e))?;
        let mut unpacked = ArchiveLimit::of_workbook(packed);
        for index in 0..archive.len() {
            let mut part = archive.by_index(index).map_err(|e| damaged(&e))?;
            let name = part
                .name()
                .map(|name| name.into_owned())
                .unwrap_or_default();
            let mut tally = PartTally::new(limit);
            // The order of calculation has an element per formula, and no reader looks at it.
            tally.is_read = !name.eq_ignore_ascii_case("xl/calcChain.xml");
            let mut chunk = [0; 1 << 14];
            loop {
                let read = part.read(&mut chunk).map_err(|e| damaged(&e))?;
                if read == 0 {
                    break;
                }
                unpacked.take(read)?;
                tally
                    .read(&chunk[..read])
                    .map_err(|problem| format!("its part {name} has {problem}"))?;
            }
        }
        Ok(())
    };
    check().map_err(unreadable)
}

/// What a part of the archive holds, as far as it was read.
struct PartTally {
    limit: u64,
    bytes: u64,
    elements: u64,
    strings: u64,
    merged: u64,
    is_sheet: bool,
    is_strings: bool,
    /// Its elements count.
    is_read: bool,
    /// Bytes since the last cell, string or row began; outside of these since the last tag.
    run: u64,
    tag: Option<Vec<u8>>,
}

impl PartTally {
    fn new(limit: RecordLimit) -> PartTally {
        PartTally {
            limit: limit.bytes().saturating_add(1 << 20),
            bytes: 0,
            elements: 0,
            strings: 0,
            merged: 0,
            is_sheet: false,
            is_strings: false,
            is_read: true,
            run: 0,
            tag: None,
        }
    }

    /// The next bytes of the part; an error says what it has too much of.
    fn read(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.bytes += bytes.len() as u64;
        let mut rest = bytes;
        while !rest.is_empty() {
            let ends = if self.tag.is_some() { b'>' } else { b'<' };
            let at = rest.iter().position(|byte| *byte == ends);
            let piece = &rest[..at.unwrap_or(rest.len())];
            self.run += piece.len() as u64;
            if let Some(tag) = &mut self.tag {
                let room = TAG_BYTES.saturating_sub(tag.len()).min(piece.len());
                tag.extend_from_slice(&piece[..room]);
            }
            if self.run > self.limit {
                return Err(format!("a text longer than {} MiB", self.limit >> 20));
            }
            let Some(at) = at else { break };
            rest = &rest[at + 1..];
            match self.tag.take() {
                Some(tag) => self.element(&tag)?,
                None => self.tag = Some(Vec::new()),
            }
        }
        Ok(())
    }

    fn element(&mut self, tag: &[u8]) -> Result<(), String> {
        let end = tag
            .iter()
            .position(|b| b.is_ascii_whitespace() || *b == b'/');
        let name = match tag.first() {
            Some(b'/') => &tag[1..],
            _ => &tag[..end.unwrap_or(tag.len())],
        };
        let local = name.rsplit(|b| *b == b':').next().unwrap_or(name);
        let closes = tag.first() == Some(&b'/');
        match (local, closes) {
            (b"sheetData", closes) => self.is_sheet = !closes,
            (b"sst", false) => {
                self.is_strings = true;
                // Its reader makes room for as many as are announced.
                let count = attribute_number(tag, b"uniqueCount");
                if count.is_some_and(|count| count > MAX_STRINGS) {
                    return Err(format!("more than {MAX_STRINGS} shared strings"));
                }
            }
            (b"si", false) => self.strings += 1,
            (b"mergeCell", false) => self.merged += 1,
            _ => self.elements += u64::from(self.is_read && !self.is_sheet && !self.is_strings),
        }
        if !(self.is_sheet || self.is_strings) || matches!(local, b"c" | b"si" | b"row") {
            self.run = 0;
        }
        let too_many = [
            (self.strings, MAX_STRINGS, "shared strings"),
            (self.merged, MAX_MERGED, "merged ranges"),
            (self.elements, MAX_ELEMENTS, "elements"),
        ];
        if let Some((_, max, what)) = too_many.iter().find(|(count, max, _)| count > max) {
            return Err(format!("more than {max} {what}"));
        }
        if self.is_strings && self.bytes > MAX_STRING_BYTES {
            return Err(format!(
                "more than {} MiB of shared strings",
                MAX_STRING_BYTES >> 20
            ));
        }
        Ok(())
    }
}

/// The number that an attribute of a tag has; one that is too large for its type is the largest.
fn attribute_number(tag: &[u8], name: &[u8]) -> Option<u64> {
    let at = tag.windows(name.len()).position(|window| window == name)?;
    let digits = tag[at + name.len()..]
        .iter()
        .skip_while(|byte| !byte.is_ascii_digit())
        .take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number: u64, digit| {
        number
            .saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(xml: &str) -> Result<PartTally, String> {
        let mut tally = PartTally::new("1 KiB".parse().unwrap());
        // However it is torn.
        for piece in xml.as_bytes().chunks(3) {
            tally.read(piece)?;
        }
        Ok(tally)
    }

    #[test]
    fn what_a_reader_would_hold_is_counted() {
        let strings = r#"<x:sst uniqueCount = "2"><x:si><x:t>a</x:t></x:si><x:si/></x:sst>"#;
        assert_eq!(tally(strings).unwrap().strings, 2);
        let announced = tally(r#"<sst uniqueCount='99999999999999999999999'><si/></sst>"#);
        assert!(announced.err().unwrap().contains("shared strings"));
        let text = "a".repeat(3 << 20);
        let long = format!(
            "<worksheet><sheetData><row><c t='inlineStr'><is><t>{text}</t></is></c></row></sheetData>"
        );
        assert!(tally(&long).err().unwrap().contains("a text longer than"));
        // Cells without a text, and what follows the cells.
        let cells = "<c r='A1' s='1'/>".repeat(200_000);
        let rules = "<cfRule/>".repeat(1_000);
        let sheet = format!(
            "<worksheet><sheetData><row>{cells}</row></sheetData>{rules}<mergeCell/></worksheet>"
        );
        assert_eq!(tally(&sheet).unwrap().merged, 1);
        let styles = "<xf/>".repeat(MAX_ELEMENTS as usize + 1);
        assert!(tally(&styles).err().unwrap().contains("elements"));
    }
}
