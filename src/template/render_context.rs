//! What a template sees of a trial: the row, the shots, the levels of the variant; and what `field()` and `random` need
//! to know of the rendering at hand.
//!
//! Rows and shots are turned into values only where the template asks for them. Knows no template and no marker.

use super::{FieldFormat, chance, media::FUNCTIONS, replies::ReplyState, tool_history};
use crate::model::{Row, Shot, Variant};
use minijinja::value::{Enumerator, Object, ObjectRepr, Serde, Value};
use std::{cell::RefCell, sync::Arc};

/// A row or a shot: a map from column to value.
#[derive(Debug)]
struct Columns(Arc<Row>);

impl Object for Columns {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0.fields.get(key).map(value)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(
            self.0
                .fields
                .keys()
                .map(|k| Value::from(k.as_str()))
                .collect(),
        )
    }
}

/// The chosen shots, in their order.
#[derive(Debug)]
struct Shots(Vec<Arc<Shot>>);

impl Object for Shots {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let shot = self.0.get(key.as_usize()?)?;
        Some(Value::from_object(Columns(Arc::clone(shot))))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

/// What the model said so far, by name, or by number from 0.
#[derive(Debug)]
struct Replies;

impl Object for Replies {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        with_current(|scene| {
            let replies = &scene?.replies;
            let name = match key.as_str() {
                Some(name) => name,
                None => replies.called().get(key.as_usize()?)?,
            };
            replies.text(name).map(Value::from)
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let called = with_current(|scene| scene.map(|scene| scene.replies.called().to_vec()));
        let names = called.unwrap_or_default().into_iter();
        Enumerator::Values(names.map(Value::from).collect())
    }
}

/// All names of a rendering. An axis hides a column of its name; the names that templates are written in hide both.
/// Values are made when they are looked up.
#[derive(Debug)]
struct Names {
    row: Arc<Row>,
    shots: Arc<Shots>,
    levels: Vec<(String, Value)>,
    /// Where the template looks at it.
    axes: Option<Value>,
    functions: CalledFunctions,
}

/// Functions that hide columns and axes of their names where a template calls them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CalledFunctions {
    /// `image()` and its like.
    pub(super) media: bool,
    /// `reply()`, and `replies` with it.
    pub(super) reply: bool,
    pub(super) tool_call: bool,
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "row" => return Some(Value::from_object(Columns(Arc::clone(&self.row)))),
            "shots" => return Some(Value::from_dyn_object(Arc::clone(&self.shots))),
            "axes" => return self.axes.clone(),
            // Functions: a column of that name is `row.role`.
            "role" | "field" => return None,
            _ if self.functions.media && FUNCTIONS.contains(&key) => return None,
            "reply" if self.functions.reply => return None,
            tool_history::FUNCTION if self.functions.tool_call => return None,
            "replies" if self.functions.reply => return Some(Value::from_object(Replies)),
            _ => {}
        }
        match self.levels.iter().find(|(name, _)| name == key) {
            Some((_, value)) => Some(value.clone()),
            None => match self.row.fields.get(key) {
                Some(field) => Some(value(field)),
                // A part that the template names by an expression may call `reply()`.
                None => (key == "replies").then(|| Value::from_object(Replies)),
            },
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let levels = self.levels.iter().map(|(name, _)| name.as_str());
        let columns = self.row.fields.keys().map(String::as_str);
        let names = ["row", "shots", "axes"]
            .into_iter()
            .chain(levels)
            .chain(columns);
        Enumerator::Values(names.map(Value::from).collect())
    }
}

/// The names that a template sees. `axes` is filled only where the template looks at it.
pub(super) fn names(
    variant: &Variant,
    row: &Arc<Row>,
    shots: &[Arc<Shot>],
    with_axes: bool,
    functions: CalledFunctions,
) -> Value {
    let levels = variant.levels.iter();
    Value::from_object(Names {
        row: Arc::clone(row),
        shots: Arc::new(Shots(shots.to_vec())),
        levels: levels
            .clone()
            .filter(|(axis, _)| !axis.contains('.') && axis != "format")
            .map(|(axis, level)| (axis.clone(), value(&level.value)))
            .collect(),
        functions,
        axes: with_axes.then(|| {
            Value::from_pairs(levels.map(|(axis, level)| (axis.as_str(), value(&level.value))))
        }),
    })
}

/// A JSON value as templates see it.
pub(super) fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Bool(flag) => Value::from(*flag),
        other => Value::from(Serde(other)),
    }
}

/// What functions need to know of the rendering at hand. Kept beside the template and not in its names, because a macro
/// sees only the names that it mentions.
#[derive(Debug)]
pub(super) struct RenderContext {
    /// How fields are written; the plain format where `None`.
    pub(super) format: Option<FieldFormat>,
    pub(super) seed: u64,
    /// The row: it draws the same in every variant.
    pub(super) row: Arc<Row>,
    /// How many draws there were.
    pub(super) draws: u64,
    pub(super) replies: ReplyState,
}

thread_local! {
    static SCENE: RefCell<Option<RenderContext>> = const { RefCell::new(None) };
}

pub(super) fn with<T>(scene: RenderContext, render: impl FnOnce() -> T) -> T {
    SCENE.set(Some(scene));
    let result = render();
    SCENE.set(None);
    result
}

/// A whole number below `n`, drawn for the row and the place of the draw in the rendering at hand.
pub(super) fn draw(n: usize) -> usize {
    let mut hasher = blake3::Hasher::new();
    with_current(|scene| {
        if let Some(scene) = scene {
            scene.draws += 1;
            hasher.update(&scene.seed.to_le_bytes());
            hasher.update(&scene.draws.to_le_bytes());
            hasher.update(scene.row.id.as_bytes());
        }
    });
    let mut seed = [0; 8];
    seed.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    chance::below(n, &mut chance::rng(u64::from_le_bytes(seed)))
}

/// Look at the scene of the rendering at hand; `None` outside of one.
pub(super) fn with_current<T>(see: impl FnOnce(Option<&mut RenderContext>) -> T) -> T {
    SCENE.with_borrow_mut(|scene| see(scene.as_mut()))
}
