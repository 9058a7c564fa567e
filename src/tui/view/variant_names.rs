//! Names of variants beside each other where there is little room: what all of them share is left out, and each part of the
//! rest is shortened by itself.

use super::text;
use crate::{model::ShortVariantName, tui::model::Table};

/// Names of the variants that are shown.
pub(super) struct ShownVariants<'a> {
    table: &'a Table,
    /// Parts that each of them has, but for those that are named by their template alone.
    shared: ShortVariantName,
}

impl<'a> ShownVariants<'a> {
    pub(super) fn new(table: &'a Table, shown: impl Iterator<Item = usize>) -> ShownVariants<'a> {
        let names = shown.filter_map(|variant| table.short_parts(variant));
        ShownVariants {
            table,
            shared: shared(names),
        }
    }

    /// The name of a variant.
    pub(super) fn name(&self, variant: usize, room: usize) -> String {
        let whole = text::line(self.table.short(variant));
        match self.table.short_parts(variant) {
            Some(name) if text::width(&whole) > room => shortened(name, &self.shared, room),
            _ => whole,
        }
    }
}

fn shared<'a>(names: impl Iterator<Item = &'a ShortVariantName>) -> ShortVariantName {
    let mut names: Vec<_> = names.filter(|name| !name.levels.is_empty()).collect();
    names.dedup();
    let [first, others @ ..] = names.as_slice() else {
        return ShortVariantName::default();
    };
    if others.is_empty() {
        return ShortVariantName::default();
    }
    let is_shared = |part: &&(String, String)| others.iter().all(|o| o.levels.contains(part));
    ShortVariantName {
        stem: (first.stem.clone()).filter(|_| others.iter().all(|o| o.stem == first.stem)),
        levels: first.levels.iter().filter(is_shared).cloned().collect(),
    }
}

/// What differs, where that fits; else each part of it within its share of the room.
fn shortened(name: &ShortVariantName, shared: &ShortVariantName, room: usize) -> String {
    let left_out = |part: &(String, String)| shared.levels.contains(part);
    let levels: Vec<&(String, String)> = match name.levels.iter().all(left_out) {
        true => name.levels.iter().collect(),
        false => name.levels.iter().filter(|part| !left_out(part)).collect(),
    };
    let stem = name.stem.as_ref();
    let stem = stem.filter(|_| levels.is_empty() || name.stem != shared.stem);
    let stem = stem.map(|stem| (String::new(), text::line(stem)));
    let clean = |(axis, level): &(String, String)| (text::line(axis), text::line(level));
    let parts: Vec<(String, String)> = stem
        .into_iter()
        .chain(levels.into_iter().map(clean))
        .collect();
    let width = |(axis, level): &(String, String)| match axis.as_str() {
        "" => text::width(level),
        axis => text::width(axis) + 1 + text::width(level),
    };
    // Short parts leave their share to the others.
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|part| width(&parts[*part]));
    let mut left = room.saturating_sub(parts.len().saturating_sub(1));
    let mut shares = vec![0; parts.len()];
    for (i, part) in order.iter().enumerate() {
        shares[*part] = width(&parts[*part]).min(left / (parts.len() - i));
        left -= shares[*part];
    }
    let shown: Vec<String> = (parts.iter().zip(shares))
        .map(|((axis, level), share)| {
            let for_axis = share.saturating_sub(text::width(level) + 1);
            match for_axis {
                0 => text::fit_ends(level, share),
                n => format!("{}={level}", text::head(axis, n)),
            }
        })
        .map(|part| part.trim_start_matches('=').to_owned())
        .collect();
    text::fit(&shown.join(","), room)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(levels: &[(&str, &str)]) -> ShortVariantName {
        let levels = levels.iter();
        ShortVariantName {
            stem: None,
            levels: levels.map(|(a, l)| ((*a).into(), (*l).into())).collect(),
        }
    }

    #[test]
    fn what_all_share_is_left_out_and_each_part_is_shortened() {
        let names = [
            name(&[("separator", "line"), ("count", "4"), ("order", "random")]),
            name(&[("separator", "line"), ("count", "8"), ("order", "random")]),
            name(&[("separator", "line"), ("count", "4"), ("order", "sorted")]),
            ShortVariantName {
                stem: Some("plain".into()),
                levels: Vec::new(),
            },
        ];
        let common = shared(names.iter());
        assert_eq!(common, name(&[("separator", "line")]));
        let shown = |room: usize| [0, 1, 2].map(|i| shortened(&names[i], &common, room));
        assert_eq!(
            shown(21),
            [
                "count=4,order=random",
                "count=8,order=random",
                "count=4,order=sorted"
            ]
        );
        assert_eq!(
            shown(14),
            ["coun=4,random", "coun=8,random", "coun=4,sorted"]
        );
        assert_eq!(shown(8), ["c=4,ra…m", "c=8,ra…m", "c=4,so…d"]);
        for room in 5..30 {
            let mut all = shown(room).to_vec();
            assert!(all.iter().all(|name| text::width(name) <= room), "{all:?}");
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 3, "they differ at {room}: {all:?}");
        }
    }

    #[test]
    fn long_levels_show_their_ends() {
        let names = [
            name(&[("instruction", "classify-this-review")]),
            name(&[("instruction", "classify-this-text")]),
        ];
        let common = shared(names.iter());
        let shown = [0, 1].map(|i| shortened(&names[i], &common, 13));
        assert_eq!(shown, ["classi…review", "classi…s-text"]);
        assert_eq!(shared(names[..1].iter()), ShortVariantName::default());
    }
}
