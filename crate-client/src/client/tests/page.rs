//! Holding, the page's life, and the cursor that outlives it.

use std::rc::Rc;

use super::*;
use crate::scripted::Stage;
use crate::{KeepCursor, PauseReason, WhenHidden};

fn by_query() -> Options {
    Options::new().resume(Resume::Query("since".into()))
}

fn kept() -> Options {
    by_query().keep_cursor(KeepCursor::InSession("cursor".into()))
}

impl Test {
    fn page(&self, event: PageEvent) {
        let (_, sink) = self.connection();
        sink.page(event);
    }

    fn last_url(&self) -> String {
        self.world.requests.borrow().last().expect("a request").url.clone()
    }

    fn stored(&self) -> Vec<String> {
        self.world.stored.borrow().iter().map(|(_, text)| text.clone()).collect()
    }
}

#[test]
fn what_comes_during_a_hold_is_handed_out_after_it() {
    let test = Test::open(Options::new());
    test.driver.hold();
    test.event("text", "1", "one");
    assert_eq!(test.items(), (vec![], false));
    assert_eq!(test.driver.state(), State::Open, "the connection is");
    test.driver.resume();
    assert_eq!(test.items().0, [text("1", "one")]);
}

#[test]
fn a_reader_that_waits_is_woken_when_the_hold_ends() {
    let test = Test::open(Options::new());
    test.driver.hold();
    let waker = Arc::new(CountingWaker::default());
    let task = Waker::from(Arc::clone(&waker));
    assert!(test.driver.poll_next(&mut Context::from_waker(&task)).is_pending());
    test.driver.resume();
    assert_eq!(waker.0.load(Ordering::Relaxed), 1);
}

#[test]
fn a_full_hold_gives_the_connection_up_and_loses_nothing() {
    let test = Test::open(by_query().queue_capacity(2));
    test.driver.hold();
    for number in ["1", "2", "3", "4"] {
        test.event("text", number, number);
    }
    assert_eq!(test.driver.state(), State::Paused(PauseReason::ByCaller));
    assert_eq!(test.world.open_connections.get(), 0);
    test.driver.resume();
    assert_eq!(test.items().0, [text("1", "1"), text("2", "2")]);
    assert_eq!(test.last_url(), "/events?since=2", "the others come again");
}

#[test]
fn heartbeats_do_not_fill_a_hold() {
    let test = Test::open(by_query().queue_capacity(1));
    test.driver.hold();
    test.event("text", "1", "one");
    test.event("ping", "1", "");
    assert_eq!(test.driver.state(), State::Open);
}

#[test]
fn close_ends_a_hold_and_what_was_held_can_be_read() {
    let test = Test::open(Options::new());
    test.driver.hold();
    test.event("text", "1", "one");
    test.driver.close();
    assert_eq!(test.items(), (vec![text("1", "one")], true));
    test.driver.hold();
    test.driver.reconnect();
    test.opened();
    test.event("text", "2", "two");
    assert_eq!(test.items().0.last(), Some(&text("2", "two")), "a hold after the end is none");
}

#[test]
fn a_stream_that_ends_by_itself_during_a_hold_is_not_over_before_what_is_held() {
    let test = Test::open(Options::new().end_event("end"));
    test.driver.hold();
    test.event("text", "1", "last");
    test.event("end", "1", "");
    assert!(test.driver.state().is_closed());
    test.driver.hold();
    assert_eq!(test.items(), (vec![], false), "a hold after the end changes nothing");
    test.driver.resume();
    assert_eq!(test.items(), (vec![text("1", "last")], true));
}

#[test]
fn an_end_without_an_id_on_a_new_connection_keeps_the_cursor() {
    let test = Test::open(by_query().end_event("end"));
    test.event("text", "7", "seven");
    test.driver.reconnect();
    test.opened();
    test.event("end", "", "");
    test.driver.reconnect();
    assert_eq!(test.last_url(), "/events?since=7");
}

#[test]
fn an_end_brings_the_cursor_on() {
    let test = Test::open(by_query().end_event("end"));
    test.event("text", "7", "seven");
    test.event("end", "8", "");
    test.driver.reconnect();
    assert_eq!(test.last_url(), "/events?since=8");
}

#[test]
fn the_page_is_watched_until_the_drop() {
    let test = Test::open(Options::new());
    assert_eq!(test.world.watching(), 1);
    let world = Rc::clone(&test.world);
    drop(test);
    assert_eq!((world.watching(), world.open_connections.get()), (0, 0));
}

#[test]
fn a_page_that_begins_hidden_counts_as_hidden() {
    let world = Rc::new(Stage::default());
    world.hidden.set(true);
    let release = WhenHidden::ReleaseAfter(Duration::from_secs(60));
    let test = Test::in_world(world, by_query().when_hidden(release));
    test.driver.connect().unwrap();
    test.opened();
    test.passes(Duration::from_secs(60));
    assert_eq!(test.driver.state(), State::Paused(PauseReason::Hidden));
    test.page(PageEvent::Visible);
    assert_eq!(test.driver.state(), State::Connecting { attempt: 1 });
    assert_eq!(test.world.open_connections.get(), 1);
}

#[test]
fn a_reloaded_page_goes_on_after_the_last_event_that_was_taken() {
    let test = Test::open(kept());
    test.event("text", "1", "one");
    test.event("text", "2", "two");
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(test.driver.poll_next(&mut cx), Poll::Ready(Some(text("1", "one"))));
    test.page(PageEvent::Left);
    assert_eq!(test.stored(), ["1\n/events"], "the second was not taken");
    let world = Rc::clone(&test.world);
    drop(test);

    let test = Test::in_world(world, kept());
    test.driver.connect().unwrap();
    assert_eq!(test.last_url(), "/events?since=1");
    test.opened();
    assert_eq!(test.items().0, [], "no gap: it is confirmed");
}

#[test]
fn a_cursor_that_no_event_brought_is_kept_once_all_is_taken() {
    let test = Test::open(kept());
    test.event("text", "1", "one");
    test.items();
    test.event("ping", "5", "");
    test.page(PageEvent::Left);
    assert_eq!(test.stored().last().map(String::as_str), Some("5\n/events"));
}

#[test]
fn an_event_without_an_id_on_a_new_connection_leaves_what_is_kept() {
    let test = Test::open(kept());
    test.event("text", "7", "seven");
    test.items();
    test.driver.reconnect();
    test.opened();
    test.passes(Duration::from_secs(2));
    test.event("text", "", "new");
    test.event("text", "", "not taken");
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(test.driver.poll_next(&mut cx), Poll::Ready(Some(text("", "new"))));
    test.page(PageEvent::Left);
    assert_eq!(test.stored(), ["7\n/events"]);
}

#[test]
fn the_cursor_is_stored_once_a_second_at_most_and_with_the_drop() {
    let test = Test::open(kept());
    for number in 1..=10 {
        test.event("text", &number.to_string(), "");
        test.items();
        test.passes(Duration::from_millis(250));
    }
    assert_eq!(test.stored(), ["1\n/events", "5\n/events", "9\n/events"]);
    let world = Rc::clone(&test.world);
    drop(test);
    assert_eq!(world.stored.borrow().last().expect("stored").1, "10\n/events");
}

#[test]
fn the_cursor_of_another_url_is_none() {
    let world = Rc::new(Stage::default());
    let place = KeepCursor::InSession("cursor".into());
    world.stored.borrow_mut().push((place, "7\n/others".to_owned()));
    let test = Test::in_world(world, kept());
    test.driver.connect().unwrap();
    assert_eq!(test.last_url(), "/events");
}

#[test]
fn a_kept_cursor_that_can_not_be_sent_is_a_gap() {
    let world = Rc::new(Stage::default());
    let place = KeepCursor::InLocal("cursor".into());
    world.stored.borrow_mut().push((place.clone(), "7\n/events".to_owned()));
    let test = Test::in_world(world, Options::new().keep_cursor(place));
    test.driver.connect().unwrap();
    test.opened();
    assert_eq!(test.items().0, [Item::Gap(Gap::Unconfirmed)]);
}
