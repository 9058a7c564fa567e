//! Gates: conditions on a run that a script can rely on, such as `score>=0.8` or `diff(new,base).low>-0.02`.

use super::RunReport;
use crate::analysis::{Interval, analyse};
use regex::Regex;

/// What is wrong with a gate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateError {
    /// It is not understood.
    #[error(
        "the gate `{0}` is not understood; write for example 'score>=0.8', 'score(plain).low>0.7', 'spread<=0.05', 'diff(new,base).low>-0.02', 'failed<=0' or 'unreadable<=3'"
    )]
    Syntax(String),
    /// It names a variant that is not there.
    #[error("the gate `{gate}` names `{name}`, which is no variant of this run; there are {}", known.join(", "))]
    NoVariant {
        /// The gate.
        gate: String,
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
}

/// A condition on a run. `score` without a name is the highest of all variants.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    text: String,
    what: String,
    names: Vec<String>,
    end: Option<String>,
    than: String,
    value: f64,
}

impl Gate {
    /// Parse a gate.
    pub fn parse(text: &str) -> Result<Gate, GateError> {
        let wrong = || GateError::Syntax(text.to_owned());
        let pattern = Regex::new(r"^\s*(score|spread|diff|failed|unreadable)\s*(?:\((.*)\))?\s*(?:\.(low|high))?\s*(>=|<=|>|<)\s*(-?\d*\.?\d+)\s*$")
            .map_err(|_| wrong())?;
        let found = pattern.captures(text).ok_or_else(wrong)?;
        let names = found.get(2).map_or(Vec::new(), |m| split(m.as_str()));
        let gate = Gate {
            text: text.to_owned(),
            what: found[1].to_owned(),
            end: found.get(3).map(|m| m.as_str().to_owned()),
            than: found[4].to_owned(),
            value: found[5].parse().map_err(|_| wrong())?,
            names,
        };
        let fits = match gate.what.as_str() {
            "diff" => gate.names.len() == 2,
            "score" => gate.names.len() <= 1,
            _ => gate.names.is_empty() && gate.end.is_none(),
        };
        if fits { Ok(gate) } else { Err(wrong()) }
    }

    /// Whether it holds for every model of a run, and the value it was held against: `(holds, value, model)` each.
    pub fn check(&self, report: &RunReport) -> Result<Vec<(bool, f64, String)>, GateError> {
        let index = |name: &str| {
            report
                .info
                .variants
                .iter()
                .position(|v| v.name == name)
                .ok_or_else(|| GateError::NoVariant {
                    gate: self.text.clone(),
                    name: name.to_owned(),
                    known: report
                        .names()
                        .into_iter()
                        .take(12)
                        .map(str::to_owned)
                        .collect(),
                })
        };
        let end = |i: Interval| match self.end.as_deref() {
            Some("low") => i.low,
            Some(_) => i.high,
            None => i.value,
        };
        report
            .models
            .iter()
            .map(|part| {
                let findings = &part.analysis.variants;
                let value = match (self.what.as_str(), self.names.as_slice()) {
                    ("score", [name]) => findings[index(name)?].score.map_or(f64::NAN, end),
                    ("score", _) => findings
                        .iter()
                        .filter_map(|f| f.score)
                        .map(end)
                        .fold(f64::NAN, f64::max),
                    ("diff", [after, before]) => {
                        let mut spec = RunReport::analysis_spec(&report.info);
                        spec.baseline = index(before)?;
                        let after = index(after)?;
                        let again = analyse(&part.grid, &spec);
                        again.variants[after]
                            .difference
                            .as_ref()
                            .map_or(f64::NAN, |d| end(d.interval))
                    }
                    ("spread", _) => part.analysis.spread.as_ref().map_or(f64::NAN, |s| s.value),
                    ("failed", _) => findings.iter().map(|f| f.failed).sum::<usize>() as f64,
                    _ => findings.iter().map(|f| f.unreadable).sum::<usize>() as f64,
                };
                // What is not known does not hold: a comparison with NaN is false.
                let holds = match self.than.as_str() {
                    ">=" => value >= self.value,
                    "<=" => value <= self.value,
                    ">" => value > self.value,
                    _ => value < self.value,
                };
                Ok((holds, value, part.model.to_string()))
            })
            .collect()
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Split at commas outside of brackets: names of variants hold commas in brackets.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for c in text.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.into_iter().map(|p| p.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_parsed_with_names_that_hold_commas() {
        let gate = Gate::parse("diff(a[x=1,y=2], base).low > -0.02").unwrap();
        assert_eq!(gate.names, ["a[x=1,y=2]", "base"]);
        assert_eq!(
            (gate.end.as_deref(), gate.than.as_str(), gate.value),
            (Some("low"), ">", -0.02)
        );
        for good in [
            "score>=0.8",
            "score(plain).low>.7",
            "spread<=0.05",
            "failed<=0",
        ] {
            assert!(Gate::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "score",
            "score=>1",
            "diff(a)>0",
            "spread.low<1",
            "fun>1",
            "failed(x)<1",
        ] {
            assert!(Gate::parse(bad).is_err(), "{bad}");
        }
    }
}
