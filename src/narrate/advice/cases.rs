//! The rules, held against what an experienced engineer would say: a case a line.

use super::Advice;
use crate::{
    advise::{
        AnswerBias, AnswerShare, BreakEven, ConstantAnswer, Curve, ErrorAgreement, Evidence,
        Headroom, ModelScore, ModelSize, RULES, SizeSource, Tuned, TunedRow, UnscoredRun,
        VerdictKind, WordingsApart,
    },
    analysis::Interval,
};
use std::collections::HashSet;

/// Under each criterion of the decision, its cases: evidence in words → the rule that decides and its verdict (k keep
/// prompting, c collect, f fine-tune, l labels).
///
/// `score=70±8` has its interval; `base` is its gain over always giving one answer (default far above); `reach` is what some
/// wording gets right; `shots` and `more` what twice as many shots or wordings would add; `vote` what the answer of most
/// wordings scores; `lean` by how much one answer is given too often; `wordings`, `rows` (default 8, 200), `spread` (p), `size`
/// (billions), `cut`, `unreadable`, `uncompared` (wordings left out for their cut answers, and what one of them could reach), `raised` (those got more room), `pays` (months until tuning has paid for itself), `alike` (share wrong everywhere), `unscored` (a run without scores: share of rows on which two wordings differ), `tuned`
/// (gain).
const CASES: &str = "
# measure before deciding
nothing known                                                                        → no-score k
labelled=800 resources=gpus target=90                                                → no-score k
unscored=12                                                                          → no-labels c
unscored=0 labelled=800 resources=gpus target=90                                     → no-labels c
score=70±8                                                                           → target-unknown k
score=70±8 labelled=2000 resources=gpus changes=rarely                               → target-unknown k
score=88±5 target=90 labelled=2000 resources=gpus                                    → near k
score=91±5 target=90 labelled=30                                                     → near k
score=40±3 target=90 labelled=2000 resources=gpus cut=85                             → cut k
score=40±3 target=90 labelled=2000 resources=gpus cut=20                             → many-rows f
score=40±3 base=-9±5 target=90 labelled=2000 resources=gpus cut=20                   → cut k
score=40±3 base=-9±5 target=90 labelled=2000 resources=gpus cut=20 tuned=40±9        → tuned-better f
score=40±3 base=-9±5 target=90 labelled=2000 resources=gpus cut=20 tuned=25±9        → cut k
score=95±3 target=90 labelled=2000 resources=gpus cut=6 deployment=edge              → cut k
score=70±8 target=90 labelled=800 resources=gpus cut=4                               → many-rows f
score=54±12 base=-3±12 target=90 labelled=532 resources=cpu size=0.135 wordings=3 uncompared=13/100 → cut k
score=29±12 base=2±20 target=90 labelled=532 resources=cpu size=0.135 wordings=12 uncompared=4/100 → guesses f
score=54±12 base=-3±12 target=90 labelled=532 resources=cpu size=0.135 wordings=3 uncompared=13/70 → guesses f
score=53±12 base=-4±12 target=90 labelled=532 resources=cpu size=0.135 wordings=4 uncompared=12/100 raised → guesses f
score=54±12 base=-3±12 target=90 labelled=532 resources=cpu size=0.135 wordings=3 uncompared=13/100 tuned=40±9 → tuned-better f

# a prompt that is good enough stays
score=95±3 target=90 labelled=24                                                     → met k
score=95±3 target=90 labelled=2000 resources=gpus deployment=cloud                   → met k
score=95±3 target=90 labelled=2000 resources=gpus deployment=private                 → met k
score=95±3 target=90 labelled=800 alike=12                                           → met k
score=95±3 target=90 lean=20 labelled=800 resources=gpus                             → met k
score=92±1 target=90 base=1±2 labelled=800 resources=gpus                            → met k

# fine-tune when labelled data is at hand: under 50 rows prompting, from 500 tuning
score=70±8 target=90 resources=gpus                                                  → labelled-unknown k
score=70±8 target=90 labelled=0 wordings=7                                           → few-rows c
score=70±8 target=90 labelled=49 wordings=7 resources=gpus                           → few-rows c
score=70±8 target=90 labelled=50 wordings=7 resources=gpus                           → some-rows f
score=70±8 target=90 labelled=499 wordings=2 resources=consumer-gpu                  → some-rows-room k
score=70±8 target=90 labelled=500 wordings=2 resources=consumer-gpu                  → many-rows f
score=70±8 target=90 labelled=5000 wordings=7 resources=gpus shots=4                 → many-rows f
score=70±8 target=90 labelled=200 wordings=7 resources=consumer-gpu                  → some-rows f

# prompt first while the prompt has room
score=70±8 target=90 labelled=24 wordings=2                                          → few-rows-room k
score=70±8 target=90 labelled=24 wordings=7 spread=0.40 shots=5                      → few-rows-room k
score=70±8 target=90 labelled=24 wordings=7 spread=0.40 shots=1                      → few-rows c
score=70±8 target=90 labelled=24 wordings=7 spread=0.40 shots=5 full                 → few-rows c
score=70±8 target=90 labelled=200 wordings=2 resources=consumer-gpu                  → some-rows-room k
score=70±8 target=90 labelled=200 wordings=7 resources=consumer-gpu shots=4          → some-rows-room k
score=70±8 target=90 labelled=200 wordings=2                                         → some-rows-room k
score=70±8 target=90 labelled=5000 wordings=2                                        → some-rows-room k
score=70±8 target=90 labelled=200 unreadable=30 resources=gpus                       → some-rows-room k
score=70±8 target=90 labelled=200 lean=25 resources=gpus                             → some-rows-room k
score=70±8 target=90 labelled=24 lean=25                                             → few-rows-room k
score=70±8 target=90 labelled=200 lean=5 resources=gpus                              → some-rows f

# room is counted against chance: that some wording is right on a row is no evidence
score=70±8 target=90 labelled=24 wordings=7 spread=0.01 reach=95                     → few-rows c
score=70±8 target=90 labelled=24 wordings=7 spread=0.01 reach=100 more=1             → few-rows c
score=82±6 target=90 labelled=24 wordings=7 spread=0.01 reach=99 more=4              → few-rows-room k
score=82±6 target=90 labelled=24 wordings=7 spread=0.40 reach=99 more=4              → few-rows c
score=70±8 target=90 labelled=24 wordings=7 spread=0.01 reach=99 more=4              → few-rows c
score=82±6 target=90 labelled=24 wordings=7 spread=0.01 reach=85 more=4              → few-rows c
score=82±6 target=90 labelled=200 spread=0.01 reach=99 vote=92 resources=gpus        → some-rows-room k
score=82±6 target=90 labelled=200 spread=0.01 reach=99 vote=84 resources=gpus        → some-rows f
score=70±8 target=90 labelled=200 wordings=7 resources=consumer-gpu spread=0.01 reach=82 → some-rows f

# a model that does no better than always giving one answer does not know the task
score=52±7 target=80 base=1±9 size=0.135 labelled=500 wordings=32 spread=0.001 reach=100 more=9 resources=cpu → guesses f
score=52±7 target=80 base=1±9 size=0.135 labelled=200 wordings=32 spread=0.001 reach=100 resources=cpu → guesses f
score=52±7 base=1±9 size=0.135 labelled=500 wordings=32 resources=gpus               → guesses f
score=52±7 base=1±9 labelled=24 wordings=32 spread=0.001 reach=100 vote=90           → guesses-without-rows c
score=52±7 target=80 base=1±9 wordings=32 spread=0.001 reach=100                     → guesses-without-rows c
score=52±7 target=80 base=1±9 lean=45 wordings=32 labelled=24                        → guesses-without-rows c
score=52±7 target=80 base=1±9 wordings=2 labelled=24                                 → few-rows-room k
score=52±7 target=80 base=1±9 wordings=32 labelled=24 shots=8                        → few-rows-room k
score=52±7 target=80 base=1±9 wordings=32 labelled=800 resources=none                → guesses-without-means k
score=52±7 target=80 base=1±9 wordings=32 labelled=800                               → means-unknown c
score=52±7 target=80 base=1±9 wordings=2 labelled=200 resources=gpus                 → some-rows-room k
score=52±7 target=80 base=1±9 wordings=2 labelled=800 resources=gpus                 → guesses f
score=60±18 base=8±20 rows=30 labelled=800 resources=gpus                            → target-unknown k
score=65±7 base=14±9 labelled=800 resources=gpus                                     → target-unknown k

# task complexity beyond prompting, and what the size of the model allows
score=70±8 target=90 labelled=120 wordings=7 resources=gpus task=complex             → some-rows-complex c
score=70±8 target=90 labelled=300 wordings=7 resources=gpus task=complex             → some-rows f
score=70±8 target=90 labelled=120 wordings=7 resources=gpus task=medium              → some-rows f
score=3±2 target=50 labelled=800 resources=gpus task=complex size=0.135              → too-small c
score=30±6 target=60 labelled=800 resources=gpus task=complex size=3                 → too-small c
score=3±4 target=90 labelled=527 resources=cpu task=medium size=0.135 wordings=16    → too-small c
score=3±4 target=90 labelled=527 resources=gpus task=medium size=8 wordings=16       → many-rows f
score=3±4 target=90 labelled=527 resources=gpus task=simple size=0.135 wordings=16   → many-rows f
score=3±4 target=90 labelled=527 resources=gpus task=medium size=0.135 unreadable=80 wordings=16 → many-rows f
score=30±6 target=60 labelled=800 resources=gpus task=complex size=8                 → many-rows f
score=30±6 target=60 labelled=800 resources=gpus task=complex size=0.5 deployment=edge → must-be-short f
score=30±6 target=60 labelled=300 resources=gpus task=complex size=0.5 deployment=edge → too-small c
score=62±6 target=85 labelled=500 resources=gpus task=simple size=0.135              → many-rows f

# resources: a GPU, a provider's jobs, or a CPU for a small model
score=70±8 target=90 labelled=200 wordings=7 resources=none                          → no-means k
score=70±8 target=90 labelled=2000 wordings=7 resources=hours                        → no-means k
score=70±8 target=90 labelled=200 wordings=7                                         → means-unknown c
score=70±8 target=90 labelled=5000 wordings=7                                        → means-unknown c
score=70±8 target=90 labelled=800 wordings=7 resources=cpu size=0.5                  → many-rows f
score=70±8 target=90 labelled=800 wordings=7 resources=cpu size=7                    → no-means k
score=70±8 target=90 labelled=800 wordings=7 resources=cpu                           → size-unknown c
score=70±8 target=90 labelled=800 wordings=7 resources=cpu reach=80 best=95          → size-unknown c
score=70±8 target=90 labelled=24 wordings=7 spread=0.01 reach=80 best=95 more=30     → few-rows-room k
score=70±8 target=90 labelled=24 wordings=7 spread=0.01 reach=80 best=85 more=30     → few-rows c

# deployment: low latency, cost, privacy, offline
score=95±3 target=90 labelled=2000 resources=gpus deployment=edge changes=rarely     → met-but-long f
score=95±3 target=90 labelled=2000 resources=gpus deployment=strict-latency          → met-but-long f
score=95±3 target=90 labelled=2000 resources=none deployment=edge                    → met k
score=95±3 target=90 labelled=80 resources=gpus deployment=edge                      → met k
score=70±8 target=90 labelled=200 wordings=2 resources=hosted deployment=edge        → must-be-short f
score=70±8 target=90 labelled=200 wordings=7 resources=consumer-gpu deployment=strict-latency shots=5 → must-be-short f
score=70±8 target=90 labelled=120 wordings=7 resources=gpus deployment=edge task=complex → some-rows-complex c
score=95±3 target=90 labelled=2000 resources=hosted pays=4                           → met-but-expensive f
score=95±3 target=90 labelled=2000 resources=hosted pays=30                          → met k
score=95±3 target=90 labelled=100 resources=hosted pays=4                            → met k
score=70±8 target=90 labelled=800 resources=hosted deployment=private                → no-means k
score=70±8 target=90 labelled=800 resources=consumer-gpu deployment=private          → many-rows f

# the need to iterate quickly favors prompting
score=70±8 target=90 labelled=5000 resources=gpus changes=often                      → changes-often k
score=70±8 target=90 labelled=30 changes=often                                       → changes-often k
score=70±8 target=90 changes=often                                                   → changes-often k
score=52±7 target=80 base=1±9 labelled=5000 resources=gpus changes=often             → changes-often k
score=95±3 target=90 labelled=2000 resources=gpus deployment=edge changes=often      → met k
score=95±3 target=90 labelled=2000 resources=hosted pays=4 changes=often             → met k

# quality of the data before quantity
labelled=800 conflicts=8                                                             → conflicting-labels l
labelled=800 conflicts=8 score=70±5 target=90 resources=gpus                         → conflicting-labels l
labelled=5000 conflicts=5 score=52±5 base=1±6 target=90 resources=gpus               → conflicting-labels l
labelled=800 conflicts=2 score=70±5 target=90 resources=gpus reach=80                → many-rows f
score=70±8 target=90 labelled=800 resources=gpus alike=20                            → shared-failures l
score=70±8 labelled=24 alike=20                                                      → shared-failures l
score=70±8 target=90 labelled=800 resources=gpus alike=4                             → many-rows f
score=52±7 target=80 base=1±9 labelled=800 resources=gpus alike=40                   → guesses f
score=70±8 target=90 labelled=800 resources=gpus alike=20 size=0.36                  → many-rows f

# compare tuned with prompted, keep collecting bad cases, round after round
score=70±8 target=90 labelled=200 resources=hosted tuned=12±5                        → tuned-better f
score=70±8 target=90 labelled=200 resources=hosted tuned=-8±5                        → tuned-no-better k
score=70±8 target=90 labelled=200 resources=hosted tuned=0±1                         → tuned-no-better k
score=70±8 target=90 labelled=200 resources=hosted tuned=4±9                         → tuned-undecided c
score=70±8 target=90 labelled=200 resources=hosted tuned=7±6p=0.25                   → tuned-undecided c
score=70±8 target=90 labelled=200 resources=hosted tuned=12±5 tuned-cut=6            → tuned-better f
score=70±8 target=90 labelled=200 resources=hosted tuned=12±5 tuned-cut=9            → tuned-undecided c
score=70±8 target=90 labelled=200 resources=hosted tuned=-8±5 tuned-cut=9            → tuned-undecided c
score=92±1 target=90 labelled=200 resources=hosted tuned=4±9                         → met k
score=52±7 target=80 base=1±9 size=0.135 labelled=500 resources=cpu tuned=30±8       → tuned-better f
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
    let (mut wordings, mut rows) = (8, 200);
    for word in words.split_whitespace() {
        let Some((key, value)) = word.split_once('=') else {
            if word == "raised" {
                e.score.as_mut().unwrap().raised = true;
            }
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
            "rows" => rows = value.parse().unwrap(),
            "uncompared" => {
                // The wordings left out, and what one of them could reach.
                let (n, reach) = value.split_once('/').unwrap();
                let score = e.score.as_mut().unwrap();
                score.left_out = n.parse().unwrap();
                score.left_out_reach = reach.parse::<f64>().unwrap() / 100.0;
            }
            "cut" | "unreadable" => {
                let score = e.score.as_mut().unwrap();
                let share = match key {
                    "cut" => &mut score.cut,
                    _ => &mut score.unreadable,
                };
                *share = percent();
            }
            "base" => {
                e.majority = Some(ConstantAnswer {
                    answer: "positive".into(),
                    score: interval("50±7"),
                    gain: interval(value),
                });
            }
            "lean" => {
                e.bias = Some(AnswerBias {
                    shares: vec![AnswerShare {
                        answer: "positive".into(),
                        given: 0.5 + percent(),
                        expected: 0.5,
                        p: 0.01,
                    }],
                    answer: "positive".into(),
                    over_wordings: (0.3, 0.95),
                });
            }
            "size" => {
                e.size = Some(ModelSize {
                    parameters_b: value.parse().unwrap(),
                    source: SizeSource::Name,
                });
            }
            "vote" => {
                let share = percent();
                let interval = Interval {
                    value: share,
                    low: share - 0.05,
                    high: share + 0.05,
                };
                headroom(&mut e).vote = Some(interval);
            }
            "more" => headroom(&mut e).more_wordings = Some(percent()),
            "score" => {
                e.score = Some(ModelScore {
                    model: "m".into(),
                    variant: "v".into(),
                    held_out: interval(value),
                    rows: 100,
                    wordings: 0,
                    left_out: 0,
                    not_tried: 0.0,
                    left_out_reach: 0.0,
                    raised: false,
                    unreadable: 0.0,
                    cut: 0.0,
                    max_cut: crate::model::MaxTruncated::default().share(),
                });
            }
            "reach" => {
                let found = headroom(&mut e);
                (found.reachable, found.hopeless) = (percent(), 1.0 - percent());
                found.best_of_each_row = percent();
            }
            "best" => headroom(&mut e).best_of_each_row = percent(),
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
            "unscored" => {
                e.unscored = Some(UnscoredRun {
                    model: "m".into(),
                    rows: 60,
                    wordings: 7,
                    unreadable: 0.0,
                    agreement: Some(1.0 - percent()),
                    apart: Some(WordingsApart {
                        wordings: ("a".into(), "b".into()),
                        differ: percent(),
                    }),
                });
            }
            "alike" => {
                e.errors = Some(ErrorAgreement {
                    models: 2,
                    shared: 0.8,
                    by_chance: 0.3,
                    hopeless: percent(),
                    hopeless_by_chance: 0.05,
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
                    truncation: Default::default(),
                };
                e.tuned = Some(Tuned {
                    rows: vec![row(None), row(Some(interval(value)))],
                });
            }
            "tuned-cut" => {
                let rows = &mut e.tuned.as_mut().unwrap().rows;
                rows[1].truncation.answers = 100;
                rows[1].truncation.truncated = value.parse().unwrap();
            }
            other => panic!("what is {other}?"),
        }
    }
    if let Some(score) = &mut e.score {
        (score.wordings, score.rows) = (wordings, rows);
    }
    e
}

fn headroom(e: &mut Evidence) -> &mut Headroom {
    e.headroom.get_or_insert_with(|| Headroom {
        reachable: 1.0,
        best_of_each_row: 1.0,
        reachable_by_chance: 1.0,
        hopeless: 0.0,
        vote: None,
        more_wordings: None,
        row_counts: Default::default(),
        hopeless_rows: Vec::new(),
        fragile_rows: Vec::new(),
    })
}

#[test]
fn every_case_is_decided_by_its_rule() {
    let mut used = HashSet::new();
    let mut wrong = Vec::new();
    for criterion in CASES.split("# ").skip(1) {
        let cases = criterion.lines().filter(|l| l.contains('→')).count();
        assert!(cases > 0, "no case for {criterion}");
    }
    let cases: Vec<&str> = CASES.lines().filter(|l| l.contains('→')).collect();
    assert!(cases.len() >= 80, "{} cases", cases.len());
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
