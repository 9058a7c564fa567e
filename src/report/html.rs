//! Reports as one HTML file: no outside references, no script, light and dark, printable.

use super::{
    DiffReport, Fate, RunReport,
    phrases::{axis_words, need_sentence},
    run::STAND_IN,
};
use crate::{
    analysis::{Interval, Verdict, points, sentence, verdict_word},
    diff::{Change, Piece},
    display::visible,
};

const STYLE: &str = "
:root{--ink:#1c1e21;--dim:#5d6570;--paper:#fff;--line:#d9dde3;--good:#176f3a;--bad:#b3261e;--good-bg:#d9f2e1;--bad-bg:#fbdcd9;--bar:#3b6fb6}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--dim:#9aa3ad;--paper:#16181b;--line:#34393f;--good:#6fd195;--bad:#ff8f86;--good-bg:#173d26;--bad-bg:#4a1f1c;--bar:#7fb0f0}}
*{box-sizing:border-box}body{margin:0 auto;padding:2rem 1.25rem;max-width:76rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,'Noto Sans CJK SC',sans-serif}
h1{font-size:1.5rem;margin:0 0 .25rem;overflow-wrap:anywhere}summary{font-weight:600;margin-top:1.5rem;cursor:pointer}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{margin:.4rem 0}.dim{color:var(--dim)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:break-word}
th{color:var(--dim);font-weight:600;font-size:.85rem}td.n,th.n{text-align:right;white-space:nowrap}
pre{white-space:pre-wrap;overflow-wrap:anywhere;padding:.8rem 1rem;border:1px solid var(--line);border-radius:6px;font:14px/1.5 ui-monospace,'Noto Sans Mono CJK SC',monospace;margin:.5rem 0}
del{background:var(--bad-bg);color:var(--bad);text-decoration:line-through}ins{background:var(--good-bg);color:var(--good);text-decoration:underline}
.good{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}.scroll{overflow-x:auto}svg{display:block}
@media print{body{max-width:none;padding:0}}
";

/// Text for HTML; control characters are made visible first.
pub fn escape(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"generator\" content=\"wording {}\"><title>{}</title><style>{STYLE}</style></head>\n<body>\n{body}</body></html>\n",
        env!("CARGO_PKG_VERSION"),
        escape(title)
    )
}

fn percent(x: f64) -> String {
    format!("{:.1}", x * 100.0)
}

/// A dot with its interval on a scale from `low` to `high`.
fn bar(i: &Interval, low: f64, high: f64, label: &str) -> String {
    let x = |value: f64| 4.0 + 152.0 * ((value - low) / (high - low).max(1e-9)).clamp(0.0, 1.0);
    let mut svg = format!(
        "<svg width=\"160\" height=\"18\" role=\"img\" aria-label=\"{}\">",
        escape(label)
    );
    if low < 0.0 {
        svg += &format!(
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"1\" y2=\"17\" stroke=\"var(--line)\"/>",
            x(0.0)
        );
    }
    svg += &format!(
        "<line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"9\" y2=\"9\" stroke=\"var(--bar)\" stroke-width=\"2\"/><circle cx=\"{:.1}\" cy=\"9\" r=\"4\" fill=\"var(--bar)\"/></svg>",
        x(i.low),
        x(i.high),
        x(i.value)
    );
    svg
}

/// A word diff as `<del>` and `<ins>`.
fn pieces(all: &[Piece]) -> String {
    all.iter()
        .map(|piece| {
            let text = escape(&piece.text);
            match piece.change {
                Change::Same => text,
                Change::Removed => format!("<del>{text}</del>"),
                Change::Added => format!("<ins>{text}</ins>"),
            }
        })
        .collect()
}

/// The report of a run.
pub fn run(report: &RunReport, title: Option<&str>) -> String {
    let title = title.map_or_else(
        || {
            format!(
                "{}: how the wording sways the score",
                report.info.experiment
            )
        },
        str::to_owned,
    );
    let c = &report.counts;
    let mut body = format!(
        "<h1>{}</h1>\n<p class=\"dim\">run {} · {} rows × {} sample{} · seed {} · {} answers, {} failed · {} sent, {} reused</p>\n",
        escape(&title),
        escape(&report.info.id.0),
        report.info.rows,
        report.info.samples,
        if report.info.samples == 1 { "" } else { "s" },
        report.info.seed,
        c.completed,
        c.failed,
        c.sent,
        c.reused
    );
    for part in &report.models {
        body += &format!(
            "<h2>{}</h2>\n<p>{}</p>\n",
            escape(&part.model.to_string()),
            escape(&sentence(&part.analysis, &report.names()))
        );
        if let Some(best) = &part.analysis.best {
            let name = report
                .info
                .variants
                .get(best.variant)
                .map_or("", |v| v.name.as_str());
            body += &format!(
                "<p>Highest score: <b>{}</b>. Chosen by its score, expect {} % on new rows.</p>\n",
                escape(name),
                percent(best.held_out)
            );
        }
        body += "<div class=\"scroll\"><table><thead><tr><th>variant<th class=\"n\">score %<th class=\"n\">95 %<th><th class=\"n\">difference<th><th class=\"n\">fixed / broken<th class=\"n\">tokens<th>verdict</tr></thead><tbody>\n";
        for (variant, f) in report.info.variants.iter().zip(&part.analysis.variants) {
            let class = match f.verdict {
                Verdict::Better => " class=\"good\"",
                Verdict::Worse => " class=\"bad\"",
                _ => "",
            };
            let (score, interval, plot) =
                f.score
                    .as_ref()
                    .map_or(("–".into(), String::new(), String::new()), |s| {
                        let interval = format!("{}–{}", percent(s.low), percent(s.high));
                        let label = format!("{} %, {interval}", percent(s.value));
                        (percent(s.value), interval, bar(s, 0.0, 1.0, &label))
                    });
            let (difference, difference_plot, flips) =
                f.difference.as_ref().map_or(Default::default(), |d| {
                    let text = format!(
                        "{} [{} {}]",
                        points(d.interval.value),
                        points(d.interval.low),
                        points(d.interval.high)
                    );
                    let plot = bar(&d.interval, -0.5, 0.5, &text);
                    (text, plot, format!("{} / {}", d.fixed, d.broken))
                });
            let mut verdict = verdict_word(&f.verdict).to_owned();
            if let Verdict::Undecided { more_rows: Some(n) } = f.verdict {
                verdict += &format!(": about {n} more rows");
            }
            for (n, word) in [
                (f.unreadable, "unreadable"),
                (f.failed, "failed"),
                (f.unscored, "without a score"),
            ] {
                if n > 0 {
                    verdict += &format!(", {n} {word}");
                }
            }
            body += &format!(
                "<tr><td>{}<td class=\"n\">{score}<td class=\"n\">{interval}<td>{plot}<td class=\"n\">{difference}<td>{difference_plot}<td class=\"n\">{flips}<td class=\"n\">{:.0}+{:.0}<td{class}>{}</tr>\n",
                escape(&variant.name),
                f.prompt_tokens,
                f.completion_tokens,
                escape(&verdict)
            );
        }
        body += "</tbody></table></div>\n";
        if !part.analysis.effects.axes.is_empty() {
            body += "<h2>What each axis does</h2>\n<table><thead><tr><th>axis<th class=\"n\">share of the differences<th>what it does</tr></thead><tbody>\n";
            for axis in &part.analysis.effects.axes {
                body += &format!(
                    "<tr><td>{}<td class=\"n\">{:.0} %<td>{}</tr>\n",
                    escape(&axis.name),
                    axis.share * 100.0,
                    escape(&axis_words(axis).0)
                );
            }
            body += "</tbody></table>\n";
        }
        for metric in &part.scoring {
            for sentence in metric.sentences() {
                body += &format!("<p class=\"dim\">{}</p>\n", escape(&sentence));
            }
        }
        for need in &part.analysis.needs {
            body += &format!("<p class=\"dim\">{}</p>\n", escape(&need_sentence(need)));
        }
    }
    body += "<p class=\"dim\">Scores: 95 % Wilson intervals where each answer is right or wrong and stands alone, else bootstrap over rows. Differences: paired on the same rows, score or bootstrap interval; p by exact McNemar or sign-flip permutation, adjusted by Holm.</p>\n";
    if report.has_demo() {
        body += &format!("<p class=\"dim\">{STAND_IN}</p>\n");
    }
    page(&title, &body)
}

/// The report of a difference.
pub fn diff(report: &DiffReport, outputs: bool) -> String {
    let mut body = format!(
        "<h1>{}</h1>\n<p class=\"dim\">{} · run {} · {} → {}</p>\n<p>{}</p>\n<h2>Template</h2>\n<pre>{}</pre>\n",
        escape(&report.title),
        escape(&report.experiment),
        escape(&report.run),
        escape(&report.before.path),
        escape(&report.after.path),
        escape(&report.prompts_sentence()),
        pieces(&report.template_diff)
    );
    if !report.levels.is_empty() {
        body += "<table><thead><tr><th>axis<th>before<th>after</tr></thead><tbody>\n";
        for (axis, before, after) in &report.levels {
            body += &format!(
                "<tr><td>{}<td>{}<td>{}</tr>\n",
                escape(axis),
                escape(before),
                escape(after)
            );
        }
        body += "</tbody></table>\n";
    }
    for effect in &report.effects {
        body += &format!(
            "<h2>Effect with {}</h2>\n<p>{}</p>\n",
            escape(&effect.model.to_string()),
            escape(&effect.sentence(report))
        );
        if let Some(d) = &effect.difference {
            let label = format!(
                "{} points, {} to {}",
                points(d.value),
                points(d.low),
                points(d.high)
            );
            body += &bar(d, -0.5, 0.5, &label);
            body += "<p class=\"dim\">difference with its 95 % interval, from −50 to +50 points; the line is no difference</p>\n";
        }
        if !outputs || effect.rows.is_empty() {
            continue;
        }
        body += "<table><thead><tr><th><th>row<th>input<th>expected<th>before<th>after</tr></thead><tbody>\n";
        for row in &effect.rows {
            let (mark, class) = match row.fate {
                Fate::Fixed => ("✗→✓ fixed", "good"),
                Fate::Broken => ("✓→✗ broken", "bad"),
                Fate::Churn => ("✗→✗", "dim"),
            };
            body += &format!(
                "<tr><td class=\"{class}\">{mark}<td>{}<td>{}<td>{}<td>{}<td>{}</tr>\n",
                escape(&row.row_id),
                escape(&row.input),
                escape(row.expected.as_deref().unwrap_or("–")),
                escape(&row.before),
                escape(&row.after)
            );
        }
        body += "</tbody></table>\n";
    }
    if outputs && report.prompt_diff.iter().any(|p| p.change != Change::Same) {
        body += &format!(
            "<details><summary>Prompt of the first row that changed</summary>\n<pre>{}</pre></details>\n",
            pieces(&report.prompt_diff)
        );
    }
    if report.has_demo() {
        body += &format!("<p class=\"dim\">{STAND_IN}</p>\n");
    }
    page(&report.title, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        let text = escape("<script>alert('x')</script>\u{1b}[31m & \"q\"");
        assert_eq!(
            text,
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;␛[31m &amp; &quot;q&quot;"
        );
    }
}
