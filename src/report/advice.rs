//! Prompt or fine-tune in a report: the parts in which every form says it.

use crate::advise::Advice;

/// Heading of the section, and its anchor in HTML.
pub(super) const HEADING: &str = "Prompt or fine-tune";

/// A line, and the command that goes with it.
pub(super) struct AdviceSections {
    pub(super) text: String,
    pub(super) command: Option<String>,
}

fn plain(text: &str) -> AdviceSections {
    AdviceSections {
        text: text.to_owned(),
        command: None,
    }
}

/// The parts below the verdict, those with nothing to say left out.
pub(super) fn parts(advice: &Advice) -> Vec<(&'static str, Vec<AdviceSections>)> {
    let all = |items: &[String]| items.iter().map(|text| plain(text)).collect::<Vec<_>>();
    let questions = advice
        .questions
        .iter()
        .map(|q| plain(&format!("{}: {} [{}]", q.name, q.answer, q.source.as_str())));
    let unknown = advice.measure.iter().map(|m| AdviceSections {
        text: m.what.clone(),
        command: Some(m.command.clone()),
    });
    let how = advice
        .tune
        .as_ref()
        .map_or(Vec::new(), |t| all(&t.sentences()));
    vec![
        ("What to do next", all(&advice.next)),
        ("For it", all(&advice.reasons_for)),
        ("Against it", all(&advice.reasons_against)),
        ("What would change it", all(&advice.would_change)),
        ("How", how),
        ("The five questions", questions.collect()),
        ("Not known", unknown.collect()),
    ]
    .into_iter()
    .filter(|(_, items)| !items.is_empty())
    .collect()
}
