//! The rules, held against what an experienced engineer would say: a case a line.

use super::Advice;
use crate::{
    advise::{
        BreakEven, Curve, ErrorAgreement, Evidence, Headroom, ModelScore, RULES, Tuned, TunedRow,
        VerdictKind,
    },
    analysis::Interval,
};
use std::collections::HashSet;

/// Evidence in words → the rule that decides and its verdict (k keep prompting, c collect, f fine-tune, l labels).
/// `score=70±8` has its interval; `reach` is what some wording gets right; `shots` what twice as many would add; `wordings`,
/// `spread` (p), `pays` (months until tuning has paid for itself), `alike` (hopeless share), `tuned` (gain).
const CASES: &str = "
nothing known                                                                        → no-score k
labelled=800 resources=gpus target=90                                                → no-score k
labelled=800 conflicts=8                                                             → conflicting-labels l
labelled=800 conflicts=8 score=70±5 target=90 resources=gpus                         → conflicting-labels l
labelled=800 conflicts=2 score=70±5 target=90 resources=gpus reach=80                → many-rows f
score=70±8                                                                           → target-unknown k
score=70±8 labelled=2000 resources=gpus changes=rarely                               → target-unknown k
score=95±3 target=90 labelled=24                                                     → met k
score=95±3 target=90 labelled=2000 resources=gpus deployment=cloud                   → met k
score=95±3 target=90 labelled=2000 resources=gpus deployment=edge changes=rarely     → met-but-long f
score=95±3 target=90 labelled=2000 resources=gpus deployment=strict-latency          → met-but-long f
score=95±3 target=90 labelled=2000 resources=none deployment=edge                    → met k
score=95±3 target=90 labelled=80 resources=gpus deployment=edge                      → met k
score=95±3 target=90 labelled=2000 resources=gpus deployment=edge changes=often      → met k
score=95±3 target=90 labelled=2000 resources=hosted pays=4                           → met-but-expensive f
score=95±3 target=90 labelled=2000 resources=hosted pays=30                          → met k
score=95±3 target=90 labelled=2000 resources=hosted pays=4 changes=often             → met k
score=95±3 target=90 labelled=100 resources=hosted pays=4                            → met k
score=88±5 target=90 labelled=2000 resources=gpus                                    → near k
score=91±5 target=90 labelled=30                                                     → near k
score=70±8 target=90 resources=gpus                                                  → labelled-unknown k
score=70±8 target=90 labelled=5000 resources=gpus changes=often                      → changes-often k
score=70±8 target=90 labelled=30 changes=often                                       → changes-often k
score=70±8 target=90 labelled=24 wordings=2                                          → few-rows-room k
score=70±8 target=90 labelled=24 wordings=7 spread=0.01 reach=95                     → few-rows-room k
score=70±8 target=90 labelled=24 wordings=7 spread=0.01 reach=85                     → few-rows c
score=70±8 target=90 labelled=24 wordings=7 spread=0.40 reach=95                     → few-rows c
score=70±8 target=90 labelled=24 wordings=7 spread=0.40 shots=5                      → few-rows-room k
score=70±8 target=90 labelled=24 wordings=7 spread=0.40 shots=1                      → few-rows c
score=70±8 target=90 labelled=24 wordings=7 spread=0.40 shots=5 full                 → few-rows c
score=70±8 target=90 labelled=0 wordings=7                                           → few-rows c
score=70±8 target=90 labelled=49 wordings=7 resources=gpus                           → few-rows c
score=70±8 target=90 labelled=50 wordings=7 resources=gpus                           → some-rows f
score=70±8 target=90 labelled=200 wordings=7 resources=none                          → no-means k
score=70±8 target=90 labelled=2000 wordings=7 resources=hours                        → no-means k
score=70±8 target=90 labelled=200 wordings=2 resources=hosted deployment=edge        → must-be-short f
score=70±8 target=90 labelled=200 wordings=7 resources=consumer-gpu deployment=strict-latency shots=5 → must-be-short f
score=70±8 target=90 labelled=200 wordings=2 resources=consumer-gpu                  → some-rows-room k
score=70±8 target=90 labelled=200 wordings=7 resources=consumer-gpu shots=4          → some-rows-room k
score=70±8 target=90 labelled=200 wordings=7 resources=consumer-gpu                  → some-rows f
score=70±8 target=90 labelled=200 wordings=7 resources=consumer-gpu spread=0.01 reach=82 → some-rows f
score=70±8 target=90 labelled=200 wordings=7                                         → means-unknown c
score=70±8 target=90 labelled=200 wordings=2                                         → some-rows-room k
score=70±8 target=90 labelled=120 wordings=7 resources=gpus task=complex             → some-rows-complex c
score=70±8 target=90 labelled=300 wordings=7 resources=gpus task=complex             → some-rows f
score=70±8 target=90 labelled=501 wordings=2 resources=consumer-gpu                  → many-rows f
score=70±8 target=90 labelled=5000 wordings=7 resources=gpus shots=4                 → many-rows f
score=70±8 target=90 labelled=5000 wordings=7                                        → means-unknown c
score=70±8 target=90 labelled=5000 wordings=2                                        → some-rows-room k
score=70±8 target=90 labelled=800 resources=gpus alike=20                            → shared-failures l
score=70±8 labelled=24 alike=20                                                      → shared-failures l
score=70±8 target=90 labelled=800 resources=gpus alike=4                             → many-rows f
score=95±3 target=90 labelled=800 alike=12                                           → met k
score=70±8 target=90 labelled=200 resources=hosted tuned=12±5                        → tuned-better f
score=70±8 target=90 labelled=200 resources=hosted tuned=-8±5                        → tuned-no-better k
score=70±8 target=90 labelled=200 resources=hosted tuned=0±1                         → tuned-no-better k
score=70±8 target=90 labelled=200 resources=hosted tuned=4±9                         → tuned-undecided c
score=70±8 target=90 labelled=200 resources=hosted tuned=7±6p=0.25                   → tuned-undecided c
score=92±1 target=90 labelled=200 resources=hosted tuned=4±9                         → met k
";

fn interval(text: &str) -> Interval {
    let (value, half) = text.split_once('±').unwrap();
    let [value, half]: [f64; 2] = [value, half].map(|x| x.parse().unwrap());
    Interval {
        value: value / 100.0,
        low: (value - half) / 100.0,
        high: (value + half) / 100.0,
    }
}

fn evidence(words: &str) -> Evidence {
    let mut e = Evidence::default();
    let mut wordings = 8;
    for word in words.split_whitespace() {
        let Some((key, value)) = word.split_once('=') else {
            if word == "full" {
                (e.prompt_tokens, e.context) = (Some((3_000.0, 100.0)), Some(4_096));
            }
            continue;
        };
        let percent = || value.parse::<f64>().unwrap() / 100.0;
        match key {
            "labelled" => e.given.labelled = Some(value.parse().unwrap()),
            "conflicts" => e.given.conflicting = percent(),
            "resources" => e.given.resources = Some(value.parse().unwrap()),
            "deployment" => e.given.deployment = Some(value.parse().unwrap()),
            "changes" => e.given.changes = Some(value.parse().unwrap()),
            "task" => e.given.task = Some(value.parse().unwrap()),
            "target" => e.given.target = Some(percent()),
            "wordings" => wordings = value.parse().unwrap(),
            "score" => {
                e.score = Some(ModelScore {
                    model: "m".into(),
                    variant: "v".into(),
                    held_out: interval(value),
                    rows: 100,
                    wordings: 0,
                    unreadable: 0.0,
                });
            }
            "reach" => {
                e.headroom = Some(Headroom {
                    reachable: percent(),
                    hopeless: 1.0 - percent(),
                    row_counts: Default::default(),
                    hopeless_rows: Vec::new(),
                    fragile_rows: Vec::new(),
                });
            }
            "spread" => e.spread = Some((0.1, 0.08, value.parse().unwrap())),
            "shots" => {
                let gain = percent();
                e.curve = Some(Curve {
                    points: Vec::new(),
                    ceiling: None,
                    doubling: Some(Interval {
                        value: gain,
                        low: gain / 2.0,
                        high: gain * 2.0,
                    }),
                });
            }
            "pays" => {
                e.given.calls_per_month = Some(1_000.0);
                let calls = Some(value.parse::<f64>().unwrap() * 1_000.0);
                e.break_even = Some(BreakEven {
                    fixed_usd: crate::project::Amount::exactly(10.0),
                    prompted_usd: 0.02,
                    tuned_usd: 0.01,
                    calls,
                    low: calls,
                    high: calls,
                    partial: false,
                });
            }
            "alike" => {
                e.errors = Some(ErrorAgreement {
                    models: 2,
                    shared: 0.8,
                    by_chance: 0.3,
                    hopeless: percent(),
                });
            }
            "tuned" => {
                let (value, p) = value.split_once("p=").unwrap_or((value, "0.01"));
                let row = |difference| TunedRow {
                    what: "tuned, bare prompt",
                    model: "ft:m".into(),
                    variant: "v".into(),
                    score: None,
                    difference,
                    p_adjusted: Some(p.parse().unwrap()),
                    flips: (0, 0),
                    prompt_tokens: 10.0,
                };
                e.tuned = Some(Tuned {
                    rows: vec![row(None), row(Some(interval(value)))],
                });
            }
            other => panic!("what is {other}?"),
        }
    }
    if let Some(score) = &mut e.score {
        score.wordings = wordings;
    }
    e
}

#[test]
fn every_case_is_decided_by_its_rule() {
    let mut used = HashSet::new();
    let mut wrong = Vec::new();
    let cases: Vec<&str> = CASES.lines().filter(|l| !l.is_empty()).collect();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    for case in cases {
        let (words, expected) = case.split_once('→').unwrap();
        let (rule, verdict) = expected.trim().split_once(' ').unwrap();
        let verdict = match verdict {
            "k" => VerdictKind::KeepPrompting,
            "c" => VerdictKind::Collect,
            "f" => VerdictKind::FineTune,
            _ => VerdictKind::Labels,
        };
        let advice = Advice::new("x", None, evidence(words));
        used.insert(advice.rule);
        if (advice.rule, advice.verdict) != (rule, verdict) {
            wrong.push(format!("{case}: {} {:?}", advice.rule, advice.verdict));
        }
        // A verdict has reasons, or says what to measure.
        assert!(
            !advice.reasons_for.is_empty() || !advice.measure.is_empty(),
            "{case}"
        );
        assert!(
            !advice.next.is_empty() && !advice.would_change.is_empty()
                || advice.evidence.score.is_none(),
            "{case}"
        );
        assert_eq!(advice.tune.is_some(), verdict == VerdictKind::FineTune);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for rule in RULES {
        assert!(used.contains(rule.name), "no case for {}", rule.name);
    }
}

#[test]
fn what_nobody_knows_is_named_with_its_command() {
    let advice = Advice::new("reviews", None, evidence("score=70±8"));
    let commands: Vec<&str> = advice.measure.iter().map(|m| m.command.as_str()).collect();
    for part in [
        "--target",
        "--data FILE",
        "--task",
        "--resources",
        "--deployment",
        "--changes",
        "--training-cost",
        "--models",
    ] {
        assert!(
            commands.iter().any(|c| c.contains(part)),
            "{part} is missing in {commands:?}"
        );
    }
    assert!(!advice.firm);
}
