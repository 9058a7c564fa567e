//! Calls under one name told apart by the prompts that they are of. Instruments name a span for the method that was called
//! (`chat gpt-4o-mini`, `ChatCompletion`), so all prompts of a program come under one name.
//!
//! Three things tell prompts apart, from the surest on: the texts before the first message of a user, where several inputs share them;
//! whether a conversation goes on or begins; how the first message of the user begins, where most inputs of a group begin in a few ways.

use super::call::TracedMessage;
use indexmap::IndexMap;
use std::collections::HashMap;

/// Inputs that begin the same, so that the beginning is taken for a prompt.
const FEWEST_ALIKE: usize = 3;

/// Bytes that they share at the least; questions that people type share fewer.
const SHARED_BYTES: usize = 20;

/// Prompts that are told apart under one name. Where there were more, texts that differ are data.
const MOST: usize = 12;

/// What tells prompts apart before a user's own words do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shape<'a> {
    /// The first messages that are not of a user, where several inputs share them.
    lead: Option<&'a [TracedMessage]>,
    /// There are messages after the first of the user.
    goes_on: bool,
}

/// The rows of each prompt, by their numbers, in the order in which prompts and rows came.
pub(super) fn told_apart(rows: &[&[TracedMessage]]) -> Vec<Vec<usize>> {
    let mut leads: HashMap<&[TracedMessage], usize> = HashMap::new();
    for row in rows {
        *leads.entry(lead(row)).or_default() += 1;
    }
    let mut shapes: IndexMap<Shape<'_>, Vec<usize>> = IndexMap::new();
    for (number, row) in rows.iter().enumerate() {
        let lead = lead(row);
        let shape = Shape {
            lead: Some(lead).filter(|lead| leads[lead] > 1),
            goes_on: row.len() > lead.len() + 1,
        };
        shapes.entry(shape).or_default().push(number);
    }
    let mut prompts = Vec::new();
    for (shape, numbers) in shapes {
        match shape.goes_on {
            true => prompts.push(numbers),
            false => prompts.extend(by_beginning(numbers, rows)),
        }
    }
    if prompts.len() > MOST {
        return vec![(0..rows.len()).collect()];
    }
    prompts
}

/// The messages before the first one of a user.
pub(super) fn lead(row: &[TracedMessage]) -> &[TracedMessage] {
    let user = row.iter().position(|message| message.role == "user");
    &row[..user.unwrap_or(row.len())]
}

/// Rows of one message of a user, told apart by its beginning, where that is one of a few for at least half of them.
fn by_beginning(numbers: Vec<usize>, rows: &[&[TracedMessage]]) -> Vec<Vec<usize>> {
    let text = |number: &usize| {
        let last = rows[*number].last();
        last.map_or("", |message| message.text.as_str())
    };
    let mut sorted = numbers.clone();
    sorted.sort_by_key(text);
    let mut alike: Vec<Vec<usize>> = Vec::new();
    let mut before: Option<&str> = None;
    for number in sorted {
        let text = text(&number);
        let same = before.map_or(0, |before| same_bytes(before, text));
        match alike.last_mut() {
            Some(last) if same >= SHARED_BYTES => last.push(number),
            _ => alike.push(vec![number]),
        }
        before = Some(text);
    }
    let (mut prompts, rest): (Vec<_>, Vec<_>) = alike
        .into_iter()
        .partition(|group| group.len() >= FEWEST_ALIKE);
    let mut rest: Vec<usize> = rest.into_iter().flatten().collect();
    if prompts.is_empty() || prompts.len() > MOST || rest.len() * 2 > numbers.len() {
        return vec![numbers];
    }
    if !rest.is_empty() {
        prompts.push(std::mem::take(&mut rest));
    }
    for prompt in &mut prompts {
        prompt.sort_unstable();
    }
    prompts.sort_by_key(|prompt| prompt.first().copied());
    prompts
}

fn same_bytes(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(all: &[(&str, &str)]) -> Vec<TracedMessage> {
        let message = |(role, text): &(&str, &str)| TracedMessage {
            role: (*role).into(),
            text: (*text).into(),
        };
        all.iter().map(message).collect()
    }

    fn prompts(rows: &[Vec<TracedMessage>]) -> Vec<Vec<usize>> {
        told_apart(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    #[test]
    fn system_messages_that_inputs_share_are_prompts() {
        let rows = [
            row(&[("system", "Route."), ("user", "a")]),
            row(&[("system", "Translate."), ("user", "b")]),
            row(&[("system", "Route."), ("user", "c")]),
            row(&[("user", "alone")]),
            row(&[("system", "Translate."), ("user", "d")]),
            row(&[
                ("system", "Route."),
                ("user", "a"),
                ("assistant", "x"),
                ("user", "e"),
            ]),
            row(&[("user", "alone too")]),
        ];
        assert_eq!(
            prompts(&rows),
            [vec![0, 2], vec![1, 4], vec![3, 6], vec![5]]
        );
        // Each has its own: the text is data, and there is one prompt.
        let own = ["It is May 1.", "It is May 2.", "It is May 3."];
        let rows = own.map(|system| row(&[("system", system), ("user", "a")]));
        assert_eq!(prompts(&rows), [vec![0, 1, 2]]);
    }

    #[test]
    fn beginnings_that_most_inputs_share_are_prompts() {
        let classify = |text: &str| row(&[("user", &format!("Classify this review: {text}"))]);
        let summarize =
            |text: &str| row(&[("user", &format!("Summarize in one sentence: {text}"))]);
        let question = |text: &str| row(&[("user", text)]);
        let mut rows = vec![
            classify("a"),
            summarize("b"),
            classify("c"),
            summarize("d"),
            summarize("e"),
            classify("f"),
        ];
        assert_eq!(prompts(&rows), [vec![0, 2, 5], vec![1, 3, 4]]);
        rows.push(question("Why?"));
        assert_eq!(prompts(&rows), [vec![0, 2, 5], vec![1, 3, 4], vec![6]]);
        // What people type begins in as many ways as there are people.
        let typed = [
            "Hi",
            "How are you?",
            "How old is the sun?",
            "Tell me a joke",
            "Why?",
        ];
        assert_eq!(prompts(&typed.map(question)), [vec![0, 1, 2, 3, 4]]);
    }

    #[test]
    fn too_many_prompts_are_none() {
        let rows: Vec<_> = (0..40)
            .map(|n| {
                row(&[
                    ("system", &format!("S {}", n / 2)),
                    ("user", &n.to_string()),
                ])
            })
            .collect();
        assert_eq!(prompts(&rows).len(), 1);
        assert!(prompts(&[]).is_empty());
    }
}
