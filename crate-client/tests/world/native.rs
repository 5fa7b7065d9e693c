//! The browser's own transport.

use sse_signals::testing::World;
use sse_signals::{Cause, CloseReason, Gap, Item, OnClosed, Options, Resume, State};

use super::*;

#[test]
fn the_test_sees_what_is_asked_for() {
    let world = World::new();
    let _source = open(Options::new().with_credentials(true).end_event("end"));
    let request = world.request();
    assert_eq!((request.url(), request.with_credentials()), ("/events", true));
    assert_eq!(request.names(), ["text", "number", "ping", "resync", "end"]);
    assert_eq!(request.last_event_id(), None);
    assert!(request.is_waiting());
}

#[test]
fn what_the_test_sends_is_received_in_order() {
    let world = World::new();
    let mut source = open(Options::new());
    assert_eq!(source.state(), State::Connecting { attempt: 1 });
    let request = world.request();
    request.accept();
    assert_eq!(source.state(), State::Open);
    request.send(&text("two\nlines"));
    request.send_with_id("7", &Feed::Number(7));
    request.send(&text("the ID stays"));
    let sent =
        [item("", text("two\nlines")), item("7", Feed::Number(7)), item("7", text("the ID stays"))];
    assert_eq!(world.items(&mut source), sent);
}

#[test]
fn text_may_be_sent_in_any_pieces() {
    let world = World::new();
    let mut source = accepted(&world, Options::new());
    let request = world.request();
    for piece in [": hello\n\nevent: num", "ber\nda", "ta: 7\n", "\n"] {
        assert_eq!(world.items(&mut source), []);
        request.write(piece);
    }
    assert_eq!(world.items(&mut source), [item("", Feed::Number(7))]);
}

#[test]
fn a_connection_that_is_cut_is_made_anew_by_the_browser_and_goes_on() {
    let world = World::new();
    let mut source = accepted(&world, Options::new());
    let first = world.request();
    first.send_with_id("7", &text("seven"));
    first.write("event: text\ndata: half");
    first.cut();
    let state = State::Waiting { attempt: 1, retry_in: None, cause: Cause::Lost };
    assert_eq!(source.state(), state);
    world.advance(seconds(3) - Duration::from_nanos(1));
    assert_eq!(world.requests().len(), 1);
    world.advance(Duration::from_nanos(1));
    assert_eq!(
        (world.requests().len(), source.state()),
        (2, state),
        "the browser does not say that it tries"
    );
    assert_eq!(world.request().last_event_id(), Some("7"));
    world.request().accept();
    world.request().write("\n\n");
    world.request().send(&text("eight"));
    let items = [item("7", text("seven")), item("7", text("eight"))];
    assert_eq!(world.items(&mut source), items, "without a gap, and the half is gone");
}

#[test]
fn a_server_is_listened_to_where_it_asks_for_another_pace() {
    let world = World::new();
    let _source = accepted(&world, Options::new());
    world.request().write("retry: 10000\n\n");
    world.request().cut();
    world.advance(seconds(9));
    assert_eq!(world.requests().len(), 1);
    world.advance(seconds(1));
    assert_eq!(world.requests().len(), 2);
}

#[test]
fn a_connection_that_never_had_an_id_is_told_as_a_gap() {
    let world = World::new();
    let mut source = accepted(&world, Options::new());
    world.request().end();
    world.advance(seconds(3));
    world.request().accept();
    assert_eq!(world.items(&mut source), [Item::Gap(Gap::Unconfirmed)]);
}

#[test]
fn an_id_counts_that_comes_with_what_nobody_listens_to() {
    let world = World::new();
    let mut source = accepted(&world, Options::new());
    world.request().write("event: unheard-of\nid: 9\ndata: x\n\n");
    assert_eq!(world.items(&mut source), []);
    world.request().cut();
    world.advance(seconds(3));
    assert_eq!(world.request().last_event_id(), Some("9"));
}

#[test]
fn a_refusal_is_hidden_and_the_retry_is_ours() {
    let world = World::new();
    let source = open(Options::new().resume(Resume::Query("since".into())));
    world.request().refuse(503);
    let half_a_second = Some(Duration::from_millis(500));
    let state = State::Waiting { attempt: 1, retry_in: half_a_second, cause: Cause::Failed };
    assert_eq!(source.state(), state);
    world.set_jitter(1.0);
    world.advance(Duration::from_millis(500));
    assert_eq!(source.state(), State::Connecting { attempt: 2 });
    world.request().refuse(204);
    assert!(
        matches!(source.state(), State::Waiting { retry_in: Some(it), .. } if it == seconds(2))
    );
}

#[test]
fn a_refusal_is_for_good_where_the_program_says_so() {
    let world = World::new();
    let source = open(Options::new().on_closed(OnClosed::Stop));
    world.request().refuse(204);
    assert_eq!(source.state(), State::Closed(CloseReason::Refused(Cause::Failed)));
}

#[test]
fn without_a_server_the_browser_goes_on_trying() {
    let world = World::new();
    let source = open(Options::new());
    for attempt in 1..=3 {
        world.request().unreachable();
        assert_eq!(source.state(), State::Waiting { attempt, retry_in: None, cause: Cause::Lost });
        world.advance(seconds(3));
    }
    world.request().accept();
    assert_eq!(source.state(), State::Open);
}

#[test]
fn the_server_sees_that_the_client_closes() {
    let world = World::new();
    let source = accepted(&world, Options::new());
    let request = world.request();
    assert!(request.is_open());
    source.pause();
    assert!(request.is_closed());
    source.resume();
    assert!(world.request().is_waiting() && request.is_closed());
    drop(source);
    assert!(world.request().is_closed());
}

#[test]
fn a_browser_that_was_about_to_reconnect_does_not_once_it_is_closed() {
    let world = World::new();
    let source = accepted(&world, Options::new());
    world.request().cut();
    source.close();
    world.advance(seconds(60));
    assert_eq!(world.requests().len(), 1);
}

#[test]
fn a_subscriber_may_close_while_it_is_told() {
    let world = World::new();
    let mut source = accepted(&world, Options::new());
    world.spawn(async move {
        while let Some(item) = source.next().await {
            assert_eq!(item, super::item("", text("bye")));
            source.close();
        }
    });
    world.request().write("event: text\ndata: bye\n\n");
    assert!(world.request().is_closed());
}

#[test]
#[should_panic(expected = "can't send: the request for /events has no answer yet")]
fn nothing_can_be_sent_before_the_request_is_accepted() {
    let world = World::new();
    let _source = open(Options::new());
    world.request().send(&text("early"));
}

#[test]
#[should_panic(expected = "can't send: the request for /events was closed by the client")]
fn nothing_can_be_sent_to_a_client_that_has_closed() {
    let world = World::new();
    let source = accepted(&world, Options::new());
    source.close();
    world.request().send(&text("late"));
}

#[test]
#[should_panic(expected = "can't accept: the request for /events is over")]
fn a_request_is_answered_once() {
    let world = World::new();
    let _source = accepted(&world, Options::new());
    let request = world.request();
    request.cut();
    request.accept();
}

#[cfg(feature = "tabs")]
#[test]
fn subscriptions_that_share_make_one_request_and_each_gets_every_event() {
    let world = World::new();
    let options = || Options::new().share(sse_signals::Share::Page);
    let mut sources = [open(options()), open(options())];
    assert_eq!(world.requests().len(), 1);
    world.request().accept();
    world.request().send_with_id("7", &text("seven"));
    for source in &mut sources {
        assert_eq!(world.items(source), [item("7", text("seven"))]);
    }
    drop(sources);
    assert!(world.request().is_closed());
}
