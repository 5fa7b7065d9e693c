//! What stands behind the hook: the subscription, kept by the reactive owner and shown in signals.

use std::rc::Rc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

#[cfg(feature = "tabs")]
use crate::Sharing;
use crate::hooks::frame::Show;
use crate::hooks::leptos::IntoUrl;
use crate::hooks::subscription::{Subscription, View};
use crate::host::Host;
use crate::{Error, Item, Options, State};

pub(super) struct Signals {
    pub(super) state: WriteSignal<State>,
    pub(super) error: WriteSignal<Option<Error>>,
    #[cfg(feature = "tabs")]
    pub(super) sharing: WriteSignal<Sharing>,
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

    #[cfg(feature = "tabs")]
    fn set_sharing(&self, sharing: Sharing) {
        self.sharing.try_set(sharing);
    }
}

type Shared<T> = Rc<Subscription<T, Signals>>;

/// `None` on a server: nothing is stored, so nothing can be dropped on another thread.
pub(super) struct Handle<T: 'static>(Option<StoredValue<Shared<T>, LocalStorage>>);

impl<T: DeserializeOwned + 'static> Handle<T> {
    pub(super) fn new(url: impl IntoUrl, options: Options, signals: Signals) -> Self {
        if !Host::is_live() {
            return Self(None);
        }
        let subscription = Rc::new(Subscription::new(options, signals));
        let weak = Rc::downgrade(&subscription);
        url.each(move |url| {
            if let Some(subscription) = weak.upgrade() {
                subscription.follow(url);
            }
        });
        let handle = Self(Some(StoredValue::new_local(subscription)));
        // Outside of the storage's lock: the handlers may own what is stored there too.
        on_cleanup(move || handle.with(|subscription| subscription.end_subscribers()));
        handle
    }

    /// As [`subscribe`](Self::subscribe): `step` changes the value with each item, and says whether it did; whoever reads the
    /// signal is told in the next frame.
    pub(super) fn fold<A: Send + Sync + 'static>(
        self,
        signal: &ArcRwSignal<A>,
        mut step: impl FnMut(&mut A, &Item<T>) -> bool + 'static,
    ) {
        let (shown, signal) = (signal.clone(), signal.clone());
        let show = Rc::new(Show::new(move || shown.notify()));
        self.subscribe(move |item| {
            if signal.try_update_untracked(|value| step(value, item)) == Some(true) {
                show.request();
            }
        });
    }

    pub(super) fn subscribe(self, handler: impl FnMut(&Item<T>) + 'static) {
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

    pub(super) fn reconnect(self) {
        self.with(Subscription::reconnect);
    }

    pub(super) fn close(self) {
        self.with(Subscription::close);
    }

    pub(super) fn open(self) {
        self.with(Subscription::open);
    }

    pub(super) fn hold(self) {
        self.with(Subscription::hold);
    }

    pub(super) fn pause(self) {
        self.with(Subscription::pause);
    }

    pub(super) fn resume(self) {
        self.with(Subscription::resume);
    }

    /// Nothing happens once the owner was cleaned up.
    fn with(self, act: impl FnOnce(&Shared<T>)) {
        if let Some(subscription) = self.0.and_then(|stored| stored.try_get_value()) {
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
