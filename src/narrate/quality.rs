//! How far the figures can be trusted: stand-in models, shards, judges, answers without a score.

use super::labels::count;
use crate::{
    analysis::{Interval, JudgeFinding},
    display::{fit, one_line, thousands, visible},
    model::{AnswerOrigins, CutPrompts, LabelWeighting, ModelRef},
    outcome::CellCounts,
    source::as_typed,
    store::RunCounts,
};

/// Most people who are named.
const PEOPLE: usize = 4;

/// Where the expected answers come from, where people labelled rows, and what that means for the figures.
pub fn answer_origins(origins: &AnswerOrigins) -> String {
    let labelled = origins.labels + origins.settled;
    let mut people: Vec<(&String, &usize)> = origins.people.iter().collect();
    people.sort_by(|a, b| b.1.cmp(a.1));
    let mut names: Vec<String> = people
        .iter()
        .take(PEOPLE)
        .map(|(name, rows)| format!("{} {}", fit(&one_line(name), 32), thousands(**rows as u64)))
        .collect();
    if people.len() > PEOPLE {
        names.push(format!("{} more", people.len() - PEOPLE));
    }
    let mut text = format!(
        "Expected answers of {}: {} from the dataset, {} labelled by people ({}), {} without.",
        count(origins.rows, "row"),
        thousands(origins.dataset as u64),
        thousands(labelled as u64),
        names.join(", "),
        thousands(origins.without as u64),
    );
    if origins.disputed > 0 {
        text += &format!(
            " The labels of {} disagree; settle with `wording label --settle`.",
            count(origins.disputed, "row")
        );
    }
    if origins.suggested > 0 {
        text += &format!(
            " {} labelled in view of a suggested answer, which may favor the wordings that gave it.",
            were(origins.suggested)
        );
    }
    if let Some(weighting) = &origins.weighting {
        text += &format!(" {}", label_weighting(weighting));
    } else if origins.selected > 0 && origins.without > 0 {
        text += &format!(
            " {} chosen because the wordings disagreed, so labelled rows may be harder than the others.",
            were(origins.selected)
        );
    }
    text
}

/// The same in a few words.
pub fn short_weighting(weighting: &LabelWeighting) -> String {
    let rows = (weighting.effective_rows.round() as usize).max(1);
    format!(
        "Weighted: {} count as {}.",
        count(weighting.rows, "label"),
        thousands(rows as u64)
    )
}

/// That estimates are weighted, and what that costs.
pub fn label_weighting(weighting: &LabelWeighting) -> String {
    let mut text = format!(
        "Scores and differences are weighted, because {} chosen with unequal chances: they say as much about a mean as {} chosen with equal ones.",
        were(weighting.rows),
        count((weighting.effective_rows.round() as usize).max(1), "row"),
    );
    if weighting.unknown > 0 {
        text += &format!(
            " How {} with an answer {} chosen is not recorded; each counts once.",
            count(weighting.unknown, "further row"),
            if weighting.unknown == 1 {
                "was"
            } else {
                "were"
            },
        );
    }
    text
}

/// Labels that are not used: of rows that the dataset does not have, or not written to their end.
pub fn unused_labels(origins: &AnswerOrigins) -> Vec<String> {
    let file = visible(&as_typed(&origins.file).display().to_string());
    let elsewhere = (origins.elsewhere > 0).then(|| {
        format!(
            "{} in {file} name rows that the dataset does not have",
            count(origins.elsewhere, "label")
        )
    });
    let unfinished = origins.unfinished_line.map(|line| {
        format!("{file}:{line}: the last line is not finished, as after a crash; it is ignored")
    });
    elsewhere.into_iter().chain(unfinished).collect()
}

fn were(rows: usize) -> String {
    format!(
        "{} {}",
        count(rows, "row"),
        if rows == 1 { "was" } else { "were" }
    )
}

/// Rows that have no expected answer, where a score needs one.
pub fn without_expected(without: usize, rows: usize) -> Option<String> {
    match without {
        0 => None,
        n if n == rows => Some(
            "No row has an expected answer, so answers are compared with each other, not scored."
                .to_owned(),
        ),
        n => Some(format!(
            "{n} of {} have no expected answer, so their answers enter no score.",
            count(rows, "row")
        )),
    }
}

/// What was sent and what it took.
pub fn run_counts(counts: &RunCounts) -> String {
    let cost = counts
        .cost_usd
        .map_or(String::new(), |c| format!(" · ${c:.4}"));
    let u = &counts.usage;
    let in_flight = counts.mean_in_flight().map_or(String::new(), |n| {
        format!(" · latency with {n:.1} in flight")
    });
    let estimated = if u.estimated { " (estimated)" } else { "" };
    format!(
        "{}, {} failed · {} sent, {} reused, {} retries · {} tokens in ({} cached), {} out{estimated}{cost} · {:.1} s{in_flight}",
        count(counts.completed as usize, "answer"),
        thousands(counts.failed),
        thousands(counts.sent),
        thousands(counts.reused),
        thousands(counts.retries),
        thousands(u.prompt),
        thousands(u.cached),
        thousands(u.completion),
        counts.elapsed_s,
    )
}

/// `12 outputs scored, no calls sent`
pub fn scored_counts(counts: &RunCounts) -> String {
    let outputs = count(counts.completed as usize, "output");
    format!("{outputs} scored, no calls sent")
}

/// `10 correct, 1 partly correct, 2 wrong, 1 unreadable`; what is always there and what is.
pub fn cell_counts(counts: &CellCounts) -> String {
    let all = [
        (counts.correct, "correct"),
        (counts.partly_correct, "partly correct"),
        (counts.wrong, "wrong"),
        (counts.unreadable, "unreadable"),
        (counts.failed, "failed"),
    ];
    let shown = all
        .iter()
        .filter(|(n, word)| *n > 0 || !["partly correct", "failed"].contains(word));
    let parts: Vec<String> = shown
        .map(|(n, word)| format!("{} {word}", thousands(*n as u64)))
        .collect();
    parts.join(", ")
}

/// How much of the plan has an answer, and whether that is all of it.
pub fn completeness(planned: u64, counts: &RunCounts) -> (String, bool) {
    let missing = planned.saturating_sub(counts.completed + counts.failed);
    let mut text = format!(
        "{} of {} have an answer ({} reused from earlier runs), {} failed",
        counts.completed,
        count(planned as usize, "planned trial"),
        counts.reused,
        counts.failed
    );
    if missing > 0 {
        text += &format!(", {missing} missing: this run is incomplete");
    }
    if let Some(cost) = counts.cost_usd {
        text += &format!("; it cost ${cost:.4}");
    }
    (text + ".", missing + counts.failed == 0)
}

/// For figures of one shard of a run.
pub fn shard_note(shard: &impl std::fmt::Display) -> String {
    format!(
        "These figures cover only shard {shard} of a run; `wording runs merge` combines the shards."
    )
}

/// Says that a server seems to cut prompts, and what to do.
pub fn cut_prompts(cut: &CutPrompts) -> String {
    format!(
        "{} reports {} prompt tokens where about {} were sent{}: the server most likely cut the prompt. Raise its context length (Ollama: num_ctx) or shorten the prompt.",
        visible(&cut.model.to_string()),
        cut.reported,
        cut.counted,
        match cut.answers {
            0 | 1 => String::new(),
            n => format!(" ({} affected)", count(n as usize, "answer")),
        }
    )
}

/// Says that models of the built-in endpoint are not language models, and what they do; `None` where there is none.
pub fn stand_in(models: &[&ModelRef]) -> Option<String> {
    let mut named: Vec<&ModelRef> = Vec::new();
    for model in models.iter().filter(|m| m.is_stand_in()) {
        if !named.contains(model) {
            named.push(model);
        }
    }
    let does = |model: &ModelRef| match model.model.as_str() {
        "echo" => "it repeats the last message",
        tuned if tuned.starts_with("ft:") => "it picks one of the answers it was trained on",
        _ => "it classifies by the shots in the prompt",
    };
    let all: Vec<String> = named
        .iter()
        .map(|model| {
            format!(
                "{model} is a stand-in, not a language model: {}.",
                does(model)
            )
        })
        .collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// How a metric was scored: what is known of its judge, and why answers have no score.
pub fn scoring(
    metric: &str,
    judge: Option<&JudgeFinding>,
    reasons: &[(String, u64)],
) -> Vec<String> {
    let name = visible(metric);
    let mut all = Vec::new();
    if let Some(judge) = judge {
        judge_quality(&name, judge, &mut all);
    }
    for (reason, n) in reasons {
        all.push(format!(
            "{} without a `{name}` score: {}.",
            count(*n as usize, "answer"),
            visible(&fit(reason.trim_end_matches('.'), 300))
        ));
    }
    all
}

fn judge_quality(name: &str, judge: &JudgeFinding, all: &mut Vec<String>) {
    let share = |i: &Interval| {
        let [value, low, high] = [i.value, i.low, i.high].map(|x| x * 100.0);
        format!("{value:.0} % [{low:.0} to {high:.0}]")
    };
    let mut verdicts = format!(
        "The judge `{name}` gave {}",
        count(judge.verdicts as usize, "verdict")
    );
    if judge.reused > 0 {
        verdicts += &format!(", {} of them reused", judge.reused);
    }
    if let Some(cost) = judge.cost_usd {
        verdicts += &format!(", for ${cost:.4}");
    }
    if judge.unreadable > 0 {
        verdicts += &format!("; {} could not be read", judge.unreadable);
    }
    all.push(verdicts + ".");
    all.push(match &judge.itself {
        Some(itself) => {
            let alpha = judge
                .alpha
                .map_or(String::new(), |a| format!(" (Krippendorff's α {a:.2})"));
            format!(
                "Repeated, it gives the same verdict in {}{alpha}.",
                share(itself)
            )
        }
        None => "Its agreement with itself is unknown: set repeats = 2 to measure it.".into(),
    });
    if let (Some(both), Some(first)) = (&judge.both_ways, &judge.first) {
        let bias = if first.low > 0.5 {
            "; it prefers the answer shown first"
        } else if first.high < 0.5 {
            "; it prefers the answer shown last"
        } else {
            ""
        };
        all.push(format!(
            "In {} of comparisons the same answer wins in both orders{bias}: {} of its votes go to the first.",
            share(both),
            share(first)
        ));
    }
}
