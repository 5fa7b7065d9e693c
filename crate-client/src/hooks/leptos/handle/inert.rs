//! Server-side rendering: nothing is stored, so nothing can be dropped on another thread.

use std::marker::PhantomData;

use leptos::prelude::*;

use crate::{Error, Item, Options, State};

pub(in super::super) struct Handle<T>(PhantomData<fn() -> T>);

#[expect(clippy::unused_self, reason = "the same shape as the live one")]
impl<T> Handle<T> {
    pub(in super::super) fn new(
        _: Signal<Option<String>>,
        _: Options,
        _: RwSignal<State>,
        _: RwSignal<Option<Error>>,
    ) -> Self {
        Self(PhantomData)
    }

    pub(in super::super) fn subscribe(self, _: impl FnMut(&Item<T>) + 'static) {}

    pub(in super::super) fn reconnect(self) {}

    pub(in super::super) fn close(self) {}

    pub(in super::super) fn open(self) {}

    pub(in super::super) fn pause(self) {}

    pub(in super::super) fn resume(self) {}
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}
