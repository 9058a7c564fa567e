//! How the screen of ratings changes by what the person does.

use super::{
    action::{RateAction, action_for_key},
    screen::{RateMode, RateScreen},
};
use crate::{
    annotation::{Entry, Grade, JournalRecord, Preference, Rating, RatingRecord, Undo},
    display::rfc3339,
    tui::{
        annotate::{ItemClock, ItemEffect, ItemMessage, ItemScreen, edit_for_key},
        model::{Edit, TextArea, Window},
    },
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;

type Effects = Vec<ItemEffect<RatingRecord>>;

impl RateScreen {
    fn rate(&mut self, rating: Rating, clock: ItemClock) -> Effects {
        let Some(current) = self.current.take() else {
            return Vec::new();
        };
        let record = RatingRecord {
            row: current.row_id,
            shown: current.shown,
            rating,
            reason: std::mem::take(&mut self.reason),
            by: self.spec.person.clone(),
            at: rfc3339(clock.unix),
            seconds: clock.now.duration_since(current.since).as_secs_f64(),
            chosen: current.turn.chosen,
        };
        self.spec.session.record(record.clone());
        self.given += 1;
        self.last = Some(format!("row {}: {}", record.row, rating_text(rating)));
        self.show_next(clock.now);
        vec![ItemEffect::Append(Entry::Record(record))]
    }

    fn undo(&mut self, clock: ItemClock) -> Effects {
        let Some(withdrawn) = self.spec.session.undo() else {
            self.last = Some("nothing to undo".into());
            return Vec::new();
        };
        self.given = self.given.saturating_sub(1);
        self.last = Some(format!(
            "withdrew the rating of row {}",
            withdrawn.record.row
        ));
        self.show_next(clock.now);
        vec![ItemEffect::Append(Entry::Undo(Undo {
            undo: withdrawn.record.subject(),
            by: self.spec.person.clone(),
            at: rfc3339(clock.unix),
        }))]
    }

    fn press(&mut self, key: KeyEvent, clock: ItemClock) -> Effects {
        if let RateMode::Reason(area) = &mut self.mode {
            match (key.code, key.modifiers.contains(KeyModifiers::CONTROL)) {
                (KeyCode::Esc, _) => self.mode = RateMode::Choose,
                (KeyCode::Char('c'), true) => return vec![ItemEffect::Leave],
                (KeyCode::Enter, _) => {
                    self.reason = area.text().trim().to_owned();
                    self.mode = RateMode::Choose;
                }
                _ => {
                    if let Some(edit) = edit_for_key(key) {
                        area.apply(edit, Window::ONE_LINE);
                    }
                }
            }
            return Vec::new();
        }
        if let (KeyCode::Char(c), Some(scale)) = (key.code, self.spec.scale)
            && let Some(grade) = c.to_digit(10).map(|grade| grade as i32)
            && (scale.lowest..=scale.highest).contains(&grade)
        {
            return self.rate(Rating::Grade(Grade { grade, scale }), clock);
        }
        let action = action_for_key(key, self.spec.scale.is_none());
        action.map_or(Vec::new(), |action| self.act(action, clock))
    }

    fn act(&mut self, action: RateAction, clock: ItemClock) -> Effects {
        match action {
            RateAction::Leave => return vec![ItemEffect::Leave],
            RateAction::Redraw => return vec![ItemEffect::Redraw],
            RateAction::Undo => return self.undo(clock),
            RateAction::Prefer(preference) => return self.rate(Rating::Prefer(preference), clock),
            RateAction::Reason if self.current.is_some() => {
                self.mode = RateMode::Reason(TextArea::new(&self.reason));
            }
            RateAction::Reason => {}
            RateAction::Help if !matches!(self.mode, RateMode::Help) => self.mode = RateMode::Help,
            RateAction::Help | RateAction::Cancel => self.mode = RateMode::Choose,
            RateAction::Scroll(lines) => self.scroll_by(lines),
            RateAction::Pages(pages) => {
                let page = self.drawn.1.saturating_sub(1).max(1) as isize;
                self.scroll_by(pages * page);
            }
        }
        Vec::new()
    }

    fn scroll_by(&mut self, lines: isize) {
        let most = self.drawn.0.saturating_sub(self.drawn.1);
        self.scroll = self.scroll.saturating_add_signed(lines).min(most);
    }
}

impl ItemScreen for RateScreen {
    type Record = RatingRecord;

    fn update(&mut self, message: ItemMessage, clock: ItemClock) -> Effects {
        match message {
            ItemMessage::Key(key) => return self.press(key, clock),
            ItemMessage::Paste(text) => {
                if let RateMode::Reason(area) = &mut self.mode {
                    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    line.chars()
                        .for_each(|c| area.apply(Edit::Insert(c), Window::ONE_LINE));
                }
            }
            ItemMessage::Scroll(lines) => self.scroll_by(lines),
            ItemMessage::Saved { unsaved, error } => self.unsaved = (unsaved, error),
        }
        Vec::new()
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        super::draw::draw(self, frame);
    }
}

fn rating_text(rating: Rating) -> String {
    match rating {
        Rating::Prefer(Preference::Left) => "left is better".into(),
        Rating::Prefer(Preference::Right) => "right is better".into(),
        Rating::Prefer(Preference::Tie) => "tie".into(),
        Rating::Prefer(Preference::BothBad) => "both are bad".into(),
        Rating::Grade(grade) => format!("graded {}", grade.grade),
    }
}
