//! The format grammar: how a labelled field is written, and how fields are joined.

use crate::model::{Axis, Level};
use rand::seq::SliceRandom;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde::{Deserialize, Serialize};

const CASINGS: [&str; 4] = ["as-is", "lower", "upper", "title"];
const SEPARATORS: [&str; 8] = [": ", ":: ", " - ", " | ", ":\n", "= ", "\t", " "];
const JOINERS: [&str; 6] = ["\n", "\n\n", " ", "; ", " || ", " <sep> "];

/// One format of fields (Sclar et al. 2023).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// Casing of the field's name: `as-is`, `lower`, `upper`, `title`.
    pub casing: String,
    /// Between name and value.
    pub separator: String,
    /// Between fields.
    pub joiner: String,
}

impl Default for Format {
    fn default() -> Self {
        Format {
            casing: "as-is".into(),
            separator: ": ".into(),
            joiner: "\n".into(),
        }
    }
}

impl Format {
    /// The axis `format` with `n` distinct formats drawn by seed; the plain one is always the first.
    pub fn axis(n: usize, seed: u64) -> Axis {
        let mut all: Vec<Format> = Vec::new();
        for casing in CASINGS {
            for separator in SEPARATORS {
                for joiner in JOINERS {
                    all.push(Format {
                        casing: casing.into(),
                        separator: separator.into(),
                        joiner: joiner.into(),
                    });
                }
            }
        }
        all[1..].shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        all.truncate(n.max(1));
        Axis {
            name: "format".into(),
            levels: all
                .into_iter()
                .enumerate()
                .map(|(i, format)| Level {
                    name: (i + 1).to_string(),
                    value: serde_json::json!({"casing": format.casing, "separator": format.separator, "joiner": format.joiner}),
                })
                .collect(),
        }
    }

    /// One field.
    pub fn field(&self, name: &str, value: &str) -> String {
        let name = match self.casing.as_str() {
            "lower" => name.to_lowercase(),
            "upper" => name.to_uppercase(),
            "title" => name
                .split(' ')
                .map(|word| {
                    let mut chars = word.chars();
                    chars
                        .next()
                        .map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
                })
                .collect::<Vec<_>>()
                .join(" "),
            _ => name.to_owned(),
        };
        format!("{name}{}{value}", self.separator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_distinct_and_the_plain_one_is_first() {
        let axis = Format::axis(192, 7);
        assert_eq!(axis.levels.len(), 192);
        let plain: Format = serde_json::from_value(axis.levels[0].value.clone()).unwrap();
        assert_eq!(plain, Format::default());
        let distinct: std::collections::HashSet<String> =
            axis.levels.iter().map(|l| l.value.to_string()).collect();
        assert_eq!(distinct.len(), 192);
        assert_eq!(
            Format {
                casing: "upper".into(),
                separator: " - ".into(),
                joiner: " ".into()
            }
            .field("Review", "x"),
            "REVIEW - x"
        );
    }
}
