//! The bounded queue between a connection and its subscriber.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use crate::Item;

/// Items in order. What does not fit is dropped, the oldest first, and counted.
pub(super) struct Queue<T> {
    items: VecDeque<Item<T>>,
    capacity: usize,
    /// How many items were dropped in front of the first.
    lagged: u64,
    waker: Option<Waker>,
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { items: VecDeque::new(), capacity, lagged: 0, waker: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn push(&mut self, item: Item<T>) {
        if self.items.len() == self.capacity {
            self.items.pop_front();
            self.lagged += 1;
        }
        self.items.push_back(item);
    }

    /// If there is nothing, the task is woken by whoever takes the waker after a push.
    pub(super) fn poll_pop(&mut self, cx: &mut Context<'_>) -> Poll<Item<T>> {
        if self.lagged > 0 {
            return Poll::Ready(Item::Lagged(std::mem::take(&mut self.lagged)));
        }
        if let Some(item) = self.items.pop_front() {
            return Poll::Ready(item);
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
