//! Reports as Markdown: for pull requests.

use super::{
    DiffReport, Fate, RunReport,
    phrases::{axis_words, need_sentence},
    run::STAND_IN,
};
use crate::{
    analysis::{points, sentence, verdict_word},
    diff::{Change, Piece},
    display::visible,
};

/// A text for a cell of a table or a line of prose.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' | '~' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// The report of a run.
pub fn run(report: &RunReport, title: Option<&str>) -> String {
    let mut text = format!("# {}\n\n", escape(title.unwrap_or(&report.info.experiment)));
    for part in &report.models {
        text += &format!(
            "## {}\n\n{}\n\n",
            escape(&part.model.to_string()),
            escape(&sentence(&part.analysis, &report.names()))
        );
        text += "| variant | score % | 95 % | difference | fixed / broken | verdict |\n| --- | ---: | --- | --- | ---: | --- |\n";
        for (variant, f) in report.info.variants.iter().zip(&part.analysis.variants) {
            let (score, interval) = f.score.map_or(("–".into(), String::new()), |s| {
                (
                    format!("{:.1}", s.value * 100.0),
                    format!("{:.1}–{:.1}", s.low * 100.0, s.high * 100.0),
                )
            });
            let (difference, flips) = f.difference.as_ref().map_or(Default::default(), |d| {
                (
                    format!(
                        "{} ({} to {})",
                        points(d.interval.value),
                        points(d.interval.low),
                        points(d.interval.high)
                    ),
                    format!("{} / {}", d.fixed, d.broken),
                )
            });
            text += &format!(
                "| {} | {score} | {interval} | {difference} | {flips} | {} |\n",
                escape(&variant.name),
                verdict_word(&f.verdict)
            );
        }
        text.push('\n');
        if let Some(best) = &part.analysis.best {
            text += &format!(
                "Highest score: {}; chosen by its score, expect {:.1} % on new rows.\n\n",
                escape(report.names().get(best.variant).copied().unwrap_or("")),
                best.held_out * 100.0
            );
        }
        if !part.analysis.effects.axes.is_empty() {
            text += "| axis | share of the differences | what it does |\n| --- | ---: | --- |\n";
            for axis in &part.analysis.effects.axes {
                text += &format!(
                    "| {} | {:.0} % | {} |\n",
                    escape(&axis.name),
                    axis.share * 100.0,
                    escape(&axis_words(axis).0)
                );
            }
            text.push('\n');
        }
        for sentence in part.scoring.iter().flat_map(|m| m.sentences()) {
            text += &format!("- {}\n", escape(&sentence));
        }
        if !part.scoring.is_empty() {
            text.push('\n');
        }
        for need in &part.analysis.needs {
            text += &format!("- {}\n", escape(&need_sentence(need)));
        }
        if !part.analysis.needs.is_empty() {
            text.push('\n');
        }
    }
    let c = &report.counts;
    text += &format!(
        "{} answers, {} failed; {} sent, {} reused. Run {}.\n",
        c.completed, c.failed, c.sent, c.reused, report.info.id
    );
    if report.has_demo() {
        text += &format!("\n{STAND_IN}\n");
    }
    text
}

/// A word diff in a fence that no text inside can close.
fn fence(pieces: &[Piece]) -> String {
    let inner: String = pieces
        .iter()
        .map(|p| match p.change {
            Change::Same => visible(&p.text),
            Change::Removed => format!("[-{}-]", visible(&p.text)),
            Change::Added => format!("{{+{}+}}", visible(&p.text)),
        })
        .collect();
    let longest = inner.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(3.max(longest + 1));
    format!("{ticks}text\n{}\n{ticks}\n", inner.trim_end_matches('\n'))
}

/// The report of a difference.
pub fn diff(report: &DiffReport, outputs: bool) -> String {
    let mut text = format!(
        "# {}\n\n{}\n\n{}",
        escape(&report.title),
        escape(&report.prompts_sentence()),
        fence(&report.template_diff)
    );
    for (axis, before, after) in &report.levels {
        text += &format!(
            "\n- axis {}: {} → {}",
            escape(axis),
            escape(before),
            escape(after)
        );
    }
    for effect in &report.effects {
        text += &format!(
            "\n## {}\n\n{}\n",
            escape(&effect.model.to_string()),
            escape(&effect.sentence(report))
        );
        if !outputs || effect.rows.is_empty() {
            continue;
        }
        text += "\n| | row | input | expected | before | after |\n| --- | --- | --- | --- | --- | --- |\n";
        for row in &effect.rows {
            let mark = match row.fate {
                Fate::Fixed => "✗→✓",
                Fate::Broken => "✓→✗",
                Fate::Churn => "✗→✗",
            };
            text += &format!(
                "| {mark} | {} | {} | {} | {} | {} |\n",
                escape(&row.row_id),
                escape(&row.input),
                escape(row.expected.as_deref().unwrap_or("–")),
                escape(&row.before),
                escape(&row.after)
            );
        }
    }
    if report.has_demo() {
        text += &format!("\n{STAND_IN}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_cells_nor_fences_can_be_broken_out_of() {
        assert_eq!(escape("a|b\n`c`"), "a\\|b \\`c\\`");
        let pieces = [Piece {
            change: Change::Same,
            text: "x\n````\ny".into(),
        }];
        assert!(fence(&pieces).starts_with("`````text\n"));
    }
}
