//! A table of orthogonal arrays of strength two: in any two columns every pair of levels stands equally often.
//!
//! Linear arrays over the fields of 2, 3, 5 and 7 elements (Bose and Bush 1952), the arrays of Plackett and Burman (1946)
//! for 12, 20 and 24 runs, and L18 of Taguchi. The tests check every one for what it promises.

/// Where an array comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// `p` to the power of `k` runs.
    Linear { p: usize, k: usize },
    /// Two levels; the generating row, turned.
    PlackettBurman(&'static str),
    /// One column of two levels, seven of three.
    L18,
}

/// The table, smallest first.
const TABLE: &[(usize, Source)] = &[
    (4, Source::Linear { p: 2, k: 2 }),
    (8, Source::Linear { p: 2, k: 3 }),
    (9, Source::Linear { p: 3, k: 2 }),
    (12, Source::PlackettBurman("++-+++---+-")),
    (16, Source::Linear { p: 2, k: 4 }),
    (18, Source::L18),
    (20, Source::PlackettBurman("++--++++-+-+----++-")),
    (24, Source::PlackettBurman("+++++-+-++--++--+-+----")),
    (25, Source::Linear { p: 5, k: 2 }),
    (27, Source::Linear { p: 3, k: 3 }),
    (32, Source::Linear { p: 2, k: 5 }),
    (49, Source::Linear { p: 7, k: 2 }),
    (64, Source::Linear { p: 2, k: 6 }),
    (81, Source::Linear { p: 3, k: 4 }),
    (125, Source::Linear { p: 5, k: 3 }),
    (128, Source::Linear { p: 2, k: 7 }),
];

const L18: [&str; 18] = [
    "00000000", "00111111", "00222222", "01001122", "01112200", "01220011", "02010212", "02121020",
    "02202101", "10022110", "10100221", "10211002", "11012021", "11120102", "11201210", "12021201",
    "12102012", "12210120",
];

/// The arrays of the table with fewer than `below` runs that hold axes of these sizes, smallest first: for each axis its
/// column, over the runs. A column of more levels than the axis repeats the first ones, which leaves pairs in proportion.
pub(super) fn arrays(
    sizes: &[usize],
    below: u64,
) -> impl Iterator<Item = (usize, Vec<Vec<usize>>)> {
    let active: Vec<usize> = sizes.iter().copied().filter(|size| *size > 1).collect();
    let smaller = TABLE.iter().filter(move |(runs, _)| (*runs as u64) < below);
    smaller.filter_map(move |(runs, source)| {
        let mut columns = match source {
            Source::Linear { p, k } => linear(*p, *k, &active),
            Source::PlackettBurman(row) => plackett_burman(row, &active),
            Source::L18 => l18(&active),
        }?
        .into_iter();
        // An axis of one level takes no column.
        let of_axis = |size: &usize| match size {
            1 => Some(vec![0; *runs]),
            _ => columns.next(),
        };
        Some((*runs, sizes.iter().map_while(of_axis).collect()))
    })
}

/// Axes, largest first, with their places.
fn by_size(sizes: &[usize]) -> Vec<(usize, usize)> {
    let mut order: Vec<(usize, usize)> = sizes.iter().copied().enumerate().collect();
    order.sort_by_key(|(axis, size)| (std::cmp::Reverse(*size), *axis));
    order
}

/// The runs are the vectors of GF(p)^k, a column of p^m levels is m linear forms; columns are orthogonal where the spaces
/// that their forms span meet in nothing but 0.
fn linear(p: usize, k: usize, sizes: &[usize]) -> Option<Vec<Vec<usize>>> {
    let points = p.pow(k as u32);
    let dimension = |size: usize| (1..).find(|m| p.pow(*m) >= size).unwrap_or(1) as usize;
    // Spaces that meet in 0 alone: any two fit beside each other, and all fit into the whole.
    let mut dimensions: Vec<usize> = sizes.iter().map(|size| dimension(*size)).collect();
    dimensions.sort_unstable_by(|a, b| b.cmp(a));
    let used: usize = dimensions.iter().map(|m| p.pow(*m as u32) - 1).sum();
    if dimensions.iter().take(2).sum::<usize>() > k || used > points - 1 {
        return None;
    }
    let digits = |mut number: usize| -> Vec<usize> {
        (0..k)
            .map(|_| {
                let digit = number % p;
                number /= p;
                digit
            })
            .collect()
    };
    let add = |a: usize, b: usize, times: usize| -> usize {
        let sum = digits(a)
            .into_iter()
            .zip(digits(b))
            .map(|(a, b)| (a + times * b) % p);
        sum.rev().fold(0, |number, digit| number * p + digit)
    };
    // Everything that some forms span, without 0.
    let span = |forms: &[usize]| -> Vec<usize> {
        let mut all = vec![0];
        for form in forms {
            all = all
                .iter()
                .flat_map(|one| {
                    (0..p)
                        .map(|times| add(*one, *form, times))
                        .collect::<Vec<_>>()
                })
                .collect();
        }
        all.retain(|one| *one != 0);
        all
    };
    let mut taken = vec![false; points];
    let mut columns = vec![Vec::new(); sizes.len()];
    for (axis, size) in by_size(sizes) {
        let forms = free_forms(dimension(size), points, &taken, &span, &mut Vec::new())?;
        for point in span(&forms) {
            taken[point] = true;
        }
        columns[axis] = (0..points)
            .map(|run| {
                let level = forms.iter().fold(0, |level, form| {
                    let dot: usize = digits(run)
                        .into_iter()
                        .zip(digits(*form))
                        .map(|(a, b)| a * b)
                        .sum();
                    level * p + dot % p
                });
                level % size
            })
            .collect();
    }
    Some(columns)
}

/// The first forms, that many, whose span is free.
fn free_forms(
    wanted: usize,
    points: usize,
    taken: &[bool],
    span: &dyn Fn(&[usize]) -> Vec<usize>,
    chosen: &mut Vec<usize>,
) -> Option<Vec<usize>> {
    if chosen.len() == wanted {
        return Some(chosen.clone());
    }
    let inside = span(chosen);
    for next in chosen.last().map_or(1, |last| last + 1)..points {
        if taken[next] || inside.contains(&next) {
            continue;
        }
        chosen.push(next);
        if span(chosen).iter().all(|point| !taken[*point])
            && let Some(found) = free_forms(wanted, points, taken, span, chosen)
        {
            return Some(found);
        }
        chosen.pop();
    }
    None
}

fn plackett_burman(row: &str, sizes: &[usize]) -> Option<Vec<Vec<usize>>> {
    let signs: Vec<usize> = row.bytes().map(|sign| usize::from(sign == b'+')).collect();
    let n = signs.len();
    if sizes.iter().any(|size| *size > 2) || sizes.len() > n {
        return None;
    }
    let column = |axis: usize, size: usize| {
        let last = std::iter::once(0);
        last.chain((0..n).map(|run| signs[(axis + n - run) % n]))
            .map(|level| level % size)
            .collect()
    };
    Some(
        sizes
            .iter()
            .enumerate()
            .map(|(axis, size)| column(axis, *size))
            .collect(),
    )
}

fn l18(sizes: &[usize]) -> Option<Vec<Vec<usize>>> {
    let mut columns = vec![Vec::new(); sizes.len()];
    let mut free: Vec<usize> = (0..8).collect();
    for (axis, size) in by_size(sizes) {
        // Axes of three levels first; the column of two is for the first axis that fits it.
        let at = match size {
            0..=2 if free.first() == Some(&0) => 0,
            0..=3 => free.iter().position(|column| *column > 0)?,
            _ => return None,
        };
        let column = free.remove(at);
        columns[axis] = L18
            .iter()
            .map(|run| usize::from(run.as_bytes()[column] - b'0') % size)
            .collect();
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_orthogonal(columns: &[Vec<usize>], sizes: &[usize]) {
        for (a, one) in columns.iter().enumerate() {
            for (b, other) in columns.iter().enumerate().skip(a + 1) {
                for i in 0..sizes[a] {
                    for j in 0..sizes[b] {
                        let both = one
                            .iter()
                            .zip(other)
                            .filter(|(x, y)| (**x, **y) == (i, j))
                            .count();
                        let (x, y) = (
                            one.iter().filter(|x| **x == i).count(),
                            other.iter().filter(|y| **y == j).count(),
                        );
                        assert_eq!(
                            both * one.len(),
                            x * y,
                            "columns {a} and {b}, levels {i} and {j}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn every_array_is_orthogonal_when_full() {
        for (runs, sizes) in [
            (4, vec![2; 3]),
            (8, vec![2; 7]),
            (8, vec![4, 2, 2, 2, 2]),
            (9, vec![3; 4]),
            (12, vec![2; 11]),
            (16, vec![2; 15]),
            (16, vec![4; 5]),
            (16, vec![8, 2, 2, 2, 2, 2, 2, 2, 2]),
            (18, vec![2, 3, 3, 3, 3, 3, 3, 3]),
            (20, vec![2; 19]),
            (24, vec![2; 23]),
            (25, vec![5; 6]),
            (27, vec![3; 13]),
            (32, vec![2; 31]),
            (49, vec![7; 8]),
            (81, vec![9; 10]),
        ] {
            let (found, columns) = arrays(&sizes, u64::MAX).next().unwrap();
            assert_eq!(found, runs, "{sizes:?}");
            assert!(columns.iter().all(|column| column.len() == runs));
            is_orthogonal(&columns, &sizes);
        }
    }

    #[test]
    fn axes_of_mixed_sizes_stay_in_proportion() {
        for sizes in [
            vec![2, 3, 3, 2],
            vec![3, 2, 4, 2],
            vec![5, 3, 2],
            vec![6, 2, 2],
            vec![2, 2, 3, 3, 3, 3, 3],
        ] {
            for (_, columns) in arrays(&sizes, u64::MAX) {
                is_orthogonal(&columns, &sizes);
            }
        }
    }
}
