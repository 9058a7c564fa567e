//! Conditions of `--until`: `verdict(new, base)`, `width(score) < 0.04`, `width(score(plain)) < 0.04`,
//! `width(diff(new, base)) < 0.03`.

use crate::{
    model::{VariantAliases, VariantNameError},
    source::nearest,
};

/// What is wrong with a condition.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConditionError {
    /// It is not understood.
    #[error(
        "the condition `{0}` is not understood; write for example 'verdict(new, base)', 'width(score) < 0.04', 'width(score(plain)) < 0.04' or 'width(diff(new, base)) < 0.03'"
    )]
    Syntax(String),
    /// It names a variant that is not there.
    #[error(
        "the condition `{condition}` names `{name}`, which is not a variant of this run; {}",
        known_text(nearest, known)
    )]
    NoVariant {
        condition: String,
        name: String,
        nearest: Option<String>,
        /// Those that there are, as many as fit a line.
        known: Vec<String>,
    },
    /// A name may mean several.
    #[error("the condition `{condition}`: {error}")]
    Name {
        condition: String,
        error: VariantNameError,
    },
    /// It compares a variant with itself.
    #[error("the condition `{0}` compares a variant with itself")]
    Same(String),
}

fn known_text(nearest: &Option<String>, known: &[String]) -> String {
    match nearest {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}

/// A condition, with its variants as indices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// It is known whether the first is better, worse, or as good within the margin.
    Verdict { new: u32, base: u32 },
    /// The interval of every variant's score is narrower than this.
    Scores { below: f64 },
    /// The interval of one variant's score is narrower than this.
    Score { variant: u32, below: f64 },
    /// The interval of a difference is narrower than this.
    Difference { new: u32, base: u32, below: f64 },
}

impl Condition {
    /// Parse a condition on variants of these names. A template's name stands for its first variant.
    pub fn parse(text: &str, names: &VariantAliases) -> Result<Condition, ConditionError> {
        let wrong = || ConditionError::Syntax(text.to_owned());
        let index = |name: &str| {
            let stem = |n: &String| n.split('[').next() == Some(name);
            let of_template = || names.own().iter().position(stem);
            match (names.find(name), of_template()) {
                (Ok(variant), _) | (Err(VariantNameError::Unknown(_)), Some(variant)) => {
                    Ok(variant as u32)
                }
                (Err(VariantNameError::Unknown(_)), None) => Err(ConditionError::NoVariant {
                    condition: text.to_owned(),
                    name: name.to_owned(),
                    nearest: nearest(name, names.all()).map(str::to_owned),
                    known: names.own().iter().take(12).cloned().collect(),
                }),
                (Err(ambiguous), _) => Err(ConditionError::Name {
                    condition: text.to_owned(),
                    error: ambiguous,
                }),
            }
        };
        let two = |inside: &str| -> Result<(u32, u32), ConditionError> {
            // Of several commas the one that parts two names: names hold commas themselves.
            let all = splits(inside);
            let parts_names =
                |(new, base): &&(&str, &str)| index(new).is_ok() && index(base).is_ok();
            let split = all.iter().find(parts_names).or(all.first());
            let (new, base) = *split.ok_or_else(wrong)?;
            let (new, base) = (index(new)?, index(base)?);
            if new == base {
                return Err(ConditionError::Same(text.to_owned()));
            }
            Ok((new, base))
        };
        if let Some(inside) = call(text, "verdict") {
            let (new, base) = two(inside)?;
            return Ok(Condition::Verdict { new, base });
        }
        let (what, width) = text.rsplit_once('<').ok_or_else(wrong)?;
        let below: f64 = width.trim().parse().map_err(|_| wrong())?;
        if !(below > 0.0 && below < 1.0) {
            return Err(wrong());
        }
        let what = call(what, "width").ok_or_else(wrong)?;
        if what.trim() == "score" {
            return Ok(Condition::Scores { below });
        }
        if let Some(name) = call(what, "score") {
            let variant = index(name.trim())?;
            return Ok(Condition::Score { variant, below });
        }
        let inside = call(what, "diff").ok_or_else(wrong)?;
        let (new, base) = two(inside)?;
        Ok(Condition::Difference { new, base, below })
    }

    /// Whether it is about the difference of two variants.
    pub(super) fn compares(&self) -> bool {
        matches!(
            self,
            Condition::Verdict { .. } | Condition::Difference { .. }
        )
    }

    /// The variants that it looks at, of so many.
    pub(super) fn variants(&self, all: usize) -> Vec<u32> {
        match *self {
            Condition::Scores { .. } => (0..all as u32).collect(),
            Condition::Score { variant, .. } => vec![variant],
            Condition::Verdict { new, base } | Condition::Difference { new, base, .. } => {
                vec![new.min(base), new.max(base)]
            }
        }
    }
}

/// What stands in the brackets of `name( … )`.
fn call<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let rest = text.trim().strip_prefix(name)?.trim_start();
    rest.strip_prefix('(')?.strip_suffix(')')
}

/// Two texts parted by a comma outside of square brackets, for each such comma.
fn splits(text: &str) -> Vec<(&str, &str)> {
    let mut depth = 0;
    let commas = text.char_indices().filter(|(_, c)| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        *c == ',' && depth == 0
    });
    let parts = commas.map(|(i, _)| (text[..i].trim(), text[i + 1..].trim()));
    parts
        .filter(|(new, base)| !new.is_empty() && !base.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_with_names_that_hold_commas() {
        let own = ["plain[a=1,b=2]", "plain[a=2,b=1]", "new"];
        let shown = ["plain", "a=2,b=1", "new"];
        let [own, shown] = [own, shown].map(|all| all.map(str::to_owned).to_vec());
        let names = VariantAliases::new(own, shown);
        let parse = |text| Condition::parse(text, &names);
        assert_eq!(
            parse("verdict(plain[a=2,b=1], new)"),
            Ok(Condition::Verdict { new: 1, base: 2 })
        );
        assert_eq!(
            parse("verdict(a=2,b=1, new)"),
            Ok(Condition::Verdict { new: 1, base: 2 })
        );
        assert_eq!(
            parse(" width( score ) < .04"),
            Ok(Condition::Scores { below: 0.04 })
        );
        assert_eq!(
            parse("width(score(plain))<0.1"),
            Ok(Condition::Score {
                variant: 0,
                below: 0.1
            })
        );
        assert_eq!(
            parse("width(diff(new, plain)) < 0.03"),
            Ok(Condition::Difference {
                new: 2,
                base: 0,
                below: 0.03
            })
        );
        for bad in [
            "",
            "verdict",
            "verdict(new)",
            "width(score)",
            "width(score) < 0",
            "width(score) < 1",
            "width(score) < NaN",
            "width(spread) < 0.1",
            "width() < 0.1",
            "verdict(, new)",
        ] {
            assert!(
                matches!(parse(bad), Err(ConditionError::Syntax(_))),
                "{bad}"
            );
        }
        assert_eq!(
            parse("verdict(new, new)"),
            Err(ConditionError::Same("verdict(new, new)".into()))
        );
        let error = parse("verdict(now, plain)").unwrap_err().to_string();
        assert!(error.contains("did you mean `new`"), "{error}");
    }
}
