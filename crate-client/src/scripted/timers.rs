//! A clock and its timers.

use std::cell::{Cell, RefCell};
use std::time::Duration;

/// A clock that stands until it is moved.
#[derive(Default)]
pub(crate) struct Timers {
    now: Cell<Duration>,
    /// In the order in which they were set.
    waiting: RefCell<Vec<Timer>>,
    set: Cell<u64>,
}

struct Timer {
    id: u64,
    due: Duration,
    fire: Box<dyn FnOnce()>,
}

impl Timers {
    pub(super) fn now(&self) -> Duration {
        self.now.get()
    }

    /// Never back.
    pub(crate) fn go_to(&self, time: Duration) {
        self.now.set(self.now.get().max(time));
    }

    pub(super) fn set(&self, delay: Duration, fire: Box<dyn FnOnce()>) -> u64 {
        let id = self.set.get() + 1;
        self.set.set(id);
        let due = self.now.get().saturating_add(delay);
        self.waiting.borrow_mut().push(Timer { id, due, fire });
        id
    }

    pub(super) fn cancel(&self, id: u64) {
        let mut waiting = self.waiting.borrow_mut();
        let cancelled = waiting.iter().position(|timer| timer.id == id);
        let cancelled = cancelled.map(|index| waiting.remove(index));
        // What it holds may set and cancel timers itself.
        drop(waiting);
        drop(cancelled);
    }

    pub(super) fn next_due(&self) -> Option<Duration> {
        self.waiting.borrow().iter().map(|timer| timer.due).min()
    }

    /// Fires what is due first, of several the one that was set first. Says whether there was one.
    pub(crate) fn fire_next(&self) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        let now = self.now.get();
        let due = waiting.iter().enumerate().filter(|(_, timer)| timer.due <= now);
        let Some((index, _)) = due.min_by_key(|(_, timer)| timer.due) else { return false };
        let timer = waiting.remove(index);
        drop(waiting);
        (timer.fire)();
        true
    }

    pub(super) fn clear(&self) {
        let waiting = self.waiting.take();
        drop(waiting);
    }
}

#[cfg(test)]
impl Timers {
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.borrow().len()
    }

    /// How many were ever set.
    pub(crate) fn count(&self) -> u64 {
        self.set.get()
    }
}
