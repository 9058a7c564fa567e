//! Figures of a classification: precision, recall, F1, balanced accuracy, MCC, Cohen's κ.
//!
//! Where a share is 0/0 it counts as 0, as with `zero_division=0` in scikit-learn.

/// Observations by their class and by the class they were given: all that the figures are functions of.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassCounts {
    /// Observations of each class.
    expected: Vec<f64>,
    /// Observations that were given each class.
    read: Vec<f64>,
    /// Observations of each class that were given it.
    right: Vec<f64>,
    /// Observations that were given no class.
    unread: f64,
}

impl ClassCounts {
    pub fn new(classes: usize) -> ClassCounts {
        ClassCounts {
            expected: vec![0.0; classes],
            read: vec![0.0; classes],
            right: vec![0.0; classes],
            unread: 0.0,
        }
    }

    /// Remove all observations.
    pub fn clear(&mut self) {
        self.expected.fill(0.0);
        self.read.fill(0.0);
        self.right.fill(0.0);
        self.unread = 0.0;
    }

    /// Add observations of a class that were given a class, or none.
    pub fn add(&mut self, expected: usize, read: Option<usize>, weight: f64) {
        self.expected[expected] += weight;
        match read {
            None => self.unread += weight,
            Some(read) => {
                self.read[read] += weight;
                if read == expected {
                    self.right[read] += weight;
                }
            }
        }
    }

    pub fn classes(&self) -> usize {
        self.expected.len()
    }

    /// Observations of a class.
    pub fn expected(&self, class: usize) -> f64 {
        self.expected[class]
    }

    /// Observations that were given a class.
    pub fn read(&self, class: usize) -> f64 {
        self.read[class]
    }

    pub fn total(&self) -> f64 {
        self.expected.iter().sum()
    }

    /// Share of those given a class that are of it.
    pub fn precision(&self, class: usize) -> f64 {
        share(self.right[class], self.read[class])
    }

    /// Share of a class that was given it.
    pub fn recall(&self, class: usize) -> f64 {
        share(self.right[class], self.expected[class])
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self, class: usize) -> f64 {
        share(
            2.0 * self.right[class],
            self.expected[class] + self.read[class],
        )
    }

    /// Mean F1 of the classes that occur, as a class or as one that was given.
    pub fn macro_f1(&self) -> f64 {
        let (mut sum, mut n) = (0.0, 0.0);
        for class in 0..self.classes() {
            if self.expected[class] + self.read[class] > 0.0 {
                sum += self.f1(class);
                n += 1.0;
            }
        }
        share(sum, n)
    }

    /// Mean F1, each class weighted by its observations.
    pub fn weighted_f1(&self) -> f64 {
        let sum: f64 = (0..self.classes())
            .map(|class| self.expected[class] * self.f1(class))
            .sum();
        share(sum, self.total())
    }

    /// Mean recall of the classes that have observations (Brodersen et al. 2010).
    pub fn balanced_accuracy(&self) -> f64 {
        let present = (0..self.classes()).filter(|class| self.expected[*class] > 0.0);
        let (sum, n) = present.fold((0.0, 0.0), |(sum, n), class| {
            (sum + self.recall(class), n + 1.0)
        });
        share(sum, n)
    }

    /// How often chance would be right, times the total: by how often each class is read and expected.
    fn by_chance(&self) -> f64 {
        let pairs = self.read.iter().zip(&self.expected);
        pairs.map(|(read, expected)| read * expected).sum()
    }

    /// Matthews correlation coefficient of several classes (Gorodkin 2004); 0 where either side has one class only.
    pub fn mcc(&self) -> f64 {
        let n = self.total();
        let right: f64 = self.right.iter().sum();
        let squares = |all: &[f64]| all.iter().map(|x| x * x).sum::<f64>();
        let read = n * n - squares(&self.read) - self.unread * self.unread;
        let expected = n * n - squares(&self.expected);
        share(
            right * n - self.by_chance(),
            (read * expected).max(0.0).sqrt(),
        )
    }

    /// Cohen's κ (Cohen 1960); `None` where chance alone agrees on everything.
    pub fn kappa(&self) -> Option<f64> {
        let n = self.total();
        let right: f64 = self.right.iter().sum();
        let (observed, chance) = (share(right, n), share(self.by_chance(), n * n));
        (n > 0.0 && chance < 1.0 - 1e-12).then(|| (observed - chance) / (1.0 - chance))
    }
}

fn share(part: f64, all: f64) -> f64 {
    if all > 0.0 { part / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand_with_a_class_that_never_occurs() {
        // a a b b → a b b –, and a third class that nobody mentions.
        let mut counts = ClassCounts::new(3);
        for (expected, read) in [(0, Some(0)), (0, Some(1)), (1, Some(1)), (1, None)] {
            counts.add(expected, read, 1.0);
        }
        assert_eq!((counts.precision(0), counts.recall(0)), (1.0, 0.5));
        assert_eq!((counts.precision(1), counts.recall(1)), (0.5, 0.5));
        assert_eq!(
            (counts.precision(2), counts.recall(2), counts.f1(2)),
            (0.0, 0.0, 0.0)
        );
        assert!((counts.macro_f1() - (2.0 / 3.0 + 0.5) / 2.0).abs() < 1e-15);
        assert_eq!(counts.balanced_accuracy(), 0.5);
        counts.clear();
        assert_eq!(
            (counts.macro_f1(), counts.mcc(), counts.kappa()),
            (0.0, 0.0, None)
        );
        counts.add(1, Some(1), 4.0);
        assert_eq!(
            (counts.macro_f1(), counts.mcc(), counts.kappa()),
            (1.0, 0.0, None)
        );
    }
}
