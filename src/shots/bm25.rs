//! A BM25 index over short texts (Robertson and Zaragoza 2009; k1 = 1.2, b = 0.75).

use std::collections::HashMap;
use unicode_segmentation::UnicodeSegmentation;

const K1: f32 = 1.2;
const B: f32 = 0.75;

/// An inverted index: term → (document, term frequency).
#[derive(Debug)]
pub struct Bm25 {
    terms: HashMap<String, Vec<(u32, f32)>>,
    lengths: Vec<f32>,
    mean_length: f32,
}

impl Bm25 {
    /// Index the documents.
    pub fn new<'a>(documents: impl Iterator<Item = &'a str>) -> Bm25 {
        let mut terms: HashMap<String, Vec<(u32, f32)>> = HashMap::new();
        let mut lengths = Vec::new();
        for (d, text) in documents.enumerate() {
            let tokens = tokens(text);
            lengths.push(tokens.len() as f32);
            let mut counts: HashMap<String, f32> = HashMap::new();
            for token in tokens {
                *counts.entry(token).or_default() += 1.0;
            }
            for (token, n) in counts {
                terms.entry(token).or_default().push((d as u32, n));
            }
        }
        let mean_length = lengths.iter().sum::<f32>() / (lengths.len().max(1) as f32);
        Bm25 {
            terms,
            lengths,
            mean_length: mean_length.max(1.0),
        }
    }

    /// Score of every document for a query.
    pub fn scores(&self, query: &str) -> Vec<f32> {
        let mut scores = vec![0.0; self.lengths.len()];
        let n = self.lengths.len() as f32;
        let mut asked = tokens(query);
        asked.sort_unstable();
        asked.dedup();
        for token in &asked {
            let Some(postings) = self.terms.get(token) else {
                continue;
            };
            let df = postings.len() as f32;
            let idf = (1.0 + (n - df + 0.5) / (df + 0.5)).ln();
            for &(d, tf) in postings {
                let length = self.lengths[d as usize] / self.mean_length;
                scores[d as usize] += idf * tf * (K1 + 1.0) / (tf + K1 * (1.0 - B + B * length));
            }
        }
        scores
    }
}

/// Lower-case words; a run of CJK characters gives its characters and its pairs of neighbours, as it has no spaces.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut before: Option<(usize, char)> = None;
    for (at, word) in text.unicode_word_indices() {
        let mut chars = word.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if unicode_width::UnicodeWidthChar::width(c) == Some(2) => {
                if let Some((end, previous)) = before
                    && end == at
                {
                    tokens.push(format!("{previous}{c}"));
                }
                tokens.push(c.to_string());
                before = Some((at + word.len(), c));
            }
            _ => {
                tokens.push(word.to_lowercase());
                before = None;
            }
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_text_scores_highest_in_any_script() {
        let index = Bm25::new(
            [
                "the kettle leaks",
                "a fine novel",
                "味道很好，服务热情",
                "房间太吵",
            ]
            .into_iter(),
        );
        let best = |q: &str| {
            let scores = index.scores(q);
            (0..4)
                .max_by(|a, b| scores[*a].total_cmp(&scores[*b]))
                .unwrap()
        };
        assert_eq!(best("My Kettle is cold"), 0);
        assert_eq!(best("novel"), 1);
        assert_eq!(best("菜的味道好"), 2);
        assert_eq!(best("隔壁房间"), 3);
    }
}
