//! The combinations of a design, decoded from their numbers.

/// One level on every axis, as indices.
pub(in crate::template) type Combination = Vec<usize>;

/// The combinations of a design. A full one is not listed: each is decoded from its number.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::template) enum Combinations {
    /// Every one; the last axis changes fastest.
    Full { sizes: Vec<usize> },
    /// A centre, then every other level of every axis alone.
    Around {
        sizes: Vec<usize>,
        centre: Combination,
    },
    /// These; the centre first.
    Listed(Vec<Combination>),
}

impl Combinations {
    /// How many; as many as a number can say where there are more.
    pub(in crate::template) fn len(&self) -> u64 {
        match self {
            Combinations::Full { sizes } => total(sizes),
            Combinations::Around { sizes, .. } => {
                1 + sizes.iter().map(|n| *n as u64 - 1).sum::<u64>()
            }
            Combinations::Listed(all) => all.len() as u64,
        }
    }

    /// The combination of a number below [`Combinations::len`].
    pub(in crate::template) fn get(&self, number: u64) -> Option<Combination> {
        if number >= self.len() {
            return None;
        }
        match self {
            Combinations::Full { sizes } => {
                let mut rest = number;
                let mut one = vec![0; sizes.len()];
                for (level, size) in one.iter_mut().zip(sizes).rev() {
                    *level = (rest % *size as u64) as usize;
                    rest /= *size as u64;
                }
                Some(one)
            }
            Combinations::Around { sizes, centre } => {
                let mut one = centre.clone();
                let Some(mut rest) = (number as usize).checked_sub(1) else {
                    return Some(one);
                };
                for (axis, size) in sizes.iter().enumerate() {
                    if rest < size - 1 {
                        one[axis] = if rest < centre[axis] { rest } else { rest + 1 };
                        break;
                    }
                    rest -= size - 1;
                }
                Some(one)
            }
            Combinations::Listed(all) => all.get(number as usize).cloned(),
        }
    }
}

/// Number of combinations of all levels; as many as a number can say where there are more.
pub(in crate::template) fn total(sizes: &[usize]) -> u64 {
    sizes
        .iter()
        .fold(1u64, |n, size| n.saturating_mul(*size as u64))
}
