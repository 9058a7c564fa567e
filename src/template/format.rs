//! The format grammar: how a labelled field is written, and how fields are joined.

use super::chance;
use crate::{
    model::{Axis, Level},
    project::{CASINGS, FORMATS, JOINERS, SEPARATORS},
};
use serde_json::{Value, json};

/// One format of fields (Sclar et al. 2023).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFormat {
    /// Casing of the field's name: `as-is`, `lower`, `upper`, `title`.
    pub casing: String,
    /// Between name and value.
    pub separator: String,
    pub joiner: String,
}

impl Default for FieldFormat {
    fn default() -> Self {
        FieldFormat {
            casing: CASINGS[0].into(),
            separator: SEPARATORS[0].into(),
            joiner: JOINERS[0].into(),
        }
    }
}

impl FieldFormat {
    /// The format that a level of the axis `format` stands for; what it does not say is as in the plain format.
    pub fn from_level(level: &Value) -> FieldFormat {
        let part = |key: &str, plain: &str| {
            level
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or(plain)
                .to_owned()
        };
        FieldFormat {
            casing: part("casing", CASINGS[0]),
            separator: part("separator", SEPARATORS[0]),
            joiner: part("joiner", JOINERS[0]),
        }
    }

    /// The axis `format` with `n` distinct formats drawn by seed (at most all 192); the plain one is always the first.
    pub fn axis(n: usize, seed: u64) -> Axis {
        let mut numbers: Vec<usize> = (1..FORMATS).collect();
        chance::shuffle(&mut numbers, &mut chance::rng(seed));
        numbers.insert(0, 0);
        numbers.truncate(n.max(1));
        let level = |(i, number): (usize, usize)| {
            let (rest, joiner) = (number / JOINERS.len(), number % JOINERS.len());
            let (casing, separator) = (rest / SEPARATORS.len(), rest % SEPARATORS.len());
            Level {
                name: (i + 1).to_string(),
                value: json!({
                    "casing": CASINGS[casing], "separator": SEPARATORS[separator], "joiner": JOINERS[joiner],
                }),
            }
        };
        Axis {
            name: "format".into(),
            levels: numbers.into_iter().enumerate().map(level).collect(),
        }
    }

    pub(super) fn write(&self, name: &str, value: &str, text: &mut String) {
        match self.casing.as_str() {
            "lower" => text.push_str(&name.to_lowercase()),
            "upper" => text.push_str(&name.to_uppercase()),
            "title" => {
                let mut start = true;
                for c in name.chars() {
                    if start {
                        text.extend(c.to_uppercase());
                    } else {
                        text.push(c);
                    }
                    start = c == ' ';
                }
            }
            _ => text.push_str(name),
        }
        text.push_str(&self.separator);
        text.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_distinct_and_the_plain_one_is_first() {
        let axis = FieldFormat::axis(FORMATS, 7);
        assert_eq!(axis.levels.len(), 192);
        assert_eq!(
            FieldFormat::from_level(&axis.levels[0].value),
            FieldFormat::default()
        );
        let distinct: std::collections::HashSet<String> =
            axis.levels.iter().map(|l| l.value.to_string()).collect();
        assert_eq!(distinct.len(), 192);
        assert_eq!(FieldFormat::axis(12, 7).levels[..], axis.levels[..12]);
        assert_ne!(FieldFormat::axis(12, 8).levels[..], axis.levels[..12]);
    }

    #[test]
    fn a_field_is_written_as_the_format_says() {
        let write = |casing: &str, name: &str| {
            let mut text = String::new();
            let format = FieldFormat {
                casing: casing.into(),
                separator: " - ".into(),
                ..FieldFormat::default()
            };
            format.write(name, "x", &mut text);
            text
        };
        assert_eq!(write("upper", "Review"), "REVIEW - x");
        assert_eq!(write("lower", "Review"), "review - x");
        assert_eq!(write("title", "the last review"), "The Last Review - x");
        assert_eq!(write("as-is", "Review"), "Review - x");
    }
}
