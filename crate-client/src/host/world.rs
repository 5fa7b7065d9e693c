//! The browser or a world, whichever is there when something is asked for.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::browser::Browser;
use crate::client::{Platform, Request, Sink};
#[cfg(feature = "tabs")]
use crate::client::{Refused, TabSink};
#[cfg(feature = "tabs")]
use crate::options::share::Obstacle;
use crate::scripted::Stage;
use crate::{Error, KeepCursor};

thread_local! {
    /// Of this thread's worlds, the newest at the end.
    static STAGES: RefCell<Vec<Rc<Stage>>> = const { RefCell::new(Vec::new()) };
}

/// From now on this thread's subscriptions are opened there.
pub(crate) fn enter(stage: &Rc<Stage>) {
    STAGES.with_borrow_mut(|stages| stages.push(Rc::clone(stage)));
    forget_frame();
}

pub(crate) fn leave(stage: &Rc<Stage>) {
    STAGES.with_borrow_mut(|stages| stages.retain(|other| !Rc::ptr_eq(other, stage)));
    forget_frame();
}

/// It would come in the other world.
fn forget_frame() {
    #[cfg(any(feature = "leptos", feature = "yew"))]
    crate::hooks::forget_frame();
}

fn stage() -> Option<Rc<Stage>> {
    STAGES.with_borrow(|stages| stages.last().cloned())
}

#[derive(Clone)]
pub(crate) enum Either<B, W> {
    Browser(B),
    World(W),
}

pub(crate) type Host = Either<Browser, Rc<Stage>>;

type World = Rc<Stage>;

impl Host {
    pub(crate) fn new() -> Self {
        stage().map_or_else(|| Self::Browser(Browser::new()), Self::World)
    }

    pub(crate) fn has_event_source() -> bool {
        stage().is_some() || Browser::has_event_source()
    }

    /// Whether anything is ever connected here.
    pub(crate) fn is_live() -> bool {
        stage().is_some() || Browser::is_live()
    }
}

// Forwarded by hand: the compiler names the method that a change of `Platform` has left out, which a macro would hide.
impl Platform for Host {
    type Connection = Either<<Browser as Platform>::Connection, <World as Platform>::Connection>;
    type Timer = Either<<Browser as Platform>::Timer, <World as Platform>::Timer>;
    type Page = Either<<Browser as Platform>::Page, <World as Platform>::Page>;
    type Soon = Either<<Browser as Platform>::Soon, <World as Platform>::Soon>;

    fn now(&self) -> Duration {
        match self {
            Self::Browser(browser) => browser.now(),
            Self::World(stage) => stage.now(),
        }
    }

    fn wall(&self) -> Duration {
        match self {
            Self::Browser(browser) => browser.wall(),
            Self::World(stage) => stage.wall(),
        }
    }

    fn jitter(&self) -> f64 {
        match self {
            Self::Browser(browser) => browser.jitter(),
            Self::World(stage) => stage.jitter(),
        }
    }

    fn connect(&self, request: &Request<'_>) -> Result<Self::Connection, Error> {
        match self {
            Self::Browser(browser) => browser.connect(request).map(Either::Browser),
            Self::World(stage) => stage.connect(request).map(Either::World),
        }
    }

    #[cfg(feature = "tabs")]
    fn check(&self, request: &Request<'_>) -> Result<(), Error> {
        match self {
            Self::Browser(browser) => browser.check(request),
            Self::World(stage) => stage.check(request),
        }
    }

    #[cfg(feature = "tabs")]
    fn listen(connection: &mut Self::Connection, name: &str, index: usize) {
        match connection {
            Either::Browser(connection) => Browser::listen(connection, name, index),
            Either::World(connection) => World::listen(connection, name, index),
        }
    }

    fn set_timer(&self, delay: Duration, fire: Box<dyn FnOnce()>) -> Self::Timer {
        match self {
            Self::Browser(browser) => Either::Browser(browser.set_timer(delay, fire)),
            Self::World(stage) => Either::World(stage.set_timer(delay, fire)),
        }
    }

    fn soon(&self, act: Box<dyn Fn()>) -> Self::Soon {
        match self {
            Self::Browser(browser) => Either::Browser(browser.soon(act)),
            Self::World(stage) => Either::World(stage.soon(act)),
        }
    }

    fn ask(soon: &Self::Soon) {
        match soon {
            Either::Browser(soon) => Browser::ask(soon),
            Either::World(soon) => World::ask(soon),
        }
    }

    fn watch_page(&self, sink: Weak<dyn Sink>) -> Self::Page {
        match self {
            Self::Browser(browser) => Either::Browser(browser.watch_page(sink)),
            Self::World(stage) => Either::World(stage.watch_page(sink)),
        }
    }

    fn is_hidden(&self) -> bool {
        match self {
            Self::Browser(browser) => browser.is_hidden(),
            Self::World(stage) => stage.is_hidden(),
        }
    }

    fn load(&self, place: &KeepCursor) -> Option<String> {
        match self {
            Self::Browser(browser) => browser.load(place),
            Self::World(stage) => stage.load(place),
        }
    }

    fn store(&self, place: &KeepCursor, text: &str) -> Result<(), String> {
        match self {
            Self::Browser(browser) => browser.store(place, text),
            Self::World(stage) => stage.store(place, text),
        }
    }

    #[cfg(feature = "tabs")]
    type Lock = Either<<Browser as Platform>::Lock, <World as Platform>::Lock>;
    #[cfg(feature = "tabs")]
    type Channel = Either<<Browser as Platform>::Channel, <World as Platform>::Channel>;

    #[cfg(feature = "tabs")]
    fn tab(&self) -> u64 {
        match self {
            Self::Browser(browser) => browser.tab(),
            Self::World(stage) => stage.tab(),
        }
    }

    #[cfg(feature = "tabs")]
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Browser(browser), Self::Browser(other)) => browser.is_same(other),
            (Self::World(stage), Self::World(other)) => stage.is_same(other),
            (Self::Browser(_), Self::World(_)) | (Self::World(_), Self::Browser(_)) => false,
        }
    }

    #[cfg(feature = "tabs")]
    fn obstacle(&self) -> Option<Obstacle> {
        match self {
            Self::Browser(browser) => browser.obstacle(),
            Self::World(stage) => stage.obstacle(),
        }
    }

    #[cfg(feature = "tabs")]
    fn absolute(&self, url: &str) -> String {
        match self {
            Self::Browser(browser) => browser.absolute(url),
            Self::World(stage) => stage.absolute(url),
        }
    }

    #[cfg(feature = "tabs")]
    fn lock(
        &self,
        name: &str,
        steal: bool,
        number: u64,
        sink: Weak<dyn TabSink>,
    ) -> Result<Self::Lock, Refused> {
        match self {
            Self::Browser(browser) => browser.lock(name, steal, number, sink).map(Either::Browser),
            Self::World(stage) => stage.lock(name, steal, number, sink).map(Either::World),
        }
    }

    #[cfg(feature = "tabs")]
    fn channel(&self, name: &str, sink: Weak<dyn TabSink>) -> Result<Self::Channel, Refused> {
        match self {
            Self::Browser(browser) => browser.channel(name, sink).map(Either::Browser),
            Self::World(stage) => stage.channel(name, sink).map(Either::World),
        }
    }

    #[cfg(feature = "tabs")]
    fn post(channel: &Self::Channel, text: &str) -> Result<(), Refused> {
        match channel {
            Either::Browser(channel) => Browser::post(channel, text),
            Either::World(channel) => World::post(channel, text),
        }
    }
}

#[cfg(any(feature = "leptos", feature = "yew"))]
pub(crate) use hooks::{Frame, spawn};

#[cfg(any(feature = "leptos", feature = "yew"))]
mod hooks {
    use std::future::Future;

    use super::{Either, stage};
    use crate::{browser, scripted};

    pub(crate) type Frame = Either<browser::Frame, scripted::Frame>;

    impl Frame {
        pub(crate) fn request(callback: fn()) -> Self {
            match stage() {
                Some(stage) => Self::World(scripted::Frame::request(&stage, callback)),
                None => Self::Browser(browser::Frame::request(callback)),
            }
        }
    }

    pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
        match stage() {
            Some(stage) => stage.spawn(task),
            None => browser::spawn(task),
        }
    }
}
