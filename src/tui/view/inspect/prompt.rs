//! The prompt as it was sent, the shots in it folded.

use super::page::{Page, shorten};
use crate::{
    display::count,
    model::{Message, Prompt, Role},
    narrate::{added_system_prompts, prompt::PROMPT_NOT_STORED},
    tokens::Counter,
    tui::{
        model::{Model, Table},
        view::text,
    },
};
use ratatui::{
    style::Style,
    text::{Line, Span},
};
use std::ops::Range;

/// The prompt as it was sent; shots folded.
pub(super) fn prompt(page: &mut Page, model: &Model, table: &Table, unfolded: bool) {
    let theme = page.theme;
    let (v, row) = (model.cursor.variant, model.cursor.row);
    let prompt = match model.prompt(v, row) {
        None => {
            page.heading("Prompt", "");
            return page
                .lines
                .push(Line::styled(PROMPT_NOT_STORED, theme.dim()));
        }
        Some(Err(error)) => {
            page.heading("Prompt", "");
            let lines = text::lines(&error.to_string(), page.width, "", theme.bad());
            return page.lines.extend(lines);
        }
        Some(Ok(prompt)) => prompt,
    };
    let tokens = |text: &str| Counter::approximate().text(text).tokens;
    let folds = folds(&prompt, &table.shot_texts(v, row));
    let note = match (folds.iter().any(Option::is_some), unfolded) {
        (false, _) => "as sent",
        (true, false) => "as sent, shots folded; Space: unfold",
        (true, true) => "as sent; Space: fold the shots",
    };
    page.heading("Prompt", note);
    let project = &model.workspace.project;
    for added in added_system_prompts(project, &table.models, &prompt) {
        let lines = text::lines(&added, page.width, "", theme.dim());
        page.lines.extend(lines);
    }
    let mut whole = 0;
    for (i, (message, fold)) in prompt.messages.iter().zip(folds).enumerate() {
        let fold = fold.filter(|_| !unfolded);
        if fold.as_ref() == Some(&(0..message.content.len())) {
            whole += 1;
            continue;
        }
        if whole > 0 {
            let words = format!("⋯ {} of shots", count(whole, "message"));
            page.lines.push(Line::styled(words, theme.dim()));
            whole = 0;
        }
        page.lines.push(Line::from(vec![
            Span::styled(prompt.heading(i), theme.accent().patch(theme.strong())),
            Span::styled(format!("  ~{} tok", tokens(&message.content)), theme.dim()),
        ]));
        let content = &message.content;
        let pieces = match &fold {
            None => vec![(shorten(content).to_owned(), Style::new())],
            Some(fold) => {
                let shots = content.get(fold.clone()).unwrap_or_default();
                let words = format!("⋯ shots: ~{} tok\n", tokens(shots));
                vec![
                    (content[..fold.start].to_owned(), Style::new()),
                    (words, theme.dim()),
                    (content[fold.end..].to_owned(), Style::new()),
                ]
            }
        };
        let room = page.width.saturating_sub(2);
        page.indented(text::wrap_pieces(&pieces, room));
    }
    if let Some(tools) = prompt.tools() {
        page.lines.push(Line::from(vec![
            Span::styled("tools", theme.accent().patch(theme.strong())),
            Span::styled(format!("  ~{} tok", tokens(&tools.json())), theme.dim()),
        ]));
        let outline = vec![(tools.outline(), Style::new())];
        page.indented(text::wrap_pieces(&outline, page.width.saturating_sub(2)));
    }
}

/// What is folded of each message: messages of shots as a whole, or the lines of shots within one.
fn folds(prompt: &Prompt, shots: &[(String, Option<String>)]) -> Vec<Option<Range<usize>>> {
    let messages = &prompt.messages;
    // The answers before the last question are those of shots; in a conversation, those before the first that the model answers.
    let replies = prompt.replies.iter().map(|reply| reply.message);
    let asked = &messages[..replies.min().unwrap_or(messages.len()).min(messages.len())];
    let last_answer = asked.iter().rposition(|m| m.role == Role::Assistant);
    let last_user = asked.iter().rposition(|m| m.role == Role::User);
    let turns = match (last_answer, last_user) {
        (Some(answer), Some(user)) if answer < user => answer + 1,
        _ => 0,
    };
    let fold = |(at, message): (usize, &Message)| {
        if at < turns && message.role != Role::System {
            return Some(0..message.content.len());
        }
        shot_lines(&message.content, shots)
    };
    messages.iter().enumerate().map(fold).collect()
}

/// From the line of the first shot to that of the last one's answer.
fn shot_lines(content: &str, shots: &[(String, Option<String>)]) -> Option<Range<usize>> {
    let found = shots.iter().filter(|(text, _)| !text.is_empty());
    let found = found.filter_map(|(text, answer)| {
        let start = content.find(text.as_str())?;
        let mut end = start + text.len();
        // The answer is expected close by.
        if let Some(answer) = answer
            && let Some(at) = content[end..].find(answer.as_str()).filter(|at| *at < 80)
        {
            end += at + answer.len();
        }
        Some(start..end)
    });
    let all = found.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))?;
    let start = content[..all.start].rfind('\n').map_or(0, |at| at + 1);
    let end = content[all.end..].find('\n');
    let end = end.map_or(content.len(), |at| all.end + at + 1);
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reply;

    fn message(role: Role, content: &str) -> Message {
        Message::new(role, content)
    }

    #[test]
    fn shots_are_folded_as_turns_and_as_lines() {
        let prompt = Prompt::new(vec![
            message(Role::System, "Be brief."),
            message(Role::User, "one"),
            message(Role::Assistant, "yes"),
            message(Role::User, "two"),
        ]);
        assert_eq!(folds(&prompt, &[]), [None, Some(0..3), Some(0..3), None]);
        // What the model said in a conversation is no shot.
        let mut talk = prompt.clone();
        talk.messages.push(message(Role::Assistant, "maybe"));
        talk.messages.push(message(Role::User, "sure?"));
        talk.replies = vec![Reply {
            name: "1".into(),
            message: 4,
        }];
        let folded = [None, Some(0..3), Some(0..3), None, None, None];
        assert_eq!(folds(&talk, &[]), folded);
        let text = "Label it.\nReview: good book\nLabel: positive\n\nReview: bad\nLabel: negative\n\nReview: mine\n";
        let shots = [
            ("good book".to_owned(), Some("positive".to_owned())),
            ("bad".to_owned(), Some("negative".to_owned())),
        ];
        let folded = shot_lines(text, &shots).unwrap();
        assert_eq!(&text[..folded.start], "Label it.\n");
        assert_eq!(&text[folded.end..], "\nReview: mine\n");
        assert_eq!(shot_lines("nothing", &shots), None);
    }
}
