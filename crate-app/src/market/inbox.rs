//! What has arrived and is not applied yet: until the next flush, or for as long as the reader holds the page still.

use std::collections::VecDeque;

/// Items that a page held still keeps; further ones wait at the server.
pub(super) const HELD_ITEMS: usize = 2_000;
/// Items that make a flush worth while before its time.
const FLUSH_ITEMS: usize = 500;

/// What is to be done after an item was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Flush soon: more may come at once.
    FlushSoon,
    /// Flush now.
    FlushNow,
    /// Give the connection up: as much is held as may be.
    GiveUp,
}

/// What is held while the page is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// Items.
    pub(super) waiting: usize,
    /// Whether further ones wait at the server.
    pub(super) gave_up: bool,
}

/// Items in the order of their arrival, none dropped.
#[derive(Debug)]
pub(super) struct Inbox<T> {
    items: VecDeque<T>,
    paused: bool,
    gave_up: bool,
}

impl<T> Inbox<T> {
    pub(super) const fn new() -> Self {
        Self { items: VecDeque::new(), paused: false, gave_up: false }
    }

    /// Takes an item in. What the client's own queue still has after [`Next::GiveUp`] is kept too, so a hold may grow
    /// beyond [`HELD_ITEMS`] by that queue's capacity.
    pub(super) fn push(&mut self, item: T) -> Next {
        self.items.push_back(item);
        if self.paused {
            if self.items.len() < HELD_ITEMS {
                return Next::FlushSoon;
            }
            self.gave_up = true;
            return Next::GiveUp;
        }
        if self.items.len() < FLUSH_ITEMS { Next::FlushSoon } else { Next::FlushNow }
    }

    /// Whatever may be applied now: nothing while paused.
    pub(super) fn take(&mut self) -> VecDeque<T> {
        if self.paused { VecDeque::new() } else { std::mem::take(&mut self.items) }
    }

    pub(super) const fn pause(&mut self) {
        self.paused = true;
    }

    /// Lets go of what is held. Returns whether the connection was given up meanwhile.
    pub(super) const fn resume(&mut self) -> bool {
        self.paused = false;
        std::mem::replace(&mut self.gave_up, false)
    }

    /// What is held; none unless paused.
    pub(super) fn held(&self) -> Option<Held> {
        self.paused.then_some(Held { waiting: self.items.len(), gave_up: self.gave_up })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_flushed_in_order() {
        let mut inbox = Inbox::new();
        assert_eq!(inbox.push(1), Next::FlushSoon);
        assert_eq!(inbox.push(2), Next::FlushSoon);
        assert_eq!(inbox.take(), [1, 2]);
        assert_eq!(inbox.take(), [0_i32; 0]);
    }

    #[test]
    fn a_long_burst_does_not_wait_for_its_end() {
        let mut inbox = Inbox::new();
        for item in 1..FLUSH_ITEMS {
            assert_eq!(inbox.push(item), Next::FlushSoon);
        }
        assert_eq!(inbox.push(FLUSH_ITEMS), Next::FlushNow);
    }

    #[test]
    fn while_paused_everything_waits_and_then_comes_in_order() {
        let mut inbox = Inbox::new();
        inbox.pause();
        for item in 0..HELD_ITEMS - 1 {
            assert_eq!(inbox.push(item), Next::FlushSoon);
            assert_eq!(inbox.take(), [0_usize; 0]);
        }
        assert_eq!(inbox.held(), Some(Held { waiting: HELD_ITEMS - 1, gave_up: false }));
        assert!(!inbox.resume(), "the connection still stands");
        assert!(inbox.take().into_iter().eq(0..HELD_ITEMS - 1));
    }

    #[test]
    fn a_full_hold_gives_the_connection_up_and_drops_nothing() {
        let mut inbox = Inbox::new();
        inbox.pause();
        let late = 10;
        for item in 0..HELD_ITEMS + late {
            let next = inbox.push(item);
            assert_eq!(next == Next::GiveUp, item + 1 >= HELD_ITEMS, "{item}: {next:?}");
        }
        assert_eq!(inbox.held(), Some(Held { waiting: HELD_ITEMS + late, gave_up: true }));
        assert!(inbox.resume(), "the connection is to be taken up again");
        assert_eq!(inbox.held(), None);
        assert!(inbox.take().into_iter().eq(0..HELD_ITEMS + late));
        inbox.pause();
        assert!(!inbox.resume(), "the next pause starts with a connection");
    }
}
