//! What the analysis needs besides the scores.

use crate::{
    model::Variant,
    stats::{self, ResampleSpec},
};
use std::collections::HashMap;

/// What the analysis needs besides the scores.
#[derive(Debug, Clone)]
pub struct AnalysisSpec {
    /// Index of the baseline variant.
    pub baseline: usize,
    /// Cluster of each row, as small numbers; empty where rows stand alone.
    pub clusters: Vec<u32>,
    /// How much each row counts, where rows got their expected answer with unequal chances; empty where all count the same.
    pub weights: Vec<f64>,
    pub seed: u64,
    pub resamples: usize,
    /// Margin for equivalence, as a score.
    pub margin: f64,
    /// The axes behind the variants; see [`AnalysisSpec::axes_of`].
    pub axes: Vec<AxisLevels>,
    /// Number of answers that are possible, where it is a closed set.
    pub classes: Option<usize>,
    /// A number for each variant that stays with it wherever it stands, such as [`AnalysisSpec::keys_of`] its name; empty
    /// where there is none. Needed only where variants mirror each other exactly.
    pub keys: Vec<u64>,
    /// Of each variant, the first one that has the same prompts and request parameters on every row; empty where it is not
    /// known.
    pub identical: Vec<u32>,
    /// The limit of each variant's answers, in tokens, for sentences; empty where it is unknown.
    pub max_tokens: Vec<Option<u64>>,
    /// Most threads to use; no figure depends on it.
    pub threads: usize,
}

/// An axis and the level that each variant has on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AxisLevels {
    pub name: String,
    pub levels: Vec<String>,
    pub level_of: Vec<usize>,
}

impl Default for AnalysisSpec {
    fn default() -> Self {
        AnalysisSpec {
            baseline: 0,
            clusters: Vec::new(),
            weights: Vec::new(),
            seed: 7,
            resamples: 10_000,
            margin: 0.02,
            axes: Vec::new(),
            classes: None,
            keys: Vec::new(),
            identical: Vec::new(),
            max_tokens: Vec::new(),
            threads: stats::machine_threads(),
        }
    }
}

impl AnalysisSpec {
    /// Whether a variant has the same prompts as the baseline on every row.
    pub(super) fn is_identical_to_baseline(&self, variant: usize) -> bool {
        let first = |v: usize| self.identical.get(v);
        variant != self.baseline
            && first(variant).is_some()
            && first(variant) == first(self.baseline)
    }

    pub(super) fn resample(&self) -> ResampleSpec {
        ResampleSpec {
            draws: self.resamples.max(1),
            seed: self.seed,
            threads: self.threads,
        }
    }

    /// Numbers that stand for the names of variants.
    pub fn keys_of(variants: &[Variant]) -> Vec<u64> {
        let key = |name: &str| name.bytes().fold(0, |k, b| stats::mix(k ^ u64::from(b)));
        variants.iter().map(|v| key(&v.name)).collect()
    }

    /// The axes on which variants of one template differ. Where they come from several templates, the template is one of them,
    /// and an axis that a template does not have is a level of its own there. An axis that only the template decides is none.
    pub fn axes_of(variants: &[Variant]) -> Vec<AxisLevels> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in variants.iter().flat_map(|v| &v.levels) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        let axis = |name: &str, level: &dyn Fn(&Variant) -> String| {
            let all: Vec<String> = variants.iter().map(level).collect();
            let (levels, numbers) = numbered(all.iter().map(String::as_str));
            (levels.len() > 1).then(|| AxisLevels {
                name: name.to_owned(),
                levels,
                level_of: numbers.into_iter().map(|n| n as usize).collect(),
            })
        };
        let template = |v: &Variant| {
            v.name
                .split_once('[')
                .map_or(v.name.as_str(), |(stem, _)| stem)
                .to_owned()
        };
        let several = variants.iter().any(|v| v.template != variants[0].template);
        // Templates without axes are wordings of their own; that they differ is what the spread says already.
        let first = (several && !names.is_empty())
            .then(|| axis("template", &template))
            .flatten();
        let level = |v: &Variant, name: &str| {
            v.level(name)
                .map_or_else(|| "none".to_owned(), |l| l.name.clone())
        };
        let varies = |name: &str| {
            variants.iter().any(|v| {
                variants
                    .iter()
                    .any(|o| o.template == v.template && level(o, name) != level(v, name))
            })
        };
        let rest = names
            .iter()
            .filter(|name| varies(name))
            .filter_map(|name| axis(name, &|v| level(v, name)));
        let axes: Vec<AxisLevels> = first.into_iter().chain(rest).collect();
        if axes.iter().all(|a| a.name == "template") {
            return Vec::new();
        }
        axes
    }
}

/// Distinct names in the order of their first appearance, and the number of each.
fn numbered<'a>(names: impl Iterator<Item = &'a str>) -> (Vec<String>, Vec<u32>) {
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut distinct = Vec::new();
    let numbers = names
        .map(|name| {
            *known.entry(name).or_insert_with(|| {
                distinct.push(name.to_owned());
                distinct.len() as u32 - 1
            })
        })
        .collect();
    (distinct, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Level;

    fn variant(template: usize, levels: &[(&str, &str)]) -> Variant {
        let level = |(axis, name): &(&str, &str)| {
            let level = Level {
                name: (*name).into(),
                value: (*name).into(),
            };
            ((*axis).to_owned(), level)
        };
        Variant {
            name: format!("t{template}"),
            template,
            levels: levels.iter().map(level).collect(),
            params: Default::default(),
        }
    }

    #[test]
    fn an_axis_that_the_template_decides_is_none() {
        let one = variant(0, &[("count", "4")]);
        let other = variant(1, &[]);
        assert_eq!(AnalysisSpec::axes_of(&[one.clone(), other.clone()]), []);
        let more = variant(0, &[("count", "8")]);
        let axes = AnalysisSpec::axes_of(&[one, more, other]);
        let names: Vec<&str> = axes.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["template", "count"]);
        assert_eq!(axes[1].levels, ["4", "8", "none"]);
        assert_eq!(axes[1].level_of, [0, 1, 2]);
        assert_eq!(AnalysisSpec::axes_of(&[]), []);
    }
}
