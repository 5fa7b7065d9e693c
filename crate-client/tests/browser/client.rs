//! `EventSource` for plain wasm: items and states that are the same over both transports. What differs is in
//! `differences.rs`.

use std::time::Duration;

use serde::Deserialize;
use sse_signals::{Cause, CloseReason, EventSource, Gap, Item, Resume, Retry, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::counters;
use crate::support::feed::{Reader, manual, next, next_event, until, until_by};
use crate::support::page::Replaced;
use crate::support::server::Server;
use crate::support::transport::{Transport, over_both_transports};
use crate::support::wait::within;

over_both_transports! {
    a_bad_url_is_an_error_and_no_panic
    each_variant_gets_its_own_named_events
    two_events_in_one_tick_are_both_delivered
    the_last_id_stands_on_events_without_one
    events_named_open_and_error_are_told_from_the_connections_own
    malformed_data_does_not_end_the_stream
    the_end_event_finishes_and_nobody_comes_back
    a_cursor_of_another_epoch_is_answered_by_resync_and_delivered_as_a_gap
    a_silent_connection_is_stale_and_then_opened_anew_from_the_cursor
    an_id_is_in_the_url_as_it_was
    another_connection_takes_the_place_of_the_first
    drop_closes_the_connection_at_the_server
    close_before_the_answer_is_heard_of_nowhere
    close_during_a_wait_cancels_the_timer
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Event {
    #[serde(rename = "message")]
    Unnamed(String),
    Text(String),
    Price {
        last: u32,
    },
    Tick,
    Open(String),
    Error(String),
}

async fn next_data(source: &mut EventSource<Event>) -> Event {
    next_event(source).await.data
}

async fn a_bad_url_is_an_error_and_no_panic(_: Server, transport: Transport) {
    let error = EventSource::<String>::open("http://[", transport.options()).unwrap_err();
    assert!(error.is_invalid_url(), "{error}");
    assert!(error.to_string().contains("http://["), "{error}");
}

#[wasm_bindgen_test]
fn a_browser_without_the_transport_is_told_from_a_bad_url() {
    for transport in [Transport::Native, Transport::Fetch] {
        let name = transport.choose("EventSource", "fetch");
        let absent = Replaced::value("globalThis", name, "undefined");
        let opened = EventSource::<String>::open("/events", transport.options());
        assert!(opened.is_err_and(|error| error.is_unsupported()), "{transport:?}");
        assert_eq!(sse_signals::is_supported(), transport == Transport::Fetch);
        drop(absent);
        assert!(sse_signals::is_supported());
    }
}

async fn each_variant_gets_its_own_named_events(server: Server, transport: Transport) {
    let key = server.key("variants");
    let mut source = manual(&key, transport.options()).await;
    key.send(
        "data: 新闻\ndata: 第二行\n\nevent: text\ndata:\n\nevent: price\ndata: {\"last\":7}\n\n\
         event: unheard-of\ndata: x\n\nevent: tick\ndata\n\nevent: text\ndata: last\n\n",
    )
    .await;
    assert_eq!(next_data(&mut source).await, Event::Unnamed("新闻\n第二行".to_owned()));
    assert_eq!(next_data(&mut source).await, Event::Text(String::new()));
    assert_eq!(next_data(&mut source).await, Event::Price { last: 7 });
    assert_eq!(next_data(&mut source).await, Event::Tick);
    assert_eq!(next_data(&mut source).await, Event::Text("last".to_owned()));
}

async fn two_events_in_one_tick_are_both_delivered(server: Server, transport: Transport) {
    let key = server.key("tick");
    let mut source = manual::<String>(&key, transport.options()).await;
    key.send("id: 1\ndata: one\n\nid: 2\ndata: two\n\n").await;
    for (id, data) in [("1", "one"), ("2", "two")] {
        let event = next_event(&mut source).await;
        assert_eq!((event.id(), &*event.data), (id, data));
    }
}

async fn the_last_id_stands_on_events_without_one(server: Server, transport: Transport) {
    let key = server.key("ids");
    let mut source = manual::<String>(&key, transport.options()).await;
    key.send("data: a\n\nid: 7\ndata: b\n\ndata: c\n\nid\ndata: d\n\n").await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(next_event(&mut source).await.id().to_owned());
    }
    assert_eq!(ids, ["", "7", "7", ""]);
}

async fn events_named_open_and_error_are_told_from_the_connections_own(
    server: Server,
    transport: Transport,
) {
    let key = server.key("names");
    let mut source = manual(&key, transport.options()).await;
    key.send("event: error\ndata: disk full\n\nevent: open\ndata: the market\n\n").await;
    assert_eq!(next_data(&mut source).await, Event::Error("disk full".to_owned()));
    assert_eq!(next_data(&mut source).await, Event::Open("the market".to_owned()));
    assert_eq!(source.state(), State::Open);

    until_by(key.cut(), &source, "the loss", |state| {
        matches!(state, State::Waiting { attempt: 1, .. })
    })
    .await;
    until(&source, "the stream again", |state| *state == State::Open).await;
    assert_eq!(next(&mut source).await, Item::Gap(Gap::Unconfirmed), "and no event came of it");
}

async fn malformed_data_does_not_end_the_stream(server: Server, transport: Transport) {
    let key = server.key("malformed");
    let mut source = manual::<Event>(&key, transport.options()).await;
    key.send("event: price\ndata: {\"last\":\n\nevent: price\ndata: {\"last\":8}\n\n").await;
    let Item::Malformed(malformed) = next(&mut source).await else { panic!("malformed") };
    assert_eq!((&*malformed.name, &*malformed.data), ("price", "{\"last\":"));
    assert_eq!(next_data(&mut source).await, Event::Price { last: 8 });
}

async fn the_end_event_finishes_and_nobody_comes_back(server: Server, transport: Transport) {
    let key = server.key("finish");
    let mut source = manual::<String>(&key, transport.options().end_event("done")).await;
    key.send("data: last\n\nevent: done\ndata\n\ndata: too late\n\n").await;
    assert_eq!(next_event(&mut source).await.data, "last");
    assert_eq!(within("the end", source.next()).await, None);
    assert_eq!(source.state(), State::Closed(CloseReason::Finished));
    key.until_open(0).await;
    assert_eq!(key.requests().await, 1);
}

async fn a_cursor_of_another_epoch_is_answered_by_resync_and_delivered_as_a_gap(
    server: Server,
    transport: Transport,
) {
    let key = server.key("resync");
    let url = key.url("topics=quotes&lastEventId=elsewhere-1");
    let mut reader = Reader::open(&url, transport.options());
    reader.read(1).await;
    assert_eq!(reader.gaps, [Gap::Resync]);
}

async fn a_silent_connection_is_stale_and_then_opened_anew_from_the_cursor(
    server: Server,
    transport: Transport,
) {
    let key = server.key("stall");
    let options = transport
        .resuming()
        .stale_after(Duration::from_millis(700))
        .reconnect_after(Duration::from_millis(1_500))
        .retry(Retry::new().base(Duration::ZERO).cap(Duration::ZERO));
    let url = key.url("topics=quotes&retry=100&fault=stall&after=5&times=1");
    let mut reader = Reader::open(&url, options);
    reader.read(5).await;
    reader.until("silence", |state| matches!(state, State::Stale { .. })).await;
    reader
        .until("the watchdog", |state| matches!(state, State::Waiting { cause: Cause::Silent, .. }))
        .await;
    reader.goes_on().await;
    // The stalled connection itself is gone.
    key.until_open(1).await;
}

async fn an_id_is_in_the_url_as_it_was(server: Server, transport: Transport) {
    let key = server.key("in-the-url");
    let options = transport.options().resume(Resume::Query("lastEventId".into()));
    let mut source = manual::<String>(&key, options).await;
    for id in ["7 + 1/2 & %41?", "编号-7#é"] {
        key.until_open(1).await;
        key.send(&format!("id: {id}\ndata\n\n")).await;
        assert_eq!(next_event(&mut source).await.id(), id);
        source.reconnect();
        until(&source, "the stream again", |state| *state == State::Open).await;
        assert_eq!(key.last_cursor().await, (None, Some(id.to_owned())));
    }
}

async fn another_connection_takes_the_place_of_the_first(server: Server, transport: Transport) {
    let key = server.key("again");
    let mut reader = Reader::open(&key.url("topics=quotes"), transport.resuming());
    for _ in 0..3 {
        // What it reads may have come over the one before.
        reader.until("the stream", |state| *state == State::Open).await;
        reader.read(5).await;
        reader.source.reconnect();
        assert_eq!(reader.source.state(), State::Connecting { attempt: 1 });
    }
    reader.goes_on().await;
    key.until_open(1).await;
    assert_eq!(key.requests().await, 4);
}

async fn drop_closes_the_connection_at_the_server(server: Server, transport: Transport) {
    let key = server.key("drop");
    let source = manual::<String>(&key, transport.options()).await;
    key.until_open(1).await;
    drop(source);
    key.until_open(0).await;
    assert_eq!(key.requests().await, 1);
}

async fn close_before_the_answer_is_heard_of_nowhere(server: Server, transport: Transport) {
    let key = server.key("early");
    let mut source =
        EventSource::<String>::open(&key.url("fault=manual"), transport.options()).expect("a URL");
    source.close();
    assert_eq!(within("the end", source.next()).await, None);
    key.until_open(0).await;
    // Another connection of the same source is not mistaken for it.
    source.reconnect();
    until(&source, "the stream", |state| *state == State::Open).await;
    key.send("data: hello\n\n").await;
    assert_eq!(next_event(&mut source).await.data, "hello");
    assert_eq!(source.state(), State::Open);
}

async fn close_during_a_wait_cancels_the_timer(server: Server, transport: Transport) {
    let key = server.key("close");
    counters::until_no_timer().await;
    let url = key.url("fault=status&code=503");
    let source = EventSource::<String>::open(&url, transport.options()).expect("a URL");
    until(&source, "the wait", |state| matches!(state, State::Waiting { retry_in: Some(_), .. }))
        .await;
    assert_eq!(counters::timers(), 1);
    source.close();
    assert_eq!(counters::timers(), 0);
    assert_eq!(source.state(), State::Closed(CloseReason::ByCaller));
}

#[wasm_bindgen_test]
fn numbers_of_every_size_are_read_to_the_last_bit() {
    let long = format!("0.{}7", "123456789".repeat(4));
    let numbers = [
        "5e-324",
        "1.7976931348623157e308",
        "9007199254740993e30",
        "-2.2250738585072011e-308",
        &long,
    ];
    for text in numbers {
        let read = sse_signals::schema::decode::<f64>("message", text).expect("a number");
        let exact: f64 = text.parse().expect("a number");
        assert_eq!(read.to_bits(), exact.to_bits(), "{text}");
    }
    let error = sse_signals::schema::decode::<f64>("message", "1e309").unwrap_err();
    assert!(error.to_string().contains("out of range"), "{error}");
}
