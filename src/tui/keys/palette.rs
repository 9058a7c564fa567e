//! The command palette: actions, variants, models, experiments, lenses, filters, orders and runs, found by typing.

use super::{Binding, KEYS, KeyContext};
use crate::{
    display::one_line,
    row_filter::RowKind,
    tui::model::{Action, Model, Sort, ViewCommand},
};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// Other words for an action.
const SYNONYMS: [(&str, &str); 34] = [
    ("run", "send start execute"),
    ("pause", "resume continue hold"),
    ("stop", "cancel abort interrupt"),
    ("retry", "rerun resend repeat resume failed missing errors"),
    ("leaderboard", "ranking rank best table scores"),
    ("lens", "view mode map confusion matrix slices cost"),
    ("filter", "where only show rows hide"),
    ("sort", "order"),
    ("search", "find grep"),
    ("inspect", "details open cell row"),
    ("full-output", "answer text completion"),
    ("bad-case", "correct label wrong fix expected"),
    ("baseline", "reference control compare"),
    ("hide-column", "remove variant"),
    ("all-columns", "reset unhide"),
    ("models", "side by side compare model switch choose"),
    ("change-models", "add remove model endpoint another"),
    ("new-experiment", "add create dataset project task scaffold"),
    ("next-experiment", "switch other"),
    ("group-columns", "by variant by model order"),
    ("edit", "editor vim template change"),
    ("edit-here", "editor template change inline"),
    ("new-variant", "add create copy template"),
    ("switch", "disable enable toggle variant"),
    ("paraphrase", "reword rewrite"),
    ("diff-baseline", "compare changes"),
    ("diff-previous-run", "compare history before last"),
    ("export", "report html markdown json csv junit save share"),
    ("advice", "fine-tune recommend"),
    ("problems", "errors warnings lint check"),
    ("settings", "theme colors preferences options wrap"),
    ("zoom", "maximize full screen"),
    ("quit", "exit leave close"),
    ("help", "keys shortcuts legend symbols"),
];

/// Something that the palette offers.
#[derive(Debug)]
pub(crate) struct PaletteEntry {
    pub name: String,
    pub help: String,
    /// The keys that do the same; empty where there are none.
    pub keys: String,
    pub action: Action,
    synonyms: &'static str,
}

/// What matches the text, best match first: what has it in its name, then other words for it, then names that have its
/// letters in order. Without a text, the actions of the screen come first.
pub(crate) fn entries(model: &Model, typed: &str) -> Vec<PaletteEntry> {
    let mut entries = all_entries(model);
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return entries;
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut scored: Vec<_> = entries
        .drain(..)
        .filter_map(|entry| {
            let name = pattern.score(Utf32Str::new(&entry.name, &mut buffer), &mut matcher);
            let has_words = |text: &str| words.iter().all(|w| text.contains(w));
            let lower = entry.name.to_lowercase();
            // The word that a person types, before letters that are scattered over a name.
            let known = (entry.synonyms.split(' ')).chain(lower.split('-'));
            let is_synonym = words
                .iter()
                .all(|word| known.clone().any(|known| known.starts_with(word.as_str())));
            let text = format!("{} {} {}", entry.name, entry.synonyms, entry.help).to_lowercase();
            let rank = (has_words(&lower), is_synonym, name, has_words(&text));
            (rank != (false, false, None, false)).then_some((rank, entry))
        })
        .collect();
    scored.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    scored.into_iter().map(|(_, entry)| entry).collect()
}

fn all_entries(model: &Model) -> Vec<PaletteEntry> {
    let place = KeyContext::from(model.view.screen);
    let mut entries: Vec<PaletteEntry> = KEYS
        .iter()
        .filter(|b| b.contexts.contains(&place))
        .map(|binding| PaletteEntry {
            name: binding.name.into(),
            help: binding.help.into(),
            keys: binding.key_label(&model.view.custom_keys),
            action: (binding.action)(),
            synonyms: synonyms(binding.name),
        })
        .collect();
    // A key has it in the list of models only; the action needs no list.
    let in_models = |b: &&Binding| matches!((b.action)(), Action::ChangeModels);
    if let Some(binding) = KEYS.iter().find(in_models) {
        let list = KEYS.iter().find(|b| b.name == "models");
        let list = list.map_or(String::new(), |b| b.key_label(&model.view.custom_keys));
        entries.push(PaletteEntry {
            name: binding.name.into(),
            help: binding.help.into(),
            keys: format!("{list} {}", binding.key_label(&model.view.custom_keys)),
            action: (binding.action)(),
            synonyms: synonyms(binding.name),
        });
    }
    let mut add = |kind: &str, name: &str, meaning: &str, action: Action| {
        let help = match meaning {
            "" => kind.to_owned(),
            _ => format!("{kind}: {}", one_line(meaning)),
        };
        entries.push(PaletteEntry {
            name: one_line(name),
            help,
            keys: String::new(),
            action,
            synonyms: "",
        });
    };
    if let Ok(table) = &model.answers.table {
        for v in 0..table.variants() {
            let name = table.short(v);
            add("variant", name, "show its column", Action::ShowVariant(v));
        }
        if table.models.len() > 1 {
            for (m, name) in table.models.iter().enumerate() {
                let name = name.to_string();
                add("model", &name, "show its answers", Action::ShowModel(m));
            }
        }
        for (lens, word, meaning) in model.lenses() {
            let action = Action::ViewCommand(ViewCommand::Lens(lens));
            add("lens", word, meaning, action);
        }
        for (kind, word, meaning) in RowKind::ALL {
            add("filter", word, meaning, Action::ShowRows(kind));
        }
        for (name, filter) in &model.view.settings.saved_filters {
            let meaning = filter.condition().unwrap_or_default();
            add("filter", name, &meaning, Action::ShowFilter(filter.clone()));
        }
        for (sort, word, meaning) in Sort::ALL {
            let action = Action::ViewCommand(ViewCommand::Sort(sort));
            add("sort", word, meaning, action);
        }
    }
    for (e, spec) in model.workspace.project.experiments.iter().enumerate() {
        if e != model.workspace.experiment {
            add("experiment", &spec.name, "", Action::ShowExperiment(e));
        }
    }
    for line in &model.run_list.lines {
        let info = &line.info;
        let note = info.note.as_deref().unwrap_or("");
        let meaning = format!("{} {note}", info.experiment);
        add(
            "run",
            &info.id.0,
            meaning.trim(),
            Action::OpenRun(info.id.clone()),
        );
    }
    entries
}

pub(crate) fn synonyms(name: &str) -> &'static str {
    SYNONYMS
        .iter()
        .find(|(action, _)| *action == name)
        .map_or("", |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_are_of_actions() {
        for (name, _) in SYNONYMS {
            assert!(KEYS.iter().any(|b| b.name == name), "{name}");
        }
    }
}
