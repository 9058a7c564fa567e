//! What each design of an experiment takes, side by side.

use super::progress::short_number;
use crate::{
    cost::{CostEstimate, UnknownCost},
    display::visible,
    engine::ModelEstimate,
    model::ModelRef,
};
use serde::Serialize;

/// What one model is sent, at most.
#[derive(Clone, Serialize)]
pub(super) struct ModelCost {
    pub(super) model: ModelRef,
    #[serde(flatten)]
    pub(super) cost: CostEstimate,
    /// In tokens.
    pub(super) longest_prompt: u64,
    /// Why nothing is said of what its calls cost at most.
    #[serde(rename = "unknown_cost", skip_serializing_if = "Option::is_none")]
    pub(super) unknown: Option<UnknownCost>,
}

impl ModelCost {
    pub(super) fn new(estimate: &ModelEstimate) -> ModelCost {
        ModelCost {
            model: estimate.model.clone(),
            cost: estimate.all,
            longest_prompt: estimate.longest.as_ref().map_or(0, |l| l.tokens.tokens),
            unknown: estimate
                .unknown_cost
                .filter(|_| !estimate.model.is_stand_in()),
        }
    }

    /// The stand-in costs nothing.
    pub(super) fn is_free(&self) -> bool {
        self.model.is_stand_in()
    }

    /// Prompt tokens, with `~` before an estimate.
    pub(super) fn tokens(&self) -> String {
        let mark = if self.cost.estimated { "~" } else { "" };
        format!("{mark}{}", short_number(self.cost.prompt_tokens))
    }
}

/// What a design of the experiment's axes would take.
#[derive(Serialize)]
pub(super) struct Design {
    pub(super) kind: &'static str,
    pub(super) chosen: bool,
    pub(super) variants: u64,
    pub(super) calls: u64,
    pub(super) models: Vec<ModelCost>,
    /// What it cannot tell apart.
    pub(super) notes: Vec<String>,
}

/// The designs side by side; `*` is the one that the project asks for.
pub(super) fn table(designs: &[Design]) -> String {
    let cost = |design: &Design| {
        let priced = design.models.iter().filter(|m| !m.is_free());
        let usd: Option<f64> = priced.map(|m| m.cost.usd_at_most).sum();
        match usd {
            Some(0.0) => String::new(),
            Some(usd) => format!("${usd:.4}"),
            None => "unknown".into(),
        }
    };
    let tokens = |design: &Design| {
        let sum: f64 = design
            .models
            .iter()
            .map(|m| m.cost.prompt_tokens as f64)
            .sum();
        let rough = design.models.iter().any(|m| m.cost.estimated);
        format!(
            "{}{}",
            if rough { "~" } else { "" },
            short_number(sum as u64)
        )
    };
    let mut lines =
        vec![["  design", "variants", "calls", "tokens in", "at most"].map(str::to_owned)];
    lines.extend(designs.iter().map(|d| {
        let mark = if d.chosen { "*" } else { " " };
        [
            format!("{mark} {}", d.kind),
            short_number(d.variants),
            short_number(d.calls),
            tokens(d),
            cost(d),
        ]
    }));
    let width = |column: usize| {
        lines
            .iter()
            .map(|l| l[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut text = String::new();
    for (line, design) in lines
        .iter()
        .zip(std::iter::once(None).chain(designs.iter().map(Some)))
    {
        let mut row = format!("  {:<w$}", line[0], w = widths[0]);
        for column in 1..5 {
            row += &format!("  {:>w$}", line[column], w = widths[column]);
        }
        text += row.trim_end();
        text.push('\n');
        for note in design.map_or(&[][..], |d| d.notes.as_slice()) {
            text += &format!("      {}\n", visible(note));
        }
    }
    text
}
