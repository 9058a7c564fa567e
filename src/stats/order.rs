//! An order of units and columns that depends on what is in them alone, so that what is drawn for a unit does not depend on
//! where it stood.
//!
//! Units and columns are told apart by hashes of their values, refined in turns; those that stay equal are interchangeable.

use std::collections::HashSet;

/// Ranks of units and columns: `units[0]` is the unit that comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalOrder {
    /// In 32 bits: there are as many as rows.
    pub units: Vec<u32>,
    pub columns: Vec<usize>,
}

/// The order of a table; `hash(unit, column)` stands for what is in a cell, `group` for the group of each unit (empty where
/// each is its own), `names` for what tells columns apart that the cells do not (empty where nothing does).
pub fn canonical_order(
    units: usize,
    columns: usize,
    group: &[u32],
    names: &[u64],
    hash: impl Fn(usize, usize) -> u64,
) -> CanonicalOrder {
    let mut of_unit = vec![0u64; units];
    let mut of_column = vec![0u64; columns];
    for round in 0..4 {
        if round == 2 {
            let distinct: HashSet<u64> = of_column.iter().copied().collect();
            if distinct.len() == columns || names.len() != columns {
                break;
            }
            for (mine, name) in of_column.iter_mut().zip(names) {
                *mine = mix(*mine ^ mix(*name));
            }
        }
        let turned: Vec<u64> = of_column.iter().map(|c| c.rotate_left(17)).collect();
        for (u, mine) in of_unit.iter_mut().enumerate() {
            *mine = mix(turned
                .iter()
                .enumerate()
                .fold(*mine, |sum, (c, of)| sum.wrapping_add(mix(hash(u, c) ^ of))));
        }
        if group.len() == units {
            let groups = group.iter().max().map_or(0, |g| *g as usize + 1);
            let mut of_group = vec![0u64; groups];
            for (mine, g) in of_unit.iter().zip(group) {
                let sum = &mut of_group[*g as usize];
                *sum = sum.wrapping_add(mix(*mine));
            }
            for (mine, g) in of_unit.iter_mut().zip(group) {
                *mine = mix(*mine ^ of_group[*g as usize].rotate_left(31));
            }
        }
        // Row by row, as tables are held.
        for (u, of) in of_unit.iter().enumerate() {
            let turned = of.rotate_left(7);
            for (c, sum) in of_column.iter_mut().enumerate() {
                *sum = sum.wrapping_add(mix(hash(u, c) ^ turned));
            }
        }
        of_column.iter_mut().for_each(|sum| *sum = mix(*sum));
    }
    let mut order = CanonicalOrder {
        units: (0..units as u32).collect(),
        columns: (0..columns).collect(),
    };
    order
        .units
        .sort_unstable_by_key(|unit| (of_unit[*unit as usize], *unit));
    order.columns.sort_by_key(|column| of_column[*column]);
    order
}

/// Mixes the bits of a number (the finalizer of SplitMix64, Steele et al. 2014).
pub fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_sees_through_permutations() {
        let cell = |u: usize, c: usize| ((u * 31 + c * 17 + u * c) % 5) as u64;
        let plain = canonical_order(9, 4, &[], &[], cell);
        let (rows, columns) = ([4, 0, 8, 2, 6, 1, 3, 7, 5], [2, 0, 3, 1]);
        let moved = canonical_order(9, 4, &[], &[], |u, c| cell(rows[u], columns[c]));
        let there: Vec<Vec<u64>> = plain
            .units
            .iter()
            .map(|u| {
                plain
                    .columns
                    .iter()
                    .map(|c| cell(*u as usize, *c))
                    .collect()
            })
            .collect();
        let here: Vec<Vec<u64>> = moved
            .units
            .iter()
            .map(|u| {
                moved
                    .columns
                    .iter()
                    .map(|c| cell(rows[*u as usize], columns[*c]))
                    .collect()
            })
            .collect();
        assert_eq!(there, here);
    }

    #[test]
    fn names_tell_apart_what_mirrors_itself() {
        let mirror = |u: usize, c: usize| u64::from(u == c);
        let plain = canonical_order(2, 2, &[], &[5, 6], mirror);
        let turned = canonical_order(2, 2, &[], &[5, 6], |u, c| mirror(1 - u, c));
        assert_eq!(plain.columns, turned.columns);
        assert_ne!(plain.units, turned.units);
    }
}
