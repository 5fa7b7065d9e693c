//! Events a second, over the last seconds.

use std::collections::VecDeque;

/// The time that the rate is the mean of, in milliseconds.
const WINDOW: f64 = 10_000.0;

/// Counts at certain times. A browser that slows its timers down for a hidden page makes the window longer, not
/// the rate wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    /// Milliseconds of [`crate::clock::now`], events so far. Taken once a second, so a dozen at most.
    samples: VecDeque<(f64, u64)>,
}

impl Rate {
    /// Takes how many events there are by now.
    pub(crate) fn sample(&mut self, now: f64, events: u64) {
        while self.samples.len() > 1
            && self.samples.get(1).is_some_and(|(time, _)| now - time >= WINDOW)
        {
            self.samples.pop_front();
        }
        self.samples.push_back((now, events));
    }

    /// Events a second; none before a second has passed.
    pub(crate) fn per_second(&self) -> Option<f64> {
        let ((first, before), (last, now)) = (self.samples.front()?, self.samples.back()?);
        let seconds = (last - first) / 1_000.0;
        (seconds >= 0.9).then(|| now.saturating_sub(*before) as f64 / seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(samples: &[(f64, u64)]) -> Rate {
        let mut rate = Rate::default();
        for (seconds, events) in samples {
            rate.sample(seconds * 1_000.0, *events);
        }
        rate
    }

    #[test]
    fn the_rate_is_the_mean_of_the_window() {
        let steady: Vec<_> = (0..60).map(|second| (f64::from(second), second as u64 * 5)).collect();
        let rate = rate(&steady);
        assert_eq!(rate.per_second(), Some(5.0));
        assert!(rate.samples.len() <= 12, "{} samples", rate.samples.len());
    }

    #[test]
    fn what_is_long_ago_does_not_count() {
        let mut samples = vec![(0.0, 0), (1.0, 600)];
        samples.extend((2..20).map(|second| (f64::from(second), 600)));
        assert_eq!(rate(&samples).per_second(), Some(0.0));
    }

    #[test]
    fn before_a_second_has_passed_there_is_no_rate() {
        assert_eq!(Rate::default().per_second(), None);
        assert_eq!(rate(&[(0.0, 0), (0.3, 600)]).per_second(), None);
    }

    #[test]
    fn slow_timers_of_a_hidden_page_leave_the_rate_right() {
        assert_eq!(rate(&[(0.0, 0), (1.0, 5), (61.0, 305), (121.0, 605)]).per_second(), Some(5.0));
    }
}
