//! When to draw: at once after a key, seldom enough for what merely arrives, never when nothing changed.

use std::time::{Duration, Instant};

/// Drawings that may follow each other at once.
const BURST: f64 = 4.0;
/// Drawings a second beyond that: never more than 30 in any second together.
const RATE: f64 = 26.0;
/// Shortest time between two drawings of what merely arrives.
const ARRIVALS: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub(super) struct FrameScheduler {
    /// Drawings that may follow at once, as of the last one.
    credit: f64,
    last: Option<Instant>,
    /// Something changed since the last drawing.
    changed: bool,
    /// A person did something since the last drawing.
    touched: bool,
}

impl Default for FrameScheduler {
    fn default() -> Self {
        FrameScheduler {
            credit: BURST,
            last: None,
            changed: false,
            touched: false,
        }
    }
}

impl FrameScheduler {
    /// Something changed; whether a person did it.
    pub(super) fn change(&mut self, by_hand: bool) {
        self.changed = true;
        self.touched |= by_hand;
    }

    /// When to draw next; `None` when nothing changed, or at once.
    pub(super) fn due(&self) -> Option<Instant> {
        let last = self.last.filter(|_| self.changed)?;
        let earned = Duration::from_secs_f64(((1.0 - self.credit) / RATE).max(0.0));
        Some(
            last + if self.touched {
                earned
            } else {
                earned.max(ARRIVALS)
            },
        )
    }

    /// Whether to draw now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.changed && self.due().is_none_or(|due| due <= now)
    }

    pub(super) fn drew(&mut self, now: Instant) {
        let since = self
            .last
            .map_or(Duration::ZERO, |last| now.saturating_duration_since(last));
        self.credit = (self.credit + since.as_secs_f64() * RATE).min(BURST) - 1.0;
        self.last = Some(now);
        (self.changed, self.touched) = (false, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_drawn_when_nothing_changed() {
        let mut scheduler = FrameScheduler::default();
        let now = Instant::now();
        assert!(!scheduler.is_due(now) && scheduler.due().is_none());
        scheduler.change(false);
        assert!(scheduler.is_due(now), "the first time at once");
        scheduler.drew(now);
        assert!(!scheduler.is_due(now + Duration::from_secs(9)));
    }

    #[test]
    fn a_key_is_drawn_at_once_and_arrivals_wait() {
        let mut scheduler = FrameScheduler::default();
        let now = Instant::now();
        scheduler.drew(now);
        scheduler.change(false);
        assert!(!scheduler.is_due(now + Duration::from_millis(49)));
        assert!(scheduler.is_due(now + Duration::from_millis(50)));
        scheduler.change(true);
        assert!(scheduler.is_due(now + Duration::from_millis(1)));
    }

    #[test]
    fn never_more_than_thirty_in_a_second() {
        let mut scheduler = FrameScheduler::default();
        let start = Instant::now();
        let mut drawn = Vec::new();
        for ms in 0..5_000u64 {
            let now = start + Duration::from_millis(ms);
            scheduler.change(ms % 3 == 0);
            if scheduler.is_due(now) {
                scheduler.drew(now);
                drawn.push(ms);
            }
        }
        for from in 0..4_000 {
            let n = drawn
                .iter()
                .filter(|ms| (from..from + 1_000).contains(*ms))
                .count();
            assert!(n <= 30, "{n} from {from}");
        }
        assert!(drawn.len() > 100);
    }
}
