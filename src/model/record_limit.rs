//! How long one record of a dataset may be: what bounds the memory that a file can take, however it is packed.

use std::{fmt, str::FromStr};

const UNITS: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// Most bytes of one record, unpacked; 16 MiB unless it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordLimit(u64);

impl RecordLimit {
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl Default for RecordLimit {
    fn default() -> RecordLimit {
        RecordLimit(16 << 20)
    }
}

impl FromStr for RecordLimit {
    type Err = String;

    /// A size as it is typed: `64 MiB`.
    fn from_str(text: &str) -> Result<RecordLimit, String> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let factor = UNITS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(unit.trim()))
            .map(|(_, factor)| *factor);
        let bytes = number.parse::<u64>().ok().zip(factor);
        match bytes.and_then(|(number, factor)| number.checked_mul(factor)) {
            Some(bytes) if bytes > 0 => Ok(RecordLimit(bytes)),
            _ => Err(format!(
                "a size is a whole number and B, KiB, MiB or GiB, for example \"64 MiB\"; this is {text:?}"
            )),
        }
    }
}

impl fmt::Display for RecordLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS
            .iter()
            .find(|(_, factor)| self.0.is_multiple_of(*factor));
        let (unit, factor) = whole.copied().unwrap_or(("B", 1));
        write!(f, "{} {unit}", self.0 / factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_shown() {
        for (typed, shown) in [
            ("16MiB", "16 MiB"),
            ("64 mib", "64 MiB"),
            ("1024 KiB", "1 MiB"),
            ("100 B", "100 B"),
        ] {
            assert_eq!(typed.parse::<RecordLimit>().unwrap().to_string(), shown);
        }
        for wrong in ["", "0 MiB", "16", "1.5 MiB", "99999999999 GiB", "MiB"] {
            assert!(wrong.parse::<RecordLimit>().is_err(), "{wrong}");
        }
        assert_eq!(RecordLimit::default().to_string(), "16 MiB");
    }
}
