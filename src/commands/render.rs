//! `wording render`: the prompts, without sending them.

use super::{
    context::Workplace,
    output::{Exit, print, stdout_color},
};
use crate::{
    cli::{Format, Global, RenderArgs},
    display::visible,
    engine::Plan,
    model::{Prompt, Row},
    tokens::Counter,
};
use anyhow::bail;
use serde_json::json;
use std::sync::Arc;

/// Print the prompts of one row or all, of one variant or all.
pub fn render(global: &Global, args: &RenderArgs) -> anyhow::Result<Exit> {
    let (place, experiment) = Workplace::experiment(global, &args.experiment)?;
    place.announce();
    let mut globs = args.experiment.overrides.variants.clone();
    globs.extend(args.variant.clone());
    let plan = place.plan(&experiment, &globs)?;
    plan.require_templates()?;
    let rows = chosen_rows(&plan, args)?;
    let color = stdout_color(global.color);
    let counters: Vec<Counter> = plan
        .models
        .iter()
        .map(|m| Counter::of(&m.model, place.project.model(m)))
        .collect();
    for row in rows {
        for (v, variant) in plan.variants.iter().enumerate() {
            let prompt = plan.prompt(v, &row)?;
            match args.format {
                Format::Json => print(&serde_json::to_string(&json!({
                    "variant": variant.name, "row": row.index, "row_id": row.id,
                    "messages": prompt.messages,
                }))?)?,
                Format::Human => {
                    let tokens = counters.first().map(|c| c.prompt(&prompt));
                    let head = format!(
                        "{} · row {}{}",
                        variant.name,
                        row.id,
                        tokens.map_or(String::new(), |t| format!(
                            " · {}{} tokens",
                            if t.estimated { "~" } else { "" },
                            t.tokens
                        ))
                    );
                    print(&human(&head, &prompt, args.show_whitespace, color))?;
                }
            }
        }
    }
    Ok(Exit::Done)
}

fn chosen_rows(plan: &Plan, args: &RenderArgs) -> anyhow::Result<Vec<Arc<Row>>> {
    let Some(wanted) = &args.row else {
        let n = match args.format {
            Format::Human => plan.dataset.len().min(1),
            Format::Json => plan.dataset.len(),
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

fn human(head: &str, prompt: &Prompt, show_whitespace: bool, color: bool) -> String {
    let (bold, dim, off) = if color {
        ("\u{1b}[1m", "\u{1b}[36m", "\u{1b}[0m")
    } else {
        ("", "", "")
    };
    let mut text = format!("{bold}── {}{off}\n", visible(head));
    for message in &prompt.messages {
        let content = visible(&message.content);
        let content = if show_whitespace {
            content
                .replace(' ', "·")
                .replace('\t', "→   ")
                .replace('\n', "⏎\n")
        } else {
            content
        };
        text += &format!("{dim}{}{off}\n", message.role);
        for line in content.split('\n') {
            text += &format!("  {line}\n");
        }
    }
    text
}
