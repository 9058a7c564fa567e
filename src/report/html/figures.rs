//! Effects of axes and sources of differences, drawn and in words.

use super::page::escape;
use crate::narrate::{labels::points_interval, summary};
use crate::report::{
    ModelReport,
    svg::{stacked, whisker},
};
use std::io::{self, Write};

pub(super) fn axes(out: &mut dyn Write, part: &ModelReport) -> io::Result<()> {
    let effects = &part.analysis.effects;
    if effects.axes.is_empty() {
        return Ok(());
    }
    out.write_all(b"<h3>What each axis does</h3>\n<div class=\"scroll\"><table><caption>Share: of the variance between the variants\xe2\x80\x99 scores. Effects: points compared with the axis mean, with 95 % intervals.</caption>\n<thead><tr><th scope=\"col\">axis</th><th scope=\"col\" class=\"n\">share</th><th scope=\"col\">effect</th><th scope=\"col\">levels</th></tr></thead><tbody>\n")?;
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
            escape(&summary::axis_effect(axis).0)
        )?;
        for text in summary::axis_details(axis) {
            write!(out, "<br><span class=\"dim\">{}</span>", escape(&text))?;
        }
        out.write_all(b"</td><td>")?;
        for level in &axis.levels {
            let text = format!("{} {}", level.name, points_interval(&level.effect));
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
    for text in summary::interactions(effects) {
        writeln!(out, "<p>{}</p>", escape(&text))?;
    }
    Ok(())
}

pub(super) fn shares(out: &mut dyn Write, part: &ModelReport) -> io::Result<()> {
    let Some(c) = &part.analysis.components else {
        return Ok(());
    };
    out.write_all(b"<h3>Where scores differ</h3>\n")?;
    let parts = summary::variance_parts(c);
    if parts.is_empty() {
        return writeln!(out, "<p>{}</p>", summary::equal_scores(c));
    }
    let shares: Vec<f64> = parts.iter().map(|p| p.1).collect();
    let texts: Vec<String> = (parts.iter())
        .map(|(name, share)| format!("{name} {:.0} %", share * 100.0))
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
        out.write_all(b"<p class=\"dim\">Negative estimates are shown as 0.</p>\n")?;
    }
    Ok(())
}
