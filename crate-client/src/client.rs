//! The driver: the reconnection machine and a transport, turned into ordered items and a watched state.
mod contract;
mod event_source;
mod kept_cursor;
mod listeners;
#[cfg(any(feature = "recording", feature = "tabs"))]
mod member;
mod observe;
mod platform;
mod queue;
mod reports;
#[cfg(feature = "tabs")]
mod share;
mod watch;

use std::borrow::Cow;
use std::cell::{RefCell, RefMut};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

pub(crate) use contract::{Contract, Typed};
#[cfg(feature = "tabs")]
pub(crate) use contract::{Raw, RawEvent};
pub use event_source::{EventSource, is_supported};
#[cfg(feature = "recording")]
pub(crate) use member::{Attach, Feed, Joining, Receiver};
#[cfg(feature = "fetch")]
pub(crate) use platform::End;
pub(crate) use platform::{Platform, Request, Sink};
#[cfg(feature = "tabs")]
pub(crate) use platform::{Refused, TabSink};
pub use watch::States;

#[cfg(feature = "fetch")]
use crate::Attempt;
use crate::error::Kind;
use crate::event::LastEventId;
#[cfg(feature = "fetch")]
use crate::options::Transport;
#[cfg(feature = "fetch")]
use crate::parser::Parser;
#[cfg(feature = "tabs")]
use crate::protocol::machine::Role;
use crate::protocol::machine::{Action, Machine, PageEvent};
use crate::protocol::resume_url::with_cursor;
use crate::{Error, Item, Options, Resume, State};
use kept_cursor::KeptCursor;
use listeners::{Listener, listeners};
use observe::Observer;
use queue::Queue;
use watch::Watch;

#[cfg(test)]
mod tests;

/// One subscription's driver. Dropping it closes the connection and cancels the timer.
pub(crate) struct Driver<T, P: Platform, C = Typed>(Rc<Shared<T, P, C>>);

struct Shared<T, P: Platform, C> {
    platform: P,
    contract: C,
    url: String,
    options: Options,
    /// As they were when the connection was opened, and added since; an index stays what it is.
    listeners: RefCell<Rc<[Listener]>>,
    watch: Watch,
    observer: Observer<P>,
    inner: RefCell<Inner<T, P>>,
    /// Taken out while it reads: a type's own code runs then, which may do anything.
    #[cfg(feature = "fetch")]
    parser: RefCell<Option<Parser>>,
}

struct Inner<T, P: Platform> {
    machine: Machine,
    connection: Option<P::Connection>,
    timer: Option<Timer<P>>,
    page: Option<P::Page>,
    /// Wakes the subscriber, once for all events that the browser dispatches in one task.
    soon: Option<P::Soon>,
    asked: bool,
    queue: Queue<T>,
    /// The last event ID of the newest event, which the machine has not been told.
    unread: Option<LastEventId>,
    kept_cursor: Option<KeptCursor>,
    /// What the server or the browser said of the last failure.
    detail: Option<String>,
    /// Where the newest event stream came from, after redirects, where that is known.
    response_url: Option<String>,
}

struct Timer<P: Platform> {
    due: Duration,
    _handle: P::Timer,
}

impl<T: 'static, P: Platform, C: Contract<T>> Driver<T, P, C> {
    /// A driver that is not connected yet.
    pub(crate) fn new(platform: P, contract: C, url: &str, options: Options) -> Self {
        let (kept_cursor, cursor) = KeptCursor::of(&platform, &options, url);
        Self::build(platform, contract, url, options, kept_cursor, cursor)
    }

    /// One that goes on where an earlier connection has ended: at this last event ID, empty if it had none. It keeps no
    /// cursor over a reload.
    #[cfg(feature = "tabs")]
    pub(crate) fn following(
        platform: P,
        contract: C,
        url: &str,
        options: Options,
        cursor: Option<String>,
    ) -> Self {
        Self::build(platform, contract, url, options, None, cursor)
    }

    fn build(
        platform: P,
        contract: C,
        url: &str,
        options: Options,
        kept_cursor: Option<KeptCursor>,
        cursor: Option<String>,
    ) -> Self {
        Self(Rc::new(Shared {
            observer: Observer::new(url, &options, C::IS_SUBSCRIBER),
            platform,
            url: url.to_owned(),
            listeners: RefCell::new(listeners(contract.names(), &options).into()),
            watch: Watch::new(),
            inner: RefCell::new(Inner {
                machine: Machine::new(options.clone(), cursor),
                connection: None,
                timer: None,
                page: None,
                soon: None,
                asked: false,
                queue: Queue::new(options.queue_capacity),
                unread: None,
                kept_cursor,
                detail: None,
                response_url: None,
            }),
            #[cfg(feature = "fetch")]
            parser: RefCell::new(None),
            contract,
            options,
        }))
    }

    /// Connects for the first time. An error says that the URL can't be opened.
    pub(crate) fn connect(&self) -> Result<(), Error> {
        let page = self.0.platform.watch_page(self.0.sink());
        let weak = Rc::downgrade(&self.0);
        let soon = self.0.platform.soon(Box::new(move || {
            if let Some(shared) = weak.upgrade() {
                shared.wake();
            }
        }));
        let mut inner = self.0.inner.borrow_mut();
        inner.page = Some(page);
        inner.soon = Some(soon);
        drop(inner);
        self.0.observer.opened(&self.0.platform);
        let hidden = self.0.platform.is_hidden();
        self.0.drive(|machine, now, _| {
            if hidden {
                machine.on_page(PageEvent::Hidden, now);
            }
            machine.connect(now);
        })
    }

    /// Listens to this name too, from now on.
    #[cfg(feature = "tabs")]
    pub(crate) fn listen(&self, name: &str) {
        let mut listeners = self.0.listeners.borrow().to_vec();
        let index = match listeners.iter().position(|listener| listener.name == name) {
            Some(index) if listeners[index].delivered => return,
            // The connection listens already, for us.
            Some(index) => {
                listeners[index].delivered = true;
                None
            }
            None => {
                let role = Role::Plain;
                listeners.push(Listener {
                    name: Cow::Owned(name.to_owned()),
                    role,
                    delivered: true,
                });
                Some(listeners.len() - 1)
            }
        };
        *self.0.listeners.borrow_mut() = listeners.into();
        let mut inner = self.0.inner.borrow_mut();
        if let (Some(index), Some(connection)) = (index, &mut inner.connection) {
            P::listen(connection, name, index);
        }
    }

    /// Connects now, in place of the connection or wait there is.
    pub(crate) fn reconnect(&self) {
        self.release();
        self.0.drive_on(|machine, now, _| machine.connect(now));
    }

    pub(crate) fn close(&self) {
        self.release();
        self.0.drive_on(|machine, _, _| machine.close());
    }

    pub(crate) fn pause(&self) {
        self.0.drive_on(|machine, now, _| machine.pause(now));
    }

    /// Hands out nothing until [`resume`](Self::resume).
    pub(crate) fn hold(&self) {
        let mut inner = self.0.inner.borrow_mut();
        if inner.machine.state().is_closed() {
            return;
        }
        inner.queue.hold(true);
        #[cfg(feature = "fetch")]
        if inner.machine.is_blocked() && !inner.queue.has_room_again() {
            // There is no room for what waits to be read: it comes again, after the last event ID.
            drop(inner);
            self.pause();
        }
    }

    pub(crate) fn resume(&self) {
        self.release();
        self.0.drive_on(|machine, now, _| machine.resume(now));
    }

    fn release(&self) {
        let mut inner = self.0.inner.borrow_mut();
        if !inner.queue.is_held() {
            return;
        }
        inner.queue.hold(false);
        drop(inner);
        self.0.wake();
    }

    pub(crate) fn state(&self) -> State {
        *self.0.inner.borrow().machine.state()
    }

    /// What the state tells of the last failure, and what is known besides.
    pub(crate) fn error(&self) -> Option<Error> {
        let inner = self.0.inner.borrow();
        let cause = inner.machine.state().error()?.cause()?;
        Some(Kind::Connection { cause, detail: inner.detail.clone() }.into())
    }

    #[cfg(feature = "fetch")]
    pub(crate) fn response_url(&self) -> Option<String> {
        self.0.inner.borrow().response_url.clone()
    }

    /// The last event ID, empty if there is none. It may be that of an item that waits.
    #[cfg(feature = "tabs")]
    pub(crate) fn with_cursor(&self, look: impl FnOnce(&str)) {
        let mut inner = self.0.inner.borrow_mut();
        inner.read_id();
        look(inner.machine.cursor());
    }

    pub(crate) fn states(&self) -> States {
        self.0.watch.subscribe()
    }

    /// The next item; `None` once the subscription is over and everything was handed out.
    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        let mut guard = self.0.inner.borrow_mut();
        let inner = &mut *guard;
        let polled = inner.queue.poll_pop(cx);
        // What is held is handed out later.
        let is_over = inner.machine.state().is_closed() && inner.queue.is_empty();
        if let Some(kept) = &mut inner.kept_cursor {
            match &polled {
                Poll::Ready(Item::Event(event)) => kept.take(event.id()),
                Poll::Ready(_) => {}
                Poll::Pending => kept.save_at_pace(&self.0.platform),
            }
        }
        #[cfg(feature = "fetch")]
        let writer = inner.queue.take_writer();
        drop(guard);
        if let Poll::Ready(item) = &polled {
            self.0.observer.handed_out(&self.0.platform, item);
        }
        #[cfg(feature = "fetch")]
        if let Some(writer) = writer {
            writer.wake();
        }
        match polled {
            Poll::Pending if is_over => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
            Poll::Ready(item) => Poll::Ready(Some(item)),
        }
    }
}

impl<T, P: Platform, C> Drop for Shared<T, P, C> {
    fn drop(&mut self) {
        self.inner.get_mut().keep_cursor(&self.platform);
    }
}

impl<T, P: Platform> Inner<T, P> {
    /// Tells the machine the last event ID, before it decides anything.
    fn read_id(&mut self) {
        if let Some(id) = self.unread.take() {
            self.machine.on_last_event_id(id.as_str());
        }
    }

    /// Wakes the subscriber in a task of its own. Whoever gets the waker must wake it at once: the browser may dispatch
    /// thousands of events in one task.
    fn wake_soon(&mut self) -> Option<Waker> {
        if self.queue.has_gathered() {
            return self.queue.take_waker();
        }
        if !self.asked && !self.queue.is_empty() {
            self.asked = true;
            self.soon.iter().for_each(P::ask);
        }
        None
    }

    /// Stores the last event ID, if it is to be kept.
    fn keep_cursor(&mut self, platform: &P) {
        self.read_id();
        if let Some(kept) = &mut self.kept_cursor {
            let newest = self.queue.is_empty().then(|| self.machine.cursor());
            kept.save(platform, newest);
        }
    }
}

impl<T: 'static, P: Platform, C: Contract<T>> Shared<T, P, C> {
    fn sink(self: &Rc<Self>) -> Weak<dyn Sink> {
        Rc::downgrade(self) as Weak<dyn Sink>
    }

    fn wake(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.asked = false;
        let waker = inner.queue.take_waker();
        drop(inner);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Lets the machine decide, then does what it says. An error is one of opening a connection.
    fn drive(
        self: &Rc<Self>,
        decide: impl FnOnce(&mut Machine, Duration, f64),
    ) -> Result<(), Error> {
        let mut inner = self.inner.borrow_mut();
        inner.read_id();
        let was_closed = inner.machine.state().is_closed();
        let now = self.platform.now();
        inner.machine.look_at_clocks(now, self.platform.wall());
        decide(&mut inner.machine, now, self.platform.jitter());
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
        let mut gaps = Vec::new();
        while let Some(action) = inner.machine.poll_action() {
            match action {
                Action::Connect { generation, cursor } => {
                    inner.detail = None;
                    match self.open(&inner.machine, generation, cursor.as_deref()) {
                        Ok(connection) => inner.connection = Some(connection),
                        Err(error) => result = Err(error),
                    }
                }
                Action::Disconnect => inner.connection = None,
                Action::Gap(gap) => gaps.extend(inner.queue.push_gap(gap)),
            }
        }
        self.arm_timer(inner);
        let state = *inner.machine.state();
        // Over, or anew: the subscriber must look, although there is no item.
        let turned = state.is_closed() != was_closed;
        let waker = if turned || !inner.queue.is_empty() { inner.queue.take_waker() } else { None };
        let change =
            (!self.watch.shows(&state)).then(|| (inner.detail.clone(), inner.machine.generation()));
        drop(guard);
        for gap in gaps {
            self.observer.gap(&self.platform, gap);
        }
        if let Some((detail, generation)) = change {
            self.observer.state(&self.platform, &state, detail.as_deref(), generation);
        }
        // Wakers may run the subscriber at once: nothing is borrowed any more.
        self.watch.publish(&state);
        if let Some(waker) = waker {
            waker.wake();
        }
        result
    }

    fn open(
        self: &Rc<Self>,
        #[cfg_attr(not(feature = "fetch"), expect(unused_variables))] machine: &Machine,
        generation: u64,
        cursor: Option<&str>,
    ) -> Result<P::Connection, Error> {
        let url = match (&self.options.resume, cursor) {
            (Resume::Query(name), Some(cursor)) => Cow::Owned(with_cursor(&self.url, name, cursor)),
            (Resume::Query(_) | Resume::Header, _) => Cow::Borrowed(&*self.url),
        };
        let listeners = Rc::clone(&self.listeners.borrow());
        let names: Vec<&str> = listeners.iter().map(|listener| &*listener.name).collect();
        // A stream that goes on keeps its last event ID.
        #[cfg(feature = "fetch")]
        if let Transport::Fetch(fetch) = &self.options.transport {
            let mut parser = self.parser.borrow_mut();
            let parser = parser.get_or_insert_with(|| Parser::new(fetch.limits));
            parser.reset(cursor.unwrap_or_default());
        }
        self.platform.connect(&Request {
            transport: &self.options.transport,
            url: &url,
            with_credentials: self.options.with_credentials,
            names: &names,
            #[cfg(feature = "fetch")]
            last_event_id: cursor.filter(|_| self.options.resume == Resume::Header),
            #[cfg(feature = "fetch")]
            attempt: Attempt { number: machine.attempt(), renew: machine.renews() },
            generation,
            sink: &self.sink(),
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
