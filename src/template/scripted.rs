//! Templates in another dialect: what they see of a trial, and how their errors are told.
//!
//! Names are looked for among the axes, then the columns; `row`, `shots` and `axes` are there where no column has their name.

use super::{error::EngineError, marker, render_context, sandbox::FUEL, trace::Span};
use crate::{
    dialect::{Dialect, Failure, Host, Meter, Script, Value},
    model::{Role, Row, Shot, Variant},
};
use serde_json::{Map, Value as Json};
use std::{cell::OnceCell, sync::Arc};

/// What a template sees of a trial.
pub(super) struct Trial {
    row: Arc<Row>,
    shots: Vec<Arc<Shot>>,
    levels: Vec<(String, Json)>,
    /// Messages without text are sent.
    keeps_blank: bool,
}

impl Trial {
    pub(super) fn new(
        variant: &Variant,
        row: &Arc<Row>,
        shots: &[Arc<Shot>],
        dialect: Dialect,
    ) -> Trial {
        let levels = variant.levels.iter();
        Trial {
            keeps_blank: dialect == Dialect::Nunjucks,
            row: Arc::clone(row),
            shots: shots.to_vec(),
            levels: levels
                .map(|(axis, level)| (axis.clone(), level.value.clone()))
                .collect(),
        }
    }
}

/// Functions beside those of the dialect.
pub(super) const FUNCTIONS: [&str; 2] = ["role", "field"];

/// The names of one rendering. What stands for a whole row, all shots or all levels is made when it is first asked for.
struct Names<'a> {
    trial: &'a Trial,
    row: OnceCell<Json>,
    shots: OnceCell<Json>,
    axes: OnceCell<Json>,
    /// The same as values of JavaScript.
    values: [OnceCell<Value>; 3],
}

/// Names that stand for more than one value of the data.
const WHOLE: [&str; 3] = ["row", "shots", "axes"];

impl Names<'_> {
    /// An axis or a column.
    fn single(&self, name: &str) -> Option<&Json> {
        let is_text = |axis: &str| !axis.contains('.') && axis != "format";
        let trial = self.trial;
        let level = trial
            .levels
            .iter()
            .find(|(axis, _)| axis == name && is_text(axis));
        let column = || trial.row.fields.get(name);
        level.map(|(_, value)| value).or_else(column)
    }
}

impl Host for Names<'_> {
    fn json(&self, name: &str) -> Option<&Json> {
        let trial = self.trial;
        if let Some(value) = self.single(name) {
            return Some(value);
        }
        match name {
            "row" => Some(
                self.row
                    .get_or_init(|| Json::Object(trial.row.fields.clone())),
            ),
            "shots" => Some(self.shots.get_or_init(|| {
                let shots = trial.shots.iter();
                shots
                    .map(|shot| Json::Object(shot.fields.clone()))
                    .collect()
            })),
            "axes" => Some(self.axes.get_or_init(|| {
                let levels: Map<String, Json> = trial.levels.iter().cloned().collect();
                Json::Object(levels)
            })),
            _ => None,
        }
    }

    fn variable(&self, name: &str) -> Option<Value> {
        let whole = WHOLE.iter().position(|whole| *whole == name);
        match whole.filter(|_| self.single(name).is_none()) {
            Some(n) => {
                let json = self.json(name)?;
                Some(self.values[n].get_or_init(|| Value::from(json)).clone())
            }
            None => self.single(name).map(Value::from),
        }
    }

    fn has_function(&self, name: &str) -> bool {
        FUNCTIONS.contains(&name)
    }

    fn call(
        &self,
        name: &str,
        values: &[Value],
        named: &dyn Fn(&str) -> Option<Value>,
    ) -> Result<String, String> {
        let is_text = |value: &Option<Value>, text: &str| {
            value.as_ref().is_some_and(|value| value.to_text() == text)
        };
        let text = |at: usize| values.get(at).map(Value::to_text).unwrap_or_default();
        if name == "field" {
            return Ok(render_context::with_current(|scene| {
                marker::field(scene.and_then(|s| s.format.as_ref()), &text(0), &text(1))
            }));
        }
        let role = text(0);
        let parsed = match role.as_str() {
            "model" => Some(Role::Assistant),
            other => Role::parse(other),
        };
        let trim = named("trim");
        let trims = trim.as_ref().is_some_and(Value::is_true);
        match parsed {
            Some(role) if is_text(&trim, "line-ends") => Ok(marker::line_role(role)),
            Some(role) if is_text(&trim, "block") => Ok(marker::block_role(role)),
            Some(role) if is_text(&trim, "none") => Ok(marker::exact_role(role)),
            Some(role) if trims => Ok(marker::role(role, true)),
            Some(role) if self.trial.keeps_blank => Ok(marker::exact_role(role)),
            Some(role) => Ok(marker::role(role, false)),
            None => {
                let all = Role::ALL.map(Role::as_str).join(", ");
                Err(format!("no role `{role}`; available: {all}"))
            }
        }
    }

    fn draw(&self, below: usize) -> usize {
        render_context::draw(below)
    }
}

/// Render; the spans name the template by its key.
pub(super) fn render(
    script: &Script,
    trial: &Trial,
    key: &str,
) -> Result<(String, Vec<Span>), EngineError> {
    let names = Names {
        trial,
        row: OnceCell::new(),
        shots: OnceCell::new(),
        axes: OnceCell::new(),
        values: Default::default(),
    };
    let out = script
        .render(&names, Meter::new(FUEL))
        .map_err(|failure| explain(failure, key))?;
    let spans = out.spans.into_iter().map(|span| Span {
        name: key.to_owned(),
        output: span.output,
        source: span.source,
        is_raw: span.is_raw,
    });
    Ok((out.text, spans.collect()))
}

fn explain(failure: Failure, key: &str) -> EngineError {
    EngineError::of_script(failure.message, key, failure.at, failure.is_limit)
}
