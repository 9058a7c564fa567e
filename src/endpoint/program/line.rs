//! Lines of a program's output, no longer than they may be.

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// Longest line that is read, in bytes.
pub(super) const MAX_LINE_BYTES: usize = 16 << 20;

/// Bytes kept of the beginning of a longer one: its `id` may stand there.
const HEAD_BYTES: usize = 256;

#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// Without its line break.
    Whole(Vec<u8>),
    /// The beginning of a line that is too long.
    TooLong(Vec<u8>),
    /// The output has ended; what came after the last line break is part of no line.
    End,
}

/// The next line of an output. Not safe to cancel: what was read of a line would be lost.
pub(super) async fn next_line(output: &mut (impl AsyncBufRead + Unpin), most: usize) -> Line {
    let (mut line, mut is_too_long) = (Vec::new(), false);
    loop {
        let bytes = match output.fill_buf().await {
            Ok(bytes) if !bytes.is_empty() => bytes,
            _ => return Line::End,
        };
        let end = bytes.iter().position(|byte| *byte == b'\n');
        if !is_too_long {
            line.extend_from_slice(&bytes[..end.unwrap_or(bytes.len())]);
        }
        let used = end.map_or(bytes.len(), |at| at + 1);
        output.consume(used);
        if line.len() > most {
            is_too_long = true;
            line.truncate(HEAD_BYTES);
        }
        match (end, is_too_long) {
            (None, _) => {}
            (Some(_), true) => return Line::TooLong(line),
            (Some(_), false) => return Line::Whole(line),
        }
    }
}

/// The `id` at the beginning of a line that cannot be read as a whole.
pub(super) fn leading_id(head: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(head);
    let rest = text.trim_start().strip_prefix('{')?.trim_start();
    let rest = rest.strip_prefix("\"id\"")?.trim_start();
    let rest = rest.strip_prefix(':')?.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::BufReader;

    #[tokio::test]
    async fn lines_are_cut_at_their_breaks_and_long_ones_leave_their_head() {
        let long = format!("{{\"id\": 12, \"text\": \"{}\"}}", "x".repeat(400));
        let text = format!("a\n\n{long}\nb\ncut off");
        for capacity in [1, 3, 8192] {
            let mut output = BufReader::with_capacity(capacity, text.as_bytes());
            let mut lines = Vec::new();
            loop {
                match next_line(&mut output, 300).await {
                    Line::End => break,
                    line => lines.push(line),
                }
            }
            let [a, empty, Line::TooLong(head), b] = lines.as_slice() else {
                panic!("{lines:?}");
            };
            assert_eq!(*a, Line::Whole(b"a".to_vec()));
            assert_eq!(*empty, Line::Whole(Vec::new()));
            assert_eq!(*b, Line::Whole(b"b".to_vec()));
            assert_eq!((head.len(), leading_id(head)), (HEAD_BYTES, Some(12)));
        }
        assert_eq!(leading_id(b"{\"text\": \"id\"}"), None);
    }
}
