//! The browser's side: an `EventSource`, and a task that pumps its items and states to the subscribers.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use futures_core::Stream;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::{CloseReason, Error, EventSource, Item, Options, PauseReason, State, States};

type Handler<T> = dyn FnMut(&Item<T>);

struct Subscriber<T> {
    /// False once its owner was cleaned up.
    live: Cell<bool>,
    handler: RefCell<Box<Handler<T>>>,
}

struct Inner<T> {
    options: Options,
    state: RwSignal<State>,
    error: RwSignal<Option<Error>>,
    url: RefCell<Option<String>>,
    /// Whether the caller holds it: then another URL does not open it.
    hold: Cell<Option<Hold>>,
    source: RefCell<Option<EventSource<T>>>,
    /// Grows with each change of source: what the pump of an older one still has to say is dropped.
    generation: Cell<u64>,
    subscribers: RefCell<Vec<Rc<Subscriber<T>>>>,
}

/// What the caller asked for, until it asks for the contrary.
#[derive(Clone, Copy, PartialEq)]
enum Hold {
    Closed,
    Paused,
}

pub(in super::super) struct Subscription<T: 'static>(StoredValue<Rc<Inner<T>>, LocalStorage>);

impl<T: DeserializeOwned + 'static> Subscription<T> {
    pub(in super::super) fn new(
        url: Signal<Option<String>>,
        options: Options,
        state: RwSignal<State>,
        error: RwSignal<Option<Error>>,
    ) -> Self {
        let inner = Rc::new(Inner {
            options,
            state,
            error,
            url: RefCell::new(None),
            hold: Cell::new(None),
            source: RefCell::new(None),
            generation: Cell::new(0),
            subscribers: RefCell::new(Vec::new()),
        });
        let weak = Rc::downgrade(&inner);
        Effect::new(move |_| {
            let url = url.get();
            if let Some(inner) = weak.upgrade() {
                inner.follow(url);
            }
        });
        Self(StoredValue::new_local(inner))
    }

    pub(in super::super) fn subscribe(self, handler: impl FnMut(&Item<T>) + 'static) {
        let subscriber =
            Rc::new(Subscriber { live: Cell::new(true), handler: RefCell::new(Box::new(handler)) });
        self.with(|inner| {
            inner.subscribers.borrow_mut().push(Rc::clone(&subscriber));
            let registered = StoredValue::new_local((Rc::downgrade(inner), subscriber));
            on_cleanup(move || {
                registered.try_with_value(|(inner, subscriber)| {
                    subscriber.live.set(false);
                    if let Some(inner) = inner.upgrade() {
                        inner
                            .subscribers
                            .borrow_mut()
                            .retain(|other| !Rc::ptr_eq(other, subscriber));
                    }
                });
            });
        });
    }

    pub(in super::super) fn reconnect(self) {
        self.with(|inner| {
            inner.hold.set(None);
            if !inner.on_source(EventSource::reconnect) {
                inner.open();
            }
        });
    }

    pub(in super::super) fn close(self) {
        self.with(|inner| {
            inner.hold.set(Some(Hold::Closed));
            if !inner.on_source(EventSource::close) {
                inner.state.try_set(State::Closed(CloseReason::ByCaller));
            }
        });
    }

    pub(in super::super) fn open(self) {
        self.with(|inner| {
            if inner.hold.get() == Some(Hold::Paused) {
                return;
            }
            inner.hold.set(None);
            let again = |source: &EventSource<T>| {
                if source.state().is_closed() {
                    source.reconnect();
                }
            };
            if !inner.on_source(again) {
                inner.open();
            }
        });
    }

    pub(in super::super) fn pause(self) {
        self.with(|inner| {
            if inner.is_over() {
                return;
            }
            inner.hold.set(Some(Hold::Paused));
            if !inner.on_source(EventSource::pause) {
                inner.state.try_set(State::Paused(PauseReason::ByCaller));
            }
        });
    }

    pub(in super::super) fn resume(self) {
        self.with(|inner| {
            if inner.hold.get() == Some(Hold::Paused) {
                inner.hold.set(None);
                if !inner.on_source(EventSource::resume) {
                    inner.open();
                }
            }
        });
    }

    /// Nothing happens once the owner was cleaned up.
    fn with(self, act: impl FnOnce(&Rc<Inner<T>>)) {
        if let Some(inner) = self.0.try_get_value() {
            act(&inner);
        }
    }
}

impl<T> Clone for Subscription<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Subscription<T> {}

impl<T: DeserializeOwned + 'static> Inner<T> {
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

    /// The URL is now this one.
    fn follow(self: &Rc<Self>, url: Option<String>) {
        *self.url.borrow_mut() = url;
        self.generation.set(self.generation.get() + 1);
        let replaced = self.source.take();
        drop(replaced);
        if self.hold.get().is_none() {
            self.open();
        }
    }

    /// Opens a source where there is none.
    fn open(self: &Rc<Self>) {
        let Some(url) = self.url.borrow().clone() else {
            self.state.try_set(State::Idle);
            return;
        };
        match EventSource::open(&url, self.options.clone()) {
            Ok(source) => {
                let states = source.states();
                *self.source.borrow_mut() = Some(source);
                let generation = self.generation.get() + 1;
                self.generation.set(generation);
                leptos::task::spawn_local(pump(Rc::downgrade(self), generation, states));
            }
            Err(error) => {
                self.state.try_set(State::Idle);
                self.error.try_set(Some(error));
            }
        }
    }

    fn enter(&self, state: State) {
        if state.is_open() {
            self.error.try_maybe_update(|error| (error.take().is_some(), ()));
        } else if let Some(error) = state.error() {
            self.error.try_set(Some(error));
        }
        self.state.try_set(state);
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
            Item::Malformed(malformed) => {
                self.error.try_set(Some(malformed.error.clone()));
            }
            Item::Event(_) => {
                self.error.try_maybe_update(|error| (error.take().is_some(), ()));
            }
            Item::Gap(_) | Item::Lagged(_) => {}
        }
        // A copy of the list: a subscriber may register another, or be cleaned up by one before it.
        let subscribers = self.subscribers.borrow().clone();
        for subscriber in subscribers {
            if subscriber.live.get() {
                (subscriber.handler.borrow_mut())(item);
            }
        }
    }
}

/// Runs until its source is replaced or dropped, which ends `states`. Holds nothing that would keep it alive.
async fn pump<T: DeserializeOwned + 'static>(
    inner: Weak<Inner<T>>,
    generation: u64,
    mut states: States,
) {
    poll_fn(|cx| {
        let Some(inner) = inner.upgrade() else { return Poll::Ready(()) };
        while inner.generation.get() == generation {
            match Pin::new(&mut states).poll_next(cx) {
                Poll::Ready(Some(state)) => inner.enter(state),
                Poll::Ready(None) => break,
                Poll::Pending => match inner.poll_item(cx) {
                    Poll::Ready(Some(item)) => inner.deliver(&item),
                    // Over, but it may be opened anew: a change of state wakes us.
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                },
            }
        }
        Poll::Ready(())
    })
    .await;
}
