//! The middle: one connection, or one tab's part in it, and the members that it feeds.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::super::member::{Feed, Joining, Receiver};
use super::super::{Driver, Platform, Raw, RawEvent, Request, Sink, States};
use super::act::Part;
use super::{Read, waker};
#[cfg(feature = "fetch")]
use crate::Attempt;
use crate::error::Kind;
use crate::options::share::{Late, Sharing};
use crate::protocol::tabs::{Backlog, Label, Latest, Mark, Relayed, RelayedEvent, Told};
use crate::{Error, Gap, Item, Malformed, Options};

pub(super) type RawDriver<P> = Driver<RawEvent, P, Raw>;

/// Held by the members alone: when the last one leaves, everything is closed.
pub(super) struct Hub<P: Platform> {
    pub(super) platform: P,
    url: String,
    options: Options,
    waker: Waker,
    /// The list is copied when it changes, not for each item.
    seats: RefCell<Rc<Vec<Rc<Seat>>>>,
    states: RefCell<Option<States>>,
    pub(super) inner: RefCell<Inner<P>>,
    /// Whether nobody was seated yet.
    is_new: Cell<bool>,
    reading: Cell<bool>,
    read_again: Cell<bool>,
    pub(super) acting: Cell<bool>,
}

pub(super) struct Inner<P: Platform> {
    /// This page's own connection, where it has one.
    pub(super) driver: Option<Rc<RawDriver<P>>>,
    /// What the members want to be listened to.
    names: Vec<Cow<'static, str>>,
    told: Told,
    pub(super) latest: Latest,
    late: Late,
    pub(super) sharing: Sharing,
    pub(super) source: Source<P>,
}

/// Where the items come from.
pub(super) enum Source<P: Platform> {
    /// A connection of this page.
    Own {
        backlog: Backlog,
        mark: Mark,
    },
    Tabs(Box<Part<P>>),
}

struct Seat {
    receiver: Weak<dyn Receiver>,
    cursor: Option<String>,
    /// Whether the hub was opened for it.
    is_first: bool,
}

/// A member's place. Dropping it leaves the hub.
struct Place<P: Platform> {
    hub: Rc<Hub<P>>,
    seat: Rc<Seat>,
}

impl<P: Platform + Clone> Hub<P> {
    /// For this first member, who is not seated yet. Among tabs they meet under that name. An error says that the URL can't
    /// be opened.
    pub(super) fn open(
        platform: P,
        url: &str,
        options: &Options,
        among_tabs: Option<String>,
        first: &Joining,
    ) -> Result<Rc<Self>, Error> {
        let names = first.receiver.upgrade().map(|it| it.names()).unwrap_or_default();
        let obstacle = among_tabs.as_ref().and_then(|_| platform.obstacle());
        let hub = Rc::new_cyclic(|hub: &Weak<Self>| {
            let (sharing, source) = match (among_tabs, obstacle) {
                (Some(name), None) => {
                    let part = Part::new(&platform, name, options, &names, first, hub.clone());
                    (Sharing::Joining, Source::Tabs(Box::new(part)))
                }
                (_, obstacle) => {
                    let id = first.cursor.as_deref().unwrap_or_default().into();
                    let source =
                        Source::Own { backlog: Backlog::default(), mark: Mark { id, times: 1 } };
                    (obstacle.map_or(Sharing::Page, Sharing::PageOnly), source)
                }
            };
            Self {
                platform,
                url: url.to_owned(),
                options: options.clone(),
                waker: waker(hub.clone()),
                seats: RefCell::default(),
                states: RefCell::default(),
                inner: RefCell::new(Inner {
                    driver: None,
                    names,
                    told: Told::default(),
                    latest: Latest::default(),
                    late: options.late,
                    sharing,
                    source,
                }),
                is_new: Cell::new(true),
                reading: Cell::new(false),
                read_again: Cell::new(false),
                acting: Cell::new(false),
            }
        });
        if let Sharing::PageOnly(obstacle) = sharing_of(&hub) {
            super::complain(obstacle);
        }
        if hub.is_among_tabs() {
            // Whether and when this tab connects is not known yet.
            hub.check()?;
            hub.enter();
        } else {
            hub.connect(first.cursor.clone())?;
        }
        Ok(hub)
    }

    /// A place for a member, which is told nothing before it is [attached](Feed::attached).
    pub(super) fn seat(self: Rc<Self>, joining: Joining) -> Rc<dyn Feed> {
        let Joining { receiver, cursor } = joining;
        let seat = Rc::new(Seat { receiver, cursor, is_first: self.is_new.replace(false) });
        Rc::new(Place { hub: self, seat })
    }

    /// Whether a connection can be opened at all.
    fn check(&self) -> Result<(), Error> {
        let nobody: Weak<dyn Sink> = Weak::<Self>::new();
        self.platform.check(&Request {
            transport: &self.options.transport,
            url: &self.url,
            with_credentials: self.options.with_credentials,
            names: &[],
            #[cfg(feature = "fetch")]
            last_event_id: None,
            #[cfg(feature = "fetch")]
            attempt: Attempt { number: 1, renew: false },
            generation: 0,
            sink: &nobody,
        })
    }

    fn is_among_tabs(&self) -> bool {
        matches!(self.inner.borrow().source, Source::Tabs(_))
    }

    /// Opens a connection of this page's own, that goes on from the cursor.
    pub(super) fn connect(self: &Rc<Self>, cursor: Option<String>) -> Result<(), Error> {
        let names = self.names();
        let driver = Rc::new(Driver::following(
            self.platform.clone(),
            Raw::new(names),
            &self.url,
            self.options.clone(),
            cursor,
        ));
        let states = driver.states();
        driver.connect()?;
        *self.states.borrow_mut() = Some(states);
        self.inner.borrow_mut().driver = Some(driver);
        Rc::clone(self).read();
        Ok(())
    }

    /// As [`connect`](Self::connect), where there is nobody to return an error to.
    pub(super) fn connect_or_fail(self: &Rc<Self>, cursor: Option<String>) {
        if let Err(error) = self.connect(cursor) {
            self.fail(&error);
        }
    }

    /// Opens a connection in place of the one there is, or that could not be opened.
    pub(super) fn connect_anew(self: &Rc<Self>) {
        let inner = self.inner.borrow();
        if let Some(driver) = inner.driver.clone() {
            drop(inner);
            return driver.reconnect();
        }
        let cursor = match &inner.source {
            Source::Own { mark, .. } => mark.tells().then(|| mark.id.to_string()),
            Source::Tabs(part) => part.machine.cursor(),
        };
        drop(inner);
        self.connect_or_fail(cursor);
    }

    pub(super) fn disconnect(&self) {
        let states = self.states.take();
        let driver = self.inner.borrow_mut().driver.take();
        drop((states, driver));
    }

    /// Of all members, and of all tabs.
    fn names(&self) -> Vec<Cow<'static, str>> {
        let inner = self.inner.borrow();
        match &inner.source {
            Source::Own { .. } => inner.names.clone(),
            Source::Tabs(part) => {
                part.machine.names().iter().map(|name| Cow::Owned(name.to_string())).collect()
            }
        }
    }

    /// Listens to whatever is wanted by now.
    pub(super) fn listen(&self) {
        let driver = self.inner.borrow().driver.clone();
        if let Some(driver) = driver {
            self.names().iter().for_each(|name| driver.listen(name));
        }
    }

    fn welcome(self: &Rc<Self>, seat: &Rc<Seat>) {
        let Some(receiver) = seat.receiver.upgrade() else { return };
        self.want(receiver.names());
        let (sharing, told, items) = {
            let inner = self.inner.borrow();
            (inner.sharing, inner.told.clone(), inner.since(seat))
        };
        Rc::make_mut(&mut self.seats.borrow_mut()).push(Rc::clone(seat));
        receiver.sharing(sharing);
        tell(&*receiver, &told);
        items.iter().for_each(|item| hand(&*receiver, item));
        if told.state.is_closed() {
            // Who comes new does not want an old end.
            self.reconnect();
        }
    }

    fn want(self: &Rc<Self>, names: Vec<Cow<'static, str>>) {
        let mut inner = self.inner.borrow_mut();
        let new: Vec<_> = names.into_iter().filter(|name| !inner.names.contains(name)).collect();
        if new.is_empty() {
            return;
        }
        inner.names.extend(new.iter().cloned());
        drop(inner);
        if self.is_among_tabs() {
            let new: Vec<Rc<str>> = new.iter().map(|name| Rc::from(&**name)).collect();
            self.act(|machine, _, _| machine.want(&new, false));
        } else {
            self.listen();
        }
    }

    fn reconnect(self: &Rc<Self>) {
        if self.is_among_tabs() {
            self.act(|machine, _, _| machine.reconnect());
        } else {
            self.connect_anew();
        }
    }

    fn read_once(self: &Rc<Self>) {
        let Some(driver) = self.inner.borrow().driver.clone() else { return };
        let mut cx = Context::from_waker(&self.waker);
        while let Some(state) = self.poll_state(&mut cx) {
            let error = driver.error();
            self.on_own_state(Told {
                state,
                detail: error.as_ref().and_then(Error::detail).map(Rc::from),
                #[cfg(feature = "fetch")]
                response_url: driver.response_url().map(Rc::from),
                #[cfg(not(feature = "fetch"))]
                response_url: None,
            });
        }
        while let Poll::Ready(Some(item)) = driver.poll_next(&mut cx) {
            self.on_own_item(relayed(item));
        }
        driver.with_cursor(|cursor| self.on_own_cursor(cursor));
        self.run();
    }

    fn poll_state(&self, cx: &mut Context<'_>) -> Option<crate::State> {
        let mut states = self.states.borrow_mut();
        match Pin::new(states.as_mut()?).poll_next(cx) {
            Poll::Ready(state) => state,
            Poll::Pending => None,
        }
    }

    /// To the members. Nothing is borrowed meanwhile: a type's own code runs.
    pub(super) fn deliver(&self, item: &Relayed) {
        let mut inner = self.inner.borrow_mut();
        inner.latest.put(item);
        if let Source::Own { backlog, mark } = &mut inner.source {
            mark.pass_item(item);
            backlog.push(Label::default(), mark.clone(), item.clone());
        }
        drop(inner);
        self.each(|receiver| hand(receiver, item));
    }

    pub(super) fn tell(&self, told: &Told) {
        self.inner.borrow_mut().told = told.clone();
        self.each(|receiver| tell(receiver, told));
    }

    pub(super) fn set_sharing(&self, sharing: Sharing) {
        let before = std::mem::replace(&mut self.inner.borrow_mut().sharing, sharing);
        if before != sharing {
            self.each(|receiver| receiver.sharing(sharing));
        }
    }

    fn each(&self, act: impl Fn(&dyn Receiver)) {
        let seats = Rc::clone(&self.seats.borrow());
        seats.iter().filter_map(|seat| seat.receiver.upgrade()).for_each(|it| act(&*it));
    }
}

impl<P: Platform + Clone> Read for Hub<P> {
    fn read(self: Rc<Self>) {
        if self.reading.replace(true) {
            self.read_again.set(true);
            return;
        }
        loop {
            self.read_again.set(false);
            self.read_once();
            if !self.read_again.get() {
                break;
            }
        }
        self.reading.set(false);
    }
}

impl<P: Platform> Inner<P> {
    /// What a member gets first: the latest of each name, or what it has missed.
    fn since(&self, seat: &Seat) -> Vec<Relayed> {
        let (backlog, here) = match &self.source {
            Source::Own { backlog, mark } => (backlog, &*mark.id),
            Source::Tabs(part) => {
                let here = part.machine.position().map_or("", |it| &it.mark.id);
                (part.machine.backlog(), here)
            }
        };
        let since = |index| backlog.since(index).map(|(_, item)| item.clone()).collect();
        let Some(cursor) = seat.cursor.as_deref() else {
            return match self.late {
                Late::Latest => self.latest.iter().cloned().collect(),
                Late::Recent => since(0),
            };
        };
        if seat.is_first {
            // The connection goes on from there, and tells by itself what may be missing.
            return since(0);
        }
        match backlog.behind_id(cursor) {
            Some(index) => since(index),
            // Without an ID nobody can tell what has come in between.
            None if cursor == here && !cursor.is_empty() => Vec::new(),
            None => vec![Relayed::Gap(Gap::Unconfirmed)],
        }
    }
}

impl<P: Platform + Clone> Feed for Place<P> {
    fn attached(&self) {
        self.hub.welcome(&self.seat);
    }

    fn reconnect(&self) {
        self.hub.reconnect();
    }
}

impl<P: Platform> Drop for Place<P> {
    fn drop(&mut self) {
        let mut seats = self.hub.seats.borrow_mut();
        Rc::make_mut(&mut seats).retain(|other| !Rc::ptr_eq(other, &self.seat));
    }
}

fn sharing_of<P: Platform>(hub: &Hub<P>) -> Sharing {
    hub.inner.borrow().sharing
}

fn relayed(item: Item<RawEvent>) -> Relayed {
    match item {
        Item::Event(event) => {
            let id = Rc::from(event.id());
            Relayed::Event(RelayedEvent { name: event.data.name, id, data: event.data.data })
        }
        Item::Gap(gap) => Relayed::Gap(gap),
        Item::Lagged(count) => Relayed::Lagged(count),
        // Whatever is an event can be read as a raw one.
        Item::Malformed(malformed) => Relayed::Oversized(malformed.error.reason().into()),
    }
}

fn hand(receiver: &dyn Receiver, item: &Relayed) {
    match item {
        Relayed::Event(event) => receiver.event(&event.name, &event.id, &event.data),
        Relayed::Gap(gap) => receiver.gap(*gap),
        Relayed::Lagged(count) => receiver.lagged(*count),
        Relayed::Oversized(reason) => {
            let (name, data) = (String::new(), String::new());
            let reason = reason.to_string();
            let error = Kind::MalformedData { name: name.clone(), reason }.into();
            receiver.malformed(&Malformed { name, data, error });
        }
        Relayed::Id(_) => {}
    }
}

fn tell(receiver: &dyn Receiver, told: &Told) {
    receiver.state(&told.state, told.detail.as_deref(), told.response_url.as_deref());
}
