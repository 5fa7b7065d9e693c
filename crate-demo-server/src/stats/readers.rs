//! Where the readers stand, and what they were handed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Stats;

/// The positions of all open streams.
#[derive(Debug, Default)]
pub(super) struct Readers {
    positions: Mutex<HashMap<u64, Arc<AtomicU64>>>,
    opened: AtomicU64,
}

/// Counts one event stream as open until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenStream {
    stats: Arc<Stats>,
    number: u64,
    position: Arc<AtomicU64>,
    /// Events and bytes that were handed out last, and may yet come back in part.
    handed_out: (u64, u64),
}

impl Readers {
    pub(super) fn open(&self) -> usize {
        self.lock().len()
    }

    /// The position of the one furthest behind.
    pub(super) fn slowest(&self) -> Option<u64> {
        self.lock().values().map(|position| position.load(Ordering::Relaxed)).min()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<AtomicU64>>> {
        self.positions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenStream {
    pub(super) fn new(stats: Arc<Stats>, position: u64) -> Self {
        let number = stats.readers.opened.fetch_add(1, Ordering::Relaxed);
        let position = Arc::new(AtomicU64::new(position));
        stats.readers.lock().insert(number, Arc::clone(&position));
        Self { stats, number, position, handed_out: (0, 0) }
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The reader stands there, and all that it was handed is out.
    pub(crate) fn stands_at(&mut self, position: u64) {
        self.position.store(position, Ordering::Relaxed);
        self.count();
    }

    /// So much is on its way.
    pub(crate) fn hand_out(&mut self, events: usize, bytes: usize) {
        self.handed_out = (events as u64, bytes as u64);
    }

    fn count(&mut self) {
        let (events, bytes) = std::mem::take(&mut self.handed_out);
        if bytes > 0 {
            self.stats.sent_events.fetch_add(events, Ordering::Relaxed);
            self.stats.sent_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.count();
        self.stats.readers.lock().remove(&self.number);
    }
}
