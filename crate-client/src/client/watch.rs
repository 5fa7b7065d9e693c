//! A state that can be watched: who looks late sees the latest, not the history.

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use crate::State;

struct Watched {
    state: State,
    /// Grows with each change.
    version: u64,
    /// Whether the subscription was dropped.
    over: bool,
    /// One for each [`States`] that waits, by its key.
    wakers: Vec<(u64, Waker)>,
    last_key: u64,
}

/// The writing side. Dropping it ends every [`States`].
pub(super) struct Watch(Rc<RefCell<Watched>>);

impl Watch {
    pub(super) fn new() -> Self {
        Self(Rc::new(RefCell::new(Watched {
            state: State::Idle,
            version: 1,
            over: false,
            wakers: Vec::new(),
            last_key: 0,
        })))
    }

    /// Whether it is the one that was published last.
    pub(super) fn shows(&self, state: &State) -> bool {
        self.0.borrow().state == *state
    }

    pub(super) fn publish(&self, state: &State) {
        let mut watched = self.0.borrow_mut();
        if watched.state != *state {
            watched.state = *state;
            watched.version += 1;
            wake_all(watched);
        }
    }

    /// Lets whoever waits look again.
    #[cfg(feature = "tabs")]
    pub(super) fn nudge(&self) {
        wake_all(self.0.borrow_mut());
    }

    pub(super) fn subscribe(&self) -> States {
        let mut watched = self.0.borrow_mut();
        watched.last_key += 1;
        States { watched: Rc::clone(&self.0), key: watched.last_key, seen: 0 }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watched = self.0.borrow_mut();
        watched.over = true;
        wake_all(watched);
    }
}

/// Wakers may run the watcher at once, so the borrow ends before.
fn wake_all(mut watched: RefMut<'_, Watched>) {
    let wakers = std::mem::take(&mut watched.wakers);
    drop(watched);
    wakers.into_iter().for_each(|(_, waker)| waker.wake());
}

/// The states of a subscription as a [`Stream`]: the present one at once, then each change. A reader that comes
/// late sees the latest only. Ends when the [`EventSource`](crate::EventSource) is dropped.
///
/// ```no_run
/// # use sse_signals::{EventSource, State};
/// # async fn example(source: EventSource<String>) {
/// let mut states = source.states();
/// while let Some(state) = states.next().await {
///     println!("{state}");
///     if state == State::Open {
///         break;
///     }
/// }
/// # }
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct States {
    watched: Rc<RefCell<Watched>>,
    key: u64,
    seen: u64,
}

impl Drop for States {
    fn drop(&mut self) {
        self.watched.borrow_mut().wakers.retain(|(key, _)| *key != self.key);
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States")
            .field("state", &self.watched.borrow().state)
            .finish_non_exhaustive()
    }
}

impl States {
    /// The next state; `None` once the [`EventSource`](crate::EventSource) was dropped. Cancel safe.
    pub async fn next(&mut self) -> Option<State> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for States {
    type Item = State;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<State>> {
        let watched = Rc::clone(&self.watched);
        let mut watched = watched.borrow_mut();
        if self.seen != watched.version {
            self.seen = watched.version;
            return Poll::Ready(Some(watched.state));
        }
        if watched.over {
            return Poll::Ready(None);
        }
        match watched.wakers.iter_mut().find(|(key, _)| *key == self.key) {
            Some((_, waker)) => waker.clone_from(cx.waker()),
            None => watched.wakers.push((self.key, cx.waker().clone())),
        }
        Poll::Pending
    }
}
