//! `EventSource` for plain wasm.

use std::time::Duration;

use serde::Deserialize;
use sse_signals::{Cause, CloseReason, EventSource, Gap, Item, Options, Resume, Retry, State};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::counters;
use crate::support::feed::{Reader, until};
use crate::support::server::{Key, Server};
use crate::support::wait::within;

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

/// A stream that carries only what the test sends.
async fn manual<T>(key: &Key, options: Options) -> EventSource<T>
where
    T: serde::de::DeserializeOwned + 'static,
{
    let source =
        EventSource::open(&key.url("fault=manual&retry=100"), options).expect("the URL is good");
    until(&source, "the stream", |state| *state == State::Open).await;
    source
}

async fn next<T: serde::de::DeserializeOwned + 'static>(source: &mut EventSource<T>) -> Item<T> {
    within("an item", source.next()).await.expect("the stream goes on")
}

async fn next_data(source: &mut EventSource<Event>) -> Event {
    match next(source).await {
        Item::Event(event) => event.data,
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
fn a_bad_url_is_an_error_and_no_panic() {
    let error = EventSource::<String>::open("http://[", Options::new()).unwrap_err();
    assert!(error.is_invalid_url(), "{error}");
    assert!(error.to_string().contains("http://["), "{error}");
}

#[wasm_bindgen_test]
fn a_browser_without_event_source_is_told_from_a_bad_url() {
    let (global, name) = (js_sys::global(), JsValue::from_str("EventSource"));
    let constructor = js_sys::Reflect::get(&global, &name).expect("a constructor");
    js_sys::Reflect::delete_property(&global, &name).expect("it can be taken away");
    let (supported, opened) =
        (sse_signals::is_supported(), EventSource::<String>::open("/events", Options::new()));
    js_sys::Reflect::set(&global, &name, &constructor).expect("and put back");
    assert!(!supported);
    assert!(opened.is_err_and(|error| error.is_unsupported()));
    assert!(sse_signals::is_supported());
}

#[wasm_bindgen_test]
async fn each_variant_gets_its_own_named_events() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("variants");
    let mut source = manual(&key, Options::new()).await;
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

#[wasm_bindgen_test]
async fn two_events_in_one_tick_are_both_delivered() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("tick");
    let mut source = manual::<String>(&key, Options::new()).await;
    key.send("id: 1\ndata: one\n\nid: 2\ndata: two\n\n").await;
    let mut received = Vec::new();
    for _ in 0..2 {
        let Item::Event(event) = next(&mut source).await else { panic!("an event") };
        received.push((event.id, event.data));
    }
    let expected = [("1", "one"), ("2", "two")].map(|(id, data)| (id.to_owned(), data.to_owned()));
    assert_eq!(received, expected);
}

#[wasm_bindgen_test]
async fn the_browser_repeats_the_last_id_on_events_without_one() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("ids");
    let mut source = manual::<String>(&key, Options::new()).await;
    key.send("data: a\n\nid: 7\ndata: b\n\ndata: c\n\nid\ndata: d\n\n").await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        let Item::Event(event) = next(&mut source).await else { panic!("an event") };
        ids.push(event.id);
    }
    assert_eq!(ids, ["", "7", "7", ""]);
}

#[wasm_bindgen_test]
async fn events_named_open_and_error_are_told_from_the_connections_own() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("names");
    let mut source = manual(&key, Options::new()).await;
    key.send("event: error\ndata: disk full\n\nevent: open\ndata: the market\n\n").await;
    assert_eq!(next_data(&mut source).await, Event::Error("disk full".to_owned()));
    assert_eq!(next_data(&mut source).await, Event::Open("the market".to_owned()));
    assert_eq!(source.state(), State::Open);

    key.cut().await;
    until(&source, "the loss", |state| matches!(state, State::Waiting { attempt: 1, .. })).await;
    until(&source, "the stream again", |state| *state == State::Open).await;
    assert_eq!(next(&mut source).await, Item::Gap(Gap::Unconfirmed), "and no event came of it");
}

#[wasm_bindgen_test]
async fn malformed_data_does_not_end_the_stream() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("malformed");
    let mut source = manual::<Event>(&key, Options::new()).await;
    key.send("event: price\ndata: {\"last\":\n\nevent: price\ndata: {\"last\":8}\n\n").await;
    let Item::Malformed(malformed) = next(&mut source).await else { panic!("malformed") };
    assert_eq!((&*malformed.name, &*malformed.data), ("price", "{\"last\":"));
    assert_eq!(next_data(&mut source).await, Event::Price { last: 8 });
}

#[wasm_bindgen_test]
async fn a_slow_reader_is_told_how_much_it_missed() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("lagged");
    let mut source = manual::<String>(&key, Options::new().queue_capacity(1)).await;
    key.send("data: 1\n\ndata: 2\n\ndata: 3\n\nevent: ping\ndata\n\n").await;
    // The end is seen before the reader reads.
    key.cut().await;
    until(&source, "the loss", |state| matches!(state, State::Waiting { .. })).await;
    assert_eq!(next(&mut source).await, Item::Lagged(2));
    let Item::Event(event) = next(&mut source).await else { panic!("an event") };
    assert_eq!(event.data, "3");
}

#[wasm_bindgen_test]
async fn the_end_event_finishes_and_the_browser_does_not_come_back() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("finish");
    let mut source = manual::<String>(&key, Options::new().end_event("done")).await;
    key.send("data: last\n\nevent: done\ndata\n\n").await;
    assert!(matches!(next(&mut source).await, Item::Event(event) if event.data == "last"));
    assert_eq!(within("the end", source.next()).await, None);
    assert_eq!(source.state(), State::Closed(CloseReason::Finished));
    key.until_open(0).await;
    assert_eq!(key.requests().await, 1);
}

#[wasm_bindgen_test]
async fn a_cursor_of_another_epoch_is_answered_by_resync_and_delivered_as_a_gap() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("resync");
    let mut reader =
        Reader::open(&key.url("topics=quotes&lastEventId=elsewhere-1"), Options::new());
    reader.read(1).await;
    assert_eq!(reader.gaps, [Gap::Resync]);
}

#[wasm_bindgen_test]
async fn a_hand_over_without_resume_is_a_gap() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("gap");
    let retry = Retry::new().base(Duration::ZERO);
    let mut reader = Reader::open(
        &key.url("topics=quotes&retry=100&fault=status&code=503&from=2&times=1"),
        Options::new().retry(retry),
    );
    reader.read(3).await;
    key.cut().await;
    reader
        .until("the failure", |state| matches!(state, State::Waiting { cause: Cause::Failed, .. }))
        .await;
    reader.until("the stream again", |state| *state == State::Open).await;
    within("the gap", async {
        while reader.gaps.is_empty() {
            reader.read(1).await;
        }
    })
    .await;
    assert_eq!(reader.gaps, [Gap::Unconfirmed]);
    assert_eq!(key.last_cursor().await, (None, None), "the URL is not touched");
}

#[wasm_bindgen_test]
async fn a_silent_connection_is_stale_and_then_opened_anew_from_the_cursor() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("stall");
    let options = Options::new()
        .resume(Resume::Query("lastEventId".into()))
        .stale_after(Duration::from_millis(700))
        .reconnect_after(Duration::from_millis(1_500));
    let mut reader = Reader::open(&key.url("topics=quotes&fault=stall&after=5&times=1"), options);
    reader.read(5).await;
    reader.until("silence", |state| matches!(state, State::Stale { .. })).await;
    reader
        .until("the watchdog", |state| matches!(state, State::Waiting { cause: Cause::Silent, .. }))
        .await;
    reader.read(20).await;
    reader.assert_consecutive();
    assert_eq!(reader.gaps, []);
    // The stalled connection itself is gone.
    key.until_open(1).await;
}

#[wasm_bindgen_test]
async fn pause_gives_the_connection_up_and_resume_goes_on_from_the_cursor() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("pause");
    let options = Options::new().resume(Resume::Query("lastEventId".into()));
    let mut reader = Reader::open(&key.url("topics=quotes"), options);
    reader.read(5).await;
    reader.source.pause();
    key.until_open(0).await;
    reader.source.resume();
    reader.read(20).await;
    reader.assert_consecutive();
    assert_eq!(reader.gaps, []);
}

#[wasm_bindgen_test]
async fn drop_closes_the_connection_at_the_server() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("drop");
    let source = manual::<String>(&key, Options::new()).await;
    key.until_open(1).await;
    drop(source);
    key.until_open(0).await;
    assert_eq!(key.requests().await, 1);
}

#[wasm_bindgen_test]
async fn close_during_a_wait_cancels_the_timer() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("close");
    let source = EventSource::<String>::open(&key.url("fault=status&code=503"), Options::new())
        .expect("a URL");
    // Before the wait: it starts the counting, and the test's own deadline timer is not set.
    let timers = counters::timers();
    until(&source, "the wait", |state| matches!(state, State::Waiting { retry_in: Some(_), .. }))
        .await;
    assert_eq!(counters::timers(), timers + 1);
    source.close();
    assert_eq!(counters::timers(), timers);
    assert_eq!(source.state(), State::Closed(CloseReason::ByCaller));
}

#[wasm_bindgen_test]
async fn event_sources_that_are_dropped_leave_nothing_behind() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("drops");
    let url = key.url("fault=manual");
    let options = Options::new().stale_after(Duration::from_secs(3_600));
    let open = async || {
        let source = EventSource::<Event>::open(&url, options.clone()).expect("the URL is good");
        until(&source, "the stream", |state| *state == State::Open).await;
    };
    let _ = counters::timers();
    open().await;
    let (timers, values) = (counters::timers(), counters::values());
    for _ in 0..100 {
        open().await;
    }
    assert_eq!((counters::timers(), counters::values()), (timers, values));
    key.until_open(0).await;
    assert_eq!(key.requests().await, 101);
}
