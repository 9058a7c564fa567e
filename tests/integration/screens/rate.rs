//! The screen on which answers are rated: drawn into a buffer, key by key.

use crate::support::{session::line_of, snapshot::check};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend};
use std::time::{Duration, Instant};
use wording::{
    annotation::{Entry, GradeScale, Preference, RatedItem, Rating, RatingRecord, RatingSession},
    tui::{ItemClock, ItemEffect, ItemMessage, ItemScreen, RateScreen, RateSpec, Theme},
};

/// A screen with a clock that moves three seconds with every key.
struct RatingTest {
    screen: RateScreen,
    clock: ItemClock,
    journal: Vec<Entry<RatingRecord>>,
    left: bool,
}

const QUESTIONS: [&str; 3] = [
    "I was charged twice for the same order. Please refund one of the payments to my card.",
    "The app closes as soon as I open the camera.",
    "Where can I change the language?",
];

const ANSWERS: [[&str; 2]; 3] = [
    [
        "We are sorry about the double charge. We refunded the second payment today; your bank needs three to five days.",
        "Please send us the number of the order.",
    ],
    [
        "Please update the app to version 3.2, which fixes this.",
        "Have you tried to turn it off and on again?\n\nIf this does not help:\n\n- remove the app\n- install it again",
    ],
    [
        "Settings, then Language.",
        "You can change the language in the settings.",
    ],
];

fn items(answers: &[[&str; 2]]) -> Vec<RatedItem> {
    let item = |(row, texts): (usize, &[&str; 2])| RatedItem {
        row,
        row_id: format!("t{row}"),
        texts: texts.map(str::to_owned).to_vec(),
        predicted: None,
    };
    answers.iter().enumerate().map(item).collect()
}

fn spec(questions: Vec<String>, items: Vec<RatedItem>) -> RateSpec {
    let names = ["plain".to_owned(), "polite".to_owned()];
    let n = items.first().map_or(2, |item| item.texts.len());
    RateSpec {
        experiment: "triage".into(),
        person: "ann".into(),
        session: RatingSession::new(names[..n].to_vec(), items, &[], "ann", 7, false),
        identical: 4,
        scale: None,
        row_text: Box::new(move |row| questions.get(row).cloned()),
        goal: None,
        theme: Theme::new(true),
    }
}

fn tickets() -> RateSpec {
    spec(QUESTIONS.map(str::to_owned).to_vec(), items(&ANSWERS))
}

impl RatingTest {
    fn new(spec: RateSpec) -> RatingTest {
        let now = Instant::now();
        RatingTest {
            screen: RateScreen::new(spec, now),
            clock: ItemClock {
                now,
                unix: Duration::from_secs(1_795_523_940),
            },
            journal: Vec::new(),
            left: false,
        }
    }

    fn act(&mut self, message: ItemMessage) {
        self.clock.now += Duration::from_secs(3);
        self.clock.unix += Duration::from_secs(3);
        for effect in self.screen.update(message, self.clock) {
            match effect {
                ItemEffect::Append(entry) => self.journal.push(entry),
                ItemEffect::Redraw => {}
                ItemEffect::Leave => self.left = true,
            }
        }
    }

    fn key(&mut self, code: KeyCode) {
        self.act(ItemMessage::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    fn keys(&mut self, keys: &str) {
        keys.chars().for_each(|c| self.key(KeyCode::Char(c)));
    }

    fn drawn(&mut self, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| self.screen.draw(frame)).unwrap();
        let buffer = terminal.backend().buffer();
        (0..height)
            .map(|y| line_of(buffer, y).trim_end().to_owned() + "\n")
            .collect()
    }

    fn check(&mut self, name: &str) {
        for (width, height) in [(80, 24), (120, 36)] {
            let screen = self.drawn(width, height);
            check(&format!("screens/rate-{name}-{width}x{height}"), &screen);
        }
    }

    /// The last line of the journal.
    fn last(&self) -> &RatingRecord {
        match self.journal.last() {
            Some(Entry::Record(record)) => record,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn pairs_are_rated_without_a_name_on_the_screen() {
    let mut test = RatingTest::new(tickets());
    test.check("pair");
    let mut screens = test.drawn(120, 36);
    test.key(KeyCode::Left);
    assert_eq!(test.last().rating, Rating::Prefer(Preference::Left));
    assert_eq!(test.last().seconds, 3.0);
    test.keys("n");
    test.keys("too long");
    test.check("reason");
    test.key(KeyCode::Enter);
    screens += &test.drawn(120, 36);
    test.keys("b");
    assert_eq!(test.last().rating, Rating::Prefer(Preference::BothBad));
    assert_eq!(test.last().reason, "too long");
    test.keys("3");
    assert_eq!(test.journal.len(), 3);
    test.check("done");
    screens += &test.drawn(120, 36);
    for name in ["plain", "polite"] {
        assert!(
            !screens.contains(name),
            "the rating is not blind: {screens}"
        );
    }
    test.keys("u");
    assert!(matches!(test.journal.last(), Some(Entry::Undo(undo)) if undo.by == "ann"));
    assert!(test.drawn(80, 24).contains("2 rated, 1 left"));
    test.keys("tq");
    assert!(test.left);
    assert_eq!(test.screen.given(), 3);
}

#[test]
fn what_is_left_and_right_is_in_the_journal() {
    let mut test = RatingTest::new(tickets());
    let mut swapped = 0;
    for _ in 0..3 {
        let screen = test.drawn(120, 36);
        test.key(KeyCode::Right);
        let record = test.last();
        let row: usize = record.row[1..].parse().unwrap();
        // The right one of the two is on the right.
        let right = usize::from(record.shown[1].variant == "polite");
        swapped += 1 - right;
        let word = ANSWERS[row][right].split([' ', ',']).next().unwrap();
        let line = screen.lines().find(|line| line.contains('│')).unwrap();
        let (_, beside) = line.split_once('│').unwrap();
        assert!(beside.trim_start().starts_with(word), "{line}");
    }
    assert!((0..=3).contains(&swapped));
}

#[test]
fn one_answer_is_graded_on_a_scale() {
    let mut items = items(&ANSWERS);
    items.iter_mut().for_each(|item| item.texts.truncate(1));
    let mut spec = spec(QUESTIONS.map(str::to_owned).to_vec(), items);
    spec.scale = Some(GradeScale {
        lowest: 1,
        highest: 5,
    });
    spec.goal = Some(2);
    let mut test = RatingTest::new(spec);
    test.check("grade");
    test.keys("964");
    assert_eq!(test.journal.len(), 1, "9 and 6 are no grades");
    assert!(test.last().rating.value() > 0.0);
    test.keys("?");
    test.check("help");
    test.key(KeyCode::Esc);
    test.keys("2");
    assert!(test.drawn(80, 24).contains("2 ratings given, as planned."));
}

#[test]
fn chinese_answers_stand_beside_each_other() {
    let questions =
        vec!["请问我的订单什么时候发货？我已经等了一个星期，客服电话一直打不通。".to_owned()];
    let answers = [[
        "非常抱歉让您久等了。您的订单已于今天上午发出，预计三天内送达，届时请注意查收。",
        "请提供订单号。",
    ]];
    let mut test = RatingTest::new(spec(questions, items(&answers)));
    test.check("chinese");
}

#[test]
fn a_screen_that_is_too_small_says_so_and_hostile_text_stays_text() {
    let mut test = RatingTest::new(tickets());
    assert!(test.drawn(30, 8).contains("needs 40x12, has 30x8"));
    assert!(
        test.drawn(50, 20).contains("── right"),
        "one below the other"
    );
    let answers = [["\u{1b}[2Jgone", "a\u{202e}b"]];
    let mut test = RatingTest::new(spec(vec!["q".into()], items(&answers)));
    let screen = test.drawn(80, 24);
    assert!(
        !screen.contains('\u{1b}') && !screen.contains('\u{202e}'),
        "{screen}"
    );
}

#[test]
fn no_key_waits_with_a_hundred_thousand_pairs() {
    let item = |row: usize| RatedItem {
        row,
        row_id: format!("t{row}"),
        texts: vec![format!("Yes, number {row}."), format!("No, {row}.")],
        predicted: Some([1.0, 0.0, -1.0][row % 3]),
    };
    let questions = (0..100_000).map(|row| format!("Question {row}?")).collect();
    let mut test = RatingTest::new(spec(questions, (0..100_000).map(item).collect()));
    let started = Instant::now();
    for _ in 0..100 {
        test.keys("1");
        test.drawn(120, 36);
    }
    for _ in 0..50 {
        test.keys("u");
        test.drawn(120, 36);
    }
    let each = started.elapsed() / 150;
    assert_eq!(test.screen.given(), 50);
    assert!(
        each < Duration::from_millis(16),
        "{each:?} from key to next pair"
    );
}
