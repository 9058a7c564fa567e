//! Names of variants for readers: what differs from the baseline, with the words of a level in place of its number.
//!
//! A variant's own name says all its levels and stays what it is known by, in files, stores and arguments. Two of them can
//! differ in three of 150 characters; the names here say only those.

use super::{Level, Variant, VariantAliases};
use std::{
    collections::{HashMap, HashSet},
    fmt,
};

/// Characters of a level's name; a longer text is named by some of its words.
const MOST: usize = 20;
/// Words of a longer text, at most.
const MOST_WORDS: usize = 4;

/// The names of the variants of an experiment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariantNames {
    variants: Vec<NamedVariant>,
    /// The axes on which variants of one template differ.
    axes: Vec<String>,
    several_templates: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct NamedVariant {
    /// The name with all levels.
    full: String,
    template: usize,
    /// The level on each of the axes; `None` where the template lacks the axis.
    levels: Vec<Option<String>>,
}

impl NamedVariant {
    fn stem(&self) -> &str {
        self.full
            .split_once('[')
            .map_or(self.full.as_str(), |(stem, _)| stem)
    }
}

impl VariantNames {
    pub fn new(variants: &[Variant]) -> VariantNames {
        // Every axis with the first of its levels, and whether there is another.
        let mut known: Vec<(&str, &str, bool)> = Vec::new();
        for (axis, level) in variants.iter().flat_map(|v| &v.levels) {
            match known.iter_mut().find(|(name, ..)| name == axis) {
                Some((_, first, varies)) => *varies |= *first != level.name,
                None => known.push((axis, &level.name, false)),
            }
        }
        let axes: Vec<&str> = (known.into_iter())
            .filter_map(|(axis, _, varies)| varies.then_some(axis))
            .collect();
        let mut named: Vec<NamedVariant> = variants
            .iter()
            .map(|v| NamedVariant {
                full: v.name.clone(),
                template: v.template,
                levels: Vec::with_capacity(axes.len()),
            })
            .collect();
        for axis in &axes {
            let mut distinct: Vec<&Level> = Vec::new();
            let mut places: HashMap<&str, usize> = HashMap::new();
            for level in variants.iter().filter_map(|v| v.level(axis)) {
                places.entry(&level.name).or_insert_with(|| {
                    distinct.push(level);
                    distinct.len() - 1
                });
            }
            let names = level_names(&distinct);
            for (named, variant) in named.iter_mut().zip(variants) {
                let place = variant.level(axis).and_then(|l| places.get(&*l.name));
                named.levels.push(place.map(|place| names[*place].clone()));
            }
        }
        VariantNames {
            several_templates: variants.iter().any(|v| v.template != variants[0].template),
            axes: without_groups(&axes),
            variants: named,
        }
    }

    /// The axes on which variants differ, without their groups where that leaves them apart.
    pub fn axes(&self) -> &[String] {
        &self.axes
    }

    /// The name of a variant's template.
    pub fn stem(&self, variant: usize) -> &str {
        self.variants.get(variant).map_or("", NamedVariant::stem)
    }

    /// The level of a variant on one of the [axes](VariantNames::axes); `None` where its template lacks the axis.
    pub fn level(&self, variant: usize, axis: usize) -> Option<&str> {
        self.variants.get(variant)?.levels.get(axis)?.as_deref()
    }

    /// What tells a variant from the baseline: `labels=neg-pos`; of another template, what tells it from that one's variant
    /// nearest to the baseline: `question[count=4]`. `near` is that variant.
    fn name(&self, own: &NamedVariant, near: &NamedVariant) -> ShortVariantName {
        let levels: Vec<(String, String)> = (self.axes.iter())
            .zip(own.levels.iter().zip(&near.levels))
            .filter(|(_, (own, near))| own != near)
            .filter_map(|(axis, (own, _))| Some((axis.clone(), own.clone()?)))
            .collect();
        let has_stem = levels.is_empty() || self.several_templates;
        ShortVariantName {
            stem: has_stem.then(|| own.stem().to_owned()),
            levels,
        }
    }

    /// All of them, in order.
    pub fn names(&self, baseline: usize) -> Vec<String> {
        let names = self.short_names(baseline).into_iter();
        names.map(|name| name.to_string()).collect()
    }

    /// The same by their parts.
    pub fn short_names(&self, baseline: usize) -> Vec<ShortVariantName> {
        let Some(base) = self.variants.get(baseline) else {
            return Vec::new();
        };
        // What the variants of each template are compared with.
        let mut near: HashMap<usize, &NamedVariant> = HashMap::from([(base.template, base)]);
        let name = |own: &NamedVariant| {
            let near = *(near.entry(own.template))
                .or_insert_with(|| self.nearest(own.template, base).unwrap_or(base));
            self.name(own, near)
        };
        self.variants.iter().map(name).collect()
    }

    /// The names by which people call the variants.
    pub fn aliases(&self, baseline: usize) -> VariantAliases {
        let own = self.variants.iter().map(|v| v.full.clone()).collect();
        VariantAliases::new(own, self.names(baseline))
    }

    /// The baseline of an experiment that names a variant, or a template for its first variant; else the first of all.
    pub fn baseline(&self, name: Option<&str>) -> usize {
        let Some(name) = name else { return 0 };
        let full = self.variants.iter().position(|v| v.full == name);
        full.or_else(|| self.variants.iter().position(|v| v.stem() == name))
            .unwrap_or(0)
    }

    /// The variant of a template that shares most levels with the baseline; of equals, the first.
    fn nearest(&self, template: usize, base: &NamedVariant) -> Option<&NamedVariant> {
        let shared = |v: &NamedVariant| {
            let levels = v.levels.iter().zip(&base.levels);
            levels.filter(|(own, base)| own == base).count()
        };
        let of_template = self.variants.iter().filter(|v| v.template == template);
        of_template.reduce(|best, v| if shared(v) > shared(best) { v } else { best })
    }
}

/// What tells a variant from the baseline, part by part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShortVariantName {
    /// The template, where there are several or where nothing else differs.
    pub stem: Option<String>,
    /// Axes, and the levels that differ.
    pub levels: Vec<(String, String)>,
}

impl fmt::Display for ShortVariantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let levels = self.levels.iter();
        let levels: Vec<String> = levels
            .map(|(axis, level)| format!("{axis}={level}"))
            .collect();
        match (&self.stem, levels.is_empty()) {
            (Some(stem), true) => f.write_str(stem),
            (Some(stem), false) => write!(f, "{stem}[{}]", levels.join(",")),
            (None, _) => f.write_str(&levels.join(",")),
        }
    }
}

/// The axes without their groups, `count` for `shots.count`, where that leaves them apart.
fn without_groups(axes: &[&str]) -> Vec<String> {
    let last = |axis: &str| axis.rsplit('.').next().unwrap_or(axis).to_owned();
    let short: Vec<String> = axes.iter().map(|axis| last(axis)).collect();
    match are_distinct(&short) {
        true => short,
        false => axes.iter().map(|axis| (*axis).to_owned()).collect(),
    }
}

/// The names of an axis's levels: those given; for texts that have only a number, their words.
fn level_names(levels: &[&Level]) -> Vec<String> {
    let text = |level: &Level| {
        let text = level.value.as_str()?;
        level.name.parse::<usize>().ok().map(|_| text.to_owned())
    };
    let texts: Option<Vec<String>> = levels.iter().map(|level| text(level)).collect();
    let given = || levels.iter().map(|level| level.name.clone()).collect();
    texts
        .as_deref()
        .and_then(named_by_words)
        .unwrap_or_else(given)
}

/// A different name for each text out of its words; `None` where there is none.
fn named_by_words(texts: &[String]) -> Option<Vec<String>> {
    let words: Vec<Vec<String>> = texts.iter().map(|text| words(text)).collect();
    let whole = words
        .iter()
        .zip(texts)
        .map(|(words, text)| whole(words, text));
    if let Some(names) = whole
        .collect::<Option<Vec<String>>>()
        .filter(|n| are_distinct(n))
    {
        return Some(names);
    }
    // What all begin with tells none apart.
    let first = words.first()?;
    let common = (0..first.len())
        .take_while(|i| words.iter().all(|words| words.get(*i) == first.get(*i)))
        .count();
    (1..=MOST_WORDS).find_map(|n| {
        let names: Option<Vec<String>> = words
            .iter()
            .map(|words| {
                let rest = words.get(common..).filter(|rest| !rest.is_empty())?;
                let name = rest[..n.min(rest.len())].join("-");
                Some(name.chars().take(MOST).collect())
            })
            .collect();
        names.filter(|names| are_distinct(names))
    })
}

/// A short text as a name.
fn whole(words: &[String], text: &str) -> Option<String> {
    let name = match words {
        [] => text.trim().to_owned(),
        words => words.join("-"),
    };
    let is_sign = |c: char| !c.is_whitespace() && !c.is_control() && !",=[]".contains(c);
    let is_name = !name.is_empty() && name.chars().count() <= MOST && name.chars().all(is_sign);
    is_name.then_some(name)
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn are_distinct(names: &[String]) -> bool {
    let mut known = HashSet::new();
    names.iter().all(|name| known.insert(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(template: usize, stem: &str, levels: &[(&str, &str, &str)]) -> Variant {
        let inner: Vec<String> = levels
            .iter()
            .map(|(a, name, _)| format!("{a}={name}"))
            .collect();
        Variant {
            name: format!("{stem}[{}]", inner.join(",")),
            template,
            levels: levels
                .iter()
                .map(|(axis, name, value)| {
                    let level = Level {
                        name: (*name).into(),
                        value: (*value).into(),
                    };
                    ((*axis).to_owned(), level)
                })
                .collect(),
            params: Default::default(),
        }
    }

    #[test]
    fn a_name_says_what_differs_from_the_baseline() {
        let order = ("order", "given", "given");
        let long = "Decide whether the review is positive or negative, and answer with that word.";
        let (one, two) = (
            (
                "ask",
                "1",
                "Classify the sentiment of this review: is it good?",
            ),
            ("ask", "2", long),
        );
        let all = [
            variant(0, "t", &[one, ("sep", "1", ": "), order]),
            variant(0, "t", &[one, ("sep", "2", " -> "), order]),
            variant(0, "t", &[two, ("sep", "2", " -> "), order]),
        ];
        let names = VariantNames::new(&all);
        assert_eq!(names.axes(), ["ask", "sep"]);
        assert_eq!(names.names(0), ["t", "sep=->", "ask=decide,sep=->"]);
        assert_eq!(names.names(1), ["sep=:", "t", "ask=decide"]);
        assert_eq!(names.aliases(1).find("ask=decide"), Ok(2));
        assert_eq!(names.aliases(0).find(&all[2].name), Ok(2));
        assert!(names.aliases(0).find("ask=decide").is_err());
        assert_eq!(names.level(2, 0), Some("decide"));
    }

    #[test]
    fn another_template_is_named_by_its_variant_nearest_to_the_baseline() {
        let four = ("shots", "4", "4");
        let none = ("shots", "0", "0");
        let all = [
            variant(0, "plain", &[four]),
            variant(0, "plain", &[none]),
            variant(1, "question", &[none]),
            variant(1, "question", &[four]),
        ];
        let names = VariantNames::new(&all);
        assert_eq!(
            names.names(0),
            ["plain", "plain[shots=0]", "question[shots=0]", "question"]
        );
    }

    #[test]
    fn texts_are_named_by_the_words_that_tell_them_apart() {
        let named = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            named_by_words(&texts)
        };
        let some = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect());
        assert_eq!(
            named(&["neg, pos", "pos, neg"]),
            some(&["neg-pos", "pos-neg"])
        );
        assert_eq!(
            named(&["正面还是负面", "好还是坏"]),
            some(&["正面还是负面", "好还是坏"])
        );
        let (same, start) = (
            "You are a careful and patient critic.",
            "You are a careful and quick critic.",
        );
        assert_eq!(named(&[same, start]), some(&["patient", "quick"]));
        assert_eq!(named(&["", "x"]), None);
        assert_eq!(named(&["\n", "\n\n"]), None);
    }
}
