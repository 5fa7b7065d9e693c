//! What a connection and the page report, and what comes of it.

use std::rc::Rc;
#[cfg(feature = "fetch")]
use std::task::{Context, Poll};

use super::{Contract, Platform, Shared, Sink};
use crate::event::LastEventId;
use crate::protocol::machine::{PageEvent, Role, Verdict};
use crate::{Error, Event, Item, Malformed, State};

#[cfg(feature = "fetch")]
mod stream;

impl<T: 'static, P: Platform, C: Contract<T>> Sink for Shared<T, P, C> {
    fn opened(self: Rc<Self>, generation: u64, url: Option<String>) {
        let mut inner = self.inner.borrow_mut();
        if inner.machine.is_current(generation) {
            inner.response_url = url;
        }
        drop(inner);
        self.drive_on(|machine, now, _| machine.on_open(generation, now));
    }

    fn errored(self: Rc<Self>, generation: u64, closed: bool) {
        self.drive_on(|machine, now, jitter| machine.on_error(generation, closed, now, jitter));
    }

    fn event(self: Rc<Self>, generation: u64, listener: usize, id: LastEventId, data: &str) {
        let listeners = Rc::clone(&self.listeners.borrow());
        let Some(listener) = listeners.get(listener) else { return };
        let decoded = listener.delivered.then(|| self.contract.decode(&listener.name, data));
        let mut guard = self.inner.borrow_mut();
        let inner = &mut *guard;
        if decoded.is_some() && inner.queue.is_held() && inner.queue.is_full() {
            // Given up before that event counts, so that it comes again, after the last event ID.
            drop(guard);
            self.drive_on(|machine, now, _| machine.pause(now));
            return;
        }
        let was_closed = inner.machine.state().is_closed();
        let was_open = *inner.machine.state() == State::Open;
        // To read the clock and the ID for each event costs.
        let now = inner.machine.heeds_silence().then(|| self.platform.now());
        let ends = listener.role == Role::End;
        let read = (ends || inner.machine.wants_id()).then(|| id.as_str());
        if inner.machine.on_event(generation, read, None, listener.role, now) != Verdict::Deliver {
            return;
        }
        // Of an end the machine was told, with the connection that it knows the ID by.
        inner.unread = (!ends).then(|| id.clone());
        drop(guard);
        self.observer.event(&self.platform, &listener.name, &id, data);
        // Before the machine's gap: a subscriber that has the resync event itself gets it first.
        if let Some(decoded) = decoded {
            self.push(item(decoded, id, &listener.name, data));
        }
        let mut guard = self.inner.borrow_mut();
        let inner = &mut *guard;
        if was_open && matches!(listener.role, Role::Plain | Role::Heartbeat) {
            let waker = inner.wake_soon();
            drop(guard);
            if let Some(waker) = waker {
                waker.wake();
            }
        } else {
            let performed = self.perform(guard, was_closed);
            debug_assert!(performed.is_ok(), "an event does not connect");
        }
    }

    fn page(self: Rc<Self>, event: PageEvent) {
        if event == PageEvent::Left {
            self.inner.borrow_mut().keep_cursor(&self.platform);
        }
        self.drive_on(|machine, now, _| machine.on_page(event, now));
    }

    #[cfg(feature = "fetch")]
    fn bytes(self: Rc<Self>, generation: u64, input: &mut &[u8]) {
        self.read(generation, input);
    }

    #[cfg(feature = "fetch")]
    fn poll_room(self: Rc<Self>, generation: u64, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.inner.borrow_mut();
        let polled = inner.queue.poll_room(cx);
        if polled.is_ready() {
            inner.machine.on_blocked(generation, false, self.platform.now());
        }
        polled
    }

    #[cfg(feature = "fetch")]
    fn ended(self: Rc<Self>, generation: u64, end: super::End) {
        self.end(generation, end);
    }
}

impl<T: 'static, P: Platform, C: Contract<T>> Shared<T, P, C> {
    fn push(&self, item: Item<T>) {
        if let Item::Malformed(malformed) = &item {
            self.observer.malformed(&self.platform, malformed);
        }
        self.inner.borrow_mut().queue.push(item);
    }
}

/// What a subscriber gets of an event.
fn item<T>(decoded: Result<T, Error>, id: LastEventId, name: &str, data: &str) -> Item<T> {
    match decoded {
        Ok(data) => Item::Event(Event::received(id, data)),
        Err(error) => {
            Item::Malformed(Malformed { name: name.to_owned(), data: data.to_owned(), error })
        }
    }
}
