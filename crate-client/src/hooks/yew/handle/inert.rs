//! Server-side rendering: one render, and no effect.

use std::marker::PhantomData;
use std::rc::Rc;

use yew::functional::{Hook, HookContext, use_ref};

use crate::{Error, Item, Options, State};

/// Only says whether two are of the same component.
pub(in super::super) struct Handle<T>(Rc<()>, PhantomData<fn() -> T>);

#[expect(clippy::unused_self, reason = "the same shape as the live one")]
impl<T> Handle<T> {
    pub(in super::super) fn state(&self) -> State {
        State::Idle
    }

    pub(in super::super) fn error(&self) -> Option<Error> {
        None
    }

    pub(in super::super) fn reconnect(&self) {}

    pub(in super::super) fn close(&self) {}

    pub(in super::super) fn open(&self) {}

    pub(in super::super) fn pause(&self) {}

    pub(in super::super) fn resume(&self) {}
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0), PhantomData)
    }
}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

pub(in super::super) fn connect<T>(
    _: Option<String>,
    _: Options,
    context: &mut HookContext,
) -> Handle<T> {
    Handle(use_ref(|| ()).run(context), PhantomData)
}

pub(in super::super) fn listen<T>(
    _: &Handle<T>,
    _: impl FnMut(&Item<T>) + 'static,
    _: &mut HookContext,
) {
}

pub(in super::super) fn accumulate<T, A>(
    _: &Handle<T>,
    initial: impl FnOnce() -> A,
    _: impl FnMut(&mut A, &Item<T>) -> bool + 'static,
    _: &mut HookContext,
) -> A {
    initial()
}
