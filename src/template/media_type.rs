//! What the first bytes of an image or a sound say: its type, and how large it is.

use crate::model::MediaExtent;

/// Bytes of a file that are looked at.
pub(super) const HEAD: usize = 256 << 10;

/// The type of an image that can be sent, by its first bytes.
pub(crate) fn image_type(bytes: &[u8]) -> Option<&'static str> {
    let (mime, _) = recognize(bytes, bytes.len() as u64)?;
    mime.starts_with("image/").then_some(mime)
}

/// Type and extent by the first bytes of a file of this length; `None` where the type is unknown.
pub(super) fn recognize(head: &[u8], bytes: u64) -> Option<(&'static str, MediaExtent)> {
    let extent = |pixels| MediaExtent {
        bytes,
        pixels,
        milliseconds: None,
    };
    let (mime, extent) = match head {
        [0x89, b'P', b'N', b'G', ..] => ("image/png", extent(png(head))),
        [0xff, 0xd8, 0xff, ..] => ("image/jpeg", extent(jpeg(head))),
        [b'G', b'I', b'F', b'8', ..] => ("image/gif", extent(gif(head))),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => ("image/webp", extent(webp(head))),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'A',
            b'V',
            b'E',
            ..,
        ] => {
            let milliseconds = wav(head, bytes);
            (
                "audio/wav",
                MediaExtent {
                    milliseconds,
                    ..extent(None)
                },
            )
        }
        [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xf3 | 0xf2, ..] => ("audio/mpeg", extent(None)),
        [b'O', b'g', b'g', b'S', ..] => ("audio/ogg", extent(None)),
        [b'f', b'L', b'a', b'C', ..] => ("audio/flac", extent(None)),
        [b'%', b'P', b'D', b'F', b'-', ..] => ("application/pdf", extent(None)),
        _ => return None,
    };
    Some((mime, extent))
}

fn number<const N: usize>(head: &[u8], at: usize) -> Option<[u8; N]> {
    head.get(at..at + N)?.try_into().ok()
}

fn png(head: &[u8]) -> Option<(u32, u32)> {
    let side = |at| number(head, at).map(u32::from_be_bytes);
    Some((side(16)?, side(20)?))
}

fn gif(head: &[u8]) -> Option<(u32, u32)> {
    let side = |at| number(head, at).map(|bytes| u32::from(u16::from_le_bytes(bytes)));
    Some((side(6)?, side(8)?))
}

/// From segment to segment up to the one that begins a frame.
fn jpeg(head: &[u8]) -> Option<(u32, u32)> {
    let word = |at| number(head, at).map(|bytes| u32::from(u16::from_be_bytes(bytes)));
    let mut at = 2;
    loop {
        let [mark, kind] = number(head, at)?;
        match (mark, kind) {
            (0xff, 0xff) => at += 1,
            (0xff, 0xc0..=0xcf) if !matches!(kind, 0xc4 | 0xc8 | 0xcc) => {
                return Some((word(at + 7)?, word(at + 5)?));
            }
            (0xff, _) => at += 2 + word(at + 2)? as usize,
            _ => return None,
        }
    }
}

fn webp(head: &[u8]) -> Option<(u32, u32)> {
    let short = |at| number(head, at).map(|bytes| u32::from(u16::from_le_bytes(bytes)) & 0x3fff);
    match head.get(12..16)? {
        b"VP8 " => Some((short(26)?, short(28)?)),
        b"VP8L" => {
            let bits = u32::from_le_bytes(number(head, 21)?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8X" => {
            let side = |at| {
                let [a, b, c] = number(head, at)?;
                Some(u32::from_le_bytes([a, b, c, 0]) + 1)
            };
            Some((side(24)?, side(27)?))
        }
        _ => None,
    }
}

/// By the bytes per second in its format.
fn wav(head: &[u8], bytes: u64) -> Option<u64> {
    let at = head.windows(4).position(|part| part == b"fmt ")?;
    let per_second = u64::from(u32::from_le_bytes(number(head, at + 16)?));
    let sound = bytes.saturating_sub(44);
    (per_second > 0).then(|| sound * 1_000 / per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte =
            |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect()
    }

    #[test]
    fn types_and_sizes_are_read_from_the_first_bytes() {
        for (mime, size, head) in [
            (
                "image/png",
                Some((640, 480)),
                "89504e470d0a1a0a 0000000d 49484452 00000280 000001e0 08",
            ),
            ("image/gif", Some((300, 2)), "474946383961 2c01 0200 00"),
            (
                "image/jpeg",
                Some((32, 16)),
                "ffd8 ffe0 0004 0000 ffff c0 0011 08 0010 0020 03",
            ),
            (
                "image/webp",
                Some((5, 7)),
                "52494646 00000000 57454250 56503858 0a000000 00000000 040000 060000",
            ),
            (
                "image/webp",
                Some((5, 7)),
                "52494646 00000000 57454250 5650384c 00000000 2f 04800100",
            ),
            ("image/png", None, "89504e47"),
            ("application/pdf", None, "255044462d312e37"),
            ("audio/mpeg", None, "494433"),
        ] {
            let (found, extent) = recognize(&bytes(head), 99).unwrap();
            assert_eq!(
                (found, extent.pixels, extent.bytes),
                (mime, size, 99),
                "{head}"
            );
        }
        let wav = bytes(
            "52494646 00000000 57415645 666d7420 10000000 0100 0100 401f0000 803e0000 0200 1000 64617461",
        );
        assert_eq!(
            recognize(&wav, 44 + 32_000).unwrap().1.milliseconds,
            Some(2_000)
        );
        assert_eq!(recognize(b"plain text", 10), None);
    }
}
