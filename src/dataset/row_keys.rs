//! What rows are drawn by, and the draws: each is decided by what the row is, not by where it stands or by other rows.
//!
//! A row's key is its cluster, else its id, else its content. A draw is a hash of seed, purpose and key, as a number in [0, 1).

use super::{Dataset, DatasetError, content_hash};
use crate::model::RowKeyColumns;
use std::collections::{BTreeMap, HashSet};

/// What rows are drawn for. Draws of two purposes have nothing to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrawPurpose {
    Seal,
    Selection,
    Fold,
}

impl DrawPurpose {
    fn tag(self) -> &'static [u8] {
        match self {
            DrawPurpose::Seal => b"seal",
            DrawPurpose::Selection => b"selection",
            DrawPurpose::Fold => b"fold",
        }
    }
}

/// The keys of all rows of a dataset, in its order. Rows with one key are always drawn together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKeys(Vec<[u8; 16]>);

impl RowKeys {
    /// `columns` are those that the dataset was read with. Rows are only read where some have neither cluster nor id.
    pub fn new(dataset: &Dataset, columns: &RowKeyColumns) -> Result<RowKeys, DatasetError> {
        let heads = dataset.heads();
        let ignored: Vec<&str> = columns.ignored.iter().map(String::as_str).collect();
        let keys = (0..dataset.len()).map(|place| {
            let cluster = heads.clusters.as_ref().and_then(|c| c.get(place));
            if let Some(cluster) = cluster.filter(|_| columns.cluster.is_some()) {
                return Ok(key("cluster", cluster));
            }
            if columns.id.is_some() {
                return Ok(key("id", &heads.id(place)));
            }
            Ok(key(
                "content",
                &content_hash(&*dataset.row(place)?, &ignored),
            ))
        });
        Ok(RowKeys(keys.collect::<Result<_, _>>()?))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many keys there are: rows that are drawn together count once.
    pub fn distinct(&self) -> usize {
        self.0.iter().collect::<HashSet<_>>().len()
    }

    /// A number in [0, 1) for each row, the same for rows with one key.
    pub fn draws(&self, seed: u64, purpose: DrawPurpose) -> impl Iterator<Item = f64> + '_ {
        self.0.iter().map(move |key| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(purpose.tag());
            hasher.update(&[0]);
            hasher.update(&seed.to_le_bytes());
            hasher.update(key);
            let mut bits = [0; 8];
            hasher.finalize_xof().fill(&mut bits);
            (u64::from_le_bytes(bits) >> 11) as f64 / (1u64 << 53) as f64
        })
    }

    /// Part the rows in two by seed, whole keys only: the places of about `share` of them, and those of the others. Neither is
    /// empty where there are two keys, whatever the share.
    pub fn part(&self, seed: u64, share: f64) -> RowParts {
        let groups = self.groups(seed, DrawPurpose::Selection);
        let want = self.len() as f64 * share.clamp(0.0, 1.0);
        let last = groups.len().saturating_sub(1);
        let mut parts = RowParts::default();
        for (i, group) in groups.into_iter().enumerate() {
            let taken = parts.feedback.len() as f64;
            // A group belongs to the part that it leaves nearer to its share.
            let fits = taken + group.len() as f64 / 2.0 <= want;
            let is_feedback = i != last && (fits || parts.feedback.is_empty());
            match is_feedback {
                true => parts.feedback.extend(group),
                false => parts.selection.extend(group),
            }
        }
        parts.feedback.sort_unstable();
        parts.selection.sort_unstable();
        parts
    }

    /// Part the rows into folds by seed, whole keys only: the places of each. A key goes to the fold that has the fewest rows so
    /// far, so that folds of single rows differ by one row at most. None is empty where there are as many keys as folds.
    pub fn folds(&self, seed: u64, folds: usize) -> Vec<Vec<u32>> {
        let mut of = vec![Vec::new(); folds];
        for group in self.groups(seed, DrawPurpose::Fold) {
            if let Some(least) = of.iter_mut().min_by_key(|fold: &&mut Vec<u32>| fold.len()) {
                least.extend(group);
            }
        }
        of.iter_mut().for_each(|fold| fold.sort_unstable());
        of
    }

    /// The places of the rows of each key, in a random order.
    fn groups(&self, seed: u64, purpose: DrawPurpose) -> Vec<Vec<u32>> {
        let mut groups: BTreeMap<(u64, [u8; 16]), Vec<u32>> = BTreeMap::new();
        for (place, (draw, key)) in self.draws(seed, purpose).zip(&self.0).enumerate() {
            // Numbers in [0, 1) are in the order of their bits.
            let group = groups.entry((draw.to_bits(), *key)).or_default();
            group.push(place as u32);
        }
        groups.into_values().collect()
    }
}

/// Places of the rows of a dataset, in two parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowParts {
    /// Whose failures a prompt writer may see.
    pub feedback: Vec<u32>,
    /// On which candidates are compared.
    pub selection: Vec<u32>,
}

fn key(kind: &str, text: &str) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind.as_bytes());
    hasher.update(&[0]);
    hasher.update(text.as_bytes());
    let mut key = [0; 16];
    hasher.finalize_xof().fill(&mut key);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Row;
    use proptest::prelude::*;
    use serde_json::json;

    fn dataset(rows: impl Iterator<Item = usize>, cluster_of: usize) -> Dataset {
        let row = |i: usize| Row {
            id: format!("id{i}"),
            fields: json!({"text": format!("text {i}")})
                .as_object()
                .cloned()
                .unwrap_or_default(),
            cluster: (cluster_of > 0).then(|| format!("c{}", i / cluster_of)),
            ..Row::default()
        };
        Dataset::from_rows(rows.map(row).collect())
    }

    fn columns(cluster: bool, id: bool) -> RowKeyColumns {
        RowKeyColumns {
            cluster: cluster.then(|| "c".to_owned()),
            id: id.then(|| "id".to_owned()),
            ignored: Vec::new(),
        }
    }

    #[test]
    fn a_draw_is_that_of_the_row_whatever_stands_beside_it() {
        for columns in [
            columns(false, false),
            columns(false, true),
            columns(true, true),
        ] {
            let draws = |places: &mut dyn Iterator<Item = usize>| -> Vec<f64> {
                let keys = RowKeys::new(&dataset(places, 3), &columns).unwrap();
                keys.draws(7, DrawPurpose::Seal).collect()
            };
            let all = draws(&mut (0..60));
            let reversed = draws(&mut (0..60).rev());
            let some = draws(&mut (0..60).step_by(7));
            assert!(all.iter().rev().eq(&reversed));
            assert!(all.iter().step_by(7).eq(&some));
        }
    }

    #[test]
    fn draws_are_uniform_and_those_of_two_purposes_or_seeds_unlike() {
        let keys = RowKeys::new(&dataset(0..4_000, 0), &columns(false, true)).unwrap();
        let draws = |seed, purpose| keys.draws(seed, purpose).collect::<Vec<f64>>();
        let seal = draws(7, DrawPurpose::Seal);
        for edge in [0.1, 0.3, 0.5, 0.9] {
            let share = seal.iter().filter(|d| **d < edge).count() as f64 / 4_000.0;
            // Four standard errors.
            let error: f64 = (edge * (1.0 - edge) / 4_000.0f64).sqrt();
            assert!((share - edge).abs() < 4.0 * error, "{edge}: {share}");
        }
        for other in [
            draws(7, DrawPurpose::Selection),
            draws(8, DrawPurpose::Seal),
        ] {
            let both = seal
                .iter()
                .zip(&other)
                .filter(|(a, b)| **a < 0.5 && **b < 0.5);
            let both = both.count() as f64 / 4_000.0;
            assert!((both - 0.25).abs() < 0.03, "{both}");
        }
    }

    proptest! {
        #[test]
        fn parts_cover_all_rows_and_cut_no_cluster(rows in 1usize..80, of in 1usize..6, seed in 0u64..50, share in 0.05f64..0.95) {
            let keys = RowKeys::new(&dataset(0..rows, of), &columns(true, false)).unwrap();
            let parts = keys.part(seed, share);
            let mut all = [parts.feedback.clone(), parts.selection.clone()].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..rows as u32).collect::<Vec<_>>());
            let cluster = |place: &u32| *place as usize / of;
            for place in &parts.feedback {
                prop_assert!(!parts.selection.iter().any(|other| cluster(other) == cluster(place)));
            }
            prop_assert!(!parts.selection.is_empty());
            prop_assert_eq!(parts.feedback.is_empty(), rows <= of);
            let off = parts.feedback.len() as f64 - rows as f64 * share;
            prop_assert!(off.abs() <= of as f64, "{off}");
            prop_assert_eq!(&parts, &keys.part(seed, share));
        }

        #[test]
        fn folds_cover_all_rows_once_and_cut_no_cluster(rows in 1usize..80, of in 1usize..6, seed in 0u64..50, n in 2usize..9) {
            let keys = RowKeys::new(&dataset(0..rows, of), &columns(true, false)).unwrap();
            let folds = keys.folds(seed, n);
            prop_assert_eq!(folds.len(), n);
            let mut all = folds.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..rows as u32).collect::<Vec<_>>());
            let mut fold_of = vec![None; rows];
            for (fold, places) in folds.iter().enumerate() {
                for place in places {
                    let known = fold_of[*place as usize / of].replace(fold);
                    prop_assert!(known.is_none_or(|known| known == fold));
                }
            }
            let sizes = folds.iter().map(Vec::len);
            let (least, most) = (sizes.clone().min().unwrap(), sizes.max().unwrap());
            prop_assert!(most - least <= of, "{least} to {most}");
            prop_assert_eq!(least == 0, rows.div_ceil(of) < n);
            prop_assert_eq!(&folds, &keys.folds(seed, n));
        }
    }
}
