//! Reports as Markdown: for pull requests. A report fits into a comment of 65,536 characters and says what it left out.

use super::{
    ChangedRow, ComparedPair, DiffReport, ModelReport, PairEffect, Provenance, RowOutcome,
    RunReport, SearchReport, WriteOptions,
    advice::HEADING,
    breakdown_tables::{TableNames, all_tables},
    ratings::RATINGS,
    variant_columns::VariantColumns,
};
use crate::{
    diff::Piece,
    display::{fit, visible},
    narrate::{
        advice::Advice,
        change::{advice_hint, changed, conclusion, difference, repeat_noise, row_counts},
        labels::{count, first_of, points_interval, problems, row_change, score_range, unweighted},
        quality::completeness,
        search::{candidate as narrate_candidate, piece as narrate_piece},
        summary,
    },
};

/// What a comment of the usual code hosts holds, with a little to spare.
const MOST: usize = 65_000;
/// Kept free for what comes after the rows.
const TAIL: usize = 6_000;
/// Rows in a list.
const LISTED: usize = 20;
/// Characters of a text in a table.
const CELL: usize = 160;

/// A text for a cell of a table or a line of prose.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' | '~' | '&' | '$' => {
                out.push('\\');
                out.push(c);
            }
            // Nobody is called: hosts look for names in what was rendered, where a backslash is gone.
            '@' => out.push_str("@\u{200b}"),
            // Not a link, where a host would make one.
            ':' if out.ends_with("http") || out.ends_with("https") => out.push_str("\\:"),
            _ => out.push(c),
        }
    }
    out
}

/// A text cut short for a table.
fn cell(text: &str) -> String {
    escape(&fit(text, CELL))
}

/// A comment that nobody sees, by which a machine finds its own report again.
fn marker(kind: &str, experiment: &str) -> String {
    let name: String = experiment
        .chars()
        .map(|c| match c {
            c if c.is_alphanumeric() || "._ ".contains(c) => c,
            _ => '_',
        })
        .collect();
    format!("<!-- wording {kind}: {name} -->\n")
}

/// A text in a fence that no text inside can close.
fn fence(inner: &str, language: &str) -> String {
    let longest = inner.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(3.max(longest + 1));
    format!(
        "{ticks}{language}\n{}\n{ticks}\n",
        inner.trim_end_matches('\n')
    )
}

fn items(all: &[String]) -> String {
    all.iter().map(|t| format!("- {}\n", escape(t))).collect()
}

/// A text that grows as long as there is room.
struct Comment {
    text: String,
    characters: usize,
    cut: Vec<String>,
}

impl Comment {
    fn new(text: String) -> Comment {
        Comment {
            characters: text.chars().count(),
            text,
            cut: Vec::new(),
        }
    }

    /// Add a part if it leaves `spare` characters; otherwise say that it was left out.
    fn add(&mut self, part: &str, spare: usize, what: &str) -> bool {
        let n = part.chars().count();
        let fits = self.characters + n + spare <= MOST;
        if fits {
            self.text += part;
            self.characters += n;
        } else if !what.is_empty() {
            self.cut.push(what.to_owned());
        }
        fits
    }

    /// Lines of a table or list, as many as there is room for.
    fn lines(&mut self, all: &[String], spare: usize, what: &str) {
        for (i, line) in all.iter().enumerate() {
            if !self.add(line, spare, "") {
                self.cut
                    .push(format!("{} of {} {what}", all.len() - i, all.len()));
                return;
            }
        }
    }

    fn finish(mut self) -> String {
        if !self.cut.is_empty() {
            self.text += &format!(
                "\n> [!NOTE]\n> Left out, as a comment holds 65,536 characters: {}. The HTML and JSON reports have all.\n",
                self.cut.join("; ")
            );
        }
        self.text
    }
}

pub(super) fn run(report: &RunReport, options: &WriteOptions) -> String {
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
    let ratings = report.rating_paragraphs();
    if !ratings.is_empty() {
        let text = format!("\n## {RATINGS}\n\n{}\n", escape(&ratings.join("\n\n")));
        comment.add(&text, TAIL, "ratings");
    }
    if let Some(advice) = &report.advice {
        let text = format!(
            "\n## {HEADING}\n\n**{}**\n\n{}\n",
            advice.verdict.as_str(),
            advice_sections(advice, "###")
        );
        comment.add(&text, TAIL, "prompt or fine-tune");
    }
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
    comment.finish()
}

/// The advice as Markdown, for a pull request or a note.
pub fn advice_markdown(advice: &Advice) -> String {
    format!(
        "# {}: {}\n\n{}\n",
        escape(&advice.experiment),
        advice.verdict.as_str(),
        advice_sections(advice, "##")
    )
}

/// Why, and the sections of the advice under headings of this level.
fn advice_sections(advice: &Advice, level: &str) -> String {
    let mut text = format!("{}\n", escape(advice.because));
    for section in advice.sections() {
        text += &format!("\n{level} {}\n\n", section.title);
        for item in section.items {
            let command = item
                .command
                .map_or(String::new(), |c| format!(": {}", code(&c)));
            text += &format!("- {}{command}\n", escape(&item.text));
        }
    }
    text
}

fn gates(comment: &mut Comment, options: &WriteOptions) {
    let lines: Vec<String> = (options.held.iter())
        .map(|gate| {
            let result = if gate.holds {
                "✅ holds"
            } else {
                "❌ does not hold"
            };
            let place = match gate.place.as_str() {
                "" => String::new(),
                place => format!(" ({})", escape(place)),
            };
            format!(
                "- {result} {}: {}{place}\n",
                code(&gate.gate),
                escape(&gate.values)
            )
        })
        .collect();
    comment.lines(&lines, TAIL, "gates");
    if !lines.is_empty() {
        comment.add("\n", 0, "");
    }
}

/// A span of code that no backtick inside can close.
fn code(text: &str) -> String {
    let text = visible(text).replace(['\n', '\t'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let space = if longest > 0 { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// Figures of labels, slices and fields, each table under its title.
fn breakdown(comment: &mut Comment, report: &RunReport, part: &ModelReport) {
    let names = TableNames {
        variants: report.shown_names(),
        baseline: report.info.baseline,
    };
    for table in all_tables(part, &names) {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rules =
            (0..table.head.len()).map(|i| if i < table.texts { " --- |" } else { " ---: |" });
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
    comment.add(&format!(
        "| # | {} | {} | 95 % CI |{plain_head} difference | fixed / broken | verdict |\n| ---: |{} ---: | --- |{plain_rule} --- | ---: | --- |\n",
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
                "| {rank} | {} | {score} | {range} |{plain} {difference} | {} |\n",
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

fn provenance(p: &Provenance) -> String {
    let mut text = "\n<details><summary>Provenance</summary>\n\n".to_owned();
    for run in &p.runs {
        let lines = run.lines().into_iter();
        let lines: Vec<String> = lines
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        text += &items(&lines);
        if let Some(command) = p.run_command(run) {
            text += &format!("- created by {}\n", code(command));
        }
    }
    if let Some(command) = &p.command {
        text += &format!("\n{}", fence(command, "sh"));
    }
    text + "\n</details>\n"
}

/// A search for a better wording: verdict first, then the candidates, the change and its rows.
pub(super) fn search(report: &SearchReport) -> String {
    let record = &report.record;
    let title = super::search::title(record);
    let mut comment = Comment::new(format!(
        "{}# {}\n\n",
        marker("search", &record.experiment),
        escape(&title)
    ));
    let mut conclusion = super::search::conclusion(record);
    if let Some((_, verdict)) = conclusion.pop() {
        comment.add(&format!("**{}**\n\n", escape(&verdict)), TAIL, "");
    }
    let facts = conclusion.into_iter().chain(super::search::facts(record));
    let facts: Vec<String> = facts
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    comment.add(&items(&facts), TAIL, "");
    if let Some(change) = &report.file_change {
        comment.add("\n## The change\n\n", TAIL, "");
        comment.add(&fence(change, "diff"), TAIL, "the change");
    }
    if let Some(diff) = &report.sealed {
        for pair in &diff.pairs {
            for effect in &pair.effects {
                comment.add("\n", TAIL, "");
                rows(&mut comment, pair, effect, &WriteOptions::default());
            }
        }
    }
    if !record.pieces.is_empty() {
        comment.add("\n## Pieces\n\n", TAIL, "");
        let pieces: Vec<String> = record.pieces.iter().map(narrate_piece).collect();
        comment.add(&items(&pieces), TAIL, "the pieces");
    }
    comment.add("\n## Candidates\n\n", TAIL, "");
    let tree = report.tree().into_iter();
    let lines: Vec<String> = tree
        .map(|(depth, candidate)| {
            let line = narrate_candidate(&record.candidates[candidate]);
            format!("{}- {}\n", "  ".repeat(depth), escape(&line))
        })
        .collect();
    comment.lines(&lines, TAIL, "candidates");
    if let Some(diff) = &report.sealed {
        comment.add(&provenance(&diff.provenance), 500, "provenance");
    }
    comment.finish()
}

/// The report of a difference.
pub(super) fn diff(report: &DiffReport, options: &WriteOptions) -> String {
    let mut head = format!(
        "{}# {}\n\n",
        marker("diff", &report.experiment),
        escape(&report.title)
    );
    if let Some(note) = &report.note {
        head += &format!("{}\n\n", escape(note));
    }
    let mut comment = Comment::new(head);
    for pair in &report.pairs {
        for effect in &pair.effects {
            let text = format!(
                "**{}**\n\n{} → {} with {}: {}\n{} {}\n\n",
                escape(&conclusion(effect, pair, report.margin)),
                escape(&pair.before.name),
                escape(&pair.after.name),
                escape(&effect.model.to_string()),
                escape(&difference(effect)),
                escape(&row_counts(effect)),
                escape(&repeat_noise(effect, pair)[0]),
            );
            comment.add(&text, TAIL, "a verdict");
            if let Some(text) = advice_hint(effect, report.advice_experiment()) {
                comment.add(&format!("{}\n\n", escape(&text)), TAIL, "");
            }
        }
    }
    gates(&mut comment, options);
    for pair in &report.pairs {
        let name = format!("{} → {}", pair.before.name, pair.after.name);
        comment.add(&format!("## The change: {}\n\n", escape(&name)), TAIL, "");
        comment.add(
            &fence(
                &pair
                    .change
                    .template
                    .iter()
                    .map(Piece::marked)
                    .collect::<String>(),
                "text",
            ),
            TAIL,
            &format!("the template of {name}"),
        );
        comment.add(
            &format!("\n{}\n", items(&changed(pair))),
            TAIL,
            &format!("the change of {name}"),
        );
        for effect in &pair.effects {
            rows(&mut comment, pair, effect, options);
        }
    }
    if let Some(note) = report.stand_in() {
        comment.add(&format!("{}\n", escape(&note)), 500, "");
    }
    comment.add(&provenance(&report.provenance), 500, "provenance");
    comment.finish()
}

fn rows(comment: &mut Comment, pair: &ComparedPair, effect: &PairEffect, options: &WriteOptions) {
    let model = effect.model.to_string();
    comment.add(&format!("### Rows, with {}\n\n", escape(&model)), TAIL, "");
    if effect.rows.is_empty() {
        comment.add("No answer changed.\n\n", TAIL, "");
    } else if options.no_outputs {
        comment.add(
            "| | row | correct before | correct after |\n| --- | --- | ---: | ---: |\n",
            TAIL,
            "",
        );
    } else {
        comment.add("| | row | input | expected | before | after |\n| --- | --- | --- | --- | --- | --- |\n", TAIL, "");
    }
    let lines: Vec<String> = effect
        .rows
        .iter()
        .map(|row| row_line(row, options.no_outputs))
        .collect();
    comment.lines(&lines, TAIL, &format!("changed rows with {model}"));
    let [before, after] = [&effect.trials_before, &effect.trials_after].map(|t| {
        let problems = problems(t);
        if problems.is_empty() {
            "all as planned".to_owned()
        } else {
            problems
        }
    });
    let correct = effect.same.iter().filter(|r| r.correct).count();
    let unchanged = count(effect.same.len(), "unchanged row");
    let mut last = vec![format!("{unchanged}, {correct} of them correct")];
    last.extend(repeat_noise(effect, pair).into_iter().skip(1));
    last.push(format!("Trials before: {before}; after: {after}"));
    comment.add(&format!("\n{}\n", items(&last)), 1_500, "");
}

fn row_line(row: &ChangedRow, no_outputs: bool) -> String {
    let change = row_change(row);
    let again = if row.moves_on_repeats { " ↻" } else { "" };
    if no_outputs {
        return format!(
            "| {change}{again} | {} | {}/{} | {}/{} |\n",
            cell(&row.row_id),
            row.before.right,
            row.before.of,
            row.after.right,
            row.after.of
        );
    }
    format!(
        "| {change}{again} | {} | {} | {} | {} | {} |\n",
        cell(&row.row_id),
        cell(row.input.as_deref().unwrap_or("")),
        cell(row.expected.as_deref().unwrap_or("–")),
        output_cell(&row.before),
        output_cell(&row.after)
    )
}

fn output_cell(side: &RowOutcome) -> String {
    let first = side.outputs.first();
    let first = first.map_or("no answer".to_owned(), |(text, _)| cell(text));
    if side.of > 1 {
        format!("{}/{} {first}", side.right, side.of)
    } else {
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_cells_nor_fences_can_be_broken_out_of() {
        assert_eq!(escape("a|b\n`c`"), "a\\|b \\`c\\`");
        assert!(fence("x\n````\ny", "text").starts_with("`````text\n"));
        assert_eq!(code("a``b"), "``` a``b ```");
        assert_eq!(
            marker("diff", "a --> b"),
            "<!-- wording diff: a ___ b -->\n"
        );
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_told() {
        let mut comment = Comment::new(String::new());
        let lines: Vec<String> = (0..9_000).map(|i| format!("| row {i} |\n")).collect();
        comment.lines(&lines, TAIL, "rows");
        let text = comment.finish();
        assert!(text.chars().count() <= 65_536);
        assert!(
            text.contains("of 9000 rows"),
            "{}",
            &text[text.len() - 300..]
        );
    }
}
