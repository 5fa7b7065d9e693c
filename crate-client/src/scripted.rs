//! A platform whose connections, clock, page and storage are moved by hand.

mod connection;
#[cfg_attr(
    not(any(feature = "leptos", feature = "yew")),
    allow(dead_code, reason = "only hooks wait for frames")
)]
mod frame;
#[cfg(feature = "tabs")]
mod tabs;
mod tasks;
mod timers;

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::client::{Platform, Request, Sink};
#[cfg(feature = "tabs")]
use crate::client::{Refused, TabSink};
use crate::error::Kind;
#[cfg(feature = "tabs")]
use crate::options::share::Obstacle;
use crate::protocol::machine::PageEvent;
use crate::{Error, KeepCursor};

pub(crate) use connection::{Open, Phase, Requested};
#[cfg(any(feature = "leptos", feature = "yew"))]
pub(crate) use frame::Frame;
pub(crate) use frame::{FRAME, Frames};
use tasks::Tasks;
pub(crate) use timers::Timers;

/// What there is on the platform, and what it was asked for.
#[derive(Default)]
pub(crate) struct Stage {
    pub(crate) timers: Timers,
    pub(crate) frames: Frames,
    /// How long the machine has slept: the wall clock went on, the other one did not.
    pub(crate) slept: Cell<Duration>,
    /// Half, unless set.
    pub(crate) jitter: Cell<Option<f64>>,
    /// In the order in which they were made.
    pub(crate) requests: RefCell<Vec<Rc<Requested>>>,
    pub(crate) open_connections: Cell<usize>,
    pub(crate) rejects_urls: Cell<bool>,
    pub(crate) hidden: Cell<bool>,
    /// Whoever watches the page.
    watching: RefCell<Vec<Weak<dyn Sink>>>,
    /// Calls for the next task.
    asked: RefCell<Vec<Weak<dyn Fn()>>>,
    /// Every write, the newest at the end.
    pub(crate) stored: RefCell<Vec<(KeepCursor, String)>>,
    /// How it meets other pages of its browser.
    #[cfg(feature = "tabs")]
    pub(crate) tabs: Rc<tabs::Tabs>,
    tasks: Tasks,
    settling: Cell<bool>,
}

/// Something that ends when this is dropped.
pub(crate) struct OnDrop(Box<dyn Fn()>);

impl OnDrop {
    fn new(end: impl Fn() + 'static) -> Self {
        Self(Box::new(end))
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// What can be asked for to be called in the next task.
pub(crate) struct Soon {
    stage: Rc<Stage>,
    act: Rc<dyn Fn()>,
}

impl Platform for Rc<Stage> {
    type Connection = Open;
    type Timer = OnDrop;
    type Page = OnDrop;
    type Soon = Soon;

    fn now(&self) -> Duration {
        self.timers.now()
    }

    fn wall(&self) -> Duration {
        self.timers.now() + self.slept.get()
    }

    fn jitter(&self) -> f64 {
        self.jitter.get().unwrap_or(0.5)
    }

    fn connect(&self, request: &Request<'_>) -> Result<Open, Error> {
        self.accepts(request)?;
        Ok(Open::new(self, request))
    }

    #[cfg(feature = "tabs")]
    fn check(&self, request: &Request<'_>) -> Result<(), Error> {
        self.accepts(request)
    }

    #[cfg(feature = "tabs")]
    fn listen(connection: &mut Open, name: &str, index: usize) {
        connection.listen(name, index);
    }

    fn set_timer(&self, delay: Duration, fire: Box<dyn FnOnce()>) -> OnDrop {
        let id = self.timers.set(delay, fire);
        let stage = Rc::clone(self);
        OnDrop::new(move || stage.timers.cancel(id))
    }

    fn soon(&self, act: Box<dyn Fn()>) -> Soon {
        Soon { stage: Rc::clone(self), act: act.into() }
    }

    fn ask(soon: &Soon) {
        soon.stage.asked.borrow_mut().push(Rc::downgrade(&soon.act));
    }

    fn watch_page(&self, sink: Weak<dyn Sink>) -> OnDrop {
        self.watching.borrow_mut().push(Weak::clone(&sink));
        let stage = Rc::clone(self);
        OnDrop::new(move || stage.watching.borrow_mut().retain(|other| !other.ptr_eq(&sink)))
    }

    fn is_hidden(&self) -> bool {
        self.hidden.get()
    }

    fn load(&self, place: &KeepCursor) -> Option<String> {
        let stored = self.stored.borrow();
        stored.iter().rev().find(|(at, _)| at == place).map(|(_, text)| text.clone())
    }

    fn store(&self, place: &KeepCursor, text: &str) -> Result<(), String> {
        self.stored.borrow_mut().push((place.clone(), text.to_owned()));
        Ok(())
    }

    #[cfg(feature = "tabs")]
    type Lock = OnDrop;
    #[cfg(feature = "tabs")]
    type Channel = tabs::Channel;

    #[cfg(feature = "tabs")]
    fn tab(&self) -> u64 {
        self.tabs.next()
    }

    #[cfg(feature = "tabs")]
    fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(self, other)
    }

    #[cfg(feature = "tabs")]
    fn obstacle(&self) -> Option<Obstacle> {
        self.tabs.obstacle.get()
    }

    #[cfg(feature = "tabs")]
    fn absolute(&self, url: &str) -> String {
        url.to_owned()
    }

    #[cfg(feature = "tabs")]
    fn lock(
        &self,
        name: &str,
        steal: bool,
        number: u64,
        sink: Weak<dyn TabSink>,
    ) -> Result<OnDrop, Refused> {
        Ok(self.tabs.lock(name, steal, number, sink))
    }

    #[cfg(feature = "tabs")]
    fn channel(&self, name: &str, sink: Weak<dyn TabSink>) -> Result<tabs::Channel, Refused> {
        Ok(self.tabs.channel(name, sink))
    }

    #[cfg(feature = "tabs")]
    fn post(channel: &tabs::Channel, text: &str) -> Result<(), Refused> {
        channel.post(text);
        Ok(())
    }
}

impl Stage {
    /// What a browser says of a request before it makes it.
    fn accepts(&self, request: &Request<'_>) -> Result<(), Error> {
        if self.rejects_urls.get() {
            let reason = "the test rejects it".to_owned();
            return Err(Kind::InvalidUrl { url: request.url.to_owned(), reason }.into());
        }
        #[cfg(feature = "fetch")]
        connection::check(request)?;
        Ok(())
    }

    /// Another page of the same browser.
    #[cfg(all(test, feature = "tabs"))]
    pub(crate) fn beside(&self) -> Rc<Self> {
        Rc::new(Self { tabs: Rc::clone(&self.tabs), ..Self::default() })
    }

    /// How many watch the page.
    #[cfg(test)]
    pub(crate) fn watching(&self) -> usize {
        self.watching.borrow().len()
    }

    /// A request is made once its headers are there.
    #[cfg(test)]
    pub(crate) fn let_headers_come(&self) {
        self.tasks.run();
    }

    pub(crate) fn tell_page(&self, event: PageEvent) {
        match event {
            PageEvent::Hidden => self.hidden.set(true),
            PageEvent::Visible => self.hidden.set(false),
            _ => {}
        }
        let watching = self.watching.borrow().clone();
        watching.iter().filter_map(Weak::upgrade).for_each(|sink| sink.page(event));
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.tasks.spawn(task);
    }

    /// The task is over, and the calls that were asked for run in the next.
    pub(crate) fn turn(&self) -> bool {
        let asked = self.asked.take();
        asked.iter().filter_map(Weak::upgrade).for_each(|act| act());
        #[cfg(feature = "tabs")]
        if self.tabs.turn() {
            return true;
        }
        !asked.is_empty()
    }

    /// Runs what can run, until everything waits.
    pub(crate) fn settle(&self) {
        if self.settling.replace(true) {
            // Whoever is at it comes to it.
            return;
        }
        let _over = Settling(&self.settling);
        while self.turn() | self.tasks.run() {}
    }

    /// Time passes: what is due happens in its order and at its time, and each time everything runs that can.
    pub(crate) fn advance(&self, duration: Duration) {
        let until = self.timers.now() + duration;
        self.settle();
        loop {
            let timer = self.timers.next_due();
            let frame = self.frames.next(self.timers.now()).filter(|_| !self.hidden.get());
            let Some(next) = timer.into_iter().chain(frame).min().filter(|next| *next <= until)
            else {
                break;
            };
            self.timers.go_to(next);
            if frame == Some(next) {
                self.frames.draw();
            } else {
                self.timers.fire_next();
            }
            self.settle();
        }
        self.timers.go_to(until);
    }

    /// Nothing happens here any more.
    pub(crate) fn clear(&self) {
        self.frames.clear();
        self.tasks.clear();
        self.timers.clear();
    }
}

/// Also where a task panics.
struct Settling<'a>(&'a Cell<bool>);

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}
