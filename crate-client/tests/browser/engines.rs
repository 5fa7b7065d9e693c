//! Where the engines' own `EventSource`s differ: one test a row of the table in ARCHITECTURE.md, each over fetch too.
//! What a subscriber gets is the same in all.

use std::time::Duration;

use sse_signals::{Cause, CloseReason, Event, EventSource, Item, OnClosed, Options, Retry, State};
use wasm_bindgen::JsValue;

use crate::support::feed::{Reader, manual, next_event, until, until_by};
use crate::support::page::{is_firefox, is_webkit};
use crate::support::server::{Key, Server};
use crate::support::transport::{Transport, over_both_transports};
use crate::support::wait::within;

over_both_transports! {
    a_stream_that_the_server_ends_is_reopened_with_last_event_id
    a_stream_cut_inside_an_event_is_reopened_with_last_event_id
    a_port_that_refuses_and_is_back_loses_nothing_in_any_engine
    a_first_connect_that_is_refused_comes_up_later_in_any_engine
    a_socket_killed_at_each_retry_loses_nothing_in_any_engine
    a_reconnect_that_gets_503_is_retried_by_us
    a_server_that_asks_for_no_delay_and_ends_at_once_does_not_make_it_spin
    on_closed_stop_leaves_it_at_the_first_failure
    an_id_in_a_block_without_data_counts_but_not_natively_in_firefox
    an_id_comes_back_as_it_was_but_not_by_fetchs_header_in_webkit
    a_blob_url_is_a_stream_without_a_server_but_not_natively_in_firefox
}

fn options(transport: Transport) -> Options {
    // The tests ask the browsers for quick tries, and want to see them.
    let retry = Retry::new()
        .base(Duration::from_millis(200))
        .cap(Duration::from_secs(1))
        .floor(Duration::ZERO);
    transport.resuming().retry(retry)
}

async fn it_is_reopened_with_last_event_id(key: &Key, fault: &str, transport: Transport) {
    let url = key.url(&format!("topics=quotes&retry=100&fault={fault}&after=5&times=1"));
    let mut reader = Reader::open(&url, options(transport));
    reader.read(5).await;
    reader.until("the retry", |state| matches!(state, State::Waiting { attempt: 1, .. })).await;
    reader.goes_on().await;
    let (header, query) = key.last_cursor().await;
    assert!(header.is_some(), "Last-Event-ID");
    assert_eq!(query, None, "the URL is as it was");
    assert_eq!(key.requests().await, 2);
}

async fn a_stream_that_the_server_ends_is_reopened_with_last_event_id(
    server: Server,
    transport: Transport,
) {
    it_is_reopened_with_last_event_id(&server.key("end"), "end", transport).await;
}

async fn a_stream_cut_inside_an_event_is_reopened_with_last_event_id(
    server: Server,
    transport: Transport,
) {
    it_is_reopened_with_last_event_id(&server.key("cut-inside"), "cut-inside", transport).await;
}

async fn a_port_that_refuses_and_is_back_loses_nothing_in_any_engine(
    server: Server,
    transport: Transport,
) {
    let (key, port) = (server.key("refuse"), Server::port().await);
    let url = key.url_at(&port.address(), "topics=quotes&retry=100");
    let mut reader = Reader::open(&url, options(transport));
    reader.read(5).await;
    port.set("refuse").await;
    let states = reader
        .until("a third failed attempt", |state| {
            matches!(state, State::Waiting { attempt: 3.., .. })
        })
        .await;
    let Some(State::Waiting { retry_in, cause, .. }) = states.last() else { unreachable!() };
    let is_ours = transport == Transport::Fetch || is_firefox();
    let expected = if is_ours { Cause::Failed } else { Cause::Lost };
    assert_eq!((*cause, retry_in.is_some()), (expected, is_ours), "{states:?}");
    port.set("serve").await;
    reader.goes_on().await;
    drop(reader);
    port.close().await;
}

async fn a_first_connect_that_is_refused_comes_up_later_in_any_engine(
    server: Server,
    transport: Transport,
) {
    let (key, port) = (server.key("refuse-first"), Server::port().await);
    port.set("refuse").await;
    let url = key.url_at(&port.address(), "topics=quotes");
    let mut reader = Reader::open(&url, options(transport));
    assert_eq!(reader.source.state(), State::Connecting { attempt: 1 });
    reader.until("a failed attempt", |state| matches!(state, State::Waiting { .. })).await;
    port.set("serve").await;
    reader.goes_on().await;
    drop(reader);
    port.close().await;
}

async fn a_socket_killed_at_each_retry_loses_nothing_in_any_engine(
    server: Server,
    transport: Transport,
) {
    let (key, port) = (server.key("kill"), Server::port().await);
    let url = key.url_at(&port.address(), "topics=quotes&retry=100");
    let mut reader = Reader::open(&url, options(transport));
    reader.read(5).await;
    let accepted = port.accepted().await;
    port.set("kill").await;
    reader
        .until("failed attempts", |state| matches!(state, State::Waiting { attempt: 2.., .. }))
        .await;
    within("connections that were killed", async { while port.accepted().await < accepted + 2 {} })
        .await;
    port.set("serve").await;
    reader.goes_on().await;
    drop(reader);
    port.close().await;
}

async fn a_reconnect_that_gets_503_is_retried_by_us(server: Server, transport: Transport) {
    let key = server.key("503");
    let url = key.url("topics=quotes&retry=100&fault=status&code=503&from=2&times=2");
    let mut reader = Reader::open(&url, options(transport));
    reader.read(5).await;
    let refused = transport.choose(Cause::Failed, Cause::Status(503));
    let states = reader
        .until_by(
            key.cut(),
            "the failed reconnect",
            |state| matches!(state, State::Waiting { cause, .. } if *cause == refused),
        )
        .await;
    assert!(
        matches!(states.last(), Some(State::Waiting { attempt: 2, retry_in: Some(_), .. })),
        "after the cut, which the browser retries by itself natively: {states:?}"
    );
    reader.goes_on().await;
    assert_eq!(key.requests().await, 4);
    let (header, query) = key.last_cursor().await;
    assert_eq!(
        (header.is_some(), query.is_some()),
        transport.choose((false, true), (true, false)),
        "a new EventSource has forgotten its last event ID, so the cursor is in the URL"
    );
}

async fn a_server_that_asks_for_no_delay_and_ends_at_once_does_not_make_it_spin(
    server: Server,
    transport: Transport,
) {
    let key = server.key("spin");
    // With the floor that is the default.
    let quick = Duration::from_millis(300);
    let options = options(transport).retry(Retry::new().base(quick).cap(quick));
    let reader = Reader::open(&key.url("fault=close&retry=0"), options);
    let states = reader
        .until("a fourth failure", |state| matches!(state, State::Waiting { attempt: 4.., .. }))
        .await;
    let floor = Duration::from_millis(250);
    let ours = |state: &State| matches!(state, State::Waiting { retry_in: Some(delay), attempt: 3.., .. } if *delay >= floor);
    // Firefox has a lower bound of its own.
    let is_firefoxs = transport == Transport::Native && is_firefox();
    assert!(is_firefoxs || states.iter().any(ours), "{states:?}");
}

async fn on_closed_stop_leaves_it_at_the_first_failure(server: Server, transport: Transport) {
    let key = server.key("stop");
    let options = options(transport).on_closed(OnClosed::Stop);
    let reader = Reader::open(&key.url("fault=status&code=503"), options);
    let cause = transport.choose(Cause::Failed, Cause::Status(503));
    let refused = State::Closed(CloseReason::Refused(cause));
    reader.until("the refusal", |state| *state == refused).await;
    assert_eq!(key.requests().await, 1);
}

async fn an_id_in_a_block_without_data_counts_but_not_natively_in_firefox(
    server: Server,
    transport: Transport,
) {
    let key = server.key("id-only");
    let mut source = manual::<String>(&key, transport.options()).await;
    key.send("id: 3\n\ndata\n\n").await;
    let lost = transport == Transport::Native && is_firefox();
    assert_eq!(next_event(&mut source).await.id(), if lost { "" } else { "3" });
}

async fn an_id_comes_back_as_it_was_but_not_by_fetchs_header_in_webkit(
    server: Server,
    transport: Transport,
) {
    let key = server.key("as-it-was");
    let mut source = manual::<String>(&key, transport.options()).await;
    for id in ["7 + 1/2 & %41?", "编号-7é"] {
        key.until_open(1).await;
        key.send(&format!("id: {id}\ndata\n\n")).await;
        assert_eq!(next_event(&mut source).await.id(), id);
        until_by(key.cut(), &source, "the loss", |state| matches!(state, State::Waiting { .. }))
            .await;
        until(&source, "the stream again", |state| *state == State::Open).await;
        let (header, query) = key.last_cursor().await;
        // WebKit encodes once more what is not ASCII.
        if !id.is_ascii() && transport == Transport::Fetch && is_webkit() {
            assert!(header.is_some());
        } else {
            assert_eq!(header.as_deref(), Some(id));
        }
        assert_eq!(query, None);
    }
}

async fn a_blob_url_is_a_stream_without_a_server_but_not_natively_in_firefox(
    _: Server,
    transport: Transport,
) {
    let parts = js_sys::Array::of1(&JsValue::from_str("id: 1\ndata: 你好\n\n"));
    let properties = web_sys::BlobPropertyBag::new();
    properties.set_type("text/event-stream");
    let blob =
        web_sys::Blob::new_with_str_sequence_and_options(&parts, &properties).expect("a blob");
    let url = web_sys::Url::create_object_url_with_blob(&blob).expect("a URL");
    let mut source =
        EventSource::<String>::open(&url, transport.options()).expect("the URL is good");
    if transport == Transport::Native && is_firefox() {
        let failed = |state: &State| matches!(state, State::Waiting { cause: Cause::Failed, .. });
        until(&source, "the failure", failed).await;
    } else {
        let event = Event::new("1", "你好".to_owned());
        assert_eq!(within("the event", source.next()).await, Some(Item::Event(event)));
    }
    drop(source);
    web_sys::Url::revoke_object_url(&url).expect("the URL is ours");
}
