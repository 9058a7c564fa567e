//! The policy of a specification.

use super::{
    Condition, ConditionError, Policy, TrialSpace, extremes::Extremes, race::Race,
    race::least_rows, sparse::Sparse, until::Until,
};
use crate::model::{PolicySpec, VariantAliases};

/// Why a policy cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// The calls do not suffice.
    #[error(
        "{name} with {calls} calls is too few: {variants} variants{more} need at least {least}"
    )]
    TooFew {
        /// Which policy, as typed.
        name: &'static str,
        calls: u64,
        variants: usize,
        /// Samples and models, where they are more than one; words.
        more: String,
        /// The least that would do.
        least: u64,
    },
    /// There is one variant.
    #[error("{0} needs at least two variants; there is one")]
    OneVariant(&'static str),
    #[error(transparent)]
    Condition(#[from] ConditionError),
    #[error("a level of {0} is not between 0.5 and 1; write for example --level 0.95")]
    Level(f64),
}

/// The policy for each of `models` models that share the calls.
pub fn policy(
    spec: &PolicySpec,
    space: &TrialSpace,
    names: &VariantAliases,
    models: usize,
) -> Result<Box<dyn Policy>, PolicyError> {
    let level = |level: f64| {
        if level > 0.5 && level < 1.0 {
            Ok(level)
        } else {
            Err(PolicyError::Level(level))
        }
    };
    let (variants, samples) = (space.variants, space.samples.max(1));
    // Pairs for each model; at least this many per variant.
    let pairs = |name: &'static str, calls: u64, a_variant: usize| {
        if variants < 2 {
            return Err(PolicyError::OneVariant(name));
        }
        let price = (samples * models.max(1)) as u64;
        let least = price * (variants * a_variant) as u64;
        if calls < least {
            return Err(PolicyError::TooFew {
                name,
                calls,
                variants,
                more: more(samples, models),
                least,
            });
        }
        Ok(usize::try_from(calls / price).unwrap_or(usize::MAX))
    };
    let space = space.clone();
    Ok(match spec {
        PolicySpec::Race { calls, level: at } => {
            let pairs = pairs("--race", *calls, least_rows(variants))?;
            Box::new(Race::new(space, pairs, level(*at)?))
        }
        PolicySpec::Estimate { calls } => {
            Box::new(Sparse::new(space, pairs("--estimate", *calls, 2)?))
        }
        PolicySpec::Spread { calls } => {
            Box::new(Extremes::new(space, pairs("--spread", *calls, 2)?))
        }
        PolicySpec::Until {
            condition,
            level: at,
        } => {
            let condition = Condition::parse(condition, names)?;
            Box::new(Until::new(space, condition, level(*at)?))
        }
    })
}

/// Rows until it is known whether `new` is better or worse than `base`, or as good within the margin.
pub fn verdict_policy(
    space: &TrialSpace,
    [new, base]: [u32; 2],
    margin: f64,
    level: f64,
) -> Box<dyn Policy> {
    let condition = Condition::Verdict { new, base };
    Box::new(Until::new(space.clone(), condition, level).with_margin(margin))
}

fn more(samples: usize, models: usize) -> String {
    let mut text = String::new();
    if samples > 1 {
        text += &format!(" × {samples} samples");
    }
    if models > 1 {
        text += &format!(" × {models} models");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_done_is_said() {
        let space = TrialSpace::from_clusters(32, 100, 2, Vec::new(), &[], 7);
        let race = |calls, level| {
            policy(
                &PolicySpec::Race { calls, level },
                &space,
                &VariantAliases::default(),
                1,
            )
        };
        let error = race(300, 0.95).unwrap_err().to_string();
        assert_eq!(
            error,
            "--race with 300 calls is too few: 32 variants × 2 samples need at least 320"
        );
        assert!(race(320, 0.95).is_ok());
        assert_eq!(race(400, 95.0).unwrap_err(), PolicyError::Level(95.0));
        let one = TrialSpace::from_clusters(1, 100, 1, Vec::new(), &[], 7);
        let estimate = policy(
            &PolicySpec::Estimate { calls: 50 },
            &one,
            &VariantAliases::default(),
            1,
        );
        assert_eq!(estimate.unwrap_err(), PolicyError::OneVariant("--estimate"));
    }
}
