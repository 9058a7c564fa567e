//! How the screen of labels changes by what the person does.

use super::{
    action::{LabelAction, action_for_key},
    screen::{LabelMode, LabelScreen, LastDecision, matching_labels},
};
use crate::{
    annotation::{
        AnswerForm, Decision, Entry, JournalRecord, LabelRecord, QueueRow, Suggestion, Undo,
        same_answer,
    },
    display::rfc3339,
    tui::{
        annotate::{ItemClock, ItemEffect, ItemMessage, ItemScreen},
        model::{Edit, TextArea, Window},
    },
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use serde_json::Value;

type Effects = Vec<ItemEffect<LabelRecord>>;

/// Lines that a page of a text has while it is typed.
const WINDOW: Window = Window {
    lines: 10,
    columns: u16::MAX as usize,
};

impl ItemScreen for LabelScreen {
    type Record = LabelRecord;

    fn update(&mut self, message: ItemMessage, clock: ItemClock) -> Effects {
        match message {
            ItemMessage::Key(key) => self.press(key, clock),
            ItemMessage::Paste(text) => {
                for c in text.replace("\r\n", "\n").replace('\r', "\n").chars() {
                    self.edit(Edit::Insert(c));
                }
                Vec::new()
            }
            ItemMessage::Scroll(lines) => {
                self.scroll_by(lines);
                Vec::new()
            }
            ItemMessage::Saved { unsaved, error } => {
                self.unsaved = (unsaved, error);
                Vec::new()
            }
        }
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        super::draw::draw(self, frame);
    }
}

impl LabelScreen {
    fn press(&mut self, key: KeyEvent, clock: ItemClock) -> Effects {
        self.problem = None;
        if matches!(
            self.mode,
            LabelMode::Choose | LabelMode::Several(_) | LabelMode::Help
        ) {
            let action = action_for_key(key, self.spec.form.labels().len());
            return action.map_or(Vec::new(), |action| self.act(action, clock));
        }
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match (key.code, ctrl) {
            (KeyCode::Esc, _) => self.mode = LabelMode::Choose,
            (KeyCode::Char('c'), true) => return vec![ItemEffect::Leave],
            (KeyCode::Char('l'), true) => return vec![ItemEffect::Redraw],
            (KeyCode::Char('s'), true) => return self.save_text(clock),
            (KeyCode::Enter, false) if !matches!(self.mode, LabelMode::Lines(_)) => {
                return self.save_text(clock);
            }
            _ => {
                if let Some(edit) = edit_for_key(key) {
                    self.edit(edit);
                }
            }
        }
        Vec::new()
    }

    fn edit(&mut self, edit: Edit) {
        match &mut self.mode {
            LabelMode::Line(area) | LabelMode::Note(area) => match edit {
                Edit::Insert('\n') => area.apply(Edit::Insert(' '), WINDOW),
                edit => area.apply(edit, WINDOW),
            },
            LabelMode::Lines(area) => area.apply(edit, WINDOW),
            LabelMode::Choose | LabelMode::Several(_) | LabelMode::Help => {}
        }
    }

    fn scroll_by(&mut self, lines: isize) {
        let (all, window) = self.drawn;
        let most = all.saturating_sub(window);
        self.scroll = self.scroll.saturating_add_signed(lines).min(most);
    }

    fn act(&mut self, action: LabelAction, clock: ItemClock) -> Effects {
        let is_help = matches!(self.mode, LabelMode::Help);
        let page = self.drawn.1.saturating_sub(1).max(1) as isize;
        match action {
            LabelAction::Leave => return vec![ItemEffect::Leave],
            LabelAction::Redraw => return vec![ItemEffect::Redraw],
            LabelAction::Help if !is_help => self.mode = LabelMode::Help,
            LabelAction::Cancel => self.mode = LabelMode::Choose,
            LabelAction::Scroll(lines) => self.scroll_by(lines),
            LabelAction::Pages(pages) => self.scroll_by(pages * page),
            LabelAction::Top => self.scroll = 0,
            LabelAction::Bottom => self.scroll_by(isize::MAX),
            // The answer is not in view: no key decides.
            _ if is_help => self.mode = LabelMode::Choose,
            LabelAction::Undo => return self.undo(clock),
            _ if self.current.is_none() => {}
            LabelAction::Choose(label) => return self.choose(label, clock),
            LabelAction::Several => self.begin_several(),
            LabelAction::Enter => return self.enter(clock),
            LabelAction::Type => self.begin_typing(),
            LabelAction::Accept => match self.shown_suggestion() {
                Some(answer) => return self.decide(Decision::Answer(answer), clock),
                None => self.problem = Some("no answer is suggested for this row".into()),
            },
            LabelAction::CannotTell => return self.decide(Decision::CannotTell, clock),
            LabelAction::Skip => return self.decide(Decision::Skip, clock),
            LabelAction::Help => {}
            LabelAction::Note => {
                let note = self.current.as_ref().map_or("", |current| &current.note);
                self.mode = LabelMode::Note(TextArea::line(note));
            }
        }
        Vec::new()
    }

    fn choose(&mut self, label: usize, clock: ItemClock) -> Effects {
        if let LabelMode::Several(chosen) = &mut self.mode {
            chosen[label] = !chosen[label];
            return Vec::new();
        }
        let answer = self.spec.form.labels()[label].as_str().into();
        self.decide(Decision::Answer(answer), clock)
    }

    fn begin_several(&mut self) {
        self.mode = match (&self.spec.form, &self.mode) {
            (AnswerForm::Labels(_), LabelMode::Several(_)) => LabelMode::Choose,
            (AnswerForm::Labels(labels), _) => LabelMode::Several(vec![false; labels.len()]),
            (AnswerForm::Json { .. }, _) => {
                self.problem = Some("several right answers are not possible for JSON".into());
                return;
            }
            _ => LabelMode::Lines(TextArea::default()),
        };
    }

    fn enter(&mut self, clock: ItemClock) -> Effects {
        let LabelMode::Several(chosen) = &self.mode else {
            self.begin_typing();
            return Vec::new();
        };
        let labels = self.spec.form.labels().iter().zip(chosen);
        let answers: Vec<Value> = labels
            .filter(|(_, is_chosen)| **is_chosen)
            .map(|(label, _)| label.as_str().into())
            .collect();
        match answers.len() {
            0 => {
                self.problem = Some("choose at least one label, or press Esc".into());
                Vec::new()
            }
            1 => self.decide(Decision::Answer(answers[0].clone()), clock),
            _ => self.decide(Decision::Answer(answers.into()), clock),
        }
    }

    /// Begin to type: what is suggested in view of the person, else a draft.
    fn begin_typing(&mut self) {
        let suggestion = self.shown_suggestion();
        let form = &self.spec.form;
        let text = suggestion.map_or_else(|| form.draft(), |answer| form.to_text(&answer));
        self.mode = match form {
            AnswerForm::Json { .. } => LabelMode::Lines(TextArea::new(&text)),
            AnswerForm::Labels(_) => LabelMode::Line(TextArea::line("")),
            _ => LabelMode::Line(TextArea::line(text)),
        };
    }

    /// Save what was typed.
    fn save_text(&mut self, clock: ItemClock) -> Effects {
        let form = &self.spec.form;
        let parsed = match &self.mode {
            LabelMode::Note(area) => {
                let note = area.text().trim().to_owned();
                if let Some(current) = &mut self.current {
                    current.note = note;
                }
                self.mode = LabelMode::Choose;
                return Vec::new();
            }
            LabelMode::Line(area) => match form {
                AnswerForm::Labels(labels) => matching_labels(labels, &area.text())
                    .first()
                    .map(|label| Value::from(labels[*label].as_str()))
                    .ok_or_else(|| "no label matches".to_owned()),
                _ => form.parse(&area.text()).map_err(|error| error.to_string()),
            },
            LabelMode::Lines(area) if matches!(form, AnswerForm::Json { .. }) => {
                form.parse(&area.text()).map_err(|error| error.to_string())
            }
            LabelMode::Lines(area) => {
                let lines = area.lines().iter().filter(|line| !line.trim().is_empty());
                let answers: Result<Vec<Value>, _> = lines.map(|line| form.parse(line)).collect();
                match answers {
                    Ok(answers) if answers.is_empty() => Err("the answer is empty".into()),
                    Ok(answers) => Ok(answers.into()),
                    Err(error) => Err(error.to_string()),
                }
            }
            LabelMode::Choose | LabelMode::Several(_) | LabelMode::Help => return Vec::new(),
        };
        match parsed {
            Ok(answer) => self.decide(Decision::Answer(answer), clock),
            Err(problem) => {
                self.problem = Some(problem);
                Vec::new()
            }
        }
    }

    fn decide(&mut self, decision: Decision, clock: ItemClock) -> Effects {
        let Some(current) = self.current.take() else {
            return Vec::new();
        };
        let place = current.turn.place;
        let seconds = clock
            .now
            .saturating_duration_since(current.since)
            .as_secs_f64();
        let suggested = self.suggestion(place).map(|answer| Suggestion {
            answer,
            shown: self.spec.suggest,
        });
        let record = LabelRecord {
            row: self.spec.places.identity(place).clone(),
            decision: decision.clone(),
            note: current.note,
            by: self.spec.person.clone(),
            at: rfc3339(clock.unix),
            seconds: (seconds * 1e3).round() / 1e3,
            suggested: suggested.clone(),
            chosen: current.turn.chosen,
            settles: self.settles(),
        };
        let differs = |other: &Decision| match (other.answer(), decision.answer()) {
            (Some(a), Some(b)) => !same_answer(a, b),
            (a, b) => a.is_some() != b.is_some(),
        };
        let mut conflicts = current.neighbors;
        conflicts.retain(|row| decision != Decision::Skip && differs(&row.decision));
        self.last = Some(LastDecision {
            row: self.spec.dataset.heads().id(place).into_owned(),
            decision,
            suggested,
            share: self
                .evidence(place)
                .and_then(|evidence| evidence.majority.as_ref())
                .map_or((0, 0), |vote| (vote.count, vote.answers)),
            own_answer: self.own_answer(place),
            conflicts,
        });
        self.labels.add(&record, &self.spec.places);
        self.neighbors.add(&self.spec, place, &current.row);
        self.pace.add(seconds);
        self.own.push(record.clone());
        self.refresh_turns(&record, true);
        self.show_next(clock.now);
        vec![ItemEffect::Append(Entry::Record(record))]
    }

    /// Withdraw the newest decision, and return to its row.
    fn undo(&mut self, clock: ItemClock) -> Effects {
        let Some(record) = self.own.pop() else {
            self.problem = Some("there is nothing to undo".into());
            return Vec::new();
        };
        self.labels
            .withdraw(&record.row, &record.by, &self.spec.places);
        self.refresh_turns(&record, false);
        self.pace.withdraw(record.seconds);
        self.last = None;
        let place = self.spec.places.find(&record.row).first().copied();
        let turn = place.map(|place| QueueRow {
            place: place as usize,
            chosen: record.chosen,
        });
        self.show(turn, clock.now);
        if let Some(current) = &mut self.current {
            current.note.clone_from(&record.note);
        }
        vec![ItemEffect::Append(Entry::Undo(Undo {
            undo: record.subject(),
            by: record.by,
            at: rfc3339(clock.unix),
        }))]
    }

    fn refresh_turns(&mut self, record: &LabelRecord, is_decided: bool) {
        for place in self.spec.places.find(&record.row).to_vec() {
            let place = place as usize;
            self.turns
                .refresh(&self.spec, &self.labels, place, is_decided);
        }
    }
}

pub(in crate::tui::annotate) fn edit_for_key(key: KeyEvent) -> Option<Edit> {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match (key.code, ctrl) {
        (KeyCode::Enter, _) => Edit::Insert('\n'),
        (KeyCode::Tab, _) => Edit::Insert('\t'),
        (KeyCode::Backspace, _) | (KeyCode::Char('h'), true) => Edit::Backspace,
        (KeyCode::Delete, _) => Edit::Delete,
        (KeyCode::Left, _) => Edit::Left,
        (KeyCode::Right, _) => Edit::Right,
        (KeyCode::Up, _) => Edit::Lines(-1),
        (KeyCode::Down, _) => Edit::Lines(1),
        (KeyCode::PageUp, _) => Edit::Pages(-1),
        (KeyCode::PageDown, _) => Edit::Pages(1),
        (KeyCode::Home, _) | (KeyCode::Char('a'), true) => Edit::Home,
        (KeyCode::End, _) | (KeyCode::Char('e'), true) => Edit::End,
        (KeyCode::Char('w'), true) => Edit::DeleteWord,
        (KeyCode::Char('k'), true) => Edit::DeleteLine,
        (KeyCode::Char('u'), true) => Edit::Undo,
        (KeyCode::Char('r'), true) => Edit::Redo,
        (KeyCode::Char(c), false) if !key.modifiers.contains(KeyModifiers::ALT) => Edit::Insert(c),
        _ => return None,
    })
}
