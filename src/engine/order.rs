//! In which order the trials of a model are sent.
//!
//! Servers keep the beginnings of recent prompts and bill them less, so prompts that begin alike should follow each other.
//! Wordings that differ before the row is named go one after the other, all rows each; wordings that differ only after
//! it go row by row, side by side. Which is which is read off the prompts of two rows. Pure.

use super::{Plan, TrialOrder};
use crate::model::Prompt;

/// More variants than this are not looked at: it would take longer than it is worth.
const MOST_VARIANTS: usize = 512;

/// The cells of one model's grid in the order in which they are sent; computed on the fly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schedule {
    groups: Vec<Group>,
    rows: u64,
    samples: u64,
}

/// Variants that are sent row by row, and the number of the first trial.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    first: u64,
    variants: Vec<u32>,
}

impl Schedule {
    pub(super) fn new(plan: &Plan, order: TrialOrder) -> Schedule {
        let variants = plan.variants.len();
        let groups = match order {
            TrialOrder::Row => vec![(0..variants as u32).collect()],
            TrialOrder::Prefix if (2..=MOST_VARIANTS).contains(&variants) => {
                probe(plan).map_or_else(|| apart(variants), |texts| grouped(&texts))
            }
            TrialOrder::Prefix => apart(variants),
        };
        Schedule::from_groups(groups, plan.dataset.len(), plan.experiment.samples)
    }

    fn from_groups(groups: Vec<Vec<u32>>, rows: usize, samples: usize) -> Schedule {
        let (rows, samples) = (rows as u64, samples as u64);
        let mut first = 0;
        let groups = groups
            .into_iter()
            .map(|variants| {
                let group = Group { first, variants };
                first += group.variants.len() as u64 * rows * samples;
                group
            })
            .collect();
        Schedule {
            groups,
            rows,
            samples,
        }
    }

    pub(super) fn len(&self) -> u64 {
        let variants: usize = self.groups.iter().map(|g| g.variants.len()).sum();
        variants as u64 * self.rows * self.samples
    }

    /// Variant, row and sample of the trial with this number.
    pub(super) fn cell(&self, number: u64) -> (u32, u32, u32) {
        let at = self.groups.partition_point(|g| g.first <= number);
        let Some(group) = self.groups.get(at.saturating_sub(1)) else {
            return (0, 0, 0);
        };
        let (rest, sample) = (
            (number - group.first) / self.samples,
            (number - group.first) % self.samples,
        );
        let width = group.variants.len() as u64;
        let variant = group.variants[(rest % width) as usize];
        (variant, (rest / width) as u32, sample as u32)
    }
}

fn apart(variants: usize) -> Vec<Vec<u32>> {
    (0..variants as u32).map(|v| vec![v]).collect()
}

/// The prompts of every variant for two rows that differ; `None` where one cannot be rendered.
fn probe(plan: &Plan) -> Option<Vec<[Vec<u8>; 2]>> {
    let first = plan.dataset.row(0).ok()?;
    let second = (1..plan.dataset.len().min(16))
        .filter_map(|at| plan.dataset.row(at).ok())
        .find(|row| row.fields != first.fields)?;
    (0..plan.variants.len())
        .map(|v| {
            let text = |row| Some(flat(&plan.prompt(v, row).ok()?));
            Some([text(&first)?, text(&second)?])
        })
        .collect()
}

/// A prompt as the server sees it: roles and texts in one line.
fn flat(prompt: &Prompt) -> Vec<u8> {
    prompt
        .messages
        .iter()
        .flat_map(|m| {
            [
                m.role.as_str().as_bytes(),
                b"\n",
                m.content.as_bytes(),
                b"\0",
            ]
        })
        .flatten()
        .copied()
        .collect()
}

fn shared_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// Variants in the order of their prompts, those together that share more with each other than between rows.
fn grouped(texts: &[[Vec<u8>; 2]]) -> Vec<Vec<u32>> {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by(|a, b| texts[*a][0].cmp(&texts[*b][0]).then(a.cmp(b)));
    let between_rows = |v: usize| shared_prefix(&texts[v][0], &texts[v][1]);
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for variant in order {
        let before = groups.last().and_then(|g| g.last()).map(|v| *v as usize);
        let together = before.is_some_and(|before| {
            shared_prefix(&texts[before][0], &texts[variant][0])
                > between_rows(before).max(between_rows(variant))
        });
        match groups.last_mut() {
            Some(group) if together => group.push(variant as u32),
            _ => groups.push(vec![variant as u32]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashSet, VecDeque};

    /// A cache of beginnings as servers have it: blocks of 16 bytes, the least recently used goes.
    struct Cache {
        blocks: VecDeque<Vec<u8>>,
        most: usize,
    }

    impl Cache {
        /// Share of the blocks of these prompts that were there.
        fn hits(most: usize, prompts: impl Iterator<Item = Vec<u8>>) -> f64 {
            let mut cache = Cache {
                blocks: VecDeque::new(),
                most,
            };
            let (mut hit, mut all) = (0, 0);
            for prompt in prompts {
                let mut known = true;
                for end in (16..=prompt.len()).step_by(16) {
                    let block = prompt[..end].to_vec();
                    all += 1;
                    let at = cache.blocks.iter().position(|b| *b == block);
                    known &= at.is_some();
                    hit += usize::from(known);
                    at.map(|at| cache.blocks.remove(at));
                    cache.blocks.push_back(block);
                    if cache.blocks.len() > cache.most {
                        cache.blocks.pop_front();
                    }
                }
            }
            f64::from(hit as u32) / f64::from(all as u32)
        }
    }

    const ROWS: usize = 60;

    fn row(r: usize) -> String {
        format!(
            "{r:03} a review that goes on for a while, number {}",
            r * 7919 % 1000
        )
    }

    /// Wordings that differ early (before the row), and two that differ only after it.
    fn prompt(variant: usize, r: usize) -> Vec<u8> {
        let shots = "Review: a shot with some words in it. Label: good. ".repeat(6);
        match variant {
            0..4 => format!("Instruction number {variant}. {shots}{}", row(r)),
            _ => format!("{} {shots} And now answer in way {variant}.", row(r)),
        }
        .into_bytes()
    }

    #[test]
    fn prompts_that_begin_alike_follow_each_other() {
        let texts: Vec<_> = (0..6).map(|v| [prompt(v, 0), prompt(v, 1)]).collect();
        let groups = grouped(&texts);
        assert_eq!(groups.len(), 5, "{groups:?}");
        assert!(groups.contains(&vec![4, 5]));
        let schedule = Schedule::from_groups(groups, ROWS, 2);
        let cells: Vec<_> = (0..schedule.len()).map(|n| schedule.cell(n)).collect();
        assert_eq!(cells.iter().collect::<HashSet<_>>().len(), 6 * ROWS * 2);
        // Room for four prompts, where six wordings are asked.
        let most = 4 * prompt(0, 0).len() / 16;
        let of = |cells: &[(u32, u32, u32)]| {
            let prompts = cells
                .iter()
                .map(|(v, r, _)| prompt(*v as usize, *r as usize));
            Cache::hits(most, prompts.collect::<Vec<_>>().into_iter())
        };
        let best = Cache::hits(
            usize::MAX,
            cells
                .iter()
                .map(|(v, r, _)| prompt(*v as usize, *r as usize)),
        );
        let by_row = Schedule::from_groups(vec![(0..6).collect()], ROWS, 1);
        // Samples of a cell stand together in every order; without them the rows alone are compared.
        let naive: Vec<_> = (0..by_row.len())
            .map(|n| by_row.cell(n))
            .chain((0..by_row.len()).map(|n| by_row.cell(n)))
            .collect();
        let (ours, naive) = (of(&cells), of(&naive));
        assert!(ours >= 0.9 * best, "{ours:.3} of at best {best:.3}");
        assert!(
            naive < 0.9 * best,
            "naive order: {naive:.3} of at best {best:.3}"
        );
    }
}
