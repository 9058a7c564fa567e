//! What changed between two wordings of a plan: the template, its levels and parameters, the prompts, their shots and tokens.

use super::{Moved, Piece, moved_blocks, word_diff};
use crate::{
    engine::{EngineError, Plan},
    model::{Params, Prompt, Row, Variant},
    tokens::Counter,
};
use serde::Serialize;
use std::sync::Arc;

/// Rows whose tokens are counted: enough for a mean.
const COUNTED: usize = 400;

/// Something that has a name and another value after: name, before, after.
pub type Changed = (String, String, String);

/// What changed between two wordings.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct WordingChange {
    /// The templates, front matter left out, word by word.
    pub template: Vec<Piece>,
    /// Lines that stand elsewhere.
    pub moved: Vec<Moved>,
    /// Axes on other levels.
    pub levels: Vec<Changed>,
    /// Request parameters with other values.
    pub params: Vec<Changed>,
    /// What that made of the prompts; `None` where they cannot be rendered again.
    pub prompts: Option<PromptChange>,
    pub not_rendered: Option<String>,
}

/// What a change made of the prompts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PromptChange {
    /// Prompts compared: one a row.
    pub compared: usize,
    pub changed: usize,
    /// Rows whose tokens were counted.
    pub counted: usize,
    /// Mean tokens of a prompt before and after.
    pub tokens: [f64; 2],
    /// Mean tokens from the start on that are the same before and after.
    pub shared_prefix: f64,
    /// Whether the counts are estimates.
    pub estimated: bool,
    /// The first row whose prompt changed.
    pub example: Option<ChangeExample>,
    /// Shots that changed for that row (else for the first).
    pub shots: ShotChange,
}

/// The prompts of one row, word by word.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ChangeExample {
    pub row_id: String,
    pub words: Vec<Piece>,
}

/// Shots of one row, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ShotChange {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    /// In both at another place among those in both: id, place before and after, from 1.
    pub moved: Vec<(String, usize, usize)>,
    /// Rows whose shots changed in any way.
    pub rows: usize,
}

impl ShotChange {
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

/// Compare two templates as they are kept, with their levels and parameters.
pub fn wording_change(
    (before, body_before): (&Variant, &str),
    (after, body_after): (&Variant, &str),
    (params_before, params_after): (&Params, &Params),
) -> WordingChange {
    let level =
        |v: &Variant, axis: &str| v.level(axis).map_or("–".to_owned(), |l| l.name.clone());
    let mut axes: Vec<&String> = before.levels.iter().map(|(axis, _)| axis).collect();
    axes.extend(
        after
            .levels
            .iter()
            .map(|(axis, _)| axis)
            .filter(|axis| before.level(axis).is_none()),
    );
    let levels = axes
        .into_iter()
        .map(|axis| (axis.clone(), level(before, axis), level(after, axis)))
        .filter(|(_, a, b)| a != b)
        .collect();
    let merged = |base: &Params, own: &Params| {
        let mut all = base.clone();
        all.extend(own.clone());
        all
    };
    let (a, b) = (
        merged(params_before, &before.params),
        merged(params_after, &after.params),
    );
    let mut names: Vec<&String> = a.keys().collect();
    names.extend(b.keys().filter(|k| !a.contains_key(*k)));
    let shown = |of: &Params, name: &str| of.get(name).map_or("–".to_owned(), ToString::to_string);
    let params = names
        .into_iter()
        .map(|name| (name.clone(), shown(&a, name), shown(&b, name)))
        .filter(|(_, a, b)| a != b)
        .collect();
    WordingChange {
        template: word_diff(body_before, body_after),
        moved: moved_blocks(body_before, body_after),
        levels,
        params,
        prompts: None,
        not_rendered: None,
    }
}

/// Render every row with both variants and compare.
pub fn prompt_change(
    plan: &Plan,
    [before, after]: [usize; 2],
    counter: &Counter,
) -> Result<PromptChange, EngineError> {
    let rows = plan.dataset.len();
    let step = rows.div_ceil(COUNTED).max(1);
    let mut change = PromptChange {
        compared: rows,
        ..PromptChange::default()
    };
    let mut first: Option<Arc<Row>> = None;
    let (mut tokens, mut shared) = ([0u64; 2], 0u64);
    for (at, row) in plan.dataset.rows().enumerate() {
        let row = row?;
        let prompts = [plan.prompt(before, &row)?, plan.prompt(after, &row)?];
        if at % step == 0 {
            change.counted += 1;
            for (sum, prompt) in tokens.iter_mut().zip(&prompts) {
                let count = counter.prompt(prompt);
                *sum += count.tokens;
                change.estimated |= count.estimated;
            }
            shared += shared_tokens(counter, &prompts);
        }
        let ids = [ids(plan, before, &row), ids(plan, after, &row)];
        if ids[0] != ids[1] {
            if change.shots.rows == 0 {
                change.shots = shots(&ids[0], &ids[1]);
            }
            change.shots.rows += 1;
        }
        if prompts[0] != prompts[1] {
            change.changed += 1;
            if first.is_none() {
                first = Some(Arc::clone(&row));
                let [a, b] = prompts.each_ref().map(text);
                change.example = Some(ChangeExample {
                    row_id: row.id.clone(),
                    words: word_diff(&a, &b),
                });
            }
        }
    }
    let counted = change.counted.max(1) as f64;
    change.tokens = tokens.map(|t| t as f64 / counted);
    change.shared_prefix = shared as f64 / counted;
    Ok(change)
}

fn ids(plan: &Plan, variant: usize, row: &Arc<Row>) -> Vec<String> {
    plan.shots(variant, row)
        .iter()
        .map(|shot| shot.id.clone())
        .collect()
}

fn shots(before: &[String], after: &[String]) -> ShotChange {
    let only = |these: &[String], others: &[String]| -> Vec<String> {
        these
            .iter()
            .filter(|id| !others.contains(id))
            .cloned()
            .collect()
    };
    let kept: Vec<&String> = after.iter().filter(|id| before.contains(id)).collect();
    let was: Vec<&String> = before.iter().filter(|id| after.contains(id)).collect();
    let moved = kept
        .iter()
        .enumerate()
        .filter(|(i, id)| was.get(*i) != Some(id))
        .map(|(_, id)| {
            let place = |all: &[String]| all.iter().position(|x| x == *id).map_or(0, |i| i + 1);
            ((*id).clone(), place(before), place(after))
        })
        .collect();
    ShotChange {
        added: only(after, before),
        removed: only(before, after),
        moved,
        rows: 0,
    }
}

/// A prompt as a text, a heading for each role.
fn text(prompt: &Prompt) -> String {
    let sections = prompt.sections();
    sections
        .map(|(head, text)| format!("[{head}]\n{text}\n\n"))
        .collect()
}

/// Tokens from the start on that two prompts share.
fn shared_tokens(counter: &Counter, [a, b]: &[Prompt; 2]) -> u64 {
    let mut same = Prompt::default();
    for (x, y) in a.messages.iter().zip(&b.messages) {
        if x == y {
            same.messages.push(x.clone());
            continue;
        }
        if x.role == y.role {
            let mut message = x.clone();
            let end = x
                .content
                .char_indices()
                .zip(y.content.chars())
                .find(|((_, c), d)| c != d)
                .map_or(x.content.len().min(y.content.len()), |((i, _), _)| i);
            message.truncate(end);
            same.messages.push(message);
        }
        break;
    }
    match same.messages.last() {
        None => 0,
        Some(last) if same.messages.len() == 1 && last.content.is_empty() => 0,
        Some(_) => counter.prompt(&same).tokens,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shots_are_added_removed_and_moved_among_those_that_stay() {
        let ids = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let change = shots(&ids(&["a", "b", "c"]), &ids(&["c", "b", "d"]));
        assert_eq!((change.added, change.removed), (ids(&["d"]), ids(&["a"])));
        assert_eq!(
            change.moved,
            [("c".to_owned(), 3, 1), ("b".to_owned(), 2, 2)]
        );
        assert_eq!(
            shots(&ids(&["a", "b"]), &ids(&["b"])).moved,
            [],
            "what only moved up is not moved"
        );
    }
}
