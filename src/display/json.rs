//! JSON that is safe to show: what a terminal would obey or hide is written as `\u` escapes, which read back as the same text.

use super::is_deceptive;
use serde::Serialize;
use std::io::{self, Write};

/// Write a value as indented JSON.
pub fn write_json(out: impl Write, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
    serde_json::to_writer_pretty(Escaping(out), value)
}

/// Write a value as JSON on one line, and the line end.
pub fn write_json_line(
    mut out: impl Write,
    value: &(impl Serialize + ?Sized),
) -> serde_json::Result<()> {
    serde_json::to_writer(Escaping(&mut out), value)?;
    out.write_all(b"\n").map_err(serde_json::Error::io)
}

/// Escapes the characters of JSON that pass through it. Serializers hand over whole characters, and outside of strings
/// JSON has ASCII only.
struct Escaping<W>(W);

impl<W: Write> Write for Escaping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let plain = |b: &u8| (b' '..0x7f).contains(b) || *b == b'\n';
        if bytes.iter().all(plain) {
            return self.0.write_all(bytes);
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.0.write_all(bytes);
        };
        let mut written = 0;
        for (at, c) in text.char_indices().filter(|(_, c)| is_deceptive(*c)) {
            self.0.write_all(&bytes[written..at])?;
            write!(self.0, "\\u{:04x}", u32::from(c))?;
            written = at + c.len_utf8();
        }
        self.0.write_all(&bytes[written..])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_and_reads_back_the_same() {
        let hostile = "é\u{1b}[31m\u{7f}\u{9b}31m\u{200e}\u{202e}\u{2066}\u{61c}\u{85}ש\n";
        let value = serde_json::json!({ hostile: [hostile] });
        let mut written = Vec::new();
        write_json(&mut written, &value).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert!(
            !text.chars().any(|c| c != '\n' && is_deceptive(c)),
            "{text:?}"
        );
        assert!(
            text.contains("é\\u001b[31m\\u007f\\u009b31m\\u200e\\u202e\\u2066\\u061c\\u0085ש\\n")
        );
        let back: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(back, value);
    }
}
