//! Events day by day, for ever.

use sse_signals_feed::Feed;

/// Days as a loop.
#[derive(Debug)]
pub struct Replay {
    days: Vec<Vec<Feed>>,
    next: usize,
}

impl Replay {
    /// Starts with the first of these days.
    pub(crate) fn of(days: impl Iterator<Item = Vec<Feed>>) -> Self {
        Self { days: days.collect(), next: 0 }
    }

    /// How many days the loop has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether there is no day at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The next day's events; their sequences are left to the log. Empty if there are no days.
    pub fn next_day(&mut self) -> &[Feed] {
        let day = self.days.get(self.next).map(Vec::as_slice).unwrap_or_default();
        self.next = (self.next + 1).checked_rem(self.days.len()).unwrap_or(0);
        day
    }
}
