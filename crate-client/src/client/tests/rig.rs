//! A driver on a platform that is moved by hand: what it reports comes straight, without a browser's manners.

use std::task::Waker;

use serde::Deserialize;

use super::super::*;
use crate::Event;
use crate::scripted::Stage;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Feed {
    Text(String),
    Price { last: u32 },
}

impl Stage {
    /// Time passes and every timer that is due fires, late.
    pub(super) fn passes(self: &Rc<Self>, duration: Duration) {
        self.timers.go_to(self.now() + duration);
        while self.fire_next() {}
        self.let_headers_come();
    }

    /// One timer fires, if one is due.
    pub(super) fn fire_next(&self) -> bool {
        self.timers.fire_next()
    }
}

pub(super) struct Test {
    pub(super) world: Rc<Stage>,
    pub(super) driver: Driver<Feed, Rc<Stage>>,
}

impl Test {
    pub(super) fn new(options: Options) -> Self {
        Self::in_world(Rc::default(), options)
    }

    /// With another URL than the others have.
    #[cfg(any(feature = "recording", feature = "tracing"))]
    pub(super) fn at(url: &str, options: Options) -> Self {
        let world = Rc::<Stage>::default();
        let driver = Driver::new(Rc::clone(&world), Typed, url, options);
        Self { world, driver }
    }

    /// Another life on the same platform.
    pub(super) fn in_world(world: Rc<Stage>, options: Options) -> Self {
        let driver = Driver::new(Rc::clone(&world), Typed, "/events", options);
        Self { world, driver }
    }

    pub(super) fn open(options: Options) -> Self {
        let test = Self::new(options);
        test.driver.connect().unwrap();
        test.opened();
        test
    }

    /// The newest request's generation and sink.
    pub(super) fn connection(&self) -> (u64, Rc<dyn Sink>) {
        self.world.let_headers_come();
        let requests = self.world.requests.borrow();
        let last = requests.last().expect("a request");
        (last.connection.generation, last.connection.sink.upgrade().expect("the driver lives"))
    }

    pub(super) fn opened(&self) {
        let (generation, sink) = self.connection();
        sink.opened(generation, None);
    }

    pub(super) fn failed(&self) {
        let (generation, sink) = self.connection();
        sink.errored(generation, true);
    }

    pub(super) fn event(&self, name: &str, id: &str, data: &str) {
        let (generation, sink) = self.connection();
        let index = {
            let requests = self.world.requests.borrow();
            let names = requests.last().expect("a request").connection.names.borrow();
            names.iter().position(|other| other == name).expect("it listens to that name")
        };
        sink.event(generation, index, LastEventId::from(id), data);
    }

    /// The event's task is over, and the next one runs.
    pub(super) fn turn(&self) {
        self.world.turn();
    }

    pub(super) fn passes(&self, duration: Duration) {
        self.world.passes(duration);
    }

    pub(super) fn timers(&self) -> usize {
        self.world.timers.waiting()
    }

    /// All items that wait, and whether the stream has ended.
    pub(super) fn items(&self) -> (Vec<Item<Feed>>, bool) {
        let mut cx = Context::from_waker(Waker::noop());
        let mut items = Vec::new();
        loop {
            match self.driver.poll_next(&mut cx) {
                Poll::Ready(Some(item)) => items.push(item),
                Poll::Ready(None) => return (items, true),
                Poll::Pending => return (items, false),
            }
        }
    }
}

pub(super) fn text(id: &str, text: &str) -> Item<Feed> {
    Item::Event(Event::new(id, Feed::Text(text.to_owned())))
}
