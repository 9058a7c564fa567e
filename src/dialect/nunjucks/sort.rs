//! Sorting as JavaScript's engines do it: stable, and defined even where the comparison is no order (values of several kinds).

use super::super::value::Value;
use std::cmp::Ordering;

/// Items by a key, ascending or descending; what cannot be compared stays.
pub(super) fn sorted(
    items: Vec<Value>,
    key: impl Fn(&Value) -> Value,
    reversed: bool,
) -> Vec<Value> {
    let pairs: Vec<(Value, Value)> = items.into_iter().map(|item| (key(&item), item)).collect();
    let sorted = insert_all(pairs, &|a, b| match a.0.compare(&b.0) {
        Some(Ordering::Less) if reversed => 1,
        Some(Ordering::Less) => -1,
        Some(Ordering::Greater) if reversed => -1,
        Some(Ordering::Greater) => 1,
        _ => 0,
    });
    sorted.into_iter().map(|(_, item)| item).collect()
}

/// Items by a comparison that says below, equal or above 0.
pub(super) fn sorted_by(items: Vec<Value>, compare: impl Fn(&Value, &Value) -> i8) -> Vec<Value> {
    insert_all(items, &compare)
}

/// Longest list that is sorted by insertion: engines do so up to this length.
const MAX_INSERTION: usize = 32;

fn insert_all<T>(mut items: Vec<T>, compare: &impl Fn(&T, &T) -> i8) -> Vec<T> {
    if items.len() > MAX_INSERTION {
        let right = items.split_off(items.len() / 2);
        return merge(
            insert_all(items, compare),
            insert_all(right, compare),
            compare,
        );
    }
    // A run at the start is kept or turned around.
    let mut run = items.len().min(1);
    if items.len() > 1 {
        run = 2;
        let falling = compare(&items[1], &items[0]) < 0;
        while run < items.len() && (compare(&items[run], &items[run - 1]) < 0) == falling {
            run += 1;
        }
        if falling {
            items[..run].reverse();
        }
    }
    for start in run..items.len() {
        let (mut low, mut high) = (0, start);
        while low < high {
            let middle = low + (high - low) / 2;
            if compare(&items[start], &items[middle]) < 0 {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        items[low..=start].rotate_right(1);
    }
    items
}

fn merge<T>(left: Vec<T>, right: Vec<T>, compare: &impl Fn(&T, &T) -> i8) -> Vec<T> {
    let mut all = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if compare(b, a) < 0 => all.extend(right.next()),
            (Some(_), _) => all.extend(left.next()),
            (None, Some(_)) => all.extend(right.next()),
            (None, None) => return all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_and_mixed_ones_are_sorted() {
        let numbers = |n: usize| {
            (0..n)
                .map(|i| Value::from((i * 7919) % 101))
                .collect::<Vec<_>>()
        };
        let all = sorted(numbers(100), Value::clone, false);
        assert!(
            all.windows(2)
                .all(|pair| pair[0].number() <= pair[1].number())
        );
        let all = sorted(numbers(100), Value::clone, true);
        assert!(
            all.windows(2)
                .all(|pair| pair[0].number() >= pair[1].number())
        );
        let mixed = vec!["b".into(), 3usize.into(), "a".into(), 1usize.into()];
        assert_eq!(sorted(mixed, Value::clone, false).len(), 4);
    }
}
