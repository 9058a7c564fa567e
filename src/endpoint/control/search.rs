//! Looking for the fastest pace that a server accepts, by the shares of refusals at the paces that were tried.

use super::epoch::Counts;

/// A share of refusals from where on a pace is too fast, and one below which it may be too slow.
const TOO_FAST: f64 = 0.08;
const CLEAN: f64 = 0.02;
/// Requests after which an epoch is judged even where its share of refusals is uncertain.
const ENOUGH: f64 = 150.0;
/// Requests per second that are always tried.
pub(super) const MIN_PACE: f64 = 0.5;
/// Growth beyond a guess.
const FAST: f64 = 1.5;
const FAST_WHILE_SLOW: f64 = 1.15;
const SLOW: f64 = 100.0;
/// What a pace grows by at first, beyond what was too fast before; `FAST` at most.
const CREEP: f64 = 1.02;
/// Epochs just below a ceiling before going beyond it, at first and at most.
const HOLD: u32 = 4;
const MAX_HOLD: u32 = 64;
/// Just below a ceiling, and where to stop on the way to it.
const NEAR: f64 = 0.94;
const BELOW: f64 = 0.95;
/// Less than this share of a pace is not tried after an epoch with too many refusals; more where the ceiling is known.
const LOWER: f64 = 0.75;
const LOWER_SLIGHTLY: f64 = 0.92;
const LOWER_FAR: f64 = 0.3;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Search {
    /// A pace that was too fast, or a guess.
    ceiling: f64,
    /// Growth beyond the ceiling.
    growth: f64,
    /// Epochs without refusals just below the ceiling: how many there were, and how many it takes to go beyond.
    held: u32,
    hold: u32,
    /// Whether the last epoch had few refusals.
    was_clean: bool,
    lowered: Option<Lowered>,
}

/// What lowering the pace has brought.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Lowered {
    /// The pace at which lowering began, and the share of refusals then.
    from: f64,
    share: f64,
    /// At paces at which congestion alone would leave next to no refusals.
    launched: f64,
    refused: f64,
}

impl Lowered {
    /// Count an epoch at this pace, where it tells congestion from chance: a limiter that let `1 − share` of `from` through
    /// refuses next to nothing at less than that.
    fn count(&mut self, pace: f64, seen: Counts) {
        if pace * (1.0 - 0.3 * self.share) <= 0.85 * self.from * (1.0 - self.share) {
            self.launched += seen.launched;
            self.refused += seen.refused;
        }
    }

    /// The share of refusals that is chance, once a dozen were expected and not much fewer came.
    fn chance(&self) -> Option<f64> {
        let expected = self.launched * self.share;
        (expected >= 12.0 && self.refused > 0.4 * expected).then(|| self.refused / self.launched)
    }
}

/// What to do after an epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// Too little to say.
    Wait,
    /// Go on at this pace.
    Pace(f64),
    /// This share of refusals is chance: no pace changes it.
    Chance(f64),
    /// Nearly everything is refused.
    Blocked,
}

impl Search {
    pub(super) fn new(ceiling: f64) -> Search {
        Search {
            ceiling,
            growth: CREEP,
            held: 0,
            hold: HOLD,
            was_clean: false,
            lowered: None,
        }
    }

    /// Where the ceiling is a guess: not to be waited for.
    pub(super) fn guessed(ceiling: f64) -> Search {
        Search {
            growth: FAST,
            hold: 0,
            ..Search::new(ceiling)
        }
    }

    /// After an epoch at this pace; `chance` is the share of refusals that no pace changes.
    pub(super) fn judge(&mut self, pace: f64, seen: Counts, chance: f64) -> Verdict {
        let excess = seen.share() - chance;
        let is_certain = seen.at_least() > chance + CLEAN;
        if excess > TOO_FAST
            && (seen.refused < 6.0 && seen.launched < 40.0 || !is_certain && seen.launched < ENOUGH)
        {
            return Verdict::Wait;
        }
        if let Some(lowered) = &mut self.lowered {
            lowered.count(pace, seen);
            if let Some(share) = lowered.chance() {
                return Verdict::Chance(share);
            }
        }
        let is_clean = excess < TOO_FAST;
        let verdict = match excess {
            _ if seen.share() > 0.9 => Verdict::Blocked,
            TOO_FAST.. if is_certain => Verdict::Pace(self.lower(pace, seen, chance)),
            CLEAN.. => {
                self.growth = CREEP;
                Verdict::Pace(pace)
            }
            _ => Verdict::Pace(self.raise(pace, seen)),
        };
        self.was_clean = is_clean;
        verdict
    }

    /// Nothing but refusals came at this pace.
    pub(super) fn is_too_fast(&mut self, pace: f64) {
        self.ceiling = self.ceiling.min(pace);
        self.growth = CREEP;
        self.held = 0;
        self.hold = self.hold.max(HOLD);
        self.was_clean = false;
    }

    fn lower(&mut self, pace: f64, seen: Counts, chance: f64) -> f64 {
        let accepted = seen.accepted() / seen.time / (1.0 - chance).max(0.1);
        let is_near = self.was_clean && pace <= 1.1 * self.ceiling && seen.share() < 0.6;
        let least = match is_near {
            true => LOWER_SLIGHTLY,
            false if seen.share() > 0.5 => LOWER_FAR,
            false => LOWER,
        };
        if is_near {
            self.hold = (2 * self.hold).min(MAX_HOLD);
        }
        self.hold = self.hold.max(HOLD);
        self.ceiling = pace;
        self.growth = CREEP;
        self.held = 0;
        self.lowered.get_or_insert(Lowered {
            from: pace,
            share: seen.share(),
            launched: 0.0,
            refused: 0.0,
        });
        accepted.clamp(least * pace, pace).max(MIN_PACE)
    }

    fn raise(&mut self, pace: f64, seen: Counts) -> f64 {
        self.lowered = self.lowered.filter(|l| pace < l.from);
        if seen.launched / seen.time <= 0.7 * pace {
            // The pace was not what held requests back.
            pace
        } else if pace < NEAR * self.ceiling {
            (pace * self.ceiling).sqrt().min(BELOW * self.ceiling)
        } else if self.held < self.hold {
            self.held += 1;
            pace
        } else {
            // A step too far at a slow pace takes long to be seen.
            let most = if pace < SLOW { FAST_WHILE_SLOW } else { FAST };
            let faster = pace * self.growth.min(most);
            self.growth = (1.0 + 1.5 * (self.growth - 1.0)).min(FAST);
            faster
        }
    }
}
