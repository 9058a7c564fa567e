//! When a model is shut down, in words, and when to warn of it.

use crate::model::Date;

/// Days before the shutdown from which on it is warned of.
const WARN_DAYS: i64 = 90;

/// `shut down on 2027-01-14 (in 46 days)`.
pub fn shutdown_words(day: Date, today: Date) -> String {
    match day.days_since(today) {
        0 => format!("shut down on {day} (today)"),
        1 => format!("shut down on {day} (tomorrow)"),
        left if left > 0 => format!("shut down on {day} (in {left} days)"),
        _ => format!("shut down since {day}"),
    }
}

/// Whether a shutdown is so near, or past, that it is warned of.
pub fn is_shutdown_near(day: Date, today: Date) -> bool {
    day.days_since(today) <= WARN_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shutdown_is_warned_of_ninety_days_before() {
        let today = Date::of_days(20_000);
        let day = |left: i64| Date::of_days(20_000 + left);
        assert!(is_shutdown_near(day(90), today) && is_shutdown_near(day(-5), today));
        assert!(!is_shutdown_near(day(91), today));
        assert_eq!(
            shutdown_words(day(46), today),
            format!("shut down on {} (in 46 days)", day(46))
        );
        assert!(shutdown_words(day(-1), today).starts_with("shut down since "));
    }
}
