//! A BM25 index over short texts (Robertson and Zaragoza 2009; k1 = 1.2, b = 0.75).

use super::words::each_word;
use std::collections::HashMap;

const K1: f32 = 1.2;
const B: f32 = 0.75;

/// An inverted index: for each word the documents that have it, with what the word adds to their scores.
#[derive(Debug)]
pub(super) struct Bm25 {
    words: HashMap<Box<str>, u32>,
    postings: Vec<Vec<(u32, f32)>>,
    documents: usize,
}

/// Scores of all documents for a query.
#[derive(Debug)]
pub(super) struct Scores {
    of: Vec<f32>,
    /// Documents that share a word with the query, in no order.
    touched: Vec<u32>,
}

impl Bm25 {
    pub(super) fn new<'a>(documents: impl Iterator<Item = &'a str>) -> Bm25 {
        let mut index = Bm25 {
            words: HashMap::new(),
            postings: Vec::new(),
            documents: 0,
        };
        let mut lengths: Vec<f32> = Vec::new();
        for text in documents {
            let document = lengths.len() as u32;
            let mut length = 0f32;
            each_word(text, |word| {
                length += 1.0;
                let word = match index.words.get(word) {
                    Some(word) => *word as usize,
                    None => {
                        let new = index.postings.len();
                        index.words.insert(word.into(), new as u32);
                        index.postings.push(Vec::new());
                        new
                    }
                };
                match index.postings[word].last_mut() {
                    Some((last, count)) if *last == document => *count += 1.0,
                    _ => index.postings[word].push((document, 1.0)),
                }
            });
            lengths.push(length);
        }
        index.documents = lengths.len();
        let n = lengths.len() as f32;
        let mean = (lengths.iter().sum::<f32>() / n.max(1.0)).max(1.0);
        // What a word adds to a document's score does not depend on the query.
        for postings in &mut index.postings {
            let df = postings.len() as f32;
            let idf = (1.0 + (n - df + 0.5) / (df + 0.5)).ln();
            for (document, weight) in postings {
                let (tf, length) = (*weight, lengths[*document as usize] / mean);
                *weight = idf * tf * (K1 + 1.0) / (tf + K1 * (1.0 - B + B * length));
            }
        }
        index
    }

    /// Scores of every document for a query; a word counts once, however often the query says it.
    pub(super) fn scores(&self, query: &str) -> Scores {
        let mut asked: Vec<u32> = Vec::new();
        each_word(query, |word| asked.extend(self.words.get(word)));
        asked.sort_unstable();
        asked.dedup();
        let mut scores = Scores {
            of: vec![0.0; self.documents],
            touched: Vec::new(),
        };
        for word in asked {
            for (document, weight) in &self.postings[word as usize] {
                let score = &mut scores.of[*document as usize];
                if *score == 0.0 {
                    scores.touched.push(*document);
                }
                *score += weight;
            }
        }
        scores
    }
}

impl Scores {
    /// Of a list of scores, one a document.
    pub(super) fn of_all(of: Vec<f32>) -> Scores {
        Scores {
            touched: (0..of.len() as u32).collect(),
            of,
        }
    }

    /// The score of a document.
    pub(super) fn get(&self, document: usize) -> f32 {
        self.of.get(document).copied().unwrap_or(0.0)
    }

    /// The best `count` documents but those left out, best first; equal ones in their order.
    pub(super) fn best(&self, count: usize, left_out: &[usize]) -> Vec<usize> {
        let in_order = |a: &u32, b: &u32| {
            let (x, y) = (self.of[*a as usize], self.of[*b as usize]);
            y.total_cmp(&x).then(a.cmp(b))
        };
        let open = |document: &u32| !left_out.contains(&(*document as usize));
        let mut best: Vec<u32> = self.touched.iter().copied().filter(open).collect();
        if best.len() > count && count > 0 {
            best.select_nth_unstable_by(count - 1, in_order);
            best.truncate(count);
        }
        best.sort_unstable_by(in_order);
        let mut best: Vec<usize> = best.into_iter().map(|d| d as usize).take(count).collect();
        // Then those that share no word.
        let rest = (0..self.of.len()).filter(|d| self.of[*d] == 0.0 && !left_out.contains(d));
        let missing = count - best.len();
        best.extend(rest.take(missing));
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_text_scores_highest_in_any_script() {
        let texts = [
            "the kettle leaks",
            "a fine novel",
            "味道很好，服务热情",
            "房间太吵",
            "駅からとても近い",
        ];
        let index = Bm25::new(texts.into_iter());
        let best = |query: &str| index.scores(query).best(1, &[])[0];
        assert_eq!(best("My Kettle is cold"), 0);
        assert_eq!(best("novel"), 1);
        assert_eq!(best("菜的味道好"), 2);
        assert_eq!(best("隔壁房间"), 3);
        assert_eq!(best("ホテルは駅に近い"), 4);
    }

    #[test]
    fn scores_are_those_of_the_formula() {
        let index = Bm25::new(["a b", "b b c", "c"].into_iter());
        let scores = index.scores("b b");
        let idf = (1.0f32 + (3.0 - 2.0 + 0.5) / 2.5).ln();
        let score =
            |tf: f32, length: f32| idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / 2.0));
        for (document, expected) in [(0, score(1.0, 2.0)), (1, score(2.0, 3.0)), (2, 0.0)] {
            assert!((scores.get(document) - expected).abs() < 1e-6);
        }
        assert_eq!(scores.best(3, &[]), [1, 0, 2]);
        assert_eq!(scores.best(2, &[1]), [0, 2]);
        assert_eq!(scores.best(9, &[]).len(), 3);
        assert_eq!(scores.best(0, &[]).len(), 0);
    }
}
