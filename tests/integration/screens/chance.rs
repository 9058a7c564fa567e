//! Any sequence of keys, mouse events, engine events and sizes: never a panic. The short form runs with the other tests;
//! `SESSION_STEPS=100000 cargo test --release --test integration chance` is the long one.

use crate::support::TestSession;
use crossterm::event::{KeyModifiers, MouseButton, MouseEventKind};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use wording::{
    engine::{RunEvent, StopCause},
    model::{Failure, FailureKind, TrialId},
    tui::{Effect, JobResult, KEYS, Message, ParaphraseOffer, parse_key},
};

const TEXTS: [&str; 8] = [
    "positive",
    "negative",
    "",
    "\u{1b}[2J\u{9b}31m\u{7}",
    "情感分析很好，情感分析很好",
    "e\u{301}\u{301}\u{301} ❤\u{fe0f}\u{200d}👍🏽",
    "שלום עולם\u{202e}abc",
    "a very long answer that goes on and on\nover several lines\n\n\tand has tabs\r\n",
];

fn step(stage: &mut TestSession, rng: &mut ChaCha8Rng) {
    let id = TrialId {
        variant: rng.random_range(0..8),
        model: 0,
        row: rng.random_range(0..61),
        sample: rng.random_range(0..3),
    };
    match rng.random_range(0..100) {
        0..62 => {
            let binding = KEYS.choose(rng).unwrap();
            let key = binding.keys.split(' ').next().unwrap();
            let (code, modifiers) = parse_key(key).unwrap();
            stage.key(code, modifiers);
        }
        62..68 => {
            let c = *['a', 'Z', '/', '(', '情', '\u{301}', ' ', '*', '~']
                .choose(rng)
                .unwrap();
            stage.key(crossterm::event::KeyCode::Char(c), KeyModifiers::NONE);
        }
        68..76 => {
            let kind = *[
                MouseEventKind::Down(MouseButton::Left),
                MouseEventKind::Drag(MouseButton::Left),
                MouseEventKind::Up(MouseButton::Left),
                MouseEventKind::ScrollDown,
                MouseEventKind::ScrollUp,
            ]
            .choose(rng)
            .unwrap();
            stage.mouse(kind, rng.random_range(0..140), rng.random_range(0..50));
        }
        76..80 => stage.event(RunEvent::TrialStarted { id }),
        80..84 => stage.event(RunEvent::Delta {
            id,
            text: (*TEXTS.choose(rng).unwrap()).into(),
        }),
        84..90 => {
            let text = *TEXTS.choose(rng).unwrap();
            let read = rng.random_bool(0.7).then_some(text);
            let value = *[0.0, 1.0, 0.5].choose(rng).unwrap();
            stage.answer((id.variant, id.row, id.sample), text, read, value);
        }
        90..93 => {
            let failure = Failure {
                kind: *FailureKind::ALL.choose(rng).unwrap(),
                status: Some(500),
                message: (*TEXTS.choose(rng).unwrap()).into(),
                trace: Default::default(),
            };
            if rng.random_bool(0.5) {
                stage.fail((id.variant, id.row, id.sample), failure);
            } else {
                let wait = Duration::from_secs(3);
                stage.event(RunEvent::TrialRetried { id, failure, wait });
            }
        }
        93..95 => stage.event(RunEvent::SlowedDown {
            endpoint: "demo".into(),
            wait: Duration::from_millis(rng.random_range(0..9_000)),
            in_flight: 3,
        }),
        95 => stage.event(RunEvent::Paused {
            reason: "paused".into(),
        }),
        96 => stage.event(RunEvent::Continued),
        97 => {
            let causes = [
                None,
                Some(StopCause::Interrupt),
                Some(StopCause::Cap),
                Some(StopCause::Failure),
            ];
            stage.end_run(*causes.choose(rng).unwrap());
        }
        98 => stage.wait(rng.random_range(0..2_000)),
        _ => stage.act(Message::Tick),
    }
    // Whoever was asked for other wordings answers.
    if let Some(Effect::Paraphrase(spec, number)) = stage.effects.last().cloned() {
        let answer = match wording::template::Template::read(&spec.path) {
            Ok(template) => Ok(ParaphraseOffer {
                template,
                text: (*TEXTS.choose(rng).unwrap()).into(),
                wordings: TEXTS.map(|text| (text.to_owned(), false)).to_vec(),
                rejected: vec![((*TEXTS.choose(rng).unwrap()).into(), "no".into())],
            }),
            Err(_) => Err("no such file".to_owned()),
        };
        stage.act(JobResult::ParaphrasesReady(number, Box::new(answer)));
    }
    // Effects that a runtime would perform are of no interest here.
    stage.effects.retain(|e| matches!(e, Effect::Quit));
}

fn steps() -> usize {
    std::env::var("SESSION_STEPS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_500)
}

#[test]
fn no_sequence_of_anything_at_any_size_panics() {
    let seed = std::env::var("SESSION_SEED")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(7);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let fresh = || {
        // A template with an axis among the others, for what needs one.
        let file = "templates/sentiment/careful.j2";
        let mut stage = TestSession::changed(
            "sentiment",
            &[
                (
                    "wording.toml",
                    "baseline = \"plain\"\nseed = 7",
                    "baseline = \"plain\"\nseed = 7\nsamples = 2",
                ),
                (
                    file,
                    "overall judgement\"\n",
                    "overall judgement\"\n[axes]\nask = [\"Is it good?\"]\n",
                ),
                (file, "{{ row.text }}", "{{ ask }} {{ row.text }}"),
            ],
        );
        stage.begin_run();
        stage
    };
    let mut stage = fresh();
    let mut size = (120, 36);
    for i in 0..steps() {
        if i % 400 == 399 {
            stage = fresh();
        }
        if rng.random_bool(0.1) {
            size = match rng.random_range(0..10) {
                0 => (1, 1),
                1 => (rng.random_range(1..20), rng.random_range(1..20)),
                2 => (400, 120),
                3 => (60, 16),
                _ => (rng.random_range(60..160), rng.random_range(16..60)),
            };
        }
        step(&mut stage, &mut rng);
        if i % 3 == 0 || steps() < 10_000 {
            let buffer = stage.buffer(size.0, size.1);
            for cell in buffer.content() {
                assert!(
                    !cell.symbol().contains(char::is_control),
                    "step {i}: {:?}",
                    cell.symbol()
                );
            }
        }
    }
}
