//! The parts of a wording that a search may change: texts of axes, text outside of tags, loops, shots and data, and settings. Texts
//! come first.

use super::{
    OptimizeError,
    setting::{Setting, SettingKind},
    words::is_wording,
};
use crate::{
    model::{Level, Role, Variant},
    project::ShotsSpec,
    shots::ResolvedShots,
    template::{Template, TemplateError, TemplateSet, wording},
};
use serde_json::Value;
use std::ops::Range;

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegionKind {
    /// A writer may reword it.
    Text,
    /// A mark of the layout, which may be left out.
    Layout,
    Setting,
}

/// A part that may be reworded.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// The axis, or who speaks: `instruction`, `system`, `user-2`.
    pub name: String,
    /// The text at the start of the search.
    pub text: String,
    place: Place,
}

#[derive(Debug, Clone, PartialEq)]
enum Place {
    /// The level of this axis.
    Axis(String),
    /// This span of the template's source.
    Source(Range<usize>),
    /// Each of these spans of the template's source: a mark of the layout, with the white space behind it.
    Layout(Vec<Range<usize>>),
    /// No text: changed without a writer.
    Setting(SettingKind),
}

impl Region {
    /// Whether a writer may reword it.
    pub fn is_text(&self) -> bool {
        self.kind() == RegionKind::Text
    }

    pub(super) fn kind(&self) -> RegionKind {
        match self.place {
            Place::Axis(_) | Place::Source(_) => RegionKind::Text,
            Place::Layout(_) => RegionKind::Layout,
            Place::Setting(_) => RegionKind::Setting,
        }
    }
}

/// A variant to begin with, and its parts that may be reworded.
#[derive(Debug, Clone)]
pub struct Regions {
    template: Template,
    variant: Variant,
    regions: Vec<Region>,
}

/// The texts of all regions, in their order: what makes one wording of the search.
pub type Texts = Vec<String>;

impl Regions {
    /// The parts of a variant, its settings among them; only those named, where some are.
    pub(super) fn of(
        template: &Template,
        variant: &Variant,
        settings: Vec<Setting>,
        edit: &[String],
    ) -> Result<Regions, OptimizeError> {
        Regions::with_layout(template, variant, Vec::new(), settings, edit)
    }

    /// The same where marks of the layout may be left out.
    pub(super) fn of_shorter(
        template: &Template,
        variant: &Variant,
        settings: Vec<Setting>,
        edit: &[String],
    ) -> Result<Regions, OptimizeError> {
        // No mark has the name of an axis or of another part.
        let mut taken: Vec<String> = texts(template).into_iter().map(|r| r.name).collect();
        taken.extend(variant.levels.iter().map(|(axis, _)| axis.clone()));
        let layout = layout(template, &taken);
        Regions::with_layout(template, variant, layout, settings, edit)
    }

    fn with_layout(
        template: &Template,
        variant: &Variant,
        layout: Vec<Region>,
        settings: Vec<Setting>,
        edit: &[String],
    ) -> Result<Regions, OptimizeError> {
        let mut regions = axes(variant);
        regions.extend(texts(template));
        regions.extend(layout);
        regions.extend(settings.into_iter().map(|setting| Region {
            name: setting.name,
            text: setting.text,
            place: Place::Setting(setting.kind),
        }));
        if regions.is_empty() {
            return Err(OptimizeError::NoRegion {
                template: template.path.display().to_string(),
            });
        }
        if let Some(name) = edit
            .iter()
            .find(|name| regions.iter().all(|r| r.name != **name))
        {
            return Err(OptimizeError::UnknownRegion {
                template: template.path.display().to_string(),
                name: name.clone(),
                known: regions.into_iter().map(|r| r.name).collect(),
            });
        }
        if !edit.is_empty() {
            regions.retain(|region| edit.contains(&region.name));
        }
        Ok(Regions {
            template: template.clone(),
            variant: variant.clone(),
            regions,
        })
    }

    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// Those that a writer may reword: the first ones.
    pub fn texts(&self) -> &[Region] {
        let texts = self.regions.iter().take_while(|region| region.is_text());
        &self.regions[..texts.count()]
    }

    /// The settings, by their places among all parts.
    pub(super) fn settings(&self) -> impl Iterator<Item = (usize, &SettingKind)> {
        let all = self.regions.iter().enumerate();
        all.filter_map(|(at, region)| match &region.place {
            Place::Setting(kind) => Some((at, kind)),
            _ => None,
        })
    }

    /// The texts of the start.
    pub fn start(&self) -> Texts {
        self.regions.iter().map(|r| r.text.clone()).collect()
    }

    /// The template's source with these texts in the places of those outside of axes.
    pub fn source(&self, texts: &[String]) -> String {
        let mut source = self.template.source.to_string();
        // From the end, so that spans stay where they are.
        let mut edits: Vec<(&Range<usize>, &String)> = Vec::new();
        for (region, text) in self.regions.iter().zip(texts) {
            match &region.place {
                Place::Source(span) => edits.push((span, text)),
                Place::Layout(spans) if *text != region.text => {
                    edits.extend(spans.iter().map(|span| (span, text)));
                }
                Place::Layout(_) | Place::Axis(_) | Place::Setting(_) => {}
            }
        }
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, text) in edits {
            source.replace_range(span.clone(), text);
        }
        source
    }

    /// The texts of axes that differ from the start's, by the axis.
    pub fn changed_levels(&self, texts: &[String]) -> Vec<(&str, String)> {
        let changed = self.regions.iter().zip(texts);
        changed
            .filter_map(|(region, text)| match &region.place {
                Place::Axis(axis) if *text != region.text => Some((axis.as_str(), text.clone())),
                _ => None,
            })
            .collect()
    }

    /// The levels that settings other than the start's stand for, by their axis.
    pub(super) fn changed_settings(&self, texts: &[String]) -> Vec<(String, Level)> {
        let changed = self.regions.iter().zip(texts);
        changed
            .flat_map(|(region, text)| match &region.place {
                Place::Setting(kind) if *text != region.text => kind.levels(text),
                _ => Vec::new(),
            })
            .collect()
    }

    /// The levels that a template of its own fixes for these texts: of all settings where one is changed, of shots that a seed draws
    /// in any case.
    pub(super) fn settings_to_fix(
        &self,
        texts: &[String],
        shots_default: &ShotsSpec,
    ) -> Vec<(String, Level)> {
        let is_changed = !self.changed_settings(texts).is_empty();
        let spec = ResolvedShots::resolve(shots_default, &self.variant).ok();
        let is_drawn = spec.is_some_and(|spec| spec.is_drawn());
        let of = |(region, text): (&Region, &String)| match &region.place {
            Place::Setting(SettingKind::Shots) if is_changed || is_drawn => {
                SettingKind::Shots.levels(text)
            }
            Place::Setting(SettingKind::Format)
                if *text == region.text && self.variant.level("format").is_none() =>
            {
                Vec::new()
            }
            Place::Setting(kind) if is_changed => kind.levels(text),
            _ => Vec::new(),
        };
        self.regions.iter().zip(texts).flat_map(of).collect()
    }

    /// Add a wording to a set of templates: the variant that it is there.
    pub fn add(
        &self,
        templates: &mut TemplateSet,
        name: &str,
        texts: &[String],
    ) -> Result<Variant, TemplateError> {
        let mut variant = self.variant.clone();
        for (region, text) in self.regions.iter().zip(texts) {
            if let Place::Axis(axis) = &region.place
                && *text != region.text
            {
                let levels = variant.levels.iter_mut().filter(|(name, _)| name == axis);
                levels.for_each(|(_, level)| {
                    *level = Level {
                        name: name.to_owned(),
                        value: Value::String(text.clone()),
                    };
                });
            }
        }
        for (axis, level) in self.changed_settings(texts) {
            match variant.levels.iter_mut().find(|(name, _)| *name == axis) {
                Some((_, there)) => *there = level,
                None => variant.levels.push((axis, level)),
            }
        }
        let source = self.source(texts);
        if *source != *self.template.source {
            let file = self.template.path.with_file_name(format!("{name}.j2"));
            *templates = templates.with_text(&file, &source)?;
            variant.template = templates.templates().len() - 1;
        }
        if texts != self.start() {
            variant.name = name.to_owned();
        }
        Ok(variant)
    }

    /// The variant that the search begins with.
    pub fn variant(&self) -> &Variant {
        &self.variant
    }

    /// The template's file.
    pub fn template(&self) -> &Template {
        &self.template
    }
}

fn axes(variant: &Variant) -> Vec<Region> {
    let levels = variant.levels.iter();
    levels
        .filter(|(axis, _)| !axis.contains('.') && axis != "format")
        .filter_map(|(axis, level)| {
            let text = wording(level).filter(|text| is_wording(text))?;
            Some(Region {
                name: axis.clone(),
                text: text.to_owned(),
                place: Place::Axis(axis.clone()),
            })
        })
        .collect()
}

fn texts(template: &Template) -> Vec<Region> {
    let mut found: Vec<Region> = Vec::new();
    for segment in template.segments() {
        let text = &template.source[segment.span.clone()];
        if segment.is_inner || segment.role == Some(Role::Assistant) || !is_wording(text) {
            continue;
        }
        let speaker = segment.role.map_or("prompt", Role::as_str);
        let there = found
            .iter()
            .filter(|r| r.name.split('-').next() == Some(speaker))
            .count();
        found.push(Region {
            name: match there {
                0 => speaker.to_owned(),
                n => format!("{speaker}-{}", n + 1),
            },
            text: text.to_owned(),
            place: Place::Source(segment.span),
        });
    }
    found
}

/// Marks of the layout: lines of short texts outside of loops, and of texts inside; the same line is one mark, wherever it stands.
fn layout(template: &Template, taken: &[String]) -> Vec<Region> {
    let mut found: Vec<(String, Vec<Range<usize>>)> = Vec::new();
    for segment in template.segments() {
        let text = &template.source[segment.span.clone()];
        let is_text = !segment.is_inner && is_wording(text);
        let is_answer = !segment.is_inner && segment.role == Some(Role::Assistant);
        if is_text || is_answer {
            continue;
        }
        let mut at = segment.span.start;
        for line in text.split_inclusive('\n') {
            let mark = line.trim();
            let lead = line.len() - line.trim_start().len();
            let end = match line[lead..].ends_with('\n') {
                // A line of its own goes with its end.
                true if at == 0 || template.source[..at].ends_with('\n') => line.len(),
                true => line.trim_end_matches(['\n', '\r']).len(),
                false => line.len(),
            };
            let span = at + lead..at + end;
            at += line.len();
            if mark.is_empty() {
                continue;
            }
            match found.iter_mut().find(|(known, _)| known == mark) {
                Some((_, spans)) => spans.push(span),
                None => found.push((mark.to_owned(), vec![span])),
            }
        }
    }
    let names = (1..).map(|n| match n {
        1 => "layout".to_owned(),
        n => format!("layout-{n}"),
    });
    let names = names.filter(|name| !taken.contains(name));
    (found.into_iter().zip(names))
        .map(|((text, spans), name)| Region {
            name,
            text,
            place: Place::Layout(spans),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::TemplateSet;

    const SOURCE: &str = "+++\n[axes]\nask = [\"Say which of the two it is.\", \"Which?\"]\n+++\n{{ role(\"system\") }}You are a careful reader. {{ ask }}\n{% for shot in shots %}{{ role(\"user\") }}Here is a shot: {{ shot.text }}{% endfor %}{{ role(\"user\") }}Review: {{ row.text }}";

    fn open() -> (tempfile::TempDir, TemplateSet, Variant) {
        opened(SOURCE)
    }

    fn opened(source: &str) -> (tempfile::TempDir, TemplateSet, Variant) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.j2"), source).unwrap();
        let set = TemplateSet::load(dir.path(), &["a.j2".into()]).unwrap();
        let variants = set
            .variants(&[], &Default::default(), &Default::default(), None)
            .unwrap();
        let variant = variants.get(0).unwrap();
        (dir, set, variant)
    }

    #[test]
    fn axes_and_text_outside_of_loops_are_parts_and_layout_is_not() {
        let (_dir, set, variant) = open();
        let regions = Regions::of(&set.templates()[0], &variant, Vec::new(), &[]).unwrap();
        let found: Vec<(&str, &str)> = (regions.regions().iter())
            .map(|r| (r.name.as_str(), r.text.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("ask", "Say which of the two it is."),
                ("system", "You are a careful reader. ")
            ]
        );
        assert_eq!(regions.texts().len(), 2);
        let error =
            Regions::of(&set.templates()[0], &variant, Vec::new(), &["sytem".into()]).unwrap_err();
        assert!(
            error.to_string().contains("available: ask, system"),
            "{error}"
        );
    }

    #[test]
    fn a_wording_is_rendered_with_its_texts() {
        let (_dir, mut set, variant) = open();
        let regions = Regions::of(&set.templates()[0], &variant, Vec::new(), &[]).unwrap();
        let texts = vec!["Name it.".to_owned(), "Read well. ".to_owned()];
        let new = regions.add(&mut set, "c1", &texts).unwrap();
        assert_eq!((new.name.as_str(), new.template), ("c1", 1));
        let row = crate::model::Row {
            fields: [("text".to_owned(), "Good.".into())].into_iter().collect(),
            ..crate::model::Row::default()
        };
        let prompt = set.render(&new, &row.into(), &[]).unwrap();
        assert_eq!(prompt.messages[0].content, "Read well. Name it.");
        assert_eq!(
            regions.changed_levels(&texts),
            [("ask", "Name it.".to_owned())]
        );
        let same = regions.add(&mut set, "c2", &regions.start()).unwrap();
        assert_eq!(same, variant);
    }

    #[test]
    fn a_mark_of_the_layout_goes_wherever_it_stands() {
        let source = "{{ role(\"user\") }}Say what it is.\n{% for shot in shots %}\n---\nReview: {{ shot.text }}{{ role(\"assistant\") }}It is {{ shot.label }}\n{% endfor %}{{ role(\"user\") }}Review: {{ row.text }}";
        let (_dir, set, variant) = opened(source);
        let template = &set.templates()[0];
        let regions = Regions::of_shorter(template, &variant, Vec::new(), &[]).unwrap();
        let mut texts = regions.start();
        assert_eq!(texts[1..], ["---", "Review:", "It is"]);
        assert_eq!(regions.texts().len(), 1);
        texts[2].clear();
        let short = source.replace("Review: ", "");
        assert_eq!(regions.source(&texts), short);
        texts[1].clear();
        assert_eq!(regions.source(&texts), short.replace("---\n", ""));
        assert_eq!(regions.source(&regions.start()), source);
    }

    #[test]
    fn no_mark_has_the_name_of_an_axis() {
        let source = "+++\n[axes]\nlayout = [\"turns\", \"inline\"]\n+++\n{{ role(\"user\") }}{{ layout }} ---\nReview: {{ row.text }}";
        let (_dir, set, variant) = opened(source);
        let regions = Regions::of_shorter(&set.templates()[0], &variant, Vec::new(), &[]).unwrap();
        let names: Vec<&str> = regions.regions().iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["layout-2", "layout-3"]);
    }

    #[test]
    fn a_setting_is_a_part_behind_the_texts_and_changes_levels_alone() {
        let (_dir, mut set, variant) = open();
        let shots = Setting {
            name: "shots".into(),
            text: "1, 2".into(),
            kind: SettingKind::Shots,
        };
        let of = |edit: &[&str]| {
            let edit: Vec<String> = edit.iter().map(ToString::to_string).collect();
            Regions::of(&set.templates()[0], &variant, vec![shots.clone()], &edit).unwrap()
        };
        let names = |regions: &Regions| -> Vec<String> {
            regions.regions().iter().map(|r| r.name.clone()).collect()
        };
        assert_eq!(names(&of(&[])), ["ask", "system", "shots"]);
        assert_eq!(names(&of(&["shots"])), ["shots"]);
        assert_eq!(names(&of(&["system", "ask"])), ["ask", "system"]);
        let regions = of(&["shots"]);
        assert!(regions.texts().is_empty());
        let new = regions.add(&mut set, "c1", &["2".to_owned()]).unwrap();
        assert_eq!((new.name.as_str(), new.template), ("c1", variant.template));
        let level = |axis: &str| new.level(axis).unwrap().value.to_string();
        assert_eq!(
            (level("shots.select"), level("shots.count")),
            ("[2]".into(), "1".into())
        );
    }
}
