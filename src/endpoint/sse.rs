//! Server-sent events out of a stream of bytes that may be torn anywhere.

/// One event: its data, several `data:` lines joined by line ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    /// Name of the event, where one was given.
    pub name: Option<String>,
    /// The data.
    pub data: String,
}

/// A parser that is fed bytes as they come.
#[derive(Debug, Default)]
pub struct SseParser {
    line: Vec<u8>,
    name: Option<String>,
    data: Option<String>,
    after_cr: bool,
}

impl SseParser {
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
}
