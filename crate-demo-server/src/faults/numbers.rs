//! A flood of numbered events, at a pace.

use std::num::NonZeroU32;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, Interval, MissedTickBehavior};

/// How often the events that are due are written.
const EVERY: Duration = Duration::from_millis(10);
/// Events that are written at once.
const PIECE: u32 = 10_000;

/// The events that are still to come.
pub(super) struct Numbers {
    written: u32,
    last: u32,
    pace: Option<Pace>,
}

struct Pace {
    per_second: NonZeroU32,
    /// Since the first was asked for.
    began: Instant,
    looks: Interval,
}

impl Numbers {
    /// From 1 to `last`.
    pub(super) fn new(last: NonZeroU32, per_second: Option<NonZeroU32>) -> Self {
        let pace = per_second.map(|per_second| {
            let mut looks = tokio::time::interval(EVERY);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            Pace { per_second, began: Instant::now(), looks }
        });
        Self { written: 0, last: last.get(), pace }
    }

    /// The next of them as soon as they are due; none once all are written. Can be dropped while it waits.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        if self.written == self.last {
            return None;
        }
        let due = match &mut self.pace {
            Some(pace) => loop {
                let due = pace.due().min(self.last);
                if due > self.written {
                    break due;
                }
                pace.looks.tick().await;
            },
            None => self.last,
        };
        let numbers = self.written + 1..=due.min(self.written.saturating_add(PIECE));
        self.written = *numbers.end();
        Some(numbers.map(|number| format!("data: {number}\n\n")).collect::<String>().into())
    }
}

impl Pace {
    fn due(&self) -> u32 {
        let due = self.began.elapsed().as_secs_f64() * f64::from(self.per_second.get());
        // The cast saturates.
        due as u32
    }
}
