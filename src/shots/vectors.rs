//! Embeddings of texts, for choosing shots by likeness of meaning. Where they come from is not known here.

use std::collections::HashMap;

/// Embeddings by text, of length one.
#[derive(Debug, Default)]
pub struct Vectors {
    of: HashMap<blake3::Hash, Vec<f32>>,
}

impl Vectors {
    /// Keep the embedding of a text.
    pub fn insert(&mut self, text: &str, mut vector: Vec<f32>) {
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length > 0.0 {
            vector.iter_mut().for_each(|x| *x /= length);
        }
        self.of.insert(blake3::hash(text.as_bytes()), vector);
    }

    /// Cosine of a text to each of the others, shifted to be above 0; `None` where the text has no embedding. One
    /// without counts as unlike.
    pub(super) fn scores(&self, text: &str, others: &[String]) -> Option<Vec<f32>> {
        let own = self.of.get(&blake3::hash(text.as_bytes()))?;
        let cosine = |other: &String| {
            let other = self.of.get(&blake3::hash(other.as_bytes()))?;
            Some(own.iter().zip(other).map(|(a, b)| a * b).sum::<f32>())
        };
        Some(
            others
                .iter()
                .map(|other| 1.5 + cosine(other).unwrap_or(-1.0))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_the_cosine_whatever_the_length() {
        let mut vectors = Vectors::default();
        vectors.insert("a", vec![2.0, 0.0]);
        vectors.insert("b", vec![0.1, 0.1]);
        vectors.insert("c", vec![0.0, 9.0]);
        let others: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let scores = vectors.scores("a", &others).unwrap();
        let cosines: Vec<f32> = scores.iter().map(|s| s - 1.5).collect();
        for (cosine, expected) in cosines.iter().zip([1.0, 0.5f32.sqrt(), 0.0, -1.0]) {
            assert!((cosine - expected).abs() < 1e-6, "{cosines:?}");
        }
        assert!(vectors.scores("d", &others).is_none());
    }
}
