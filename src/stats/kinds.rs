//! Resamples and swaps of units of which many are alike: how many of each kind are drawn, for statistics that are no sums.

use super::{
    bootstrap::ResampleSpec,
    random::{Indices, Purpose, Stream, in_blocks, stream},
};
use rand::distr::Distribution;
use rand_distr::Binomial;

const BLOCK: usize = 64;
/// Drawing a count costs as much as drawing this many units.
const COUNT_COST: u64 = 24;

/// A statistic of each bootstrap resample (Efron 1979) of units, `kinds[k]` of which are of kind `k`. The statistic is
/// given how many of each kind were drawn.
pub fn resample_kinds<T: Send>(
    kinds: &[u64],
    spec: ResampleSpec,
    statistic: impl Fn(&[u64]) -> T + Sync,
) -> Vec<T> {
    let units: u64 = kinds.iter().sum();
    let by_unit = kinds.len() as u64 * COUNT_COST > units;
    let kind_of: Vec<u32> = if by_unit {
        (0..)
            .zip(kinds)
            .flat_map(|(kind, n)| (0..*n).map(move |_| kind))
            .collect()
    } else {
        Vec::new()
    };
    each_draw(
        spec,
        Purpose::Kinds,
        kinds.len(),
        statistic,
        |rng, drawn| {
            if by_unit {
                drawn.fill(0);
                let mut draw = Indices::new(rng);
                for _ in 0..kind_of.len() {
                    drawn[kind_of[draw.next(kind_of.len())] as usize] += 1;
                }
                return;
            }
            let (mut left, mut among) = (units, units);
            for (drawn, kind) in drawn.iter_mut().zip(kinds) {
                *drawn = part(left, *kind, among, rng);
                left -= *drawn;
                among -= kind;
            }
        },
    )
}

/// A statistic of each way to swap two paired treatments at random, unit by unit: it is given how many units of each kind
/// are swapped.
pub fn swap_kinds<T: Send>(
    kinds: &[u64],
    spec: ResampleSpec,
    statistic: impl Fn(&[u64]) -> T + Sync,
) -> Vec<T> {
    each_draw(
        spec,
        Purpose::Swaps,
        kinds.len(),
        statistic,
        |rng, swapped| {
            for (swapped, kind) in swapped.iter_mut().zip(kinds) {
                *swapped = part(*kind, 1, 2, rng);
            }
        },
    )
}

fn each_draw<T: Send>(
    spec: ResampleSpec,
    purpose: Purpose,
    kinds: usize,
    statistic: impl Fn(&[u64]) -> T + Sync,
    draw: impl Fn(&mut Stream, &mut [u64]) + Sync,
) -> Vec<T> {
    let blocks = in_blocks(spec.draws.div_ceil(BLOCK), spec.threads, |block| {
        let mut rng = stream(spec.seed, purpose, block as u64);
        let mut counts = vec![0; kinds];
        (0..BLOCK.min(spec.draws - block * BLOCK))
            .map(|_| {
                draw(&mut rng, &mut counts);
                statistic(&counts)
            })
            .collect::<Vec<T>>()
    });
    blocks.into_iter().flatten().collect()
}

/// Of `left` draws, how many fall on `there` of `among`.
fn part(left: u64, there: u64, among: u64, rng: &mut Stream) -> u64 {
    if there >= among || left == 0 {
        return left;
    }
    Binomial::new(left, there as f64 / among as f64).map_or(0, |b| b.sample(rng))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: ResampleSpec = ResampleSpec {
        draws: 4_000,
        seed: 7,
        threads: 2,
    };

    #[test]
    fn both_ways_to_draw_have_the_moments_of_a_multinomial() {
        for kinds in [vec![30u64, 50, 20], vec![300, 500, 200]] {
            let n: u64 = kinds.iter().sum();
            let drawn = resample_kinds(&kinds, SPEC, |drawn| {
                assert_eq!(drawn.iter().sum::<u64>(), n);
                drawn[1] as f64
            });
            let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
            let variance =
                drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
            assert!(
                (mean - n as f64 / 2.0).abs() < 0.05 * (n as f64).sqrt(),
                "{mean}"
            );
            assert!(
                (variance / (n as f64 / 4.0) - 1.0).abs() < 0.1,
                "{variance}"
            );
            let one = ResampleSpec { threads: 1, ..SPEC };
            assert_eq!(drawn, resample_kinds(&kinds, one, |drawn| drawn[1] as f64));
        }
    }

    #[test]
    fn half_of_each_kind_is_swapped() {
        let swapped = swap_kinds(&[10, 0, 1], SPEC, |s| s.to_vec());
        let mean = |k: usize| swapped.iter().map(|s| s[k] as f64).sum::<f64>() / 4_000.0;
        assert!((mean(0) - 5.0).abs() < 0.1 && mean(1) == 0.0 && (mean(2) - 0.5).abs() < 0.05);
    }
}
