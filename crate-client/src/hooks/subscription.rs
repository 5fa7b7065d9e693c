//! What the hooks of all frameworks share: a connection that follows a URL, what the caller asked of it,
//! and the subscribers.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use futures_core::Stream;
use serde::de::DeserializeOwned;

#[cfg(feature = "tabs")]
use crate::Sharing;
use crate::{CloseReason, Error, EventSource, Item, Options, PauseReason, State, States};

/// Where a framework keeps what the hook shows. It is told of each change at once; nothing is borrowed meanwhile.
pub(super) trait View: 'static {
    fn set_state(&self, state: State);

    fn set_error(&self, error: Error);

    fn clear_error(&self);

    #[cfg(feature = "tabs")]
    fn set_sharing(&self, sharing: Sharing);
}

type Handler<T> = dyn FnMut(&Item<T>);

struct Subscriber<T> {
    /// False once its registration has ended.
    live: Cell<bool>,
    handler: RefCell<Box<Handler<T>>>,
}

/// Dropping it closes the connection; its task and its registrations only hold it weakly.
pub(super) struct Subscription<T, V> {
    options: Options,
    view: V,
    url: RefCell<Option<String>>,
    /// Whether the caller holds it: then another URL does not open it.
    hold: Cell<Option<Hold>>,
    source: RefCell<Option<EventSource<T>>>,
    /// Grows with each change of source: what the pump of an older one still has to say is dropped.
    generation: Cell<u64>,
    /// The list is copied when it is changed, not for each item.
    subscribers: RefCell<Rc<Vec<Rc<Subscriber<T>>>>>,
    /// Whether the view shows an error.
    failed: Cell<bool>,
    /// As the view shows it.
    #[cfg(feature = "tabs")]
    sharing: Cell<Sharing>,
}

/// What the caller asked for, until it asks for the contrary.
#[derive(Clone, Copy, PartialEq)]
enum Hold {
    Closed,
    Paused,
    /// The connection stays, whatever comes of it waits.
    Held,
}

/// A subscriber's place in the list. Dropping it ends the subscriber: it is not called any more.
#[must_use = "dropping it ends the subscriber"]
pub(super) struct Registration<T, V> {
    subscription: Weak<Subscription<T, V>>,
    subscriber: Rc<Subscriber<T>>,
}

impl<T, V> Drop for Registration<T, V> {
    fn drop(&mut self) {
        self.subscriber.live.set(false);
        if let Some(subscription) = self.subscription.upgrade() {
            let mut subscribers = subscription.subscribers.borrow_mut();
            Rc::make_mut(&mut subscribers).retain(|other| !Rc::ptr_eq(other, &self.subscriber));
        }
    }
}

impl<T: DeserializeOwned + 'static, V: View> Subscription<T, V> {
    /// Not connected: that begins with [`follow`](Self::follow).
    pub(super) fn new(options: Options, view: V) -> Self {
        Self {
            options,
            view,
            url: RefCell::new(None),
            hold: Cell::new(None),
            source: RefCell::new(None),
            generation: Cell::new(0),
            subscribers: RefCell::default(),
            failed: Cell::new(false),
            #[cfg(feature = "tabs")]
            sharing: Cell::default(),
        }
    }

    #[cfg(feature = "yew")]
    pub(super) fn view(&self) -> &V {
        &self.view
    }

    /// The URL is now this one.
    pub(super) fn follow(self: &Rc<Self>, url: Option<String>) {
        *self.url.borrow_mut() = url;
        self.generation.set(self.generation.get() + 1);
        let replaced = self.source.take();
        drop(replaced);
        match self.hold.get() {
            None | Some(Hold::Held) => self.start(),
            // The pump that would have told of it is superseded.
            Some(Hold::Closed) => self.enter_without_source(State::Closed(CloseReason::ByCaller)),
            Some(Hold::Paused) => self.enter_without_source(State::Paused(PauseReason::ByCaller)),
        }
    }

    pub(super) fn subscribe(
        self: &Rc<Self>,
        handler: impl FnMut(&Item<T>) + 'static,
    ) -> Registration<T, V> {
        Registration { subscription: Rc::downgrade(self), subscriber: self.keep(handler) }
    }

    /// As [`subscribe`](Self::subscribe), until [`end_subscribers`](Self::end_subscribers).
    #[cfg(feature = "leptos")]
    pub(super) fn subscribe_to_the_end(&self, handler: impl FnMut(&Item<T>) + 'static) {
        self.keep(handler);
    }

    #[cfg(feature = "leptos")]
    pub(super) fn end_subscribers(&self) {
        let subscribers = self.subscribers.take();
        subscribers.iter().for_each(|subscriber| subscriber.live.set(false));
    }

    fn keep(&self, handler: impl FnMut(&Item<T>) + 'static) -> Rc<Subscriber<T>> {
        let handler = RefCell::new(Box::new(handler) as Box<Handler<T>>);
        let subscriber = Rc::new(Subscriber { live: Cell::new(true), handler });
        Rc::make_mut(&mut self.subscribers.borrow_mut()).push(Rc::clone(&subscriber));
        subscriber
    }

    pub(super) fn reconnect(self: &Rc<Self>) {
        self.hold.set(None);
        if !self.on_source(EventSource::reconnect) {
            self.start();
        }
    }

    pub(super) fn close(self: &Rc<Self>) {
        self.hold.set(Some(Hold::Closed));
        if !self.on_source(EventSource::close) {
            self.enter_without_source(State::Closed(CloseReason::ByCaller));
        }
    }

    pub(super) fn open(self: &Rc<Self>) {
        match self.hold.get() {
            Some(Hold::Paused) => return,
            Some(Hold::Held) => {}
            Some(Hold::Closed) | None => self.hold.set(None),
        }
        let again = |source: &EventSource<T>| {
            if source.state().is_closed() {
                source.reconnect();
            }
        };
        if !self.on_source(again) {
            self.start();
        }
    }

    pub(super) fn pause(self: &Rc<Self>) {
        if self.is_over() {
            return;
        }
        self.hold.set(Some(Hold::Paused));
        if !self.on_source(EventSource::pause) {
            self.enter_without_source(State::Paused(PauseReason::ByCaller));
        }
    }

    pub(super) fn hold(self: &Rc<Self>) {
        if !self.is_over() && self.hold.get().is_none() {
            self.hold.set(Some(Hold::Held));
            self.on_source(EventSource::hold);
        }
    }

    pub(super) fn resume(self: &Rc<Self>) {
        if let Some(hold @ (Hold::Paused | Hold::Held)) = self.hold.get() {
            self.hold.set(None);
            if !self.on_source(EventSource::resume) && hold == Hold::Paused {
                self.start();
            }
        }
    }

    /// Returns whether there is a source to act on.
    fn on_source(&self, act: impl FnOnce(&EventSource<T>)) -> bool {
        let source = self.source.borrow();
        source.as_ref().map(act).is_some()
    }

    /// Whether the caller or the stream itself has closed it.
    fn is_over(&self) -> bool {
        let source = self.source.borrow();
        let closed = source.as_ref().is_some_and(|source| source.state().is_closed());
        closed || self.hold.get() == Some(Hold::Closed)
    }

    /// Opens a source where there is none.
    fn start(self: &Rc<Self>) {
        let Some(url) = self.url.borrow().clone() else {
            self.enter_without_source(State::Idle);
            return;
        };
        match EventSource::open(&url, self.options.clone()) {
            Ok(source) => {
                if self.hold.get() == Some(Hold::Held) {
                    source.hold();
                }
                let states = source.states();
                *self.source.borrow_mut() = Some(source);
                let generation = self.generation.get() + 1;
                self.generation.set(generation);
                crate::host::spawn(pump(Rc::downgrade(self), generation, states));
            }
            Err(error) => {
                self.enter_without_source(State::Idle);
                self.fail(error);
            }
        }
    }

    fn fail(&self, error: Error) {
        self.failed.set(true);
        self.view.set_error(error);
    }

    fn recover(&self) {
        if self.failed.replace(false) {
            self.view.clear_error();
        }
    }

    fn enter(&self, state: State) {
        if state.is_open() {
            self.recover();
        } else if state.error().is_some() {
            // With what the server said besides.
            let source = self.source.borrow();
            let error = source.as_ref().and_then(EventSource::error);
            drop(source);
            error.into_iter().for_each(|error| self.fail(error));
        }
        self.view.set_state(state);
    }

    /// There is no pump that would tell of it.
    fn enter_without_source(&self, state: State) {
        #[cfg(feature = "tabs")]
        self.look_at_sharing();
        self.view.set_state(state);
    }

    /// Whoever waits for states is woken when it changes.
    #[cfg(feature = "tabs")]
    fn look_at_sharing(&self) {
        let sharing = self.source.borrow().as_ref().map(EventSource::sharing).unwrap_or_default();
        if self.sharing.replace(sharing) != sharing {
            self.view.set_sharing(sharing);
        }
    }

    /// The next item, without a borrow that outlives the call: a subscriber may replace the source.
    fn poll_item(&self, cx: &mut Context<'_>) -> Poll<Option<Item<T>>> {
        match self.source.borrow_mut().as_mut() {
            Some(source) => Pin::new(source).poll_next(cx),
            None => Poll::Ready(None),
        }
    }

    fn deliver(&self, item: &Item<T>) {
        match item {
            Item::Malformed(malformed) => self.fail(malformed.error.clone()),
            Item::Event(_) => self.recover(),
            Item::Gap(_) | Item::Lagged(_) => {}
        }
        // A copy of the list: a subscriber may register another, or be ended by one before it.
        let subscribers = Rc::clone(&self.subscribers.borrow());
        for subscriber in subscribers.iter() {
            if subscriber.live.get() {
                (subscriber.handler.borrow_mut())(item);
            }
        }
    }
}

/// Runs until its source is replaced or dropped, which ends `states`. Holds nothing that would keep it alive.
async fn pump<T: DeserializeOwned + 'static, V: View>(
    subscription: Weak<Subscription<T, V>>,
    generation: u64,
    mut states: States,
) {
    poll_fn(|cx| {
        let Some(subscription) = subscription.upgrade() else { return Poll::Ready(()) };
        while subscription.generation.get() == generation {
            #[cfg(feature = "tabs")]
            subscription.look_at_sharing();
            match Pin::new(&mut states).poll_next(cx) {
                Poll::Ready(Some(state)) => subscription.enter(state),
                Poll::Ready(None) => break,
                Poll::Pending => match subscription.poll_item(cx) {
                    Poll::Ready(Some(item)) => subscription.deliver(&item),
                    // Over, but it may be opened anew: a change of state wakes us.
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                },
            }
        }
        Poll::Ready(())
    })
    .await;
}

#[cfg(all(test, feature = "tabs", feature = "testing"))]
mod tests {
    use super::*;
    use crate::Share;
    use crate::testing::World;

    /// What is shown.
    #[derive(Default)]
    struct Shown {
        state: Cell<State>,
        sharing: Cell<Sharing>,
    }

    impl View for Rc<Shown> {
        fn set_state(&self, state: State) {
            self.state.set(state);
        }

        fn set_error(&self, _: Error) {}

        fn clear_error(&self) {}

        fn set_sharing(&self, sharing: Sharing) {
            self.sharing.set(sharing);
        }
    }

    #[test]
    fn without_a_connection_nothing_is_shared() {
        let world = World::new();
        let shown = Rc::<Shown>::default();
        let options = Options::new().share(Share::Page);
        let subscription = Rc::new(Subscription::<String, _>::new(options, Rc::clone(&shown)));
        let follow = |url: Option<&str>| {
            subscription.follow(url.map(str::to_owned));
            world.settle();
        };
        let shows = || (shown.state.get(), shown.sharing.get());
        let opens = || {
            follow(Some("/events"));
            world.request().accept();
            assert_eq!(shows(), (State::Open, Sharing::Page));
        };
        opens();
        follow(None);
        assert_eq!(shows(), (State::Idle, Sharing::Alone));
        opens();
        world.reject_urls(true);
        follow(Some("http://["));
        assert_eq!(shows(), (State::Idle, Sharing::Alone), "it can't be opened");
        world.reject_urls(false);
        opens();
        subscription.close();
        world.settle();
        let closed = State::Closed(CloseReason::ByCaller);
        assert_eq!(shows(), (closed, Sharing::Alone));
        follow(Some("/others"));
        assert_eq!(shows(), (closed, Sharing::Alone));
    }
}
