//! The variants of an experiment: every template's axes combined by the design, each variant decoded from its number.

use super::{
    TemplateError,
    design::{Combinations, combine},
};
use crate::{
    model::{Axis, Variant, axis_param},
    project::DesignSpec,
};

/// Most variants that are ever listed, to be run; more are only counted and decoded one by one.
pub const MOST_VARIANTS: u64 = 100_000;

/// The variants of an experiment. A design of a million costs no more memory than one of ten.
#[derive(Debug, Clone)]
pub struct Variants {
    parts: Vec<Part>,
    len: u64,
}

/// The variants of one template.
#[derive(Debug, Clone)]
struct Part {
    template: usize,
    stem: String,
    axes: Vec<Axis>,
    combinations: Combinations,
    note: Option<String>,
}

/// A template as far as combining its axes needs it.
#[derive(Debug, Clone)]
pub(super) struct Combined {
    pub(super) template: usize,
    /// What its variants' names begin with.
    pub(super) stem: String,
    pub(super) axes: Vec<Axis>,
}

impl Variants {
    /// Combine. The baseline, where it names a variant, is the centre of its template's design; other templates take the
    /// levels that they share with it.
    pub(super) fn new(
        templates: Vec<Combined>,
        design: &DesignSpec,
        seed: u64,
        baseline: Option<&str>,
    ) -> Result<Variants, TemplateError> {
        let centre: Option<(usize, Vec<usize>)> = baseline.and_then(|name| {
            templates.iter().enumerate().find_map(|(t, combined)| {
                Some((t, read_name(name, &combined.stem, &combined.axes)?))
            })
        });
        let totals: Vec<u64> = templates.iter().map(|t| total(&t.axes)).collect();
        let shares = match design {
            DesignSpec::Random { variants } => share(*variants as u64, &totals)?,
            _ => totals,
        };
        let parts: Vec<Part> = templates
            .iter()
            .enumerate()
            .map(|(t, combined)| {
                let design = match design {
                    DesignSpec::Random { .. } => DesignSpec::Random {
                        variants: shares[t] as usize,
                    },
                    other => other.clone(),
                };
                let own = centre.as_ref().map_or(Vec::new(), |(of, levels)| {
                    centre_for(&combined.axes, &templates[*of].axes, levels)
                });
                let own = if own.is_empty() {
                    vec![0; combined.axes.len()]
                } else {
                    own
                };
                let sizes: Vec<usize> = combined.axes.iter().map(|a| a.levels.len()).collect();
                let (combinations, note) = combine(&sizes, &design, seed, &own);
                Part {
                    template: combined.template,
                    note: note.map(|note| name_axes(&note, &combined.axes)),
                    stem: combined.stem.clone(),
                    axes: combined.axes.clone(),
                    combinations,
                }
            })
            .collect();
        let len = parts
            .iter()
            .fold(0u64, |n, part| n.saturating_add(part.combinations.len()));
        Ok(Variants { parts, len })
    }

    /// How many; as many as a number can say where there are more.
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get(&self, number: u64) -> Option<Variant> {
        let mut rest = number;
        for part in &self.parts {
            let len = part.combinations.len();
            if rest < len {
                return Some(part.variant(&part.combinations.get(rest)?));
            }
            rest -= len;
        }
        None
    }

    /// All of them, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = Variant> {
        (0..self.len).map_while(|number| self.get(number))
    }

    /// All in a list; an error where there are too many to be run.
    pub fn list(&self) -> Result<Vec<Variant>, TemplateError> {
        if self.len > MOST_VARIANTS {
            return Err(TemplateError::new(format!(
                "the axes give {} variants; a run may have at most {MOST_VARIANTS}",
                self.len
            ))
            .help("choose another design, for example [experiment.NAME.design] kind = \"random\" and variants = 24; `wording check` compares them"));
        }
        Ok(self.iter().collect())
    }

    /// The axes of every template with more than one level, under the template's name.
    pub fn axes(&self) -> impl Iterator<Item = (&str, usize, &[Axis])> {
        self.parts
            .iter()
            .map(|part| (part.stem.as_str(), part.template, part.axes.as_slice()))
    }

    /// The variant of a template with these levels, whether or not the design has it.
    pub fn combine(&self, template: usize, levels: &[usize]) -> Option<Variant> {
        let part = self.parts.iter().find(|part| part.template == template)?;
        let inside = part
            .axes
            .iter()
            .zip(levels)
            .all(|(axis, level)| *level < axis.levels.len());
        (inside && part.axes.len() == levels.len()).then(|| part.variant(levels))
    }

    /// What should be known of the design: what it confounds. Each once.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        for part in &self.parts {
            let Some(note) = &part.note else { continue };
            let note = match self.parts.len() {
                1 => note.clone(),
                _ => format!("{}: {note}", part.stem),
            };
            notes.push(note);
        }
        notes
    }
}

impl Part {
    fn variant(&self, combination: &[usize]) -> Variant {
        let levels: Vec<_> = self
            .axes
            .iter()
            .zip(combination)
            .map(|(axis, level)| (axis.name.clone(), axis.levels[*level].clone()))
            .collect();
        let varying: Vec<String> = self
            .axes
            .iter()
            .zip(&levels)
            .filter(|(axis, _)| axis.levels.len() > 1)
            .map(|(_, (name, level))| format!("{name}={}", level.name))
            .collect();
        let name = if varying.is_empty() {
            self.stem.clone()
        } else {
            format!("{}[{}]", self.stem, varying.join(","))
        };
        let params = levels
            .iter()
            .filter_map(|(axis, level)| Some((axis_param(axis)?.to_owned(), level.value.clone())))
            .collect();
        Variant {
            name,
            template: self.template,
            levels,
            params,
        }
    }
}

fn total(axes: &[Axis]) -> u64 {
    axes.iter()
        .fold(1u64, |n, axis| n.saturating_mul(axis.levels.len() as u64))
}

/// Replace the axis numbers in a design's note by names.
fn name_axes(note: &str, axes: &[Axis]) -> String {
    axes.iter()
        .enumerate()
        .fold(note.to_owned(), |note, (i, axis)| {
            note.replace(&format!("{{{i}}}"), &axis.name)
        })
}

/// Levels of the centre on the axes that a template shares with the baseline's; the first level elsewhere.
fn centre_for(axes: &[Axis], of: &[Axis], levels: &[usize]) -> Vec<usize> {
    axes.iter()
        .map(|axis| {
            let shared = of.iter().position(|other| other.name == axis.name);
            let name = shared.map(|i| &of[i].levels[levels[i]].name);
            name.and_then(|name| axis.levels.iter().position(|level| level.name == *name))
                .unwrap_or(0)
        })
        .collect()
}

/// A number of variants dealt over templates, each at least one, none more than it has.
fn share(variants: u64, totals: &[u64]) -> Result<Vec<u64>, TemplateError> {
    if variants < totals.len() as u64 {
        return Err(TemplateError::new(format!(
            "a random design with {variants} variants is too small for {} templates",
            totals.len()
        ))
        .help(format!(
            "every template needs at least one variant: set variants = {} or more, or use fewer templates",
            totals.len()
        )));
    }
    let mut shares = vec![0u64; totals.len()];
    let mut left = variants;
    loop {
        let open: Vec<usize> = (0..totals.len())
            .filter(|t| shares[*t] < totals[*t])
            .collect();
        if open.is_empty() || left == 0 {
            return Ok(shares);
        }
        let each = (left / open.len() as u64).max(1);
        for t in open {
            let more = each.min(totals[t] - shares[t]).min(left);
            shares[t] += more;
            left -= more;
        }
    }
}

/// The levels that a variant's name says, where it is a name of this template.
fn read_name(name: &str, stem: &str, axes: &[Axis]) -> Option<Vec<usize>> {
    let rest = name.strip_prefix(stem)?;
    let varying: Vec<usize> = (0..axes.len())
        .filter(|a| axes[*a].levels.len() > 1)
        .collect();
    let mut levels = vec![0; axes.len()];
    if varying.is_empty() {
        return rest.is_empty().then_some(levels);
    }
    let inner = rest.strip_prefix('[')?.strip_suffix(']')?;
    read_levels(inner, axes, &varying, &mut levels).then_some(levels)
}

/// Read `axis=level,…`; a level's name may itself hold commas, so every level that fits is tried.
fn read_levels(text: &str, axes: &[Axis], varying: &[usize], levels: &mut [usize]) -> bool {
    let Some((first, others)) = varying.split_first() else {
        return text.is_empty();
    };
    let axis = &axes[*first];
    let Some(value) = text
        .strip_prefix(axis.name.as_str())
        .and_then(|t| t.strip_prefix('='))
    else {
        return false;
    };
    axis.levels.iter().enumerate().any(|(l, level)| {
        let Some(rest) = value.strip_prefix(level.name.as_str()) else {
            return false;
        };
        let rest = if others.is_empty() {
            Some(rest)
        } else {
            rest.strip_prefix(',')
        };
        levels[*first] = l;
        rest.is_some_and(|rest| read_levels(rest, axes, others, levels))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Level;

    fn axis(name: &str, levels: &[&str]) -> Axis {
        Axis {
            name: name.into(),
            levels: levels
                .iter()
                .map(|level| Level {
                    name: (*level).into(),
                    value: (*level).into(),
                })
                .collect(),
        }
    }

    fn combined(template: usize, stem: &str, axes: &[Axis]) -> Combined {
        Combined {
            template,
            stem: stem.into(),
            axes: axes.to_vec(),
        }
    }

    fn names(variants: &Variants) -> Vec<String> {
        variants.iter().map(|v| v.name).collect()
    }

    #[test]
    fn names_are_read_back_even_with_commas_in_them() {
        let axes = [
            axis("a", &["x", "x,b=y"]),
            axis("one", &["1"]),
            axis("b", &["y", "z"]),
        ];
        let variants =
            Variants::new(vec![combined(0, "t", &axes)], &DesignSpec::Full, 7, None).unwrap();
        assert_eq!(
            names(&variants),
            [
                "t[a=x,b=y]",
                "t[a=x,b=z]",
                "t[a=x,b=y,b=y]",
                "t[a=x,b=y,b=z]"
            ]
        );
        for (number, variant) in variants.iter().enumerate() {
            let levels = variants.parts[0].combinations.get(number as u64);
            assert_eq!(read_name(&variant.name, "t", &axes), levels);
        }
    }

    #[test]
    fn the_baseline_is_the_centre_also_of_other_templates() {
        let tone = axis("tone", &["bare", "polite"]);
        let ask = axis("ask", &["1", "2", "3"]);
        let templates = vec![
            combined(0, "t", &[tone.clone(), ask]),
            combined(1, "u", std::slice::from_ref(&tone)),
        ];
        let variants = Variants::new(
            templates,
            &DesignSpec::OneAtATime,
            7,
            Some("t[tone=polite,ask=2]"),
        )
        .unwrap();
        assert_eq!(
            names(&variants),
            [
                "t[tone=polite,ask=2]",
                "t[tone=bare,ask=2]",
                "t[tone=polite,ask=1]",
                "t[tone=polite,ask=3]",
                "u[tone=polite]",
                "u[tone=bare]"
            ]
        );
    }

    #[test]
    fn a_random_design_has_exactly_as_many_as_asked_for() {
        let big = axis("a", &["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        let small = axis("b", &["1", "2"]);
        let templates = || {
            vec![
                combined(0, "t", std::slice::from_ref(&big)),
                combined(1, "u", std::slice::from_ref(&small)),
            ]
        };
        let of = |variants| Variants::new(templates(), &DesignSpec::Random { variants }, 7, None);
        assert_eq!(of(7).unwrap().len(), 7);
        assert_eq!(of(999).unwrap().len(), 11);
        assert!(
            of(1)
                .unwrap_err()
                .to_string()
                .contains("too small for 2 templates")
        );
    }

    #[test]
    fn a_million_variants_are_decoded_not_listed() {
        let axes: Vec<Axis> = (0..6)
            .map(|i| {
                axis(
                    &format!("a{i}"),
                    &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
                )
            })
            .collect();
        let variants =
            Variants::new(vec![combined(0, "t", &axes)], &DesignSpec::Full, 7, None).unwrap();
        assert_eq!(variants.len(), 1_000_000);
        let name = "t[a0=4,a1=0,a2=7,a3=1,a4=9,a5=9]";
        assert_eq!(read_name(name, "t", &axes), Some(vec![4, 0, 7, 1, 9, 9]));
        assert_eq!(variants.get(407_199).map(|v| v.name).as_deref(), Some(name));
        let error = variants.list().unwrap_err().to_string();
        assert!(error.contains("1000000 variants"), "{error}");
    }
}
