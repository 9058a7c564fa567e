//! Figures of a classification: precision, recall, F1, balanced accuracy, MCC, Cohen's κ.
//!
//! Where a share is 0/0 it counts as 0, as with `zero_division=0` in scikit-learn.

/// Observations by their class and by the class they were given: all that the figures are functions of.
///
/// One sum for each place, so that many observations can be added at once: how many of each class, how many were given each
/// class, how many of each class were given it, and how many were given none.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassCounts {
    classes: usize,
    sums: Vec<f64>,
}

/// Observations that are added together, as often as one likes: the place of each sum that grows, and by how much.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CountedTogether(Vec<(usize, f64)>);

impl CountedTogether {
    /// Add observations to them, for counts of so many classes.
    pub fn add(&mut self, classes: usize, expected: usize, read: Option<usize>, weight: f64) {
        let places = places(classes, expected, read);
        self.0.extend(places.map(|place| (place, weight)));
    }
}

/// The places of the sums that grow with an observation of a class that was given a class, or none.
fn places(classes: usize, expected: usize, read: Option<usize>) -> impl Iterator<Item = usize> {
    let given = read.map_or(3 * classes, |read| classes + read);
    let right = (read == Some(expected)).then_some(2 * classes + expected);
    [Some(expected), Some(given), right].into_iter().flatten()
}

impl ClassCounts {
    pub fn new(classes: usize) -> ClassCounts {
        ClassCounts {
            classes,
            sums: vec![0.0; 3 * classes + 1],
        }
    }

    /// Add observations of a class that were given a class, or none.
    pub fn add(&mut self, expected: usize, read: Option<usize>, weight: f64) {
        for place in places(self.classes, expected, read) {
            self.sums[place] += weight;
        }
    }

    /// Add what is added together so many times.
    pub fn add_together(&mut self, counted: &CountedTogether, times: f64) {
        if times == 0.0 {
            return;
        }
        let (sums, counted) = (self.sums.as_mut_slice(), counted.0.as_slice());
        let mut at = 0;
        while at < counted.len() {
            let (place, weight) = counted[at];
            sums[place] += times * weight;
            at += 1;
        }
    }

    /// Observations of each class, those that were given each, and those of each that were given it.
    fn parts(&self) -> (&[f64], &[f64], &[f64]) {
        let (expected, rest) = self.sums.split_at(self.classes);
        let (read, rest) = rest.split_at(self.classes);
        (expected, read, &rest[..self.classes])
    }

    fn unread(&self) -> f64 {
        self.sums[3 * self.classes]
    }

    /// Observations of a class.
    pub fn expected(&self, class: usize) -> f64 {
        self.sums[class]
    }

    /// Observations that were given a class.
    pub fn read(&self, class: usize) -> f64 {
        self.sums[self.classes + class]
    }

    pub fn total(&self) -> f64 {
        self.parts().0.iter().sum()
    }

    /// Cohen's κ (Cohen 1960); `None` where chance alone agrees on everything.
    pub fn kappa(&self) -> Option<f64> {
        self.figures().kappa()
    }

    /// All figures, in one walk over the classes.
    pub fn figures(&self) -> ClassFigures {
        let (expected, read, right) = self.parts();
        let mut all = vec![0.0; OVERALL_FIGURES + FIGURES_PER_CLASS * self.classes];
        let (of_all, of_each) = all.split_at_mut(OVERALL_FIGURES);
        let (mut f1s, mut used, mut recalls, mut present, mut weighted) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let (mut total, mut hits, mut by_chance) = (0.0, 0.0, 0.0);
        let (mut squares_expected, mut squares_read) = (0.0, 0.0);
        for class in 0..self.classes {
            let (expected, read, right) = (expected[class], read[class], right[class]);
            let recall = share(right, expected);
            let f1 = share(2.0 * right, expected + read);
            let at = FIGURES_PER_CLASS * class;
            of_each[at] = share(right, read);
            of_each[at + 1] = recall;
            of_each[at + 2] = f1;
            if expected + read > 0.0 {
                f1s += f1;
                used += 1.0;
            }
            if expected > 0.0 {
                recalls += recall;
                present += 1.0;
            }
            weighted += expected * f1;
            total += expected;
            hits += right;
            // How often chance would be right, times the total: by how often each class is read and expected.
            by_chance += read * expected;
            squares_expected += expected * expected;
            squares_read += read * read;
        }
        let square = total * total;
        let read = square - squares_read - self.unread() * self.unread();
        let (observed, chance) = (share(hits, total), share(by_chance, square));
        of_all[0] = share(f1s, used);
        of_all[1] = share(weighted, total);
        of_all[2] = share(recalls, present);
        of_all[3] = share(
            hits * total - by_chance,
            (read * (square - squares_expected)).max(0.0).sqrt(),
        );
        of_all[4] = match total > 0.0 && chance < 1.0 - 1e-12 {
            true => (observed - chance) / (1.0 - chance),
            false => f64::NAN,
        };
        ClassFigures(all)
    }
}

/// How many figures there are of all classes together, and of each.
pub const OVERALL_FIGURES: usize = 5;
pub const FIGURES_PER_CLASS: usize = 3;

/// The figures of some counts: those of all classes in the order of the methods here, then three of each class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassFigures(Vec<f64>);

impl ClassFigures {
    /// All of them; NaN for κ where it is not defined.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// Mean F1 of the classes that occur, as a class or as one that was given.
    pub fn macro_f1(&self) -> f64 {
        self.0[0]
    }

    /// Mean F1, each class weighted by its observations.
    pub fn weighted_f1(&self) -> f64 {
        self.0[1]
    }

    /// Mean recall of the classes that have observations (Brodersen et al. 2010).
    pub fn balanced_accuracy(&self) -> f64 {
        self.0[2]
    }

    /// Matthews correlation coefficient of several classes (Gorodkin 2004); 0 where either side has one class only.
    pub fn mcc(&self) -> f64 {
        self.0[3]
    }

    /// Cohen's κ (Cohen 1960); `None` where chance alone agrees on everything.
    pub fn kappa(&self) -> Option<f64> {
        Some(self.0[4]).filter(|kappa| !kappa.is_nan())
    }

    /// Share of those given a class that are of it.
    pub fn precision(&self, class: usize) -> f64 {
        self.0[OVERALL_FIGURES + FIGURES_PER_CLASS * class]
    }

    /// Share of a class that was given it.
    pub fn recall(&self, class: usize) -> f64 {
        self.0[OVERALL_FIGURES + FIGURES_PER_CLASS * class + 1]
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self, class: usize) -> f64 {
        self.0[OVERALL_FIGURES + FIGURES_PER_CLASS * class + 2]
    }
}

fn share(part: f64, all: f64) -> f64 {
    if all > 0.0 { part / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_by_hand_with_a_class_that_never_occurs() {
        // a a b b → a b b –, and a third class that nobody mentions.
        let mut counts = ClassCounts::new(3);
        for (expected, read) in [(0, Some(0)), (0, Some(1)), (1, Some(1)), (1, None)] {
            counts.add(expected, read, 1.0);
        }
        let figures = counts.figures();
        assert_eq!((figures.precision(0), figures.recall(0)), (1.0, 0.5));
        assert_eq!((figures.precision(1), figures.recall(1)), (0.5, 0.5));
        assert_eq!(
            (figures.precision(2), figures.recall(2), figures.f1(2)),
            (0.0, 0.0, 0.0)
        );
        assert!((figures.macro_f1() - (2.0 / 3.0 + 0.5) / 2.0).abs() < 1e-15);
        assert_eq!(figures.balanced_accuracy(), 0.5);
        let mut counts = ClassCounts::new(3);
        let figures = counts.figures();
        assert_eq!(
            (figures.macro_f1(), figures.mcc(), figures.kappa()),
            (0.0, 0.0, None)
        );
        counts.add(1, Some(1), 4.0);
        let figures = counts.figures();
        assert_eq!(
            (figures.macro_f1(), figures.mcc(), figures.kappa()),
            (1.0, 0.0, None)
        );
    }

    proptest! {
        #[test]
        fn what_is_added_together_is_what_is_added_one_by_one(observed in prop::collection::vec((0usize..4, prop::option::of(0usize..4), 0u8..4), 0..12), times in 0u8..3) {
            let mut counts = ClassCounts::new(4);
            let mut together = CountedTogether::default();
            for (expected, read, weight) in &observed {
                counts.add(*expected, *read, f64::from(*weight) * f64::from(times));
                together.add(4, *expected, *read, f64::from(*weight));
            }
            let mut again = ClassCounts::new(4);
            again.add_together(&together, f64::from(times));
            prop_assert_eq!(&again, &counts);
        }
    }
}
