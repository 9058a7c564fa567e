//! Changed inputs: bytes flipped, cut, repeated and spliced, words put in that formats give a meaning to.

/// Words that formats give a meaning to.
pub(crate) const WORDS: [&str; 44] = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    ":",
    "- ",
    "\n",
    "\r\n",
    "\t",
    ",",
    ";",
    "\\",
    "\0",
    "\u{feff}",
    "---\n",
    "&a ",
    "*a",
    "<<: ",
    "$ref",
    "#/prompts",
    "file://",
    "{{ a }}",
    "null",
    "-1",
    "1e999",
    "18446744073709551616",
    "0x",
    "../",
    "\u{2028}",
    "好",
    "+++\n",
    "| ",
    "{% for x in y %}",
    "{% endfor %}",
    "{{#each a}}",
    "{{> a}}",
];

/// A stream of numbers: SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `n`, or 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// Bytes with some changes, with parts of other inputs among them.
pub(crate) fn changed(bytes: &[u8], others: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(out.len() + 1);
        let end = (at + 1 + random.below(64)).min(out.len());
        match random.below(10) {
            0 if at < out.len() => out[at] ^= 1 << random.below(8),
            1 if at < out.len() => out[at] = random.next() as u8,
            2 => drop(out.drain(at..end)),
            3 => out.truncate(at),
            4 => {
                let part = out[at..end].to_vec();
                let times = 1 + random.below(200);
                let many = part.repeat(times);
                out.splice(at..at, many);
            }
            5 if !others.is_empty() => {
                let other = &others[random.below(others.len())];
                let from = random.below(other.len() + 1);
                let to = (from + 1 + random.below(400)).min(other.len());
                out.splice(at..end, other[from..to].iter().copied());
            }
            6 => {
                // A number in the place of one.
                let digit = out[at..].iter().position(u8::is_ascii_digit);
                if let Some(digit) = digit {
                    let number = ["0", "-1", "4294967296", "1e308", "9223372036854775807"];
                    let number = number[random.below(number.len())];
                    out.splice(at + digit..=at + digit, number.bytes());
                }
            }
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                let times = match random.below(20) {
                    0 => 3000,
                    _ => 1,
                };
                out.splice(at..at, word.repeat(times).bytes());
            }
        }
    }
    out
}
