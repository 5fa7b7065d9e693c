//! The driver on a platform whose connections and clock are moved by hand.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use futures_core::Stream;
use serde::Deserialize;

use super::*;
use crate::{CloseReason, Gap};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Feed {
    Text(String),
    Price { last: u32 },
}

/// What the platform was asked for.
#[derive(Default)]
struct World {
    now: Cell<Duration>,
    open_connections: Cell<usize>,
    timers: RefCell<Vec<SetTimer>>,
    timers_set: Cell<u64>,
    requests: RefCell<Vec<Requested>>,
    refuse_urls: Cell<bool>,
}

struct SetTimer {
    id: u64,
    due: Duration,
    fire: Option<Box<dyn FnOnce()>>,
}

struct Requested {
    url: String,
    names: Vec<String>,
    generation: u64,
    sink: Weak<dyn Sink>,
}

struct TestPlatform(Rc<World>);

struct OnDrop(Box<dyn Fn()>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Platform for TestPlatform {
    type Connection = OnDrop;
    type Timer = OnDrop;

    fn now(&self) -> Duration {
        self.0.now.get()
    }

    fn jitter(&self) -> f64 {
        0.5
    }

    fn connect(&self, request: &Request<'_>) -> Result<OnDrop, Error> {
        if self.0.refuse_urls.get() {
            return Err(crate::error::Kind::InvalidUrl {
                url: request.url.into(),
                reason: "test".into(),
            }
            .into());
        }
        self.0.requests.borrow_mut().push(Requested {
            url: request.url.to_owned(),
            names: request.names.iter().map(ToString::to_string).collect(),
            generation: request.generation,
            sink: request.sink.clone(),
        });
        let world = Rc::clone(&self.0);
        world.open_connections.set(world.open_connections.get() + 1);
        Ok(OnDrop(Box::new(move || world.open_connections.set(world.open_connections.get() - 1))))
    }

    fn set_timer(&self, delay: Duration, fire: Box<dyn FnOnce()>) -> OnDrop {
        let world = Rc::clone(&self.0);
        let id = world.timers_set.get() + 1;
        world.timers_set.set(id);
        let due = world.now.get() + delay;
        world.timers.borrow_mut().push(SetTimer { id, due, fire: Some(fire) });
        OnDrop(Box::new(move || world.timers.borrow_mut().retain(|timer| timer.id != id)))
    }
}

struct Test {
    world: Rc<World>,
    driver: Driver<Feed, TestPlatform>,
}

impl Test {
    fn new(options: Options) -> Self {
        let world = Rc::new(World::default());
        let driver = Driver::new(TestPlatform(Rc::clone(&world)), "/events", options);
        Self { world, driver }
    }

    fn open(options: Options) -> Self {
        let test = Self::new(options);
        test.driver.connect().unwrap();
        test.opened();
        test
    }

    /// The newest request's generation and sink.
    fn connection(&self) -> (u64, Rc<dyn Sink>) {
        let requests = self.world.requests.borrow();
        let last = requests.last().expect("a request");
        (last.generation, last.sink.upgrade().expect("the driver lives"))
    }

    fn opened(&self) {
        let (generation, sink) = self.connection();
        sink.opened(generation);
    }

    fn failed(&self) {
        let (generation, sink) = self.connection();
        sink.errored(generation, true);
    }

    fn event(&self, name: &str, id: &str, data: &str) {
        let (generation, sink) = self.connection();
        let index = {
            let requests = self.world.requests.borrow();
            let names = &requests.last().expect("a request").names;
            names.iter().position(|other| other == name).expect("it listens to that name")
        };
        sink.event(generation, index, id.to_owned(), data);
    }

    /// Time passes and every timer that is due fires.
    fn passes(&self, duration: Duration) {
        self.world.now.set(self.world.now.get() + duration);
        loop {
            let now = self.world.now.get();
            let fire = {
                let mut timers = self.world.timers.borrow_mut();
                timers
                    .iter_mut()
                    .find(|timer| timer.due <= now && timer.fire.is_some())
                    .and_then(|it| it.fire.take())
            };
            match fire {
                Some(fire) => fire(),
                None => break,
            }
        }
    }

    fn timers(&self) -> usize {
        self.world.timers.borrow().len()
    }

    /// All items that wait, and whether the stream has ended.
    fn items(&self) -> (Vec<Item<Feed>>, bool) {
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

fn text(id: &str, text: &str) -> Item<Feed> {
    Item::Event(Event { id: id.to_owned(), data: Feed::Text(text.to_owned()) })
}

#[derive(Default)]
struct CountingWaker(AtomicUsize);

impl Wake for CountingWaker {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn it_listens_to_every_variant_and_to_the_servers_own_events() {
    let test = Test::open(Options::new().end_event("end"));
    let requests = test.world.requests.borrow();
    assert_eq!(requests[0].names, ["text", "price", "ping", "resync", "end"]);
}

#[test]
fn two_events_in_one_tick_are_both_delivered_in_order() {
    let test = Test::open(Options::new());
    test.event("text", "1", "one");
    test.event("price", "2", r#"{"last":2}"#);
    let (items, ended) = test.items();
    let price = Item::Event(Event { id: "2".to_owned(), data: Feed::Price { last: 2 } });
    assert_eq!(items, [text("1", "one"), price]);
    assert!(!ended);
}

#[test]
fn malformed_data_is_told_and_the_stream_goes_on() {
    let test = Test::open(Options::new());
    test.event("price", "1", "{");
    test.event("text", "2", "after");
    let (items, _) = test.items();
    let Item::Malformed(malformed) = &items[0] else { panic!("{items:?}") };
    assert_eq!((&*malformed.name, &*malformed.data), ("price", "{"));
    assert!(malformed.error.is_malformed_data());
    assert_eq!(items[1], text("2", "after"));
}

#[test]
fn a_full_queue_drops_the_oldest_and_says_how_many() {
    let test = Test::open(Options::new().queue_capacity(2));
    for number in ["1", "2", "3", "4", "5"] {
        test.event("text", number, number);
    }
    assert_eq!(test.items().0, [Item::Lagged(3), text("4", "4"), text("5", "5")]);
    test.event("text", "6", "6");
    assert_eq!(test.items().0, [text("6", "6")], "told once");
}

#[test]
fn heartbeats_are_consumed() {
    let test = Test::open(Options::new());
    test.event("ping", "", "");
    assert_eq!(test.items().0, []);
}

#[test]
fn a_variant_named_like_the_resync_event_gets_it_before_the_gap() {
    let test = Test::open(Options::new().resync_event("text"));
    test.event("text", "b-1", "start again");
    assert_eq!(test.items().0, [text("b-1", "start again"), Item::Gap(Gap::Resync)]);
}

#[test]
fn the_end_event_ends_the_stream_after_its_items() {
    let test = Test::open(Options::new().end_event("end"));
    test.event("text", "1", "last");
    test.event("end", "1", "");
    assert_eq!(test.items(), (vec![text("1", "last")], true));
    assert_eq!(test.driver.state(), State::Closed(CloseReason::Finished));
    assert_eq!(test.world.open_connections.get(), 0);
}

#[test]
fn a_closed_stream_goes_on_after_reconnect() {
    let test = Test::open(Options::new().resume(Resume::Query("since".into())));
    test.event("text", "7", "seven");
    test.driver.close();
    assert_eq!(test.items(), (vec![text("7", "seven")], true));
    test.driver.reconnect();
    assert_eq!(test.world.requests.borrow()[1].url, "/events?since=7");
    test.opened();
    test.event("text", "8", "eight");
    assert_eq!(test.items(), (vec![text("8", "eight")], false));
}

#[test]
fn a_failed_connection_is_closed_and_opened_anew_by_the_timer() {
    let test = Test::open(Options::new());
    test.failed();
    assert_eq!((test.world.open_connections.get(), test.timers()), (0, 1));
    test.passes(Duration::from_secs(1));
    assert_eq!((test.world.open_connections.get(), test.timers()), (1, 0));
    assert_eq!(test.driver.state(), State::Connecting { attempt: 2 });
}

#[test]
fn a_connection_that_can_not_be_opened_is_an_error_at_first_and_a_failure_later() {
    let test = Test::new(Options::new());
    test.world.refuse_urls.set(true);
    assert!(test.driver.connect().is_err_and(|error| error.is_invalid_url()));

    let test = Test::open(Options::new());
    test.world.refuse_urls.set(true);
    test.driver.reconnect();
    assert!(matches!(test.driver.state(), State::Waiting { attempt: 1, .. }));
    assert_eq!((test.world.open_connections.get(), test.timers()), (0, 1));
}

#[test]
fn an_older_connection_that_still_reports_is_not_heard() {
    let test = Test::open(Options::new());
    let (old, sink) = test.connection();
    test.driver.reconnect();
    sink.event(old, 0, "9".to_owned(), "late");
    assert_eq!(test.items().0, []);
}

#[test]
fn an_event_costs_no_timer_while_one_stands_that_is_early_enough() {
    let test = Test::open(Options::new().stale_after(Duration::from_secs(10)));
    let set = test.world.timers_set.get();
    for _ in 0..100 {
        test.passes(Duration::from_millis(50));
        test.event("ping", "", "");
    }
    assert_eq!((test.world.timers_set.get(), test.timers()), (set, 1));
    test.passes(Duration::from_secs(10));
    assert!(matches!(test.driver.state(), State::Stale { .. }));
}

#[test]
fn drop_closes_the_connection_cancels_the_timer_and_ends_the_states() {
    let test = Test::open(Options::new().stale_after(Duration::from_secs(10)));
    let (generation, sink) = test.connection();
    let weak = Rc::downgrade(&sink);
    drop(sink);
    let mut states = test.driver.states();
    assert_eq!((test.world.open_connections.get(), test.timers()), (1, 1));
    let world = Rc::clone(&test.world);
    drop(test);
    assert_eq!((world.open_connections.get(), world.timers.borrow().len()), (0, 0));
    assert!(weak.upgrade().is_none(), "generation {generation} has nobody to report to");
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(Pin::new(&mut states).poll_next(&mut cx), Poll::Ready(Some(State::Open)));
    assert_eq!(Pin::new(&mut states).poll_next(&mut cx), Poll::Ready(None));
}

#[test]
fn the_states_are_watched_who_looks_late_sees_the_latest() {
    let test = Test::new(Options::new());
    let mut states = test.driver.states();
    let waker = Arc::new(CountingWaker::default());
    let task = Waker::from(Arc::clone(&waker));
    let mut cx = Context::from_waker(&task);
    assert_eq!(Pin::new(&mut states).poll_next(&mut cx), Poll::Ready(Some(State::Idle)));
    assert_eq!(Pin::new(&mut states).poll_next(&mut cx), Poll::Pending);
    test.driver.connect().unwrap();
    test.opened();
    assert_eq!(waker.0.load(Ordering::Relaxed), 1, "woken once until it looks again");
    assert_eq!(Pin::new(&mut states).poll_next(&mut cx), Poll::Ready(Some(State::Open)));
    assert_eq!(Pin::new(&mut states).poll_next(&mut cx), Poll::Pending);
}

#[test]
fn states_that_are_dropped_leave_no_waker_behind() {
    let test = Test::open(Options::new());
    let waker = Arc::new(CountingWaker::default());
    let task = Waker::from(Arc::clone(&waker));
    let mut cx = Context::from_waker(&task);
    for _ in 0..100 {
        let mut states = test.driver.states();
        assert!(Pin::new(&mut states).poll_next(&mut cx).is_ready());
        assert!(Pin::new(&mut states).poll_next(&mut cx).is_pending());
        assert!(Pin::new(&mut states).poll_next(&mut cx).is_pending());
        assert_eq!(Arc::strong_count(&waker), 3, "one is waiting");
    }
    assert_eq!(Arc::strong_count(&waker), 2);
}

#[test]
fn a_waiting_reader_is_woken_by_an_item_and_by_the_end_but_not_by_a_heartbeat() {
    let test = Test::open(Options::new());
    let waker = Arc::new(CountingWaker::default());
    let task = Waker::from(Arc::clone(&waker));
    let mut cx = Context::from_waker(&task);
    let woken = || waker.0.load(Ordering::Relaxed);
    assert!(test.driver.poll_next(&mut cx).is_pending());
    test.event("ping", "", "");
    assert_eq!(woken(), 0);
    test.event("text", "1", "one");
    assert_eq!(woken(), 1);
    assert_eq!(test.driver.poll_next(&mut cx), Poll::Ready(Some(text("1", "one"))));
    assert!(test.driver.poll_next(&mut cx).is_pending());
    test.driver.close();
    assert_eq!(woken(), 2);
    assert_eq!(test.driver.poll_next(&mut cx), Poll::Ready(None));
    test.driver.reconnect();
    assert_eq!(woken(), 3, "the stream goes on");
}
