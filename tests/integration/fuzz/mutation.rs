//! Changed inputs: bytes flipped, cut, repeated and spliced, words put in that formats give a meaning to. The members of an archive
//! and what a bundle packs are changed inside, as a changed archive would be refused at its checksum.

use std::io::{Cursor, Read as _, Write as _};

/// Words that formats give a meaning to.
const WORDS: [&str; 44] = [
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
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `n`, or 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

/// How the bytes that are changed are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Zip,
    /// A line that says what it is, then zstd.
    Bundle,
}

/// An input with some changes.
pub(super) fn mutated(
    bytes: &[u8],
    packing: Packing,
    others: &[Vec<u8>],
    random: &mut Random,
) -> Vec<u8> {
    // Now and then the packing itself.
    if packing == Packing::Plain || random.below(8) == 0 {
        return changed(bytes, others, random);
    }
    let inside = match packing {
        Packing::Zip => members(bytes),
        _ => bundle(bytes),
    };
    let Some(mut parts) = inside else {
        return changed(bytes, others, random);
    };
    let at = random.below(parts.len());
    let of: Vec<Vec<u8>> = parts.iter().map(|(_, bytes)| bytes.clone()).collect();
    if let Some((_, part)) = parts.get_mut(at) {
        *part = changed(part, &of, random);
    }
    match packing {
        Packing::Zip => zipped(&parts),
        _ => bundled(&parts),
    }
}

fn changed(bytes: &[u8], others: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
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

type Parts = Vec<(String, Vec<u8>)>;

fn members(bytes: &[u8]) -> Option<Parts> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut parts = Vec::new();
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).ok()?;
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).ok()?;
        parts.push((member.name().ok()?.into_owned(), bytes));
    }
    Some(parts)
}

fn zipped(parts: &Parts) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in parts {
        archive.start_file(name.as_str(), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The line and what is packed.
fn bundle(bytes: &[u8]) -> Option<Parts> {
    let end = 1 + bytes.iter().position(|b| *b == b'\n')?;
    let (head, packed) = bytes.split_at(end);
    let head = String::from_utf8(head.to_vec()).ok()?;
    Some(vec![(head, zstd::decode_all(packed).ok()?)])
}

fn bundled(parts: &Parts) -> Vec<u8> {
    let mut out = Vec::new();
    for (head, bytes) in parts {
        out.extend(head.bytes());
        out.extend(zstd::encode_all(bytes.as_slice(), 1).unwrap());
    }
    out
}
