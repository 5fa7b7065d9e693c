//! The browser's side: the subscription, kept by the reactive owner and shown in signals.

use std::rc::Rc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::hooks::subscription::{Subscription, View};
use crate::{Error, Item, Options, State};

struct Signals {
    state: RwSignal<State>,
    error: RwSignal<Option<Error>>,
}

/// Where the owner is gone nothing is written.
impl View for Signals {
    fn set_state(&self, state: State) {
        self.state.try_set(state);
    }

    fn set_error(&self, error: Error) {
        self.error.try_set(Some(error));
    }

    fn clear_error(&self) {
        self.error.try_maybe_update(|error| (error.take().is_some(), ()));
    }
}

type Shared<T> = Rc<Subscription<T, Signals>>;

pub(in super::super) struct Handle<T: 'static>(StoredValue<Shared<T>, LocalStorage>);

impl<T: DeserializeOwned + 'static> Handle<T> {
    pub(in super::super) fn new(
        url: Signal<Option<String>>,
        options: Options,
        state: RwSignal<State>,
        error: RwSignal<Option<Error>>,
    ) -> Self {
        let subscription = Rc::new(Subscription::new(options, Signals { state, error }));
        let weak = Rc::downgrade(&subscription);
        Effect::new(move |_| {
            let url = url.get();
            if let Some(subscription) = weak.upgrade() {
                subscription.follow(url);
            }
        });
        let handle = Self(StoredValue::new_local(subscription));
        // Outside of the storage's lock: the handlers may own what is stored there too.
        on_cleanup(move || handle.with(|subscription| subscription.end_subscribers()));
        handle
    }

    pub(in super::super) fn subscribe(self, handler: impl FnMut(&Item<T>) + 'static) {
        self.with(|subscription| {
            // As in a handler: what is stored there would never be cleaned up.
            if Owner::current().is_none() {
                subscription.subscribe_to_the_end(handler);
                return;
            }
            let registered = StoredValue::new_local(Some(subscription.subscribe(handler)));
            on_cleanup(move || {
                // Here too.
                drop(registered.try_update_value(Option::take));
            });
        });
    }

    pub(in super::super) fn reconnect(self) {
        self.with(Subscription::reconnect);
    }

    pub(in super::super) fn close(self) {
        self.with(Subscription::close);
    }

    pub(in super::super) fn open(self) {
        self.with(Subscription::open);
    }

    pub(in super::super) fn pause(self) {
        self.with(Subscription::pause);
    }

    pub(in super::super) fn resume(self) {
        self.with(Subscription::resume);
    }

    /// Nothing happens once the owner was cleaned up.
    fn with(self, act: impl FnOnce(&Shared<T>)) {
        if let Some(subscription) = self.0.try_get_value() {
            act(&subscription);
        }
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}
