//! Exponential backoff with full jitter.

use std::time::Duration;

use crate::Retry;

/// The delay after `failures` failures in a row (at least 1); `jitter` is random in `0.0..1.0`.
///
/// A reconnection time that the server has asked for is kept: [the standard][] lets a client wait longer, not less. So it is
/// the lower bound, from which the jitter goes up to a bound that has twice that for its base.
///
/// [the standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection
pub(crate) fn delay(
    retry: &Retry,
    asked_for: Option<Duration>,
    failures: u32,
    jitter: f64,
) -> Duration {
    let least = asked_for.unwrap_or_default();
    let base = asked_for.map_or(retry.base, |time| time.saturating_mul(2));
    let doublings = failures.saturating_sub(1).min(31);
    let bound = base.saturating_mul(1 << doublings).min(retry.cap.max(least));
    let jitter = bound.saturating_sub(least).mul_f64(jitter.clamp(0.0, 1.0));
    least.saturating_add(jitter).max(retry.floor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Retry = Retry::new()
        .base(Duration::from_secs(1))
        .cap(Duration::from_secs(30))
        .floor(Duration::from_millis(250));

    #[test]
    fn the_bound_doubles_with_each_failure() {
        let bounds: Vec<_> =
            (1..=5).map(|failures| delay(&RETRY, None, failures, 1.0).as_secs()).collect();
        assert_eq!(bounds, [1, 2, 4, 8, 16]);
    }

    #[test]
    fn jitter_is_full_it_reaches_from_nothing_to_the_bound() {
        let no_floor = RETRY.floor(Duration::ZERO);
        assert_eq!(delay(&no_floor, None, 4, 0.0), Duration::ZERO);
        assert_eq!(delay(&no_floor, None, 4, 0.25), Duration::from_secs(2));
        assert_eq!(delay(&no_floor, None, 4, 0.5), Duration::from_secs(4));
    }

    #[test]
    fn no_delay_is_above_the_cap_however_many_failures() {
        for failures in [6, 31, 32, 33, 1_000, u32::MAX] {
            assert_eq!(
                delay(&RETRY, None, failures, 1.0),
                Duration::from_secs(30),
                "{failures} failures"
            );
        }
    }

    #[test]
    fn no_delay_is_below_the_floor_so_nothing_spins() {
        assert_eq!(delay(&RETRY, None, 1, 0.0), Duration::from_millis(250));
        let zero = RETRY.base(Duration::ZERO).cap(Duration::ZERO);
        assert_eq!(delay(&zero, None, 9, 0.9), Duration::from_millis(250));
    }

    #[test]
    fn the_largest_durations_do_not_overflow() {
        let huge = Retry::new().base(Duration::MAX).cap(Duration::MAX);
        assert!(delay(&huge, None, u32::MAX, 0.5) > Duration::from_secs(1));
    }

    #[test]
    fn a_reconnection_time_that_the_server_asked_for_is_the_least_delay_and_grows() {
        let asked_for = Some(Duration::from_secs(4));
        let seconds = |failures, jitter| delay(&RETRY, asked_for, failures, jitter).as_secs();
        assert_eq!([seconds(1, 0.0), seconds(1, 0.75), seconds(1, 1.0)], [4, 7, 8]);
        assert_eq!([seconds(2, 1.0), seconds(3, 1.0), seconds(9, 0.0)], [16, 30, 4]);
        let long = Some(Duration::from_secs(120));
        assert_eq!(delay(&RETRY, long, 5, 0.3), Duration::from_secs(120), "above the cap too");
        assert_eq!(delay(&RETRY, Some(Duration::ZERO), 9, 1.0), RETRY.floor, "`retry: 0`");
    }
}
