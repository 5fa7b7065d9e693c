//! A subscriber's end without a connection of its own: what comes is told by a feed.

use std::borrow::Cow;
use std::cell::{RefCell, RefMut};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use serde::de::DeserializeOwned;

use super::kept_cursor::KeptCursor;
use super::observe::Observer;
use super::platform::Platform;
use super::queue::Queue;
use super::watch::Watch;
use super::{Contract, States, Typed};
use crate::error::Kind;
use crate::event::LastEventId;
#[cfg(feature = "tabs")]
use crate::options::share::Sharing;
use crate::{
    Cause, CloseReason, Error, Event, Gap, Item, Malformed, Options, PauseReason, State, schema,
};

/// Of its own.
const NO_CONNECTION: u64 = 0;

/// What members are fed by. Dropping it ends that.
pub(crate) trait Feed {
    /// The member is ready to be told.
    fn attached(&self) {}
    /// A member's caller wants a new connection now.
    fn reconnect(&self);
}

/// A member that wants to be fed.
pub(crate) struct Joining {
    /// Told nothing before the feed is [attached](Attach).
    pub(crate) receiver: Weak<dyn Receiver>,
    /// The last event ID of what the member has had, empty if it had none; `None` for a new member.
    pub(crate) cursor: Option<String>,
}

/// Makes the feed, the first time and whenever the member comes back.
pub(crate) type Attach = Box<dyn Fn(Joining) -> Result<Rc<dyn Feed>, Error>>;

/// Where a feed reports to.
pub(crate) trait Receiver {
    /// The events that it takes.
    #[cfg_attr(not(feature = "tabs"), allow(dead_code, reason = "a player has all of them"))]
    fn names(&self) -> Vec<Cow<'static, str>>;
    /// The state, what is known of the last failure besides, and where the stream comes from, if that is known.
    fn state(&self, state: &State, detail: Option<&str>, response_url: Option<&str>);
    /// An event that the stream has had, with its last event ID; it may be one that this member does not take.
    fn event(&self, name: &str, id: &str, data: &str);
    fn gap(&self, gap: Gap);
    /// So many items were dropped before they came here.
    fn lagged(&self, items: u64);
    /// What could not be read as an event at all.
    #[cfg_attr(not(feature = "tabs"), allow(dead_code, reason = "a player has no such"))]
    fn malformed(&self, malformed: &Malformed);
    /// How the connection is shared now.
    #[cfg(feature = "tabs")]
    fn sharing(&self, sharing: Sharing);
}

/// Dropping it leaves the feed.
pub(crate) struct Member<T, P: Platform>(Rc<Shared<T, P>>);

struct Shared<T, P: Platform> {
    platform: P,
    attach: Attach,
    watch: Watch,
    observer: Observer<P>,
    inner: RefCell<Inner<T>>,
}

struct Inner<T> {
    feed: Option<Rc<dyn Feed>>,
    queue: Queue<T>,
    state: State,
    detail: Option<String>,
    response_url: Option<String>,
    #[cfg(feature = "tabs")]
    sharing: Sharing,
    /// Of the last event that was queued here, empty if there was none; `None` before the stream was open.
    cursor: Option<String>,
    kept_cursor: Option<KeptCursor>,
}

impl<T: DeserializeOwned + 'static, P: Platform> Member<T, P> {
    /// A member that is not fed yet.
    pub(crate) fn new(platform: P, url: &str, options: &Options, attach: Attach) -> Self {
        let (kept_cursor, cursor) = KeptCursor::of(&platform, options, url);
        Self(Rc::new(Shared {
            observer: Observer::new(url, options, true),
            platform,
            attach,
            watch: Watch::new(),
            inner: RefCell::new(Inner {
                feed: None,
                queue: Queue::new(options.queue_capacity),
                state: State::Idle,
                detail: None,
                response_url: None,
                #[cfg(feature = "tabs")]
                sharing: Sharing::default(),
                cursor,
                kept_cursor,
            }),
        }))
    }

    /// Joins for the first time. An error says that the URL can't be opened.
    pub(crate) fn connect(&self) -> Result<(), Error> {
        self.0.observer.opened(&self.0.platform);
        self.join()
    }

    fn join(&self) -> Result<(), Error> {
        let receiver = Rc::downgrade(&self.0) as Weak<dyn Receiver>;
        let cursor = self.0.inner.borrow().cursor.clone();
        let feed = (self.0.attach)(Joining { receiver, cursor })?;
        self.0.inner.borrow_mut().feed = Some(Rc::clone(&feed));
        feed.attached();
        Ok(())
    }

    pub(crate) fn reconnect(&self) {
        self.release();
        // It may tell of it at once: nothing is borrowed meanwhile.
        let feed = self.0.inner.borrow().feed.clone();
        match feed {
            Some(feed) => feed.reconnect(),
            None => self.join_again(),
        }
    }

    pub(crate) fn close(&self) {
        self.release();
        if !self.state().is_closed() {
            self.0.leave(&State::Closed(CloseReason::ByCaller));
        }
    }

    pub(crate) fn pause(&self) {
        if !self.state().is_closed() {
            self.0.leave(&State::Paused(PauseReason::ByCaller));
        }
    }

    pub(crate) fn hold(&self) {
        let mut inner = self.0.inner.borrow_mut();
        if !inner.state.is_closed() {
            inner.queue.hold(true);
        }
    }

    pub(crate) fn resume(&self) {
        self.release();
        if self.state() == State::Paused(PauseReason::ByCaller)
            && self.0.inner.borrow().feed.is_none()
        {
            self.join_again();
        }
    }

    fn release(&self) {
        let mut inner = self.0.inner.borrow_mut();
        if inner.queue.is_held() {
            inner.queue.hold(false);
            wake(inner);
        }
    }

    /// If it fails where it had succeeded before, there is nothing to wait for.
    fn join_again(&self) {
        if let Err(error) = self.join() {
            self.0.inner.borrow_mut().detail = Some(error.to_string());
            self.0.leave(&State::Closed(CloseReason::Refused(Cause::Failed)));
        }
    }

    pub(crate) fn state(&self) -> State {
        self.0.inner.borrow().state
    }

    /// What the state tells of the last failure, and what is known besides.
    pub(crate) fn error(&self) -> Option<Error> {
        let inner = self.0.inner.borrow();
        let cause = inner.state.error()?.cause()?;
        Some(Kind::Connection { cause, detail: inner.detail.clone() }.into())
    }

    #[cfg(feature = "fetch")]
    pub(crate) fn response_url(&self) -> Option<String> {
        self.0.inner.borrow().response_url.clone()
    }

    #[cfg(feature = "tabs")]
    pub(crate) fn sharing(&self) -> Sharing {
        self.0.inner.borrow().sharing
    }

    pub(crate) fn states(&self) -> States {
        self.0.watch.subscribe()
    }

    /// The next item; `None` once the subscription is over and everything was handed out.
    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        let mut guard = self.0.inner.borrow_mut();
        let inner = &mut *guard;
        let polled = inner.queue.poll_pop(cx);
        if let Some(kept) = &mut inner.kept_cursor {
            match &polled {
                Poll::Ready(Item::Event(event)) => kept.take(event.id()),
                Poll::Ready(_) => {}
                Poll::Pending => kept.save_at_pace(&self.0.platform),
            }
        }
        // What is held is handed out later.
        let is_over = inner.state.is_closed() && inner.queue.is_empty();
        drop(guard);
        if let Poll::Ready(item) = &polled {
            self.0.observer.handed_out(&self.0.platform, item);
        }
        match polled {
            Poll::Pending if is_over => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
            Poll::Ready(item) => Poll::Ready(Some(item)),
        }
    }
}

impl<T, P: Platform> Drop for Shared<T, P> {
    fn drop(&mut self) {
        self.keep_cursor();
    }
}

impl<T, P: Platform> Shared<T, P> {
    /// Stores the last event ID, if it is to be kept.
    fn keep_cursor(&self) {
        let inner = &mut *self.inner.borrow_mut();
        if let Some(kept) = &mut inner.kept_cursor {
            // Where an empty one counts, it was taken.
            let newest = inner.cursor.as_deref().filter(|id| !id.is_empty());
            let newest = newest.filter(|_| inner.queue.is_empty());
            kept.save(&self.platform, newest);
        }
    }

    /// The feed may tell its other members of it at once: nothing is borrowed meanwhile.
    fn leave(&self, state: &State) {
        let feed = self.inner.borrow_mut().feed.take();
        drop(feed);
        #[cfg(feature = "tabs")]
        {
            self.inner.borrow_mut().sharing = Sharing::Alone;
        }
        self.enter(state);
    }

    fn enter(&self, state: &State) {
        let mut inner = self.inner.borrow_mut();
        let turned = state.is_closed() != inner.state.is_closed();
        inner.state = *state;
        let waker = if turned { inner.queue.take_waker() } else { None };
        let detail = (!self.watch.shows(state)).then(|| inner.detail.clone());
        drop(inner);
        if let Some(detail) = detail {
            self.observer.state(&self.platform, state, detail.as_deref(), NO_CONNECTION);
        }
        self.watch.publish(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Returns whether there is still a feed, and room for what it has to say.
    fn takes(&self) -> bool {
        let inner = self.inner.borrow();
        let overflows = inner.queue.is_held() && inner.queue.is_full();
        let is_fed = inner.feed.is_some();
        drop(inner);
        if is_fed && overflows {
            // Before that item counts, so that it comes again, after the last event ID.
            self.leave(&State::Paused(PauseReason::ByCaller));
        }
        is_fed && !overflows
    }
}

impl<T: DeserializeOwned + 'static, P: Platform> Receiver for Shared<T, P> {
    fn names(&self) -> Vec<Cow<'static, str>> {
        Contract::<T>::names(&Typed)
    }

    fn state(&self, state: &State, detail: Option<&str>, response_url: Option<&str>) {
        let mut inner = self.inner.borrow_mut();
        if inner.feed.is_none() {
            return;
        }
        inner.detail = detail.map(str::to_owned);
        inner.response_url = response_url.map(str::to_owned);
        if state.is_open() {
            // From now on there is something to miss.
            inner.cursor.get_or_insert_default();
        }
        drop(inner);
        if *state == State::Paused(PauseReason::Hidden) {
            self.keep_cursor();
        }
        self.enter(state);
    }

    fn event(&self, name: &str, id: &str, data: &str) {
        if !self.takes() {
            return;
        }
        let last_id = LastEventId::from(id);
        self.observer.event(&self.platform, name, &last_id, data);
        // The type's own code runs here, which may do anything.
        let item = match schema::decode(name, data) {
            Ok(data) => Some(Item::Event(Event::received(last_id, data))),
            Err(error) if error.is_unknown_event() => None,
            Err(error) => Some(Item::Malformed(Malformed {
                name: name.to_owned(),
                data: data.to_owned(),
                error,
            })),
        };
        if let Some(Item::Malformed(malformed)) = &item {
            self.observer.malformed(&self.platform, malformed);
        }
        let mut inner = self.inner.borrow_mut();
        if inner.cursor.as_deref() != Some(id) {
            inner.cursor = Some(id.to_owned());
        }
        if let Some(item) = item {
            inner.queue.push(item);
            wake(inner);
        }
    }

    fn gap(&self, gap: Gap) {
        if self.takes() {
            let mut inner = self.inner.borrow_mut();
            let news = inner.queue.push_gap(gap);
            drop(inner);
            if let Some(gap) = news {
                self.observer.gap(&self.platform, gap);
            }
            wake(self.inner.borrow_mut());
        }
    }

    fn lagged(&self, items: u64) {
        if self.takes() {
            let mut inner = self.inner.borrow_mut();
            inner.queue.push(Item::Lagged(items));
            wake(inner);
        }
    }

    fn malformed(&self, malformed: &Malformed) {
        if self.takes() {
            self.observer.malformed(&self.platform, malformed);
            let mut inner = self.inner.borrow_mut();
            inner.queue.push(Item::Malformed(malformed.clone()));
            wake(inner);
        }
    }

    #[cfg(feature = "tabs")]
    fn sharing(&self, sharing: Sharing) {
        let mut inner = self.inner.borrow_mut();
        if inner.feed.is_some() && inner.sharing != sharing {
            inner.sharing = sharing;
            drop(inner);
            // It is no state, but whoever looks at those looks at this too.
            self.watch.nudge();
        }
    }
}

/// Nothing is borrowed while the waker runs.
fn wake<T>(mut inner: RefMut<'_, Inner<T>>) {
    let waker = inner.queue.take_waker();
    drop(inner);
    if let Some(waker) = waker {
        waker.wake();
    }
}
