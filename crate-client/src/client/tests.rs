//! The driver on a platform whose connections and clock are moved by hand.

#[cfg(any(feature = "recording", feature = "tabs"))]
mod member;
mod page;
#[cfg(feature = "recording")]
mod recording;
mod rig;
#[cfg(feature = "fetch")]
mod stream;
#[cfg(feature = "tracing")]
mod trace;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use futures_core::Stream;

use super::*;
use crate::{CloseReason, Event, Gap};
use rig::{Feed, Test, text};

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
    assert_eq!(
        requests[0].connection.names.borrow()[..],
        ["text", "price", "ping", "resync", "end"]
    );
}

#[test]
fn two_events_in_one_tick_are_both_delivered_in_order() {
    let test = Test::open(Options::new());
    test.event("text", "1", "one");
    test.event("price", "2", r#"{"last":2}"#);
    let (items, ended) = test.items();
    let price = Item::Event(Event::new("2", Feed::Price { last: 2 }));
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
    // Else a timer looks at the clocks.
    let test = Test::open(Options::new().follow_network(false));
    test.failed();
    assert_eq!((test.world.open_connections.get(), test.timers()), (0, 1));
    test.passes(Duration::from_secs(1));
    assert_eq!((test.world.open_connections.get(), test.timers()), (1, 0));
    assert_eq!(test.driver.state(), State::Connecting { attempt: 2 });
}

#[test]
fn a_connection_that_can_not_be_opened_is_an_error_at_first_and_a_failure_later() {
    let test = Test::new(Options::new());
    test.world.rejects_urls.set(true);
    assert!(test.driver.connect().is_err_and(|error| error.is_invalid_url()));

    let test = Test::open(Options::new());
    test.world.rejects_urls.set(true);
    test.driver.reconnect();
    assert!(matches!(test.driver.state(), State::Waiting { attempt: 1, .. }));
    assert_eq!((test.world.open_connections.get(), test.timers()), (0, 1));
}

#[test]
fn an_older_connection_that_still_reports_is_not_heard() {
    let test = Test::open(Options::new());
    let (old, sink) = test.connection();
    test.driver.reconnect();
    sink.event(old, 0, LastEventId::from("9"), "late");
    assert_eq!(test.items().0, []);
}

#[test]
fn an_event_costs_no_timer_while_one_stands_that_is_early_enough() {
    let test = Test::open(Options::new().stale_after(Duration::from_secs(10)));
    let set = test.world.timers.count();
    for _ in 0..100 {
        test.passes(Duration::from_millis(50));
        test.event("ping", "", "");
    }
    assert_eq!((test.world.timers.count(), test.timers()), (set, 1));
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
    assert_eq!((world.open_connections.get(), world.timers.waiting()), (0, 0));
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
    test.event("text", "2", "two");
    assert_eq!(woken(), 0, "not inside of the browser's own task");
    test.turn();
    assert_eq!(woken(), 1, "once for all of that task");
    assert_eq!(test.driver.poll_next(&mut cx), Poll::Ready(Some(text("1", "one"))));
    assert_eq!(test.driver.poll_next(&mut cx), Poll::Ready(Some(text("2", "two"))));
    assert!(test.driver.poll_next(&mut cx).is_pending());
    test.driver.close();
    assert_eq!(woken(), 2);
    assert_eq!(test.driver.poll_next(&mut cx), Poll::Ready(None));
    test.driver.reconnect();
    assert_eq!(woken(), 3, "the stream goes on");
}

#[test]
fn many_events_in_one_task_do_not_wait_for_its_end() {
    let test = Test::open(Options::new());
    let waker = Arc::new(CountingWaker::default());
    let task = Waker::from(Arc::clone(&waker));
    let mut cx = Context::from_waker(&task);
    let mut read = 0;
    assert!(test.driver.poll_next(&mut cx).is_pending(), "it waits");
    for _ in 0..40 {
        for _ in 0..256 {
            test.event("text", "", "");
        }
        // As the browser lets a woken task run after each listener.
        while let Poll::Ready(item) = test.driver.poll_next(&mut cx) {
            assert_eq!(item, Some(text("", "")));
            read += 1;
        }
    }
    assert_eq!(
        (read, waker.0.load(Ordering::Relaxed)),
        (40 * 256, 40),
        "the queue never overflows"
    );
}
