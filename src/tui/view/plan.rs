//! What a run would send, and what is wrong with it.

use super::{popup::Content, text};
use crate::{
    display::count,
    model::PolicySpec,
    narrate::{prompt::more_calls, seal::row_count},
    tui::model::{Model, PlanEstimate, Table},
};
use ratatui::text::{Line, Span};

/// Above the problems.
const NOT_SENT: &str = "Not sent, because it cannot be rendered or called:";

/// `5 variants × 80 rows × 1 sample × 2 models = 800 calls`
pub(super) fn whole_grid(table: &Table, estimate: &PlanEstimate) -> String {
    let models = match table.models.len() {
        0 | 1 => String::new(),
        n => format!(" × {n} models"),
    };
    format!(
        "{} × {} × {}{models} = {} calls",
        count(table.variants(), "variant"),
        row_count(table.rows, table.seal()),
        count(table.samples, "sample"),
        estimate.calls()
    )
}

/// What is bought of them.
fn policy_words(policy: &PolicySpec) -> String {
    match policy {
        PolicySpec::Race { calls, .. } => format!(
            "Race: at most {calls} calls; each round keeps the better half of the variants."
        ),
        PolicySpec::Estimate { calls } => {
            format!("Estimate: {calls} calls, spread evenly over variants and rows.")
        }
        PolicySpec::Spread { calls } => {
            format!("Search for the best and the worst variant: at most {calls} calls.")
        }
        PolicySpec::Until { condition, .. } => format!(
            "Adds random rows until {} holds.",
            crate::display::visible(condition)
        ),
    }
}

/// What `r` shows before a second `r` sends it.
pub(super) fn content(model: &Model, width: usize) -> Content {
    let theme = model.view.theme;
    let mut lines = Vec::new();
    let mut say = |said: String| {
        lines.extend(
            text::wrap(&said, width.saturating_sub(2))
                .into_iter()
                .map(|l| Line::raw(format!(" {l}"))),
        );
    };
    match (&model.workspace.estimate, &model.answers.table) {
        (Some(estimate), Ok(table)) => {
            let about = if estimate.scaled { "about " } else { "" };
            let whole = whole_grid(table, estimate);
            let (kept, rest) = (estimate.calls() - estimate.to_send(), estimate.to_send());
            match &model.workspace.policy {
                Some(policy) => {
                    say(policy_words(policy));
                    say(format!(
                        "The whole grid would be {whole}, {about}{kept} of them already answered:"
                    ));
                }
                None => say(format!(
                    "{whole}: {about}{kept} already answered, {about}{rest} to send."
                )),
            }
            for m in &estimate.models {
                let stand_in = if m.model.is_stand_in() {
                    " (a stand-in, not a language model)"
                } else {
                    ""
                };
                let mut said = format!(
                    "{}{stand_in}: {} calls, ~{} tokens in",
                    m.model,
                    m.to_send,
                    text::count(m.new.prompt_tokens)
                );
                if let Some(out) = m.new.completion_tokens_at_most {
                    said += &format!(", at most {} out", text::count(out));
                }
                match m.new.usd_at_most {
                    Some(usd) => said += &format!(", at most {}", text::money(usd)),
                    None if m.model.is_stand_in() => said += ", free",
                    None => {
                        said += &m
                            .unknown_cost
                            .map_or(String::new(), |why| format!(", {why}"));
                    }
                }
                say(said);
            }
            if let Some(tools) = &model.spec().tool_command {
                say(format!("{}.", more_calls(tools, estimate.to_send())));
            }
            let budget = &model.spec().budget;
            let caps: Vec<String> = [
                budget.calls.map(|n| format!("{n} calls")),
                budget.usd.map(text::money),
                budget.time.map(|t| text::time(t.as_secs_f64())),
            ]
            .into_iter()
            .flatten()
            .collect();
            if !caps.is_empty() {
                say(format!("Pauses at the cap: {}.", caps.join(", ")));
            }
            if estimate.problems().next().is_some() {
                say(NOT_SENT.into());
            }
            for trouble in estimate.problems().take(3) {
                let room = width.saturating_sub(1);
                lines.extend(text::hanging(&trouble.line(), room, " ✗ ", theme.bad()));
            }
        }
        _ => say("Estimating …".into()),
    }
    lines.push(Line::raw(""));
    lines.push(Line::from(vec![
        Span::styled(" r", theme.accent()),
        Span::raw(": send · "),
        Span::styled("Esc", theme.accent()),
        Span::raw(": cancel"),
    ]));
    Content::text(" Run? ", lines, 0)
}

/// What is wrong with templates, rows, keys and prices.
pub(super) fn problems(model: &Model, at: usize, width: usize) -> Content {
    let theme = model.view.theme;
    let troubles = model.workspace.problems();
    let mut lines = Vec::new();
    // The one chosen stands in full above the list.
    if let Some(trouble) = troubles.get(at) {
        let style = if trouble.serious {
            theme.bad()
        } else {
            theme.unsure()
        };
        lines.extend(
            text::wrap(&trouble.text, width.saturating_sub(1))
                .into_iter()
                .take(12)
                .map(|l| Line::styled(format!(" {l}"), style)),
        );
        let go = match &trouble.place {
            Some(place) => {
                let file = place.file.strip_prefix(&model.workspace.project.root);
                let file = file.unwrap_or(&place.file);
                format!(" Enter: open {}:{}", file.display(), place.line)
            }
            None => String::new(),
        };
        lines.push(Line::styled(go, theme.dim()));
    }
    let lead = lines.len();
    for trouble in troubles {
        let sign = if trouble.serious { "✗" } else { "!" };
        let first = text::line(&trouble.line());
        lines.push(Line::raw(text::fit(&format!(" {sign} {first}"), width)));
    }
    if troubles.is_empty() {
        let said = match (&model.workspace.estimate, &model.answers.table) {
            (_, Err(message)) => message.clone(),
            (Some(_), _) => "No problems found".into(),
            (None, _) => "Checking …".into(),
        };
        lines.extend(
            text::wrap(&said, width.saturating_sub(1))
                .into_iter()
                .map(|l| Line::raw(format!(" {l}"))),
        );
    }
    Content::choices(
        format!(" Problems {} ", troubles.len()),
        lines,
        (lead, at, troubles.len()),
    )
}
