//! A shard: one of so many parts of a run, each made somewhere else.

use serde::{Deserialize, Serialize};
use std::{fmt, ops::Range, str::FromStr};

/// One of so many parts of a run, written `3/16` and counted from 1.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    schemars::JsonSchema,
    Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    number: u32,
    of: u32,
}

/// What is no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be K/N with K from 1 to N, such as 3/16")]
pub struct ParseShardError;

impl Shard {
    /// Part `number` of `of`, counted from 1; `None` where there is no such part.
    pub fn new(number: u32, of: u32) -> Option<Shard> {
        (1..=of).contains(&number).then_some(Shard { number, of })
    }

    /// Which part, from 1.
    pub fn number(self) -> u32 {
        self.number
    }

    /// How many parts there are.
    pub fn count(self) -> u32 {
        self.of
    }

    /// Which of `n` things in a row are this part's. The parts cover all of them, none twice, and differ by one at most.
    pub fn range(self, n: u64) -> Range<u64> {
        let end = |number: u32| {
            let end = u128::from(n) * u128::from(number) / u128::from(self.of);
            u64::try_from(end).unwrap_or(n)
        };
        end(self.number - 1)..end(self.number)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = ParseShardError;

    fn from_str(text: &str) -> Result<Shard, ParseShardError> {
        let number = |text: &str| {
            let digits = text.bytes().all(|b| b.is_ascii_digit());
            text.parse().ok().filter(|_| digits)
        };
        text.split_once('/')
            .and_then(|(part, of)| Shard::new(number(part)?, number(of)?))
            .ok_or(ParseShardError)
    }
}

impl TryFrom<String> for Shard {
    type Error = ParseShardError;

    fn try_from(text: String) -> Result<Shard, ParseShardError> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_shard_is_read_as_it_is_written() {
        assert_eq!("3/16".parse(), Ok(Shard { number: 3, of: 16 }));
        assert_eq!(
            "3/16".parse::<Shard>().map(|s| s.to_string()),
            Ok("3/16".into())
        );
        for wrong in [
            "",
            "3",
            "0/4",
            "5/4",
            "1/0",
            "+1/4",
            "1/4/2",
            "-1/4",
            " 1/4",
            "1/99999999999",
        ] {
            assert_eq!(wrong.parse::<Shard>(), Err(ParseShardError), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn parts_are_disjoint_complete_and_even(n in 0u64..10_000, of in 1u32..300) {
            let mut next = 0;
            for number in 1..=of {
                let range = Shard { number, of }.range(n);
                prop_assert_eq!(range.start, next);
                let len = range.end - range.start;
                prop_assert!((n / u64::from(of)..=n.div_ceil(u64::from(of))).contains(&len));
                next = range.end;
            }
            prop_assert_eq!(next, n);
        }
    }
}
