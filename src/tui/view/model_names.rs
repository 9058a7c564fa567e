//! Names of models beside each other: what differs, and what all have in common.

use super::text;
use crate::tui::model::{Model, Table};

/// Names of the models shown.
pub(super) struct ModelNames {
    /// By their index in the grid.
    names: Vec<(usize, String)>,
    /// What stands before and behind all of them, in whole parts between slashes.
    before: String,
    behind: String,
}

impl ModelNames {
    pub(super) fn new(model: &Model, table: &Table) -> ModelNames {
        let names = model.answers.columns.models.iter();
        ModelNames::of(
            names
                .filter_map(|m| Some((*m, table.models.get(*m)?.to_string())))
                .collect(),
        )
    }

    /// Those of all models, shown or not.
    pub(super) fn of_all(table: &Table) -> ModelNames {
        let names = table.models.iter().map(ToString::to_string);
        ModelNames::of(names.enumerate().collect())
    }

    fn of(names: Vec<(usize, String)>) -> ModelNames {
        let parts: Vec<Vec<&str>> = (names.iter())
            .map(|(_, name)| name.split('/').collect())
            .collect();
        let least = parts.iter().map(Vec::len).min().unwrap_or(1) - 1;
        let is_shared = |part: &dyn Fn(&Vec<&str>) -> String| {
            let mut all = parts.iter().map(part);
            let first = all.next();
            all.all(|other| Some(&other) == first.as_ref())
        };
        let has_several = names.len() > 1;
        let before = (0..least)
            .take_while(|i| has_several && is_shared(&|parts| parts[*i].to_owned()))
            .count();
        let behind = (0..least - before)
            .take_while(|i| {
                has_several && is_shared(&|parts| parts[parts.len() - 1 - i].to_owned())
            })
            .count();
        let first = parts.first().cloned().unwrap_or_default();
        let joined = |parts: &[&str]| text::line(&parts.join("/"));
        ModelNames {
            before: joined(&first[..before]),
            behind: joined(&first[first.len() - behind..]),
            names: (names.iter().zip(&parts))
                .map(|((m, _), parts)| (*m, joined(&parts[before..parts.len() - behind])))
                .collect(),
        }
    }

    /// What all names have in common: ` · demo/…`.
    pub(super) fn shared(&self) -> String {
        match (self.before.as_str(), self.behind.as_str()) {
            ("", "") => String::new(),
            (before, "") => format!(" · {before}/…"),
            ("", behind) => format!(" · …/{behind}"),
            (before, behind) => format!(" · {before}/…/{behind}"),
        }
    }

    /// What differs in the name of a model; where it is too long, what is common at the beginning is left out first.
    pub(super) fn name(&self, model: usize, room: usize) -> String {
        let own = self.names.iter().find(|(m, _)| *m == model);
        let Some((_, name)) = own else {
            return String::new();
        };
        if text::width(name) <= room || self.names.len() < 2 {
            return name.clone();
        }
        let mut common = name.as_str();
        for (_, other) in &self.names {
            while !other.starts_with(common) {
                let end = common.rfind(['-', '_', '.', ':', '/', ' ']);
                // The whole name of one may begin that of another.
                common = &common[..end.unwrap_or(0)];
            }
        }
        match &name[common.len()..] {
            _ if common.is_empty() => name.clone(),
            "" => format!("…{}", text::tail(name, room.saturating_sub(1))),
            rest => text::fit(&format!("…{rest}"), room),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> ModelNames {
        let all = names.iter().map(|name| (*name).to_owned());
        ModelNames::of(all.enumerate().collect())
    }

    #[test]
    fn what_differs_stands_in_the_heads() {
        let found = names(&["demo/icl", "demo/echo"]);
        assert_eq!(
            (found.name(0, 20), found.shared()),
            ("icl".into(), " · demo/…".into())
        );
        let found = names(&["openai/gpt", "azure/gpt"]);
        assert_eq!(
            (found.name(1, 20), found.shared()),
            ("azure".into(), " · …/gpt".into())
        );
        let found = names(&["or/meta/llama-8b", "or/mistral/small"]);
        assert_eq!(found.name(0, 20), "meta/llama-8b");
        let found = names(&["demo/icl"]);
        assert_eq!(
            (found.name(0, 20), found.shared()),
            ("demo/icl".into(), String::new())
        );
    }

    #[test]
    fn long_names_keep_what_tells_them_apart() {
        let found = names(&["x/llama-3.1-instruct-8b", "x/llama-3.1-instruct-70b"]);
        assert_eq!(found.name(0, 12), "…-8b");
        assert_eq!(found.name(1, 30), "llama-3.1-instruct-70b");
        let found = names(&["x/gpt-4o-2024", "x/gpt-4o-2024-long-context"]);
        assert_eq!(found.name(0, 6), "…-2024");
    }
}
