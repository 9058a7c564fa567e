//! Server-sent events out of a stream of bytes that may be torn anywhere.

/// One event: its data, several `data:` lines joined by line ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    /// Name of the event, where one was given.
    pub name: Option<String>,
    pub data: String,
}

/// A parser that is fed bytes as they come.
#[derive(Debug, Default)]
pub struct SseParser {
    line: Vec<u8>,
    name: Option<String>,
    data: Option<String>,
    after_cr: bool,
    /// Whether a line that is not empty came.
    has_lines: bool,
}

impl SseParser {
    /// Whether nothing was fed yet but blank lines.
    pub(super) fn is_unused(&self) -> bool {
        self.line.is_empty() && !self.has_lines
    }

    /// Feed bytes; complete events go to `each`.
    pub fn push(&mut self, bytes: &[u8], each: &mut dyn FnMut(SseEvent)) {
        for &byte in bytes {
            let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if after_cr => {}
                b'\n' | b'\r' => self.end_line(each),
                _ => self.line.push(byte),
            }
        }
    }

    /// The stream ended: an event without its blank line counts too.
    pub fn finish(&mut self, each: &mut dyn FnMut(SseEvent)) {
        if !self.line.is_empty() {
            self.end_line(each);
        }
        self.end_event(each);
    }

    fn end_line(&mut self, each: &mut dyn FnMut(SseEvent)) {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.end_event(each);
        }
        self.has_lines = true;
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_start_matches('\u{feff}');
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            "event" => self.name = Some(value.to_owned()),
            // llama.cpp and others: the error in a field of its own.
            "error" => {
                self.name = Some("error".to_owned());
                self.data = Some(value.to_owned());
            }
            // JSON without a field, as a proxy sends its own errors.
            _ if field.starts_with('{') && self.data.is_none() => self.data = Some(line.to_owned()),
            _ => {}
        }
    }

    fn end_event(&mut self, each: &mut dyn FnMut(SseEvent)) {
        let name = self.name.take();
        if let Some(data) = self.data.take() {
            each(SseEvent { name, data });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    fn parse(pieces: &[&[u8]]) -> Vec<String> {
        let (mut parser, mut all) = (SseParser::default(), Vec::new());
        for piece in pieces {
            parser.push(piece, &mut |e| all.push(e.data));
        }
        parser.finish(&mut |e| all.push(e.data));
        all
    }

    #[test]
    fn the_same_events_come_however_the_bytes_are_torn() {
        let text = "\u{feff}: hello\r\ndata: {\"a\":\"名\"}\r\n\r\nid: 1\nevent: x\ndata:one\ndata: two\n\n\rdata: [DONE]".as_bytes();
        let whole = parse(&[text]);
        assert_eq!(whole, ["{\"a\":\"名\"}", "one\ntwo", "[DONE]"]);
        for cut in 0..text.len() {
            assert_eq!(parse(&[&text[..cut], &text[cut..]]), whole, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(parse(&bytes), whole);
    }

    /// Draws a stream and what its events are; the two are written side by side, so neither is made from the other.
    fn draw(rng: &mut ChaCha8Rng) -> (Vec<u8>, Vec<SseEvent>) {
        const TEXTS: [&str; 12] = [
            "",
            "a",
            " two  spaces ",
            "名前",
            "👩‍👩‍👧‍👦🎉",
            "{\"x\": [1, \"é\"]}",
            ":",
            "data: in data",
            "e\u{301}",
            "\t",
            "\u{feff}",
            "[DONE]",
        ];
        let (mut bytes, mut events, mut after_cr) = (Vec::new(), Vec::new(), false);
        if rng.random_bool(0.3) {
            bytes.extend_from_slice("\u{feff}".as_bytes());
        }
        let mut line = |text: &str, rng: &mut ChaCha8Rng| {
            // An empty line that ends in LF after a line that ends in CR would be no line at all.
            let ends: &[&str] = if after_cr && text.is_empty() {
                &["\r", "\r\n"]
            } else {
                &["\n", "\r", "\r\n"]
            };
            let end = ends[rng.random_range(0..ends.len())];
            after_cr = end == "\r";
            bytes.extend_from_slice(text.as_bytes());
            bytes.extend_from_slice(end.as_bytes());
        };
        for _ in 0..rng.random_range(1..8) {
            let mut event = SseEvent {
                name: None,
                data: String::new(),
            };
            for i in 0..rng.random_range(1..4) {
                match rng.random_range(0..6) {
                    0 => line(": keep-alive 心跳", rng),
                    1 => line("id: 7", rng),
                    2 => line("retry:10", rng),
                    3 => {
                        line("event: error", rng);
                        event.name = Some("error".into());
                    }
                    _ => {}
                }
                let text: String = (0..rng.random_range(0..4))
                    .map(|_| TEXTS[rng.random_range(0..TEXTS.len())])
                    .collect();
                let space = text.starts_with(' ') || rng.random_bool(0.5);
                line(&format!("data:{}{text}", if space { " " } else { "" }), rng);
                if i > 0 {
                    event.data.push('\n');
                }
                event.data.push_str(&text);
            }
            for _ in 0..rng.random_range(1..3) {
                line("", rng);
            }
            events.push(event);
        }
        // The end of the last event may be missing.
        if rng.random_bool(0.3) {
            let end = bytes.iter().rposition(|b| !matches!(b, b'\r' | b'\n'));
            bytes.truncate(end.map_or(0, |end| end + 1));
        }
        (bytes, events)
    }

    #[test]
    fn drawn_streams_torn_anywhere_give_the_events_that_were_drawn() {
        for seed in 0..500 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let (bytes, events) = draw(&mut rng);
            for most in [bytes.len(), 1, 2, 3, 7, 40] {
                let (mut parser, mut got) = (SseParser::default(), Vec::new());
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    let size = if most == bytes.len() {
                        most
                    } else {
                        rng.random_range(1..=most)
                    };
                    let (piece, after) = rest.split_at(size.min(rest.len()));
                    parser.push(piece, &mut |e| got.push(e));
                    rest = after;
                }
                parser.finish(&mut |e| got.push(e));
                let text = String::from_utf8_lossy(&bytes);
                assert_eq!(
                    got, events,
                    "seed {seed}, pieces of at most {most}: {text:?}"
                );
            }
        }
    }
}
