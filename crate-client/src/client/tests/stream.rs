//! A transport that reads the stream itself.

use std::cell::Cell;
use std::rc::Rc;

use super::*;
use crate::parser::{Limits, OnOverflow};
use crate::scripted::Stage;
use crate::{Answer, Cause, Decision, Fetch, OnClosed, OnEnd, PauseReason, Retry};

fn by_fetch() -> Options {
    with(Fetch::new())
}

fn with(fetch: Fetch) -> Options {
    Options::new().fetch(fetch)
}

fn answer(status: u16) -> End {
    End::Refused(Answer {
        status,
        content_type: "text/plain".to_owned(),
        body: "why".to_owned(),
        retry_after: None,
    })
}

fn with_headers() -> Fetch {
    Fetch::new().headers_with(async |_| Ok::<[(String, String); 0], String>([]))
}

impl Test {
    /// Hands bytes on as the transport does, and returns those for which there was no room.
    fn bytes<'a>(&self, bytes: &'a str) -> &'a str {
        let (generation, sink) = self.connection();
        let mut rest = bytes.as_bytes();
        sink.bytes(generation, &mut rest);
        &bytes[bytes.len() - rest.len()..]
    }

    fn ends(&self, end: End) -> State {
        let (generation, sink) = self.connection();
        sink.ended(generation, end);
        self.driver.state()
    }

    /// Refused at the first attempt.
    fn refused(options: Options, end: End) -> (Self, State) {
        let test = Self::new(options);
        test.driver.connect().unwrap();
        let state = test.ends(end);
        (test, state)
    }

    fn has_room(&self, waker: &Waker) -> bool {
        let (generation, sink) = self.connection();
        sink.poll_room(generation, &mut Context::from_waker(waker)).is_ready()
    }
}

#[test]
fn events_are_read_from_pieces_cut_anywhere() {
    let test = Test::open(by_fetch());
    for piece in [
        "\u{feff}id: 1\neve",
        "nt: te",
        "xt\nda",
        "ta: o",
        "ne\n",
        "\nevent: price\rdata: {\"last\":2}\r\r",
    ] {
        assert_eq!(test.bytes(piece), "");
    }
    let price = Item::Event(Event::new("1", Feed::Price { last: 2 }));
    assert_eq!(test.items().0, [text("1", "one"), price]);
}

#[test]
fn what_nobody_listens_to_is_no_item_and_malformed_data_is_one() {
    let test = Test::open(by_fetch());
    test.bytes(": comment\n\nevent: unheard-of\ndata: x\n\ndata: unnamed\n\nevent: ping\ndata\n\n");
    assert_eq!(test.items().0, []);
    test.bytes("event: price\ndata: {\n\nevent: text\ndata: after\n\n");
    let items = test.items().0;
    assert!(matches!(&items[0], Item::Malformed(malformed) if malformed.data == "{"));
    assert_eq!(items[1], text("", "after"));
}

#[test]
fn a_variant_for_other_names_catches_those_that_no_other_has() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Open {
        Text(String),
        #[serde(other)]
        Other,
    }
    let platform = Rc::<Stage>::default();
    let world = Rc::clone(&platform);
    let driver = Driver::<Open, _>::new(platform, Typed, "/events", by_fetch());
    driver.connect().unwrap();
    let (generation, sink) = {
        let requests = world.requests.borrow();
        (
            requests[0].connection.generation,
            requests[0].connection.sink.upgrade().expect("the driver lives"),
        )
    };
    sink.bytes(generation, &mut &b"event: new-kind\ndata: x\n\n"[..]);
    let polled = driver.poll_next(&mut Context::from_waker(Waker::noop()));
    let event = Event::new("", Open::Other);
    assert_eq!(polled, Poll::Ready(Some(Item::Event(event))));
}

#[test]
fn every_connection_brings_the_last_event_id_in_its_header() {
    let test = Test::open(by_fetch());
    test.bytes("id: 7\nevent: text\ndata: seven\n\n");
    test.ends(End::Broken(String::new()));
    test.passes(Duration::from_secs(1));
    let ids: Vec<_> =
        test.world.requests.borrow().iter().map(|request| request.last_event_id.clone()).collect();
    assert_eq!(ids, [None, Some("7".to_owned())]);
    test.opened();
    test.bytes("id: 7\nevent: text\ndata: seven\n\nevent: text\ndata: more\n\n");
    assert_eq!(test.items().0, [text("7", "seven"), text("7", "more")], "once, and no gap");
}

#[test]
fn by_query_the_last_event_id_is_in_the_url_alone() {
    let test = Test::open(by_fetch().resume(Resume::Query("since".into())));
    test.bytes("id: 7\n\n");
    test.ends(End::Clean);
    test.passes(Duration::from_secs(1));
    let requests = test.world.requests.borrow();
    assert_eq!((&*requests[1].url, &requests[1].last_event_id), ("/events?since=7", &None));
}

#[test]
fn an_unfinished_block_is_not_dispatched_nor_carried_into_the_next_connection() {
    let test = Test::open(by_fetch());
    test.bytes("id: 9\nevent: text\ndata: half");
    test.ends(End::Broken(String::new()));
    test.passes(Duration::from_secs(1));
    test.opened();
    test.bytes("event: text\ndata: whole\n\n");
    assert_eq!(test.items().0, [Item::Gap(Gap::Unconfirmed), text("", "whole")]);
}

#[test]
fn resync_is_a_gap_in_its_place_among_the_events_of_a_piece() {
    let test = Test::open(by_fetch());
    test.bytes("event: text\ndata: a\n\nevent: resync\ndata\n\nevent: text\ndata: b\n\n");
    assert_eq!(test.items().0, [text("", "a"), Item::Gap(Gap::Resync), text("", "b")]);
}

#[test]
fn the_end_event_ends_the_stream_and_what_follows_it_is_not_read() {
    let test = Test::open(by_fetch().end_event("end"));
    assert_eq!(test.bytes("event: end\ndata\n\nevent: text\ndata: late\n\n"), "");
    assert_eq!(test.items(), (vec![], true));
    assert_eq!(test.driver.state(), State::Closed(CloseReason::Finished));
    assert_eq!(test.world.open_connections.get(), 0);
}

#[test]
fn where_there_is_no_room_the_rest_is_not_read_and_nothing_is_dropped() {
    let test = Test::open(by_fetch().queue_capacity(2));
    let block = |number: u32| format!("id: {number}\nevent: text\ndata: {number}\n\n");
    let piece: String = (1..=5).map(block).collect();
    let rest = test.bytes(&piece);
    assert_eq!(rest, block(3) + &block(4) + &block(5));
    let waker = Arc::new(CountingWaker::default());
    let task = Waker::from(Arc::clone(&waker));
    assert!(!test.has_room(&task));

    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(test.driver.poll_next(&mut cx), Poll::Ready(Some(text("1", "1"))));
    assert_eq!(waker.0.load(Ordering::Relaxed), 1, "half of it is room enough");
    assert!(test.has_room(&task));
    let rest = test.bytes(rest);
    assert_eq!(test.items().0, [text("2", "2"), text("3", "3")]);
    let rest = test.bytes(rest);
    assert_eq!((test.items().0, rest), (vec![text("4", "4"), text("5", "5")], ""));
}

#[test]
fn while_we_do_not_read_the_watchdog_sleeps() {
    let test = Test::open(by_fetch().queue_capacity(1).reconnect_after(Duration::from_secs(60)));
    let rest = test.bytes("event: text\ndata: 1\n\nevent: text\ndata: 2\n\n");
    assert!(!test.has_room(Waker::noop()));
    test.passes(Duration::from_secs(3_600));
    assert_eq!(test.driver.state(), State::Open);
    test.items();
    assert!(test.has_room(Waker::noop()));
    test.bytes(rest);
    test.passes(Duration::from_secs(60));
    assert!(matches!(test.driver.state(), State::Waiting { cause: Cause::Silent, .. }));
}

#[test]
fn a_full_hold_gives_the_connection_up_in_the_middle_of_a_piece() {
    let test = Test::open(by_fetch().queue_capacity(1));
    test.driver.hold();
    let piece = "id: 1\nevent: text\ndata: 1\n\nid: 2\nevent: text\ndata: 2\n\n";
    assert_eq!(test.bytes(piece), "", "what is left comes again");
    assert_eq!(test.driver.state(), State::Paused(PauseReason::ByCaller));
    test.driver.resume();
    assert_eq!(test.items().0, [text("1", "1")]);
    assert_eq!(test.world.requests.borrow()[1].last_event_id.as_deref(), Some("1"));
}

#[test]
fn a_hold_that_begins_without_room_gives_the_connection_up_and_loses_nothing() {
    let test = Test::open(by_fetch().queue_capacity(1));
    let piece = "id: 1\nevent: text\ndata: 1\n\nid: 2\nevent: text\ndata: 2\n\n";
    assert_ne!(test.bytes(piece), "", "the second waits to be read");
    test.driver.hold();
    assert_eq!(test.driver.state(), State::Paused(PauseReason::ByCaller));
    assert_eq!(test.world.open_connections.get(), 0);
    test.driver.resume();
    assert_eq!(test.items().0, [text("1", "1")]);
    assert_eq!(test.world.requests.borrow()[1].last_event_id.as_deref(), Some("1"));
}

#[test]
fn a_hold_that_begins_with_room_again_keeps_the_connection() {
    let test = Test::open(by_fetch().queue_capacity(2));
    let block = |number: u32| format!("id: {number}\nevent: text\ndata: {number}\n\n");
    let piece = block(1) + &block(2) + &block(3);
    assert_eq!(test.bytes(&piece), block(3));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(test.driver.poll_next(&mut cx).is_ready());
    test.driver.hold();
    assert_eq!(test.driver.state(), State::Open);
}

#[test]
fn comments_count_as_life() {
    let test = Test::open(by_fetch().stale_after(Duration::from_secs(10)));
    for _ in 0..5 {
        test.passes(Duration::from_secs(9));
        test.bytes(":\n");
    }
    assert_eq!(test.driver.state(), State::Open);
    test.passes(Duration::from_secs(10));
    assert!(matches!(test.driver.state(), State::Stale { .. }));
}

#[test]
fn the_reconnection_time_of_the_stream_is_the_least_delay() {
    let test = Test::open(by_fetch());
    test.bytes("retry: 4000\n\n");
    let state = test.ends(End::Clean);
    let retry_in = Some(Duration::from_secs(6));
    assert_eq!(state, State::Waiting { attempt: 1, retry_in, cause: Cause::Ended });
}

#[test]
fn a_clean_end_is_retried_or_finishes_as_asked_and_a_broken_one_is_lost() {
    let waits = |state: State| match state {
        State::Waiting { cause, .. } => cause,
        other => panic!("{other:?}"),
    };
    assert_eq!(waits(Test::open(by_fetch()).ends(End::Clean)), Cause::Ended);
    let finish = with(Fetch::new().on_end(OnEnd::Finish));
    assert_eq!(Test::open(finish.clone()).ends(End::Clean), State::Closed(CloseReason::Finished));
    assert_eq!(waits(Test::open(finish).ends(End::Broken("net".into()))), Cause::Lost);
}

#[test]
fn a_stream_that_finished_is_not_replayed() {
    let test = Test::open(with(Fetch::new().on_end(OnEnd::Finish)));
    test.bytes("event: text\ndata: all\n\n");
    test.ends(End::Clean);
    test.passes(Duration::from_secs(3_600));
    assert_eq!(test.items(), (vec![text("", "all")], true));
    assert_eq!(test.world.requests.borrow().len(), 1);
}

#[test]
fn status_204_finishes() {
    assert_eq!(Test::refused(by_fetch(), answer(204)).1, State::Closed(CloseReason::Finished));
}

#[test]
fn a_wrong_content_type_is_refused_and_named() {
    let (test, state) = Test::refused(by_fetch(), answer(200));
    assert_eq!(state, State::Closed(CloseReason::Refused(Cause::ContentType)));
    let error = test.driver.error().expect("an error");
    assert_eq!(error.to_string(), "no event stream: text/plain");
}

#[test]
fn a_status_is_retried_or_not_by_its_kind_and_told_with_a_piece_of_the_body() {
    for status in [408, 425, 429, 500, 502, 503, 599] {
        let (test, state) = Test::refused(by_fetch(), answer(status));
        assert!(matches!(state, State::Waiting { attempt: 1, .. }), "{status}: {state:?}");
        let error = test.driver.error().expect("an error");
        assert_eq!(error.cause(), Some(Cause::Status(status)));
        assert_eq!(
            (error.detail(), error.to_string()),
            (Some("why"), format!("status {status}: why"))
        );
    }
    for status in [201, 301, 400, 401, 403, 404, 410] {
        let refused = State::Closed(CloseReason::Refused(Cause::Status(status)));
        assert_eq!(Test::refused(by_fetch(), answer(status)).1, refused);
    }
}

#[test]
fn what_was_said_of_a_failure_is_forgotten_with_the_next() {
    let (test, _) = Test::refused(by_fetch(), answer(503));
    test.passes(Duration::from_secs(1));
    test.ends(End::Unanswered(String::new()));
    assert_eq!(test.driver.error().expect("an error").to_string(), "connection failed");

    // A failure of which nothing is said.
    let options = by_fetch().reconnect_after(Duration::from_secs(60));
    let (test, _) = Test::refused(options, answer(503));
    test.passes(Duration::from_secs(1));
    test.opened();
    test.passes(Duration::from_secs(60));
    assert_eq!(test.driver.error().expect("an error").to_string(), "connection silent");
}

#[test]
fn what_an_older_connection_says_besides_is_not_told_of_another() {
    let test = Test::open(by_fetch());
    let (old, sink) = test.connection();
    test.driver.reconnect();
    test.ends(answer(503));
    Rc::clone(&sink).ended(old, End::Broken("late".to_owned()));
    Rc::clone(&sink).opened(old, Some("/late".to_owned()));
    assert_eq!(test.driver.error().expect("an error").to_string(), "status 503: why");
    assert_eq!(test.driver.response_url(), None);
}

#[test]
fn a_callback_decides_what_follows_a_status() {
    let decide = |answer: &Answer| match (answer.status, &*answer.body) {
        (404, "why") => Decision::Retry,
        _ => Decision::Stop,
    };
    let options = with(Fetch::new().on_status(decide));
    assert!(matches!(Test::refused(options.clone(), answer(404)).1, State::Waiting { .. }));
    let refused = State::Closed(CloseReason::Refused(Cause::Status(503)));
    assert_eq!(Test::refused(options, answer(503)).1, refused);
}

#[test]
fn on_closed_stop_asks_nobody() {
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let fetch = Fetch::new().on_status(move |_| {
        count.set(count.get() + 1);
        Decision::Retry
    });
    let (_, state) = Test::refused(with(fetch).on_closed(OnClosed::Stop), answer(503));
    assert_eq!(state, State::Closed(CloseReason::Refused(Cause::Status(503))));
    assert_eq!(asked.get(), 0);
}

#[test]
fn retry_after_says_how_long_to_wait() {
    let mut end = answer(503);
    if let End::Refused(answer) = &mut end {
        answer.retry_after = Some(Duration::from_secs(90));
    }
    let (test, state) = Test::refused(by_fetch(), end);
    assert!(matches!(state, State::Waiting { retry_in: Some(it), .. } if it.as_secs() == 90));
    test.passes(Duration::from_secs(89));
    assert_eq!(test.world.requests.borrow().len(), 1);
    test.passes(Duration::from_secs(1));
    assert_eq!(test.world.requests.borrow().len(), 2);
}

#[test]
fn after_401_other_credentials_are_asked_for_once() {
    let (test, state) = Test::refused(with(with_headers()), answer(401));
    assert!(matches!(state, State::Waiting { .. }), "{state:?}");
    test.passes(Duration::from_millis(250));
    let attempts: Vec<_> = test
        .world
        .requests
        .borrow()
        .iter()
        .map(|request| (request.attempt.number, request.attempt.renew))
        .collect();
    assert_eq!(attempts, [(1, false), (2, true)]);
    let refused = State::Closed(CloseReason::Refused(Cause::Status(401)));
    assert_eq!(test.ends(answer(401)), refused);
}

#[test]
fn credentials_that_are_always_renewed_do_not_spin() {
    let fetch = with_headers().on_status(|_| Decision::RenewCredentials);
    let (test, _) = Test::refused(with(fetch).retry(Retry::new().limit(6)), answer(401));
    let mut delays = Vec::new();
    while let State::Waiting { retry_in: Some(delay), .. } = test.driver.state() {
        delays.push(delay.as_millis());
        test.passes(delay);
        test.ends(answer(401));
    }
    assert_eq!(delays, [250, 1_000, 2_000, 4_000, 8_000]);
    assert_eq!(test.driver.state(), State::Closed(CloseReason::GaveUp { attempts: 6 }));
}

#[test]
fn headers_that_can_not_be_had_are_a_failed_attempt() {
    let (test, state) = Test::refused(with(with_headers()), End::NoHeaders("logged out".into()));
    assert!(matches!(state, State::Waiting { cause: Cause::Headers, .. }));
    let error = test.driver.error().expect("an error");
    assert_eq!(error.to_string(), "no headers to send: logged out");
}

#[test]
fn an_event_that_is_too_large_closes_the_connection_and_says_which() {
    let test = Test::open(with(Fetch::new().limits(Limits::new().event(32))));
    test.bytes(
        "event: text\ndata: fits\n\nevent: text\ndata: 0123456789abcdef0123456789abcdef\n\n",
    );
    assert_eq!(test.driver.state(), State::Closed(CloseReason::Refused(Cause::TooLarge)));
    assert_eq!(test.world.open_connections.get(), 0);
    let error = test.driver.error().expect("an error").to_string();
    assert!(error.contains("32 bytes"), "{error}");
    assert_eq!(test.items(), (vec![text("", "fits")], true));
}

#[test]
fn an_event_that_is_too_large_is_skipped_by_option_and_told() {
    let limits = Limits::new().event(32).on_overflow(OnOverflow::Skip);
    let test = Test::open(with(Fetch::new().limits(limits)));
    test.bytes(
        "event: text\ndata: 0123456789abcdef0123456789abcdef\n\nevent: text\ndata: fits\n\n",
    );
    let items = test.items().0;
    assert!(matches!(&items[0], Item::Malformed(it) if it.error.is_malformed_data()), "{items:?}");
    assert_eq!(items[1..], [text("", "fits")]);
    assert_eq!(test.driver.state(), State::Open);
}

#[test]
fn a_gap_costs_no_event_its_place_in_a_full_queue() {
    let test = Test::open(by_fetch().queue_capacity(2));
    let rest = "event: text\ndata: a\n\nevent: text\ndata: b\n\nevent: text\ndata: c\n\n";
    test.bytes(rest);
    for _ in 0..2 {
        test.ends(End::Clean);
        test.passes(Duration::from_secs(30));
        test.opened();
    }
    let gap = Item::Gap(Gap::Unconfirmed);
    assert_eq!(test.items().0, [text("", "a"), text("", "b"), gap], "one gap says it");
}

type Act = fn(&Driver<Acts, Rc<Stage>>);

thread_local! {
    /// What [`Acts`] does while it is read.
    static ACT: Cell<Option<Act>> = const { Cell::new(None) };
    static ACTED_ON: RefCell<Option<Driver<Acts, Rc<Stage>>>> = const { RefCell::new(None) };
}

#[derive(Debug)]
struct Acts;

impl<'de> serde::Deserialize<'de> for Acts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?;
        if let Some(act) = ACT.take() {
            ACTED_ON.with_borrow(|driver| act(driver.as_ref().expect("there")));
        }
        Ok(Self)
    }
}

/// The states of a source whose type does this while the first of two events is read, and the items that came of it.
fn acts(act: Act) -> (State, usize) {
    let platform = Rc::<Stage>::default();
    let world = Rc::clone(&platform);
    let driver = Driver::<Acts, _>::new(platform, Typed, "/events", by_fetch());
    driver.connect().unwrap();
    ACTED_ON.set(Some(driver));
    ACT.set(Some(act));
    let (generation, sink) = {
        let requests = world.requests.borrow();
        (
            requests[0].connection.generation,
            requests[0].connection.sink.upgrade().expect("the driver lives"),
        )
    };
    Rc::clone(&sink).opened(generation, None);
    sink.bytes(generation, &mut &b"data: 1\n\ndata: 2\n\n"[..]);
    ACTED_ON.with_borrow(|driver| {
        let driver = driver.as_ref().expect("there");
        let mut items = 0;
        while driver.poll_next(&mut Context::from_waker(Waker::noop())).map(|it| it.is_some())
            == Poll::Ready(true)
        {
            items += 1;
        }
        (driver.state(), items)
    })
}

#[test]
fn a_type_that_closes_its_own_source_while_it_is_read_ends_it() {
    assert_eq!(acts(Driver::close), (State::Closed(CloseReason::ByCaller), 0));
}

#[test]
fn a_type_that_reconnects_its_own_source_while_it_is_read_supersedes_it() {
    assert_eq!(acts(Driver::reconnect), (State::Connecting { attempt: 1 }, 0));
    assert_eq!(acts(Driver::hold), (State::Open, 0));
}
