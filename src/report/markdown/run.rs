//! The report of a run as Markdown.

use super::{
    advice::advice_sections,
    comment::{Comment, LISTED, TAIL, cell, escape, items, marker},
    origin::{gates, provenance},
    prompts::prompts,
};
use crate::{
    narrate::{
        labels::{first_of, points_interval, score_range, unweighted},
        quality::completeness,
        summary,
    },
    report::{
        ModelReport, RunReport, WriteError, WriteOptions,
        advice::HEADING,
        breakdown_tables::{TableNames, all_tables},
        figure_table::FigureTable,
        prompts::{SHOWN_PROMPTS, run_prompts},
        ratings::RATINGS,
        variant_columns::VariantColumns,
    },
};

/// The report of a run as Markdown.
pub fn run(report: &RunReport, options: &WriteOptions) -> Result<String, WriteError> {
    let title = options.title.as_deref().unwrap_or(&report.info.experiment);
    let mut head = format!(
        "{}# {}\n\n",
        marker("report", &report.info.experiment),
        escape(title)
    );
    if let Some(note) = &options.note {
        head += &format!("{}\n\n", escape(note));
    }
    let mut comment = Comment::new(head);
    gates(&mut comment, options);
    for part in &report.models {
        model(&mut comment, report, part);
    }
    let tradeoffs = report.tradeoff_sentences();
    if !tradeoffs.is_empty() {
        let text = format!(
            "\n## Score against cost and latency\n\n{}",
            items(&tradeoffs)
        );
        comment.add(&text, TAIL, "score against cost and latency");
    }
    let ratings = report.rating_paragraphs();
    let strengths = report.strength_tables();
    if !ratings.is_empty() || !strengths.is_empty() {
        let said = ratings.iter().map(|said| format!("\n{}\n", escape(said)));
        let text = format!("\n## {RATINGS}\n{}", said.collect::<String>());
        comment.add(&text, TAIL, "ratings");
    }
    for table in &strengths {
        figure_table(&mut comment, table);
    }
    if let Some(advice) = &report.advice {
        let text = format!(
            "\n## {HEADING}\n\n**{}**\n\n{}\n",
            advice.verdict.as_str(),
            advice_sections(advice, "###")
        );
        comment.add(&text, TAIL, "prompt or fine-tune");
    }
    let shown = run_prompts(report, options, SHOWN_PROMPTS)?;
    prompts(&mut comment, report, &shown);
    let (counts, _) = completeness(report.info.planned(), &report.counts);
    comment.add(&format!("{counts} Run {}.\n", report.info.id), 500, "");
    if let Some(caveat) = report.caveat() {
        comment.add(&format!("\n{}\n", escape(&caveat)), 500, "");
    }
    comment.add(
        &provenance(&report.provenance(options.command.clone())),
        500,
        "provenance",
    );
    Ok(comment.finish())
}

/// Figures of labels, slices and fields, each table under its title.
fn breakdown(comment: &mut Comment, report: &RunReport, part: &ModelReport) {
    let names = TableNames {
        variants: report.shown_names(),
        baseline: report.info.baseline,
    };
    for table in all_tables(part, &names) {
        figure_table(comment, &table);
    }
}

pub(super) fn figure_table(comment: &mut Comment, table: &FigureTable) {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rules = (0..table.head.len()).map(|i| if i < table.texts { " --- |" } else { " ---: |" });
    let rules: String = rules.collect();
    let title = format!(
        "\n### {}\n\n{}|{rules}\n",
        escape(&table.title),
        line(&table.head)
    );
    comment.add(&title, TAIL, &table.title);
    let rows: Vec<String> = table.rows.iter().map(|row| line(row)).collect();
    comment.lines(&rows, TAIL, &table.title);
    comment.add(&format!("\n{}", items(&table.notes)), TAIL, "");
}

fn model(comment: &mut Comment, report: &RunReport, part: &ModelReport) {
    let found = &part.analysis;
    let names = report.sentence_names();
    let what = |kind: &str| format!("{kind} of {}", part.model);
    comment.add(
        &format!(
            "## {}\n\n**{}**\n\n",
            escape(&part.model.to_string()),
            escape(&report.headline(part))
        ),
        TAIL,
        &what("the verdict"),
    );
    let columns = VariantColumns::levels(report);
    let head: Vec<String> = columns.head.iter().map(|name| escape(name)).collect();
    let (plain_head, plain_rule) = match found.is_weighted() {
        true => (" unweighted |", " ---: |"),
        false => ("", ""),
    };
    let partial = part.partial_rows(report.info.metrics.len());
    let (rows_head, rows_rule) = match partial.is_some() {
        true => (" rows |", " ---: |"),
        false => ("", ""),
    };
    comment.add(&format!(
        "| # | {} | {} | 95 % CI |{rows_head}{plain_head} difference | fixed / broken | verdict |\n| ---: |{} ---: | --- |{rows_rule}{plain_rule} --- | ---: | --- |\n",
        head.join(" | "),
        part.score_head(),
        " --- |".repeat(head.len())
    ), TAIL, "");
    let lines: Vec<String> = (part.ranks().into_iter())
        .map(|(v, rank)| {
            let f = &found.variants[v];
            let cells: Vec<String> = columns.rows[v].iter().map(|cell| escape(cell)).collect();
            let rank = f.score.map_or(String::new(), |_| rank.to_string());
            let score = part.score_or_agreement(v);
            let score = score.map_or("–".into(), |x| format!("{:.1}", x * 100.0));
            let range = f.score.map_or(String::new(), |s| score_range(&s));
            let rows = (partial.as_ref()).map_or(String::new(), |rows| format!(" {} |", rows[v]));
            let plain = match found.is_weighted() {
                true => format!(" {} |", unweighted(f).unwrap_or_default()),
                false => String::new(),
            };
            let difference = f.difference.as_ref().map_or(" | ".into(), |d| {
                let points = points_interval(&d.interval);
                format!(
                    "{} | {} / {}",
                    escape(&points),
                    d.changes.fixed,
                    d.changes.broken
                )
            });
            format!(
                "| {rank} | {} | {score} | {range} |{rows}{plain} {difference} | {} |\n",
                cells.join(" | "),
                part.verdict_label(v)
            )
        })
        .collect();
    comment.lines(&lines, TAIL, &what("variants"));
    comment.add("\n", 0, "");
    for (sentences, kind) in [
        (part.expectations(&names), "what to expect"),
        (part.scoring_notes(), "how metrics were scored"),
        (part.scorer_share().into_iter().collect(), "the scorer"),
    ] {
        comment.add(&items(&sentences), TAIL, &what(kind));
    }
    if !found.effects.axes.is_empty() {
        let mut table =
            "\n| axis | share of the differences | effect |\n| --- | ---: | --- |\n".to_owned();
        for axis in &found.effects.axes {
            table += &format!(
                "| {} | {:.0} % | {} |\n",
                escape(&axis.name),
                axis.share * 100.0,
                escape(&summary::axis_effect(axis).0)
            );
        }
        table += "\n";
        table += &items(&summary::interactions(&found.effects));
        comment.add(&table, TAIL, &what("the axes"));
    }
    breakdown(comment, report, part);
    let parts = found.components.as_ref().map(summary::variance_parts);
    let shares: Vec<String> = (parts.into_iter().flatten())
        .map(|(name, share)| format!("{name} {:.0} %", share * 100.0))
        .collect();
    if !shares.is_empty() {
        let line = format!("\nWhere scores differ: {}.\n", shares.join(", "));
        comment.add(&line, TAIL, "");
    }
    for (heading, rows) in [
        (
            "Rows that depend most on the wording",
            found.rows.by_fragility(),
        ),
        (
            "Rows that are wrong under every wording",
            found.rows.always_wrong(),
        ),
    ] {
        if !rows.is_empty() {
            let heads = &report.info.heads;
            let ids: Vec<String> = rows.iter().map(|r| escape(&heads.id(*r))).collect();
            let line = format!(
                "\n{heading} ({}): {}.\n",
                rows.len(),
                first_of(&ids, LISTED)
            );
            comment.add(&line, TAIL, &what("rows"));
        }
    }
    let mut next = report.next_steps(part);
    next.extend(found.needs.iter().map(summary::unavailable));
    if !next.is_empty() {
        comment.add(
            &format!("\n{}\n", items(&next)),
            TAIL,
            &what("what to do next"),
        );
    }
}
