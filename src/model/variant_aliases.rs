//! The names by which people call variants: their own, and those that readers see.

/// The names of the variants of an experiment or a run, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariantAliases {
    own: Vec<String>,
    shown: Vec<String>,
}

/// Why a name stands for no variant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VariantNameError {
    #[error("no variant has the name `{0}`")]
    Unknown(String),
    /// More than one variant is shown by this name.
    #[error("`{name}` may mean {}; use the full name", .candidates.join(" or "))]
    Ambiguous {
        name: String,
        /// Their own names.
        candidates: Vec<String>,
    },
}

impl VariantAliases {
    /// From the variants' own names, and those that readers see.
    pub fn new(own: Vec<String>, shown: Vec<String>) -> VariantAliases {
        VariantAliases { own, shown }
    }

    /// The variants' own names.
    pub fn own(&self) -> &[String] {
        &self.own
    }

    /// The names that readers see.
    pub fn shown(&self) -> &[String] {
        &self.shown
    }

    /// All names, for suggestions.
    pub fn all(&self) -> impl Iterator<Item = &str> + Clone {
        self.own.iter().chain(&self.shown).map(String::as_str)
    }

    /// The variant that a name stands for: by its own name, else by the one that readers see.
    pub fn find(&self, name: &str) -> Result<usize, VariantNameError> {
        if let Some(own) = self.own.iter().position(|own| own == name) {
            return Ok(own);
        }
        let shown = self.shown.iter().enumerate();
        let found: Vec<usize> = shown
            .filter(|(_, shown)| *shown == name)
            .map(|(v, _)| v)
            .collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(VariantNameError::Unknown(name.to_owned())),
            several => Err(VariantNameError::Ambiguous {
                name: name.to_owned(),
                candidates: several.iter().map(|v| self.own[*v].clone()).collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_may_mean_several_lists_them() {
        let texts = |all: &[&str]| all.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let names = VariantAliases::new(
            texts(&["t[n=1,m=1]", "t[n=2,m=1]", "u[n=2,m=1]"]),
            texts(&["t", "n=2", "n=2"]),
        );
        assert_eq!(names.find("t"), Ok(0));
        assert_eq!(names.find("t[n=2,m=1]"), Ok(1));
        let error = names.find("n=2").unwrap_err().to_string();
        assert_eq!(
            error,
            "`n=2` may mean t[n=2,m=1] or u[n=2,m=1]; use the full name"
        );
        assert_eq!(
            names.find("n=3"),
            Err(VariantNameError::Unknown("n=3".into()))
        );
    }
}
