//! Exponential backoff with full jitter.

use std::time::Duration;

use crate::Retry;

/// The delay after `failures` failures in a row (at least 1); `jitter` is random in `0.0..1.0`.
pub(crate) fn delay(retry: &Retry, failures: u32, jitter: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    let bound = retry.base.saturating_mul(1 << doublings).min(retry.cap);
    bound.mul_f64(jitter.clamp(0.0, 1.0)).max(retry.floor)
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
            (1..=5).map(|failures| delay(&RETRY, failures, 1.0).as_secs()).collect();
        assert_eq!(bounds, [1, 2, 4, 8, 16]);
    }

    #[test]
    fn jitter_is_full_it_reaches_from_nothing_to_the_bound() {
        let no_floor = RETRY.floor(Duration::ZERO);
        assert_eq!(delay(&no_floor, 4, 0.0), Duration::ZERO);
        assert_eq!(delay(&no_floor, 4, 0.25), Duration::from_secs(2));
        assert_eq!(delay(&no_floor, 4, 0.5), Duration::from_secs(4));
    }

    #[test]
    fn no_delay_is_above_the_cap_however_many_failures() {
        for failures in [6, 31, 32, 33, 1_000, u32::MAX] {
            assert_eq!(
                delay(&RETRY, failures, 1.0),
                Duration::from_secs(30),
                "{failures} failures"
            );
        }
    }

    #[test]
    fn no_delay_is_below_the_floor_so_nothing_spins() {
        assert_eq!(delay(&RETRY, 1, 0.0), Duration::from_millis(250));
        let zero = RETRY.base(Duration::ZERO).cap(Duration::ZERO);
        assert_eq!(delay(&zero, 9, 0.9), Duration::from_millis(250));
    }

    #[test]
    fn the_largest_durations_do_not_overflow() {
        let huge = Retry::new().base(Duration::MAX).cap(Duration::MAX);
        assert!(delay(&huge, u32::MAX, 0.5) > Duration::from_secs(1));
    }
}
