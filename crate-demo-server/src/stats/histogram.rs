//! How long something took, counted by size.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Microseconds up to which a bucket goes, from a tenth of a millisecond to what nobody waits for.
const BOUNDS: [u64; 10] =
    [100, 250, 500, 1_000, 2_500, 10_000, 50_000, 100_000, 500_000, 2_500_000];

/// Durations, each in the smallest bucket that holds it; in the last one those above all bounds.
#[derive(Debug)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum_micros: AtomicU64,
}

impl Histogram {
    pub(crate) const fn new() -> Self {
        Self {
            buckets: [const { AtomicU64::new(0) }; BOUNDS.len() + 1],
            sum_micros: AtomicU64::new(0),
        }
    }

    pub(crate) fn record(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| *bound < micros);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// The upper bounds in seconds, none for the last, and how many are within, but not within the one before.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (Option<f64>, u64)> {
        let bounds = BOUNDS.iter().map(|micros| Some(Duration::from_micros(*micros).as_secs_f64()));
        let counts = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed));
        bounds.chain([None]).zip(counts)
    }

    pub(crate) fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_micros.load(Ordering::Relaxed))
    }
}
