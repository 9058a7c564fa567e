//! What a wording is set to beside its words: which shots it shows and in which order, how its fields are written, and the levels of
//! axes that are no texts. A search changes them without a writer. Each has a text, as the texts of other parts.

use super::words::is_wording;
use crate::{
    engine::Plan,
    model::{Axis, Level, Row, Variant},
    shots::{ResolvedShots, Select, ShotOrder},
    template::{FieldFormat, wording},
};
use serde_json::{Value, json};

/// A wording without shots.
const NONE: &str = "none";

/// The name of the part that says which shots there are.
const SHOTS: &str = "shots";
const FORMAT: &str = "format";

/// What a setting says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SettingKind {
    Shots,
    Format,
    /// Which of the levels of an axis it is, by name.
    Level(Axis),
}

/// A setting of the start.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setting {
    pub name: String,
    pub text: String,
    pub kind: SettingKind,
}

/// The shots of a wording, as their text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ShotChoice {
    /// The same for all rows, by number.
    Listed(Vec<usize>),
    /// So many, chosen for each row.
    ByRow {
        select: Select,
        count: usize,
        order: ShotOrder,
    },
}

impl Setting {
    /// The settings of a variant.
    pub(super) fn of_variant(plan: &Plan, variant: &Variant) -> Vec<Setting> {
        let mut settings = Vec::new();
        let spec = ResolvedShots::resolve(&plan.experiment.shots_default, variant).ok();
        let spec = spec.filter(|_| plan.templates.shows_shots(variant));
        if let Some(spec) = spec.filter(|_| !plan.shots.shots().is_empty()) {
            settings.push(Setting {
                name: SHOTS.into(),
                text: ShotChoice::of(plan, spec).to_string(),
                kind: SettingKind::Shots,
            });
        }
        if plan.templates.writes_fields(variant) {
            let level = variant.level(FORMAT).map(|level| &level.value);
            settings.push(Setting {
                name: FORMAT.into(),
                text: format_text(
                    &level.map_or_else(FieldFormat::default, FieldFormat::from_level),
                ),
                kind: SettingKind::Format,
            });
        }
        let template = &plan.templates.templates()[variant.template];
        settings.extend(short_axes(variant, &template.axes, &plan.experiment.axes));
        settings
    }

    /// The shots that a seed draws for a variant, where it draws them once for all rows.
    pub(super) fn drawn_shots(plan: &Plan, variant: &Variant) -> Option<String> {
        let spec = ResolvedShots::resolve(&plan.experiment.shots_default, variant).ok()?;
        let shots = Setting::shots_of_variant(plan, variant).pop()?;
        spec.is_drawn().then_some(shots.text)
    }

    /// The shots of a variant, where all rows have the same: each of them may be left out.
    pub(super) fn shots_of_variant(plan: &Plan, variant: &Variant) -> Vec<Setting> {
        let mut settings = Setting::of_variant(plan, variant);
        settings.retain(|setting| {
            let is_listed = matches!(ShotChoice::read(&setting.text), Some(ShotChoice::Listed(_)));
            setting.kind == SettingKind::Shots && is_listed
        });
        settings
    }

    /// A setting of a record, by its name and its text at the start; `None` of a part that is none.
    pub(super) fn of_record(
        name: &str,
        text: &str,
        variant: &Variant,
        axes: [&[Axis]; 2],
    ) -> Option<Setting> {
        let kind = match name {
            SHOTS => SettingKind::Shots,
            FORMAT => SettingKind::Format,
            _ => {
                let mut short = short_axes(variant, axes[0], axes[1]);
                return short.find(|setting| setting.name == name);
            }
        };
        Some(Setting {
            name: name.to_owned(),
            text: text.to_owned(),
            kind,
        })
    }
}

/// Axes of several levels that are no texts, as of a layout; each at the level of the variant.
fn short_axes<'a>(
    variant: &'a Variant,
    own: &'a [Axis],
    others: &'a [Axis],
) -> impl Iterator<Item = Setting> + 'a {
    variant.levels.iter().filter_map(move |(name, level)| {
        let is_text = wording(level).is_some_and(is_wording);
        if is_text || name.contains('.') || name == FORMAT || name == "tools" {
            return None;
        }
        let axis = own.iter().chain(others).find(|axis| axis.name == *name)?;
        (axis.levels.len() > 1).then(|| Setting {
            name: name.clone(),
            text: level.name.clone(),
            kind: SettingKind::Level(axis.clone()),
        })
    })
}

impl SettingKind {
    /// The levels of axes that a text of this setting stands for; none of a text that cannot be read.
    pub(super) fn levels(&self, text: &str) -> Vec<(String, Level)> {
        match self {
            SettingKind::Shots => ShotChoice::read(text).map_or(Vec::new(), |shots| shots.levels()),
            SettingKind::Format => {
                let level = read_format(text).map(|format| Level {
                    name: "1".into(),
                    value: json!({
                        "casing": format.casing, "separator": format.separator, "joiner": format.joiner,
                    }),
                });
                level
                    .into_iter()
                    .map(|level| (FORMAT.to_owned(), level))
                    .collect()
            }
            SettingKind::Level(axis) => {
                let level = axis.levels.iter().filter(|level| level.name == text);
                level
                    .map(|level| (axis.name.clone(), level.clone()))
                    .collect()
            }
        }
    }
}

impl ShotChoice {
    fn of(plan: &Plan, spec: ResolvedShots) -> ShotChoice {
        let is_by_row = spec.select.is_by_row() || spec.order == ShotOrder::NearestLast;
        let shots = plan.shots.shots();
        if is_by_row {
            return ShotChoice::ByRow {
                count: spec.count.unwrap_or(shots.len()).min(shots.len()),
                select: spec.select,
                order: spec.order,
            };
        }
        // A row of which no shot is left out.
        let chosen = plan
            .shots
            .choose(&Row::default(), &spec, plan.experiment.seed);
        ShotChoice::Listed(chosen.iter().map(|shot| shot.index + 1).collect())
    }

    /// From `3, 7, 1`, `none`, or `bm25 4 nearest-last`.
    pub(super) fn read(text: &str) -> Option<ShotChoice> {
        if text == NONE {
            return Some(ShotChoice::Listed(Vec::new()));
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            let numbers = text.split(", ").map(|number| number.parse().ok());
            return Some(ShotChoice::Listed(numbers.collect::<Option<_>>()?));
        }
        let mut words = text.split(' ');
        Some(ShotChoice::ByRow {
            select: Select::by_name(words.next()?)?,
            count: words.next()?.parse().ok()?,
            order: ShotOrder::by_name(words.next()?)?,
        })
    }

    fn levels(self) -> Vec<(String, Level)> {
        let (select, count, order) = match self {
            ShotChoice::Listed(numbers) if numbers.is_empty() => {
                (Select::First, 0, ShotOrder::Given)
            }
            ShotChoice::Listed(numbers) => {
                let count = numbers.len();
                (Select::Listed(numbers), count, ShotOrder::Given)
            }
            ShotChoice::ByRow {
                select,
                count,
                order,
            } => (select, count, order),
        };
        let name = |value: &Value| match value {
            Value::Array(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(Value::to_string).collect();
                numbers.join("+")
            }
            Value::String(word) => word.clone(),
            other => other.to_string(),
        };
        let level = |axis: &str, value: Value| {
            let level = Level {
                name: name(&value),
                value,
            };
            (format!("shots.{axis}"), level)
        };
        vec![
            level("count", count.into()),
            level("select", select.to_value()),
            level("order", order.name().into()),
        ]
    }
}

impl std::fmt::Display for ShotChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ShotChoice::Listed(numbers) if numbers.is_empty() => f.write_str(NONE),
            ShotChoice::Listed(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
                f.write_str(&numbers.join(", "))
            }
            ShotChoice::ByRow {
                select,
                count,
                order,
            } => {
                let select = select.to_value();
                let select = select.as_str().unwrap_or("first");
                write!(f, "{select} {count} {}", order.name())
            }
        }
    }
}

/// `upper " - " "; "`: the casing of names, what stands behind them, and between fields.
pub(super) fn format_text(format: &FieldFormat) -> String {
    format!(
        "{} {} {}",
        format.casing,
        json!(format.separator),
        json!(format.joiner)
    )
}

pub(super) fn read_format(text: &str) -> Option<FieldFormat> {
    let (casing, rest) = text.split_once(' ')?;
    let mut texts = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    let mut next = || texts.next()?.ok();
    Some(FieldFormat {
        casing: casing.to_owned(),
        separator: next()?,
        joiner: next()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_are_written() {
        for text in [
            "none",
            "3, 7, 1",
            "12",
            "bm25 4 nearest-last",
            "mmr 2 given",
        ] {
            assert_eq!(ShotChoice::read(text).unwrap().to_string(), text);
        }
        for text in ["", "3,7", "3, x", "bm25", "nearest 4 given", "bm25 4 up"] {
            assert_eq!(ShotChoice::read(text), None, "{text}");
        }
        for level in FieldFormat::axis(192, 7).levels {
            let format = FieldFormat::from_level(&level.value);
            assert_eq!(read_format(&format_text(&format)), Some(format));
        }
    }

    #[test]
    fn a_text_stands_for_levels() {
        let of = |text: &str| -> Vec<String> {
            let levels = SettingKind::Shots.levels(text).into_iter();
            levels
                .map(|(axis, level)| format!("{axis}={}", level.name))
                .collect()
        };
        assert_eq!(
            of("3, 7, 1"),
            ["shots.count=3", "shots.select=3+7+1", "shots.order=given"]
        );
        assert_eq!(
            of("none"),
            ["shots.count=0", "shots.select=first", "shots.order=given"]
        );
        assert_eq!(
            of("mmr 2 reverse"),
            ["shots.count=2", "shots.select=mmr", "shots.order=reverse"]
        );
        assert!(of("x").is_empty());
        let level = SettingKind::Format
            .levels("upper \" - \" \"; \"")
            .pop()
            .unwrap()
            .1;
        assert_eq!(
            level.value,
            json!({"casing": "upper", "separator": " - ", "joiner": "; "})
        );
    }
}
