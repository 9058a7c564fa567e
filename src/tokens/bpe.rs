//! The byte-pair encodings of OpenAI, as published with `tiktoken`: packed in the binary, unpacked when the first text is
//! counted.
//!
//! A packed file is a zstd frame of the lengths of all tokens in the order of their ranks, a byte each, and then their bytes;
//! `tests/real/vocabularies.py` writes it.

use std::sync::OnceLock;
use tiktoken_rs::{CoreBPE, O200K_BASE_PAT_STR};

/// How GPT-2 and the first GPT-3 models cut a text into pieces.
const R50K_PIECES: &str =
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s";

/// How GPT-3.5 and GPT-4 do.
const CL100K_PIECES: &str = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s";

/// The first rank of the 24 tokens that `p50k` adds to `r50k`: two to 25 spaces.
const P50K_FIRST: u32 = 50_257;

/// An encoding. Special tokens are none of its business: they are not in texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    O200k,
    Cl100k,
    P50k,
    R50k,
}

impl Encoding {
    /// The encoding itself, made once; `None` where the packed file does not give one.
    pub(super) fn get(self) -> Option<&'static CoreBPE> {
        static MADE: [OnceLock<Option<CoreBPE>>; 4] = [const { OnceLock::new() }; 4];
        MADE[self as usize].get_or_init(|| self.unpack()).as_ref()
    }

    fn unpack(self) -> Option<CoreBPE> {
        let (packed, tokens, pieces): (&[u8], usize, &str) = match self {
            Encoding::O200k => (
                include_bytes!("vocabularies/o200k_base.zst"),
                199_998,
                O200K_BASE_PAT_STR,
            ),
            Encoding::Cl100k => (
                include_bytes!("vocabularies/cl100k_base.zst"),
                100_256,
                CL100K_PIECES,
            ),
            Encoding::P50k | Encoding::R50k => (
                include_bytes!("vocabularies/r50k_base.zst"),
                50_256,
                R50K_PIECES,
            ),
        };
        let unpacked = zstd::decode_all(packed).ok()?;
        let (lengths, mut rest) = unpacked.split_at_checked(tokens)?;
        let mut ranked = Vec::with_capacity(tokens + 24);
        for (rank, length) in (0..).zip(lengths) {
            let (token, behind) = rest.split_at_checked(usize::from(*length))?;
            ranked.push((token.to_vec(), rank));
            rest = behind;
        }
        if self == Encoding::P50k {
            ranked.extend(
                (P50K_FIRST..)
                    .zip(2..=25)
                    .map(|(rank, n)| (vec![b' '; n], rank)),
            );
        }
        CoreBPE::new(ranked.into_iter().collect(), Default::default(), pieces).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tiktoken_rs::{cl100k_base, o200k_base, p50k_base, r50k_base};

    #[test]
    fn packed_encodings_are_those_of_the_library() {
        let texts = [
            "The quick brown fox jumps over the lazy dog. It's 2026, isn't it?",
            "fn main() {\n        println!(\"{:>8.3}\", 1e-3);\r\n\r\n}\t// 这是一个例子：价格 ¥1234567.89",
            "Straße, façade, Ελληνικά, עברית, العربية, हिन्दी, ไทย, 한국어, 日本語の文章、𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🙂🏳️‍🌈",
            "<|endoftext|>             a                          b\u{a0}\u{200b}  \n \n",
            "",
        ];
        for (encoding, theirs) in [
            (Encoding::O200k, o200k_base()),
            (Encoding::Cl100k, cl100k_base()),
            (Encoding::P50k, p50k_base()),
            (Encoding::R50k, r50k_base()),
        ] {
            let (ours, theirs) = (encoding.get().unwrap(), theirs.unwrap());
            for text in texts {
                let tokens = ours.encode_ordinary(text);
                assert_eq!(tokens, theirs.encode_ordinary(text), "{encoding:?}: {text}");
            }
            // Every token is where it was.
            for rank in 0..50_256 {
                assert_eq!(
                    ours.decode_bytes(&[rank]).unwrap(),
                    theirs.decode_bytes(&[rank]).unwrap()
                );
            }
        }
    }
}
