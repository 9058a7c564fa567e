//! Names that mean something in a template here, whatever the data has.

/// The whole row, all shots, all levels: there where no column has the name, and in Jinja in any case.
pub(super) const WHOLE: [&str; 3] = ["row", "shots", "axes"];

/// Functions that hide a column of their name in every template in Jinja.
const FUNCTIONS: [&str; 2] = ["role", "field"];

/// Whether an input of this name cannot be seen in a template in Jinja.
pub(super) fn is_hidden(name: &str) -> bool {
    WHOLE.contains(&name) || FUNCTIONS.contains(&name)
}

/// Which of [`WHOLE`] a template looks at, whose names come with what is looked for in them (`row.text`).
pub(super) fn whole<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<&'static str> {
    let firsts: Vec<&str> = (names.into_iter())
        .filter_map(|name| name.split('.').next())
        .collect();
    let all = WHOLE.into_iter();
    all.filter(|name| firsts.contains(name)).collect()
}
