//! What a search makes of what it has seen when calls or money run out.

use super::*;

const ROWS: u32 = 200;

fn begun(calls: u64) -> Search {
    let settings = SearchSettings {
        seed: 3,
        alpha: 0.05,
        calls,
        samples: 1,
        per_round: SearchSettings::PER_ROUND,
        threshold: 1.0,
    };
    Search::new(settings, (0..ROWS).collect(), 60)
}

/// Take steps until the end, or until c1 was tried on so many rows. On selection rows the start is
/// always wrong, c1 right on every `nth`.
fn take_steps(search: &mut Search, nth: usize, rows: usize) {
    loop {
        match search.step() {
            Step::End => return,
            Step::Propose(proposal) => {
                search.take_candidates(&proposal, proposal.wanted);
            }
            Step::Feedback { candidate, places } => {
                // No failures: as many rows are tried as there may be.
                search.take_feedback(candidate, vec![Some(1.0); places.len()]);
            }
            Step::Select { candidates, places } => {
                let score = |c: CandidateId, at: usize| f64::from(c == 1 && at.is_multiple_of(nth));
                let of = |c: &CandidateId| places.clone().map(|at| Some(score(*c, at))).collect();
                let scores = candidates.iter().map(of).collect();
                search.take_scores(&candidates, scores);
            }
        }
        let c1 = search.board().candidates().get(1);
        if c1.is_some_and(|c| c.tried() >= rows) {
            return;
        }
    }
}

#[test]
fn a_test_that_is_paid_for_is_judged() {
    let mut search = begun(2_000);
    take_steps(&mut search, 1, 20);
    assert_eq!(search.incumbent(), 0, "it has not been judged");
    search.close();
    let c1 = &search.board().candidates()[1];
    assert_eq!((c1.tried(), c1.state), (20, CandidateState::Adopted));
    assert_eq!((search.incumbent(), search.nominee()), (1, 1));
    assert_eq!(search.step(), Step::End);
}

#[test]
fn what_the_calls_leave_no_room_for_is_undecided_and_no_parent() {
    // Enough for the failures and a round on the rows of the first stage.
    let mut search = begun(74);
    take_steps(&mut search, 5, usize::MAX);
    let states: Vec<_> = search.board().candidates()[1..]
        .iter()
        .map(|c| (c.tried(), c.state))
        .collect();
    assert_eq!(states[0], (Search::FIRST_STAGE, CandidateState::Undecided));
    assert_eq!(search.nominee(), 0);
    // What lost its first rows is dropped, as ever.
    assert!(states.iter().any(|s| s.1 == CandidateState::Dropped));
    // With fewer, nothing was tried.
    let mut none = begun(50);
    take_steps(&mut none, 5, usize::MAX);
    let candidates = &none.board().candidates()[1..];
    assert!(!candidates.is_empty());
    for c in candidates {
        assert_eq!((c.tried(), c.state), (0, CandidateState::Undecided));
    }
}
