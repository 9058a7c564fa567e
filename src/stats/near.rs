//! Texts that are nearly the same: Jaccard index of their pieces, found by MinHash (Broder 1997) and then computed.

use std::collections::{HashMap, HashSet};

/// Bands and hashes a band: a pair with a Jaccard index of 0.8 is missed once in 6,000 times.
const BANDS: usize = 20;
const HASHES: usize = 4;
/// Jaccard index from which on two texts are nearly the same.
const ALIKE: f64 = 0.8;
/// Characters of a piece.
const PIECE: usize = 5;
/// Texts kept per bucket. Thousands of texts from one mould share all their buckets; looking at the first of them finds the
/// group without comparing every pair.
const BUCKET: usize = 64;

/// A text but for case, marks and white space: how texts are compared.
pub fn normalize_text(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.trim_end().to_owned()
}

/// An index of texts.
#[derive(Debug, Default)]
pub struct NearTexts {
    pieces: Vec<Vec<u64>>,
    bands: HashMap<(usize, u64), Vec<usize>>,
}

impl NearTexts {
    /// Texts already [normalized](normalize_text) that are like this one, by their number in the order in which they were added; of many that
    /// share their buckets, the first ones.
    pub fn like(&self, text: &str) -> Vec<usize> {
        let pieces = pieces(text);
        let mut seen = HashSet::new();
        for key in keys(&pieces) {
            seen.extend(self.bands.get(&key).into_iter().flatten().copied());
        }
        let mut found: Vec<usize> = seen
            .into_iter()
            .filter(|i| jaccard(&pieces, &self.pieces[*i]) >= ALIKE)
            .collect();
        found.sort_unstable();
        found
    }

    /// Add a text; its number.
    pub fn add(&mut self, text: &str) -> usize {
        let pieces = pieces(text);
        let number = self.pieces.len();
        for key in keys(&pieces) {
            let bucket = self.bands.entry(key).or_default();
            if bucket.len() < BUCKET {
                bucket.push(number);
            }
        }
        self.pieces.push(pieces);
        number
    }
}

/// Hashes of the runs of characters of a text, sorted, each once. A text shorter than a run is one piece.
fn pieces(text: &str) -> Vec<u64> {
    let chars: Vec<char> = text.chars().collect();
    let size = if chars.iter().any(|c| *c as u32 > 0x2e80) {
        2
    } else {
        PIECE
    };
    let hash = |run: &[char]| {
        run.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, c| {
            (h ^ u64::from(*c as u32)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let mut all: Vec<u64> = if chars.len() <= size {
        vec![hash(&chars)]
    } else {
        chars.windows(size).map(hash).collect()
    };
    all.sort_unstable();
    all.dedup();
    all
}

/// One key a band: the smallest hashes of the pieces under some permutations.
fn keys(pieces: &[u64]) -> impl Iterator<Item = (usize, u64)> + '_ {
    (0..BANDS).map(move |band| {
        let mut key = 0u64;
        for i in 0..HASHES {
            let salt = (band * HASHES + i) as u64;
            let least = pieces.iter().map(|p| mixed(*p, salt)).min().unwrap_or(0);
            key = mixed(key ^ least, salt);
        }
        (band, key)
    })
}

fn mixed(x: u64, salt: u64) -> u64 {
    let mut z = x ^ salt.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0usize);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                both += 1;
                i += 1;
                j += 1;
            }
        }
    }
    both as f64 / (a.len() + b.len() - both).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_in_many_is_near_and_another_text_is_not() {
        let mut near = NearTexts::default();
        let base = "the parcel came two weeks late and the box was open so i sent it back to the shop at once";
        near.add(base);
        near.add("the hotel was clean and the breakfast was the best that we had in years");
        assert_eq!(near.like(&base.replace("two", "three")), [0]);
        assert_eq!(near.like(base), [0]);
        assert!(near.like("the parcel came early").is_empty());
    }

    #[test]
    fn many_texts_of_one_mould_are_found_without_comparing_all_pairs() {
        let mut near = NearTexts::default();
        for i in 0..1_000 {
            let text =
                format!("order {i} came late and the box was open so i sent it back to the shop");
            assert!(near.like(&text).len() <= BANDS * BUCKET, "{i}");
            near.add(&text);
        }
        assert!(near.bands.values().all(|bucket| bucket.len() <= BUCKET));
        let found =
            near.like("order 7 came late and the box was open so i sent it back to the shop");
        assert!(found.contains(&7), "{found:?}");
    }

    #[test]
    fn case_marks_and_white_space_make_no_difference() {
        assert_eq!(normalize_text("  Hello,\n WORLD!! "), "hello world");
        assert_eq!(normalize_text("味道，很好。"), "味道 很好");
    }

    #[test]
    fn likeness_in_scripts_without_spaces() {
        let mut near = NearTexts::default();
        near.add("质量太差 用了两天就坏了 不推荐大家买这个东西");
        assert_eq!(
            near.like("质量太差 用了三天就坏了 不推荐大家买这个东西"),
            [0]
        );
        assert!(near.like("味道很好 服务员热情").is_empty());
    }
}
