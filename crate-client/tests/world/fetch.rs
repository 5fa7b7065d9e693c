//! The fetch transport.

use sse_signals::testing::{Refusal, World};
use sse_signals::{Cause, CloseReason, Fetch, Gap, Item, OnEnd, Options, State};

use super::*;

fn by_fetch() -> Options {
    Options::new().fetch(Fetch::new())
}

#[test]
fn the_test_sees_the_whole_request() {
    let world = World::new();
    let fetch = Fetch::new()
        .method("POST")
        .header("X-Client", "ticker")
        .header("Authorization", "old")
        .body("{}")
        .headers_with(async |attempt| {
            let token = format!("{} {}", attempt.number, attempt.renew);
            Ok::<_, String>([("authorization", token)])
        });
    let _source = open(Options::new().fetch(fetch));
    let request = world.request();
    assert_eq!((request.method(), request.body()), ("POST", Some(&b"{}"[..])));
    assert_eq!((request.header("x-client"), request.header("Accept")), (Some("ticker"), None));
    assert_eq!(request.header("Authorization"), Some("1 false"));
    request.refuse(401);
    world.advance(Duration::from_millis(250));
    assert_eq!(world.request().header("Authorization"), Some("2 true"));
    assert!(world.request().attempt().renew);
}

#[test]
fn headers_that_can_not_be_had_are_a_failed_attempt_without_a_request() {
    let world = World::new();
    let fetch = Fetch::new().headers_with(async |_| Err::<[(String, String); 0], _>("no token"));
    let source = open(Options::new().fetch(fetch));
    assert!(world.requests().is_empty());
    assert!(matches!(source.state(), State::Waiting { cause: Cause::Headers, .. }));
}

#[test]
fn a_source_that_is_closed_does_not_wait_for_its_headers() {
    let world = World::new();
    let fetch = Fetch::new().headers_with(async |_| {
        std::future::pending::<()>().await;
        Ok::<[(String, String); 0], String>([])
    });
    let source = open(Options::new().fetch(fetch));
    world.settle();
    source.close();
    assert!(world.requests().is_empty());
}

#[test]
fn a_get_with_a_body_can_not_be_asked_for() {
    let _world = World::new();
    let opened = EventSource::<Feed>::open("/", Options::new().fetch(Fetch::new().body("{}")));
    assert!(opened.is_err_and(|error| error.is_invalid_request()));
}

#[test]
fn a_refusal_is_told_with_what_the_server_said() {
    let world = World::new();
    let source = open(by_fetch());
    let busy = Refusal::new(503).body("come back at noon").retry_after(seconds(60));
    world.request().refuse(busy);
    let state =
        State::Waiting { attempt: 1, retry_in: Some(seconds(60)), cause: Cause::Status(503) };
    assert_eq!(source.state(), state);
    assert_eq!(source.error().expect("it tells").to_string(), "status 503: come back at noon");
    world.advance(seconds(60));
    world.request().refuse(Refusal::new(200).content_type("text/html"));
    assert_eq!(source.state(), State::Closed(CloseReason::Refused(Cause::ContentType)));
}

#[test]
fn a_cut_a_clean_end_and_a_server_that_is_not_reached_are_told_apart() {
    let world = World::new();
    let mut source = accepted(&world, by_fetch());
    let cause = |source: &EventSource<Feed>| source.error().and_then(|error| error.cause());
    world.request().send_with_id("7", &text("seven"));
    world.request().cut();
    assert_eq!(cause(&source), Some(Cause::Lost));
    world.advance(seconds(1));
    assert_eq!(world.request().last_event_id(), Some("7"));
    world.request().unreachable();
    assert_eq!(cause(&source), Some(Cause::Failed));
    world.advance(seconds(2));
    world.request().accept();
    world.request().send(&text("eight"));
    world.request().end();
    assert_eq!(cause(&source), Some(Cause::Ended));
    assert_eq!(world.items(&mut source), [item("7", text("seven")), item("7", text("eight"))]);
}

#[test]
fn a_clean_end_may_be_the_end() {
    let world = World::new();
    let source = accepted(&world, Options::new().fetch(Fetch::new().on_end(OnEnd::Finish)));
    assert_eq!(source.response_url().as_deref(), Some("/events"));
    world.request().end();
    assert_eq!(source.state(), State::Closed(CloseReason::Finished));
}

#[test]
fn what_there_is_no_room_for_is_read_later_and_in_order() {
    let world = World::new();
    let mut source = accepted(&world, by_fetch().queue_capacity(4));
    for number in 0..20 {
        world.request().send(&Feed::Number(number));
    }
    world.request().end();
    assert_eq!(source.state(), State::Open, "the end has not been read");
    let numbers: Vec<_> = (0..20).map(|number| item("", Feed::Number(number))).collect();
    assert_eq!(world.items(&mut source), numbers);
    assert!(matches!(source.state(), State::Waiting { cause: Cause::Ended, .. }));
    world.advance(seconds(1));
    world.request().accept();
    assert_eq!(world.items(&mut source), [Item::Gap(Gap::Unconfirmed)]);
}
