//! JSON as Python and JavaScript libraries write it, with `NaN`, `Infinity` and `-Infinity`, which are not JSON: read as texts.
//!
//! Python's `json` writes and reads them; logs of Inspect have them as values of scores.

use super::value_limit::{ValueLimit, is_over_limit};
use serde_json::Value;
use std::io::{self, Read};

/// What pandas writes where there is no value.
pub(super) const NAN: &str = "NaN";

const NON_FINITE: [&[u8]; 3] = [NAN.as_bytes(), b"Infinity", b"-Infinity"];

/// Longest word that is held back to be compared.
const LONGEST: usize = 9;

/// What two quotes add to the text.
const QUOTES: usize = 2;

/// What is read from the bytes of a text. The column of an error is that in the text as it is.
pub(super) fn parsed<T>(
    text: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, serde_json::Error>,
) -> Result<T, (serde_json::Error, usize)> {
    let may_have = [NAN, "Infinity"].iter().any(|word| text.contains(word));
    let (quoted, places) = match may_have {
        true => Quoter::default().whole(text),
        false => Default::default(),
    };
    let bytes = if places.is_empty() {
        text.as_bytes()
    } else {
        &quoted
    };
    parse(bytes).map_err(|error| {
        let column = error.column();
        let before = places.iter().filter(|place| **place < column);
        let added = QUOTES * before.count();
        (error, column.saturating_sub(added))
    })
}

/// Read an object without the fields in which there is such a value, and the names of these. A text of the same letters is none.
pub(super) fn finite_fields(
    text: &str,
    limit: &ValueLimit,
) -> Result<(Value, Vec<String>), serde_json::Error> {
    let left = limit.left();
    match limit.read_str(text) {
        Ok(value) => return Ok((value, Vec::new())),
        Err(error) if is_over_limit(&error) => return Err(error),
        Err(_) => limit.reset(left),
    }
    let read = parsed(text, |bytes| limit.read_slice(bytes));
    let mut read = read.map_err(|(error, _)| error)?;
    // With null in place of these values, only what holds one of them is another.
    let quoter = Quoter {
        as_null: true,
        ..Quoter::default()
    };
    let nulls: Value = serde_json::from_slice(&quoter.whole(text).0)?;
    let mut left_out = Vec::new();
    if let Value::Object(map) = &mut read {
        map.retain(|name, value| {
            let is_kept = nulls.get(name.as_str()) == Some(&*value);
            if !is_kept {
                left_out.push(name.clone());
            }
            is_kept
        });
    }
    Ok((read, left_out))
}

/// A reader of JSON that puts what is not a number into quotes.
pub(super) struct NonFiniteReader<R> {
    inner: R,
    quoter: Quoter,
    read: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
}

impl<R> NonFiniteReader<R> {
    pub(super) fn new(inner: R) -> NonFiniteReader<R> {
        NonFiniteReader {
            inner,
            quoter: Quoter::default(),
            read: vec![0; 1 << 16],
            ready: Vec::new(),
            given: 0,
        }
    }
}

impl<R: Read> Read for NonFiniteReader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() {
            self.ready.clear();
            self.given = 0;
            match self.inner.read(&mut self.read)? {
                0 => {
                    self.quoter.finish(&mut self.ready);
                    if self.ready.is_empty() {
                        return Ok(0);
                    }
                }
                read => self.quoter.push(&self.read[..read], &mut self.ready),
            }
            // Only how many there were before is of interest, and only in one text.
            self.quoter.places.clear();
        }
        let given = (self.ready.len() - self.given).min(into.len());
        into[..given].copy_from_slice(&self.ready[self.given..self.given + given]);
        self.given += given;
        Ok(given)
    }
}

/// Whether a byte outside of texts is one of a number or of a word.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

/// Follows a text of JSON, whose pieces may end anywhere.
#[derive(Default)]
struct Quoter {
    /// The words become null, not texts.
    as_null: bool,
    in_text: bool,
    is_escaped: bool,
    /// A word outside of texts that has not ended.
    word: Vec<u8>,
    /// The word is longer than any that is looked for, and its beginning is given out.
    is_long: bool,
    /// Where quoted words begin in what was given out.
    places: Vec<usize>,
}

impl Quoter {
    /// A whole text, and where quoted words begin in it.
    fn whole(mut self, text: &str) -> (Vec<u8>, Vec<usize>) {
        let mut quoted = Vec::with_capacity(text.len() + 16);
        self.push(text.as_bytes(), &mut quoted);
        self.finish(&mut quoted);
        (quoted, self.places)
    }

    fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        while !bytes.is_empty() {
            if self.in_text {
                bytes = self.push_text(bytes, out);
                continue;
            }
            let rest = self.push_plain(bytes, out);
            if rest.len() < bytes.len() {
                bytes = rest;
                continue;
            }
            let byte = bytes[0];
            bytes = &bytes[1..];
            if !is_of_word(byte) {
                self.end_word(out);
                self.in_text = byte == b'"';
                out.push(byte);
                continue;
            }
            self.word.push(byte);
            if self.is_long || self.word.len() > LONGEST {
                self.is_long = true;
                out.append(&mut self.word);
            }
        }
    }

    /// Give out what comes before the next text or the next letter that such a word may begin with; what comes after that.
    fn push_plain<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        if !self.word.is_empty() || self.is_long {
            return bytes;
        }
        let end = bytes
            .iter()
            .position(|byte| matches!(byte, b'"' | b'N' | b'I'));
        let before = &bytes[..end.unwrap_or(bytes.len())];
        // The word at its end may go on.
        let whole = before.iter().rposition(|byte| !is_of_word(*byte));
        let whole = whole.map_or(0, |last| last + 1);
        out.extend_from_slice(&before[..whole]);
        &bytes[whole..]
    }

    /// Give out a text up to its end; what comes after it.
    fn push_text<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        if std::mem::take(&mut self.is_escaped) {
            out.push(bytes[0]);
            return &bytes[1..];
        }
        let end = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let Some(end) = end else {
            out.extend_from_slice(bytes);
            return &[];
        };
        out.extend_from_slice(&bytes[..=end]);
        self.is_escaped = bytes[end] == b'\\';
        self.in_text = self.is_escaped;
        &bytes[end + 1..]
    }

    fn end_word(&mut self, out: &mut Vec<u8>) {
        self.is_long = false;
        if !NON_FINITE.contains(&&self.word[..]) {
            out.append(&mut self.word);
            return;
        }
        if self.as_null {
            self.word.clear();
            out.extend_from_slice(b"null");
            return;
        }
        self.places.push(out.len());
        out.push(b'"');
        out.append(&mut self.word);
        out.push(b'"');
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.end_word(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn from_str(text: &str) -> Result<Value, (serde_json::Error, usize)> {
        parsed(text, |bytes| serde_json::from_slice(bytes))
    }

    fn finite_fields(text: &str) -> Result<(Value, Vec<String>), serde_json::Error> {
        super::finite_fields(text, &ValueLimit::new())
    }

    #[test]
    fn what_is_no_number_is_a_text() {
        let text = r#"{"a": NaN, "b": [Infinity,-Infinity], "c": "NaN, \" Infinity", "d": -1.5e3, "NaN": null}"#;
        let expected = json!({"a": "NaN", "b": ["Infinity", "-Infinity"], "c": "NaN, \" Infinity", "d": -1500.0, "NaN": null});
        assert_eq!(from_str(text).unwrap(), expected);
        assert_eq!(from_str("NaN").unwrap(), json!("NaN"));
        // Pieces end anywhere.
        for size in [1, 2, 3, 7] {
            let mut reader = NonFiniteReader::new(text.as_bytes());
            reader.read.resize(size, 0);
            let read: Value = serde_json::from_reader(reader).unwrap();
            assert_eq!(read, expected, "{size}");
        }
    }

    proptest::proptest! {
        #[test]
        fn pieces_of_any_size_give_the_same(text in "[NIa1\\- \",\\\\]{0,40}", words in proptest::collection::vec("NaN|-?Infinity|[NI1,\"]", 0..8), size in 1usize..9) {
            let text = format!("{text}{}", words.concat());
            let (whole, _) = Quoter::default().whole(&text);
            for size in [1, size] {
                let (mut quoter, mut given) = (Quoter::default(), Vec::new());
                text.as_bytes().chunks(size).for_each(|piece| quoter.push(piece, &mut given));
                quoter.finish(&mut given);
                proptest::prop_assert_eq!(&given, &whole);
            }
        }
    }

    #[test]
    fn fields_with_no_number_are_left_out_and_texts_of_the_same_letters_are_not() {
        let text =
            r#"{"ideal": "Infinity", "w": NaN, "x": [{"y": -Infinity}], "z": ["NaN", null]}"#;
        let (read, left_out) = finite_fields(text).unwrap();
        assert_eq!(read, json!({"ideal": "Infinity", "z": ["NaN", null]}));
        assert_eq!(left_out, ["w", "x"]);
        assert_eq!(
            finite_fields(r#"{"a": "NaN"}"#).unwrap(),
            (json!({"a": "NaN"}), vec![])
        );
        assert!(finite_fields("{NaN: NaN}").is_err());
    }

    #[test]
    fn errors_are_where_they_are_in_the_text() {
        for (text, column) in [
            ("{\"a\": oops}", 7),
            ("{\"a\": NaN, \"b\": oops}", 17),
            ("[NaNa]", 2),
            ("[Infinityyyyyyyyyyyyyyyy]", 2),
        ] {
            assert_eq!(from_str(text).unwrap_err().1, column, "{text}");
        }
    }
}
