//! What stands behind the hooks: the subscription, kept by the component that called the hook. On a server no effect runs,
//! so it is never connected.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use serde::de::DeserializeOwned;
use yew::functional::{
    Hook, HookContext, use_effect_with, use_force_update, use_memo, use_mut_ref, use_ref,
};

#[cfg(feature = "tabs")]
use crate::Sharing;
use crate::hooks::frame::Show;
use crate::hooks::subscription::{Subscription, View};
use crate::host::Host;
use crate::{Error, Item, Options, State};

/// The state and the error, and the component to re-render when they change.
struct Watched {
    state: RefCell<State>,
    error: RefCell<Option<Error>>,
    #[cfg(feature = "tabs")]
    sharing: Cell<Sharing>,
    /// Grows with each change, so that handles of before and after differ.
    version: Cell<u64>,
    rerender: Rc<Show>,
}

impl Watched {
    fn changed(&self) {
        self.version.set(self.version.get() + 1);
        self.rerender.request();
    }
}

impl View for Watched {
    fn set_state(&self, state: State) {
        if *self.state.borrow() != state {
            self.state.replace(state);
            self.changed();
        }
    }

    fn set_error(&self, error: Error) {
        self.error.replace(Some(error));
        self.changed();
    }

    fn clear_error(&self) {
        if self.error.take().is_some() {
            self.changed();
        }
    }

    #[cfg(feature = "tabs")]
    fn set_sharing(&self, sharing: Sharing) {
        self.sharing.set(sharing);
        self.changed();
    }
}

/// Weak: the connection ends with its component, whoever still holds a handle.
pub(super) struct Handle<T> {
    subscription: Weak<Subscription<T, Watched>>,
    version: u64,
}

impl<T: DeserializeOwned + 'static> Handle<T> {
    pub(super) fn state(&self) -> State {
        self.subscription
            .upgrade()
            .map_or(State::Idle, |subscription| *subscription.view().state.borrow())
    }

    pub(super) fn error(&self) -> Option<Error> {
        self.subscription.upgrade()?.view().error.borrow().clone()
    }

    #[cfg(feature = "tabs")]
    pub(super) fn sharing(&self) -> Sharing {
        let subscription = self.subscription.upgrade();
        subscription.map(|it| it.view().sharing.get()).unwrap_or_default()
    }

    pub(super) fn reconnect(&self) {
        self.with(Subscription::reconnect);
    }

    pub(super) fn close(&self) {
        self.with(Subscription::close);
    }

    pub(super) fn open(&self) {
        self.with(Subscription::open);
    }

    pub(super) fn hold(&self) {
        self.with(Subscription::hold);
    }

    pub(super) fn pause(&self) {
        self.with(Subscription::pause);
    }

    pub(super) fn resume(&self) {
        self.with(Subscription::resume);
    }

    /// Nothing happens on a server, and once the component is unmounted.
    fn with(&self, act: impl FnOnce(&Rc<Subscription<T, Watched>>)) {
        if let Some(subscription) = self.subscription.upgrade().filter(|_| Host::is_live()) {
            act(&subscription);
        }
    }

    fn identity(&self) -> Identity<T> {
        Identity(Weak::clone(&self.subscription))
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self { subscription: Weak::clone(&self.subscription), version: self.version }
    }
}

impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.subscription.ptr_eq(&other.subscription)
    }
}

/// Which subscription it is, whatever its state.
struct Identity<T>(Weak<Subscription<T, Watched>>);

impl<T> Clone for Identity<T> {
    fn clone(&self) -> Self {
        Self(Weak::clone(&self.0))
    }
}

impl<T> PartialEq for Identity<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

pub(super) fn connect<T: DeserializeOwned + 'static>(
    url: Option<String>,
    options: Options,
    context: &mut HookContext,
) -> Handle<T> {
    let rerender = use_rerender(context);
    let subscription = use_ref(|| {
        let watched = Watched {
            state: RefCell::new(State::Idle),
            error: RefCell::new(None),
            #[cfg(feature = "tabs")]
            sharing: Cell::default(),
            version: Cell::new(0),
            rerender,
        };
        Subscription::new(options, watched)
    })
    .run(context);
    let handle = Handle {
        subscription: Rc::downgrade(&subscription),
        version: subscription.view().version.get(),
    };
    use_effect_with(url, move |url| subscription.follow(url.clone())).run(context);
    handle
}

/// The handler of the last render hears what comes while the component is mounted.
pub(super) fn listen<T, H>(handle: &Handle<T>, handler: H, context: &mut HookContext)
where
    T: DeserializeOwned + 'static,
    H: FnMut(&Item<T>) + 'static,
{
    // Yew never renders while a handler runs: its scheduler waits for the end of the task.
    let latest = use_mut_ref(|| None).run(context);
    latest.replace(Some((handle.identity(), handler)));
    let subscribe = move |identity: &Identity<T>| {
        let of = identity.clone();
        let registration = identity.0.upgrade().map(|subscription| {
            subscription.subscribe(move |item| {
                // From a render to its effect the handler is of the new handle, and this subscriber still of the old.
                match latest.borrow_mut().as_mut() {
                    Some((wanted, handler)) if *wanted == of => handler(item),
                    _ => {}
                }
            })
        });
        move || drop(registration)
    };
    use_effect_with(handle.identity(), subscribe).run(context);
}

/// A value that `step` changes with each item, and a re-render in the next frame where it says so.
pub(super) fn accumulate<T, A>(
    handle: &Handle<T>,
    initial: impl FnOnce() -> A,
    mut step: impl FnMut(&mut A, &Item<T>) -> bool + 'static,
    context: &mut HookContext,
) -> A
where
    T: DeserializeOwned + 'static,
    A: Clone + 'static,
{
    let rerender = use_rerender(context);
    let value = use_memo(handle.identity(), |_| RefCell::new(initial())).run(context);
    let written = Rc::clone(&value);
    let write = move |item: &Item<T>| {
        if step(&mut written.borrow_mut(), item) {
            rerender.request();
        }
    };
    listen(handle, write, context);
    value.borrow().clone()
}

/// The component that is rendered, to be rendered anew.
fn use_rerender(context: &mut HookContext) -> Rc<Show> {
    let component = use_force_update().run(context);
    use_ref(|| Show::new(move || component.force_update())).run(context)
}
