//! What is left behind: nothing.

use std::time::Duration;

use sse_signals::{EventSource, Fetch, Options, Retry, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::counters;
use crate::support::feed::{manual, next_event, until, until_by};
use crate::support::page::turn;
use crate::support::server::{Key, Server};
use crate::support::transport::{Transport, over_both_transports};
use crate::support::wait::within;

over_both_transports! {
    event_sources_that_are_dropped_leave_nothing_behind
    event_sources_that_are_dropped_in_the_middle_of_an_event_leave_nothing_behind
    event_sources_that_are_dropped_before_the_answer_leave_nothing_behind
    connections_that_were_refused_leave_nothing_behind
    many_reconnects_with_many_events_take_no_more_memory_than_few
}

/// What is counted: timers, listeners, and JavaScript values held by wasm, closures among them.
fn held() -> (usize, usize, u32) {
    (counters::timers(), counters::listeners(), counters::values())
}

/// Nothing more than before, once the browser has told the end of what was given up.
async fn assert_held(before: (usize, usize, u32)) {
    for _ in 0..10_000 {
        if held() == before {
            return;
        }
        turn().await;
    }
    assert_eq!(held(), before, "timers, listeners, JavaScript values");
}

/// With a timer that is set as long as it is open.
fn watched(transport: Transport) -> Options {
    transport.resuming().stale_after(Duration::from_secs(3_600))
}

/// Does it once, and then forty times, which leaves no more behind than the once.
async fn assert_leaves_nothing(mut round: impl AsyncFnMut()) {
    let _ = held();
    for _ in 0..3 {
        round().await;
    }
    settle().await;
    let before = held();
    for _ in 0..40 {
        round().await;
    }
    assert_held(before).await;
}

/// Lets everything come to its end that needs no more than that.
async fn settle() {
    for _ in 0..1_000 {
        turn().await;
    }
}

async fn event_sources_that_are_dropped_leave_nothing_behind(server: Server, transport: Transport) {
    let key = server.key("drops");
    let url = key.url("fault=manual");
    assert_leaves_nothing(async || {
        let source = EventSource::<String>::open(&url, watched(transport)).expect("a URL");
        until(&source, "the stream", |state| *state == State::Open).await;
    })
    .await;
    key.until_open(0).await;
    assert_eq!(key.requests().await, 43);
}

async fn event_sources_that_are_dropped_in_the_middle_of_an_event_leave_nothing_behind(
    server: Server,
    transport: Transport,
) {
    let key = server.key("middle");
    // Its first 100 bytes end in the middle of an event, and the others take their time.
    let url = key.url("topics=quotes&recent=1&chunk=100&trickle=10000");
    assert_leaves_nothing(async || {
        let source = EventSource::<String>::open(&url, watched(transport)).expect("a URL");
        until(&source, "the stream", |state| *state == State::Open).await;
    })
    .await;
    key.until_open(0).await;
}

async fn event_sources_that_are_dropped_before_the_answer_leave_nothing_behind(
    server: Server,
    transport: Transport,
) {
    let key = server.key("early");
    let round = async |url: &str| {
        let source = EventSource::<String>::open(url, watched(transport)).expect("a URL");
        turn().await;
        drop(source);
    };
    round(&key.url("fault=manual")).await;
    key.until_open(0).await;
    // By a port of their own: Chromium keeps a connection for 5 s whose answer is not wanted any more, in case that it comes
    // to an end, and has no more than six to a port. So whoever comes next would wait.
    let port = Server::port().await;
    let url = key.url_at(&port.address(), "fault=manual");
    assert_leaves_nothing(async || round(&url).await).await;
    port.close().await;
}

async fn connections_that_were_refused_leave_nothing_behind(server: Server, transport: Transport) {
    let key = server.key("refused");
    let url = key.url("fault=status&code=503&body=5000");
    assert_leaves_nothing(async || {
        let source = EventSource::<String>::open(&url, watched(transport)).expect("a URL");
        until(&source, "the refusal", |state| matches!(state, State::Waiting { .. })).await;
    })
    .await;
    assert_eq!(key.requests().await, 43);
}

#[wasm_bindgen_test]
async fn event_sources_that_are_dropped_while_a_refusal_is_read_leave_nothing_behind() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("refusal");
    let url = key.url("fault=status&code=503&body=5&body-open=1");
    let mut requests = 0;
    assert_leaves_nothing(async || {
        let source = EventSource::<String>::open(&url, watched(Transport::Fetch)).expect("a URL");
        requests += 1;
        within("the request", async { while key.requests().await < requests {} }).await;
        assert_eq!(source.state(), State::Connecting { attempt: 1 });
    })
    .await;
}

#[wasm_bindgen_test]
async fn event_sources_that_are_dropped_while_headers_are_asked_for_leave_nothing_behind() {
    assert_leaves_nothing(async || {
        let fetch = Fetch::new().headers_with(async |_| {
            // A promise of the browser's that is kept too late.
            gloo_timers::future::TimeoutFuture::new(3_600_000).await;
            Ok::<[(String, String); 0], String>([])
        });
        let options = Options::new().fetch(fetch);
        let source = EventSource::<String>::open("/events", options).expect("the request is good");
        turn().await;
        drop(source);
    })
    .await;
}

/// Reads so many events, and connects anew.
async fn read_and_reconnect(source: &mut EventSource<String>, key: &Key, by_caller: bool) {
    const EVENTS: usize = 300;
    let line = "数".repeat(30);
    let text: String = (0..EVENTS).map(|id| format!("id: {id}\ndata: {line}\n\n")).collect();
    key.until_open(1).await;
    key.send(&text).await;
    for _ in 0..EVENTS {
        assert_eq!(next_event(source).await.data, line);
    }
    if by_caller {
        source.reconnect();
    } else {
        until_by(key.end(), source, "the end", |state| matches!(state, State::Waiting { .. }))
            .await;
    }
    until(source, "the stream again", |state| *state == State::Open).await;
}

async fn many_reconnects_with_many_events_take_no_more_memory_than_few(
    server: Server,
    transport: Transport,
) {
    let key = server.key("memory");
    // Of the delays only the one that the server asks for is left.
    let retry = Retry::new().base(Duration::ZERO).floor(Duration::ZERO).cap(Duration::ZERO);
    let options = watched(transport).retry(retry);
    let mut source = manual::<String>(&key, options).await;
    let _ = held();
    for round in 0..10 {
        read_and_reconnect(&mut source, &key, round % 5 != 0).await;
    }
    settle().await;
    let (before, bytes) = (held(), counters::memory());
    for round in 0..20 {
        read_and_reconnect(&mut source, &key, round % 5 != 0).await;
    }
    assert_held(before).await;
    // Pieces of a body are as large as they happen to come: it may still grow by one of them, in pages of 64 KiB. What is
    // read twice as often as before takes ten times that.
    let grown = counters::memory() - bytes;
    assert!(grown <= 2 * 65_536, "{grown} bytes more than {bytes}");
}
