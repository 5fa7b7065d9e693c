//! The bounded queue between a connection and its subscriber.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use crate::{Gap, Item};

/// Items that are worth a wake at once, even though more may come in the same task.
const MANY: usize = 256;

/// Items in order. What does not fit is dropped, the oldest first, and counted.
pub(super) struct Queue<T> {
    items: VecDeque<Item<T>>,
    capacity: usize,
    /// How many items were dropped in front of the first.
    lagged: u64,
    /// Whether nothing is handed out for now.
    held: bool,
    waker: Option<Waker>,
    /// Whoever waits for room.
    #[cfg(feature = "fetch")]
    writer: Option<Waker>,
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            items: VecDeque::new(),
            capacity,
            lagged: 0,
            held: false,
            waker: None,
            #[cfg(feature = "fetch")]
            writer: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.items.len() >= self.capacity
    }

    /// Whether the subscriber should not be let wait for more.
    pub(super) fn has_gathered(&self) -> bool {
        self.items.len() >= MANY.min(self.capacity.div_ceil(2))
    }

    pub(super) fn is_held(&self) -> bool {
        self.held
    }

    pub(super) fn hold(&mut self, held: bool) {
        self.held = held;
    }

    pub(super) fn push(&mut self, item: Item<T>) {
        while self.is_full() {
            self.items.pop_front();
            self.lagged += 1;
        }
        self.items.push_back(item);
    }

    /// Has always room, and costs no event its place: of several in a row one is enough. Returns the gap if it is news.
    pub(super) fn push_gap(&mut self, gap: Gap) -> Option<Gap> {
        if matches!(self.items.back(), Some(Item::Gap(last)) if *last == gap) {
            return None;
        }
        self.items.push_back(Item::Gap(gap));
        Some(gap)
    }

    /// If there is nothing, the task is woken by whoever takes the waker after a push.
    pub(super) fn poll_pop(&mut self, cx: &mut Context<'_>) -> Poll<Item<T>> {
        if !self.held {
            if self.lagged > 0 {
                return Poll::Ready(Item::Lagged(std::mem::take(&mut self.lagged)));
            }
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(item);
            }
        }
        match &mut self.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => self.waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    pub(super) fn take_waker(&mut self) -> Option<Waker> {
        self.waker.take()
    }
}

#[cfg(feature = "fetch")]
impl<T> Queue<T> {
    /// Whether a writer that has filled it may go on: not for every single item.
    pub(super) fn has_room_again(&self) -> bool {
        self.items.len() <= self.capacity / 2
    }

    /// Ready once a writer may go on; until then it is woken by whoever takes the writer after a pop.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.has_room_again() {
            return Poll::Ready(());
        }
        self.writer = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The writer, if it may go on.
    pub(super) fn take_writer(&mut self) -> Option<Waker> {
        if self.has_room_again() { self.writer.take() } else { None }
    }
}
