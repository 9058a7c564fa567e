//! What axes do, and where the differences between scores come from, drawn and in words.

use super::{page::escape, variants::in_points};
use crate::report::{
    ModelReport,
    phrases::{axis_details, axis_words, same_scores, share_parts},
    sayings,
    svg::{stacked, whisker},
};
use std::io::{self, Write};

pub(super) fn axes(out: &mut dyn Write, part: &ModelReport) -> io::Result<()> {
    let effects = &part.analysis.effects;
    if effects.axes.is_empty() {
        return Ok(());
    }
    out.write_all(b"<h3>What each axis does</h3>\n<div class=\"scroll\"><table><caption>Share: of the variance between the variants\xe2\x80\x99 scores. Effects: points against the mean of the axis, with 95 % intervals.</caption>\n<thead><tr><th scope=\"col\">axis</th><th scope=\"col\" class=\"n\">share</th><th scope=\"col\">what it does</th><th scope=\"col\">levels</th></tr></thead><tbody>\n")?;
    let widest = effects
        .axes
        .iter()
        .flat_map(|a| &a.levels)
        .flat_map(|l| [l.effect.low.abs(), l.effect.high.abs()])
        .fold(0.01f64, f64::max);
    for axis in &effects.axes {
        write!(
            out,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{:.0} %</td><td>{}",
            escape(&axis.name),
            axis.share * 100.0,
            escape(&axis_words(axis).0)
        )?;
        for text in axis_details(axis) {
            write!(out, "<br><span class=\"dim\">{}</span>", escape(&text))?;
        }
        out.write_all(b"</td><td>")?;
        for level in &axis.levels {
            let text = format!("{} {}", level.name, in_points(&level.effect));
            write!(
                out,
                "{}<span class=\"dim\">{}</span>",
                whisker(&level.effect, (-widest, widest), Some(0.0), &text),
                escape(&text)
            )?;
        }
        out.write_all(b"</td></tr>\n")?;
    }
    out.write_all(b"</tbody></table></div>\n")?;
    for text in sayings::together(effects) {
        writeln!(out, "<p>{}</p>", escape(&text))?;
    }
    Ok(())
}

pub(super) fn shares(out: &mut dyn Write, part: &ModelReport) -> io::Result<()> {
    let Some(c) = &part.analysis.components else {
        return Ok(());
    };
    out.write_all(b"<h3>Where the differences between scores come from</h3>\n")?;
    let parts = share_parts(c);
    let total: f64 = parts.iter().map(|p| p.1).sum();
    if total <= 0.0 {
        return writeln!(out, "<p>{}</p>", same_scores(c));
    }
    let shares: Vec<f64> = parts.iter().map(|p| p.1 / total).collect();
    let texts: Vec<String> = parts
        .iter()
        .zip(&shares)
        .map(|((name, _), share)| format!("{name} {:.0} %", share * 100.0))
        .collect();
    writeln!(out, "{}", stacked(&shares, &texts.join(", ")))?;
    out.write_all(b"<ul>")?;
    for (i, text) in texts.iter().enumerate() {
        write!(
            out,
            "<li><span class=\"swatch s{i}\"></span> {}</li>",
            escape(text)
        )?;
    }
    out.write_all(b"</ul>\n")?;
    if c.truncated {
        out.write_all(b"<p class=\"dim\">An estimate below zero is shown as 0.</p>\n")?;
    }
    Ok(())
}
