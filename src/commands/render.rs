//! `wording render`: the prompts, without sending them; of conversations with what was said, where it is stored.

use super::{
    context::{CommandContext, keep_variants},
    output::{Exit, print_colored, print_json_line, stdout_color},
};
use crate::{
    cli::{Global, OutputFormat, RenderArgs},
    display::visible,
    engine::Plan,
    model::{Prompt, Row, Variant},
    narrate::{added_system_prompts, prompt::stored_replies},
    project::ExperimentSpec,
    tokens::{Counter, TokenCount},
};
use anyhow::bail;
use serde_json::{Value, json};
use std::sync::Arc;

/// The JSON Schema of a line that `--format json` prints.
pub const SCHEMA: &str = include_str!("render.schema.json");

/// Print the prompts of one row or all, of one variant or all.
pub fn render(global: &Global, args: &RenderArgs) -> anyhow::Result<Exit> {
    let (place, experiment) = CommandContext::experiment(global, &args.experiment)?;
    place.announce();
    let prompts = RowPrompts::open(&place, &experiment, args)?;
    let all = match args.format {
        OutputFormat::Json => prompts.each(&place, |prompt| {
            print_json_line(&prompt_json(&prompts.plan, &prompt))
        })?,
        OutputFormat::Human => print_prompts(&place, args, &prompts)?,
    };
    Ok(Exit::of(all))
}

/// The prompts as `--format json` prints them, and whether all could be rendered.
pub fn rendered(
    place: &CommandContext,
    experiment: &ExperimentSpec,
    args: &RenderArgs,
) -> anyhow::Result<(Vec<Value>, bool)> {
    let mut lines = Vec::new();
    let prompts = RowPrompts::open(place, experiment, args)?;
    let all = prompts.each(place, |prompt| {
        lines.push(prompt_json(&prompts.plan, &prompt));
        Ok(())
    })?;
    Ok((lines, all))
}

/// The prompt of a variant for a row.
struct RowPrompt<'a> {
    variant: &'a Variant,
    row: &'a Row,
    prompt: Prompt,
    /// Of a conversation of which replies are stored: the place of the model, and how many.
    stored: Option<(usize, usize)>,
}

/// The variants and rows whose prompts are wanted.
struct RowPrompts {
    plan: Plan,
    rows: Vec<Arc<Row>>,
    /// Name of the baseline, which may not be among the variants.
    baseline: String,
    /// Its prompts, for people only.
    of_baseline: Vec<Option<Prompt>>,
    /// Whether no template was left out for its errors.
    complete: bool,
}

impl RowPrompts {
    fn open(
        place: &CommandContext,
        experiment: &ExperimentSpec,
        args: &RenderArgs,
    ) -> anyhow::Result<RowPrompts> {
        let mut plan = place.plan(experiment, &[])?;
        // One bad template does not hide the others.
        for problem in plan.templates.problems() {
            place.messages.error(&problem.to_string());
        }
        if plan.variants.is_empty() {
            bail!("no template could be rendered");
        }
        place.embed_from_store(&plan)?;
        let rows = chosen_rows(&plan, args)?;
        let baseline = plan.variants[plan.baseline].name.clone();
        let of_baseline: Vec<Option<Prompt>> = match args.format {
            OutputFormat::Human => rows
                .iter()
                .map(|row| plan.prompt(plan.baseline, row).ok())
                .collect(),
            OutputFormat::Json => vec![None; rows.len()],
        };
        let mut globs = args.experiment.overrides.variants.clone();
        globs.extend(args.variant.clone());
        if !globs.is_empty() {
            keep_variants(&mut plan, &globs)?;
        }
        Ok(RowPrompts {
            complete: plan.templates.problems().is_empty(),
            plan,
            rows,
            baseline,
            of_baseline,
        })
    }

    /// Render each; what cannot be rendered is reported. Whether there was nothing such.
    fn each(
        &self,
        place: &CommandContext,
        mut take: impl FnMut(RowPrompt<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<bool> {
        let mut complete = self.complete;
        let plan = &self.plan;
        let has_conversations = plan.variants.iter().any(|v| plan.is_conversation(v));
        let store = has_conversations.then(|| place.store()).transpose()?;
        for row in &self.rows {
            for (v, variant) in plan.variants.iter().enumerate() {
                let prompt = match plan.prompt(v, row) {
                    Ok(prompt) => prompt,
                    Err(error) => {
                        place.messages.error(&error.to_string());
                        complete = false;
                        continue;
                    }
                };
                let stored = match &store {
                    Some(store) if plan.is_conversation(variant) => {
                        plan.stored_conversation(store, v, row, &prompt)?
                    }
                    _ => None,
                };
                let (prompt, stored) = match stored {
                    Some(found) => (found.prompt, Some((found.model, found.replies))),
                    None => (prompt, None),
                };
                take(RowPrompt {
                    variant,
                    row,
                    prompt,
                    stored,
                })?;
            }
        }
        Ok(complete)
    }

    /// The baseline's prompt for a row.
    fn baseline_prompt(&self, row: &Row) -> Option<&Prompt> {
        let at = self
            .rows
            .iter()
            .position(|known| known.index == row.index)?;
        self.of_baseline[at].as_ref()
    }
}

fn print_prompts(
    place: &CommandContext,
    args: &RenderArgs,
    prompts: &RowPrompts,
) -> anyhow::Result<bool> {
    let color = stdout_color(place.global.color);
    let plan = &prompts.plan;
    let counter = match plan.models.first() {
        Some(model) => {
            let known = place.project.model(model);
            Some(Counter::exact(&place.project.root, &model.model, known)?)
        }
        None => None,
    };
    prompts.each(place, |one| {
        let RowPrompt {
            variant,
            row,
            prompt,
            stored,
        } = one;
        let mut head = format!("{} · row {}", variant.name, row.id);
        if let Some(counter) = &counter {
            head += &format!(" · {} tokens", counter.prompt(&prompt));
            let baseline = &prompts.baseline;
            let other = prompts.baseline_prompt(row);
            if let Some(other) = other.filter(|_| variant.name != *baseline) {
                let shared = shared_prefix(&prompt, other, counter);
                head += &format!(", the first {shared} shared with {baseline}");
            }
        }
        let mut added = added_system_prompts(&place.project, &plan.models, &prompt);
        added.extend(
            stored.map(|(model, replies)| {
                stored_replies(&plan.models[model], replies, prompt.calls())
            }),
        );
        print_colored(&human(&head, &added, &prompt, args.show_whitespace, color))?;
        Ok(())
    })
}

/// A prompt as `--format json` prints it.
fn prompt_json(plan: &Plan, one: &RowPrompt<'_>) -> Value {
    let mut line = json!({
        "variant": one.variant.name, "row": one.row.index, "row_id": one.row.id,
        "messages": one.prompt.messages,
    });
    if !one.prompt.replies.is_empty() {
        line["replies"] = json!(one.prompt.replies);
    }
    if let Some((model, replies)) = one.stored {
        line["stored"] = json!({"model": plan.models[model], "replies": replies});
    }
    line
}

/// Tokens of the beginning that two prompts share: what a server that caches prefixes need not read again.
fn shared_prefix(prompt: &Prompt, other: &Prompt, counter: &Counter) -> TokenCount {
    let mut same = Prompt::default();
    for (one, two) in prompt.messages.iter().zip(&other.messages) {
        if one == two {
            same.messages.push(one.clone());
            continue;
        }
        if one.role == two.role {
            let chars = one.content.char_indices().zip(two.content.chars());
            let end = chars.take_while(|((_, a), b)| a == b).last();
            let mut last = one.clone();
            last.truncate(end.map_or(0, |((at, c), _)| at + c.len_utf8()));
            same.messages.push(last);
        }
        break;
    }
    match same.messages.is_empty() {
        true => TokenCount {
            tokens: 0,
            estimated: false,
        },
        false => counter.prompt(&same),
    }
}

fn chosen_rows(plan: &Plan, args: &RenderArgs) -> anyhow::Result<Vec<Arc<Row>>> {
    let Some(wanted) = &args.row else {
        let n = match args.format {
            OutputFormat::Human => plan.dataset.len().min(1),
            OutputFormat::Json => plan.dataset.len(),
        };
        return Ok(plan.dataset.rows().take(n).collect::<Result<_, _>>()?);
    };
    let number: Option<usize> = wanted.parse().ok();
    let heads = plan.dataset.heads();
    if let Some(at) = (0..heads.len()).find(|at| heads.id(*at) == *wanted) {
        return Ok(vec![plan.dataset.row(at)?]);
    }
    let by_number = plan
        .dataset
        .rows()
        .find(|row| row.as_ref().map_or(true, |row| Some(row.index) == number))
        .transpose()?;
    match by_number {
        Some(row) => Ok(vec![row]),
        None => bail!(
            "no row `{wanted}` in {}: it has {} rows, from `{}`",
            plan.dataset.path().display(),
            plan.dataset.len(),
            heads.id(0)
        ),
    }
}

fn human(
    head: &str,
    added: &[String],
    prompt: &Prompt,
    show_whitespace: bool,
    color: bool,
) -> String {
    let (bold, dim, off) = if color {
        ("\u{1b}[1m", "\u{1b}[36m", "\u{1b}[0m")
    } else {
        ("", "", "")
    };
    let mut text = format!("{bold}── {}{off}\n", visible(head));
    for line in added {
        text += &format!("{dim}({line}){off}\n");
    }
    for (head, text_of) in prompt.sections() {
        let content = visible(&text_of);
        let content = if show_whitespace {
            content
                .replace(' ', "·")
                .replace('\t', "→   ")
                .replace('\n', "⏎\n")
        } else {
            content
        };
        text += &format!("{dim}{head}{off}\n");
        for line in content.split('\n') {
            text += &format!("  {line}\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Message, Role};

    fn prompt(messages: &[(Role, &str)]) -> Prompt {
        Prompt::new(
            messages
                .iter()
                .map(|(role, content)| Message::new(*role, *content))
                .collect(),
        )
    }

    #[test]
    fn the_shared_prefix_ends_at_the_first_character_that_differs() {
        let counter = Counter::approximate();
        let one = prompt(&[(Role::System, "Same."), (Role::User, "Review: a fine day")]);
        let two = prompt(&[(Role::System, "Same."), (Role::User, "Review: one")]);
        let both = prompt(&[(Role::System, "Same."), (Role::User, "Review: ")]);
        assert_eq!(shared_prefix(&one, &two, &counter), counter.prompt(&both));
        let none = prompt(&[(Role::User, "Same.")]);
        assert_eq!(shared_prefix(&one, &none, &counter).tokens, 0);
    }
}
