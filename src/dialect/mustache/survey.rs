//! What a template looks at, and what in it this dialect does not have: read from its tags.

use super::{
    super::survey::Survey,
    parser::{Key, Token},
};

pub(super) fn survey(tokens: &[Token]) -> Survey {
    let mut found = Survey::default();
    for token in tokens {
        match token {
            Token::Variable { key, .. } | Token::Section { key, .. } => name(&mut found, key),
            Token::Partial { name, range } => {
                let why = "partials are not read: write its text in its place";
                found.missing(range.start, format!("{{{{> {name}}}}}"), why);
            }
            Token::Role {
                name,
                options,
                range,
            } => {
                found.role(range.start, name);
                for (option, _) in options.iter().filter(|(option, _)| option != "trim") {
                    let why = "`role` has the option `trim` alone";
                    found.missing(range.start, format!("{option}="), why);
                }
            }
            Token::Text(_) | Token::End { .. } => {}
        }
    }
    found
}

/// A name may be of the row or of an item of a list around.
fn name(found: &mut Survey, key: &Key) {
    match key.is_dot() {
        true => found.name("row"),
        false => found.name(&key.text),
    }
}
