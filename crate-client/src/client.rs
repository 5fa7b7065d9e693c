//! The driver: the reconnection machine and a transport, turned into ordered items and a watched state.

mod event_source;
mod platform;
mod queue;
mod watch;

use std::borrow::Cow;
use std::cell::{RefCell, RefMut};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use serde::de::DeserializeOwned;

pub use event_source::{EventSource, is_supported};
pub(crate) use platform::{Platform, Request, Sink};
pub use watch::States;

use crate::protocol::machine::{Action, Machine, Role};
use crate::protocol::resume_url::with_cursor;
use crate::{Error, Event, Item, Malformed, Options, Resume, State, schema};
use queue::Queue;
use watch::Watch;

#[cfg(test)]
mod tests;

/// A name that the connection listens to.
#[derive(Debug)]
struct Listener {
    name: Cow<'static, str>,
    role: Role,
    /// Whether the subscriber's type has it; the others are only for us.
    delivered: bool,
}

/// One subscription's driver. Dropping it closes the connection and cancels the timer.
pub(crate) struct Driver<T, P: Platform>(Rc<Shared<T, P>>);

struct Shared<T, P: Platform> {
    platform: P,
    url: String,
    options: Options,
    listeners: Vec<Listener>,
    watch: Watch,
    inner: RefCell<Inner<T, P>>,
}

struct Inner<T, P: Platform> {
    machine: Machine,
    connection: Option<P::Connection>,
    timer: Option<Timer<P>>,
    queue: Queue<T>,
}

struct Timer<P: Platform> {
    due: Duration,
    _handle: P::Timer,
}

impl<T: DeserializeOwned + 'static, P: Platform> Driver<T, P> {
    /// A driver that is not connected yet.
    pub(crate) fn new(platform: P, url: &str, options: Options) -> Self {
        Self(Rc::new(Shared {
            platform,
            url: url.to_owned(),
            listeners: listeners::<T>(&options),
            watch: Watch::new(),
            inner: RefCell::new(Inner {
                machine: Machine::new(options.clone()),
                connection: None,
                timer: None,
                queue: Queue::new(options.queue_capacity),
            }),
            options,
        }))
    }

    /// Connects for the first time. An error says that the URL can't be opened.
    pub(crate) fn connect(&self) -> Result<(), Error> {
        self.0.drive(|machine, now, _| machine.connect(now))
    }

    /// Connects now, in place of the connection or wait there is.
    pub(crate) fn reconnect(&self) {
        self.0.drive_on(|machine, now, _| machine.connect(now));
    }

    pub(crate) fn close(&self) {
        self.0.drive_on(|machine, _, _| machine.close());
    }

    pub(crate) fn pause(&self) {
        self.0.drive_on(|machine, now, _| machine.pause(now));
    }

    pub(crate) fn resume(&self) {
        self.0.drive_on(|machine, now, _| machine.resume(now));
    }

    pub(crate) fn state(&self) -> State {
        self.0.inner.borrow().machine.state().clone()
    }

    pub(crate) fn states(&self) -> States {
        self.0.watch.subscribe()
    }

    /// The next item; `None` once the subscription is over and everything was handed out.
    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        let mut inner = self.0.inner.borrow_mut();
        let closed = inner.machine.state().is_closed();
        match inner.queue.poll_pop(cx) {
            Poll::Pending if closed => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
            Poll::Ready(item) => Poll::Ready(Some(item)),
        }
    }
}

/// The type's events, and those by which the server speaks to us.
fn listeners<T: DeserializeOwned>(options: &Options) -> Vec<Listener> {
    let mut listeners: Vec<Listener> = schema::event_names::<T>()
        .iter()
        .map(|name| Listener { name: Cow::Borrowed(*name), role: Role::Plain, delivered: true })
        .collect();
    let roles = [
        (&options.heartbeat_event, Role::Heartbeat),
        (&options.resync_event, Role::Resync),
        (&options.end_event, Role::End),
    ];
    for (name, role) in roles {
        let Some(name) = name else { continue };
        match listeners.iter_mut().find(|listener| listener.name == *name) {
            Some(listener) => listener.role = role,
            None => listeners.push(Listener { name: name.clone(), role, delivered: false }),
        }
    }
    listeners
}

impl<T: DeserializeOwned + 'static, P: Platform> Shared<T, P> {
    /// Lets the machine decide, then does what it says. An error is one of opening a connection.
    fn drive(
        self: &Rc<Self>,
        decide: impl FnOnce(&mut Machine, Duration, f64),
    ) -> Result<(), Error> {
        let mut inner = self.inner.borrow_mut();
        let was_closed = inner.machine.state().is_closed();
        decide(&mut inner.machine, self.platform.now(), self.platform.jitter());
        self.perform(inner, was_closed)
    }

    /// Like [`drive`](Self::drive) where the URL was accepted before: if a connection can't be opened all the
    /// same, that counts as failed, and the machine decides on.
    fn drive_on(self: &Rc<Self>, decide: impl FnOnce(&mut Machine, Duration, f64)) {
        if self.drive(decide).is_err() {
            let failed = self.drive(Machine::on_unopened);
            debug_assert!(failed.is_ok(), "a failure does not connect at once");
        }
    }

    /// Does what the machine has decided, and tells whoever waits.
    fn perform(
        self: &Rc<Self>,
        mut guard: RefMut<'_, Inner<T, P>>,
        was_closed: bool,
    ) -> Result<(), Error> {
        let inner = &mut *guard;
        let mut result = Ok(());
        while let Some(action) = inner.machine.poll_action() {
            match action {
                Action::Connect { generation, cursor } => {
                    match self.open(generation, cursor.as_deref()) {
                        Ok(connection) => inner.connection = Some(connection),
                        Err(error) => result = Err(error),
                    }
                }
                Action::Disconnect => inner.connection = None,
                Action::Gap(gap) => inner.queue.push(Item::Gap(gap)),
            }
        }
        self.arm_timer(inner);
        let state = inner.machine.state().clone();
        // Over, or anew: the subscriber must look, although there is no item.
        let turned = state.is_closed() != was_closed;
        let waker = if turned || !inner.queue.is_empty() { inner.queue.take_waker() } else { None };
        drop(guard);
        // Wakers may run the subscriber at once: nothing is borrowed any more.
        self.watch.publish(&state);
        if let Some(waker) = waker {
            waker.wake();
        }
        result
    }

    fn open(
        self: &Rc<Self>,
        generation: u64,
        cursor: Option<&str>,
    ) -> Result<P::Connection, Error> {
        let url = match (&self.options.resume, cursor) {
            (Resume::Query(name), Some(cursor)) => Cow::Owned(with_cursor(&self.url, name, cursor)),
            (Resume::Query(_) | Resume::Never, _) => Cow::Borrowed(&*self.url),
        };
        let names: Vec<&str> = self.listeners.iter().map(|listener| &*listener.name).collect();
        let sink: Weak<dyn Sink> = Rc::downgrade(self) as Weak<dyn Sink>;
        self.platform.connect(&Request {
            url: &url,
            with_credentials: self.options.with_credentials,
            names: &names,
            generation,
            sink: &sink,
        })
    }

    /// A timer that stands early enough is left alone, so that an event does not cost one.
    fn arm_timer(self: &Rc<Self>, inner: &mut Inner<T, P>) {
        let Some(due) = inner.machine.poll_timeout() else {
            inner.timer = None;
            return;
        };
        if inner.timer.as_ref().is_some_and(|timer| timer.due <= due) {
            return;
        }
        let shared = Rc::downgrade(self);
        let delay = due.saturating_sub(self.platform.now());
        let handle = self.platform.set_timer(
            delay,
            Box::new(move || {
                if let Some(shared) = shared.upgrade() {
                    let fired = shared.inner.borrow_mut().timer.take();
                    shared.drive_on(Machine::handle_timeout);
                    drop(fired);
                }
            }),
        );
        inner.timer = Some(Timer { due, _handle: handle });
    }
}

impl<T: DeserializeOwned + 'static, P: Platform> Sink for Shared<T, P> {
    fn opened(self: Rc<Self>, generation: u64) {
        self.drive_on(|machine, now, _| machine.on_open(generation, now));
    }

    fn errored(self: Rc<Self>, generation: u64, closed: bool) {
        self.drive_on(|machine, now, jitter| machine.on_error(generation, closed, now, jitter));
    }

    fn event(self: Rc<Self>, generation: u64, listener: usize, id: String, data: &str) {
        let Some(listener) = self.listeners.get(listener) else { return };
        let decoded = listener.delivered.then(|| schema::decode(&listener.name, data));
        let mut inner = self.inner.borrow_mut();
        let was_closed = inner.machine.state().is_closed();
        if !inner.machine.on_event(generation, &id, listener.role, self.platform.now()) {
            return;
        }
        // Before the machine's gap: a subscriber that has the resync event itself gets it first.
        match decoded {
            Some(Ok(data)) => inner.queue.push(Item::Event(Event { id, data })),
            Some(Err(error)) => inner.queue.push(Item::Malformed(Malformed {
                name: listener.name.to_string(),
                data: data.to_owned(),
                error,
            })),
            None => {}
        }
        let performed = self.perform(inner, was_closed);
        debug_assert!(performed.is_ok(), "an event does not connect");
    }
}
