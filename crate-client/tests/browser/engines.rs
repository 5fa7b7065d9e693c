//! Where the engines' own `EventSource`s differ: one test a row of the table in ARCHITECTURE.md. What a subscriber
//! gets is the same in all.

use std::time::Duration;

use sse_signals::{Cause, CloseReason, EventSource, Item, OnClosed, Options, Resume, Retry, State};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::feed::{Reader, until};
use crate::support::server::{Key, Server};
use crate::support::wait::within;

fn options() -> Options {
    // The tests ask the browsers for quick tries, and want to see them.
    let retry = Retry::new()
        .base(Duration::from_millis(200))
        .cap(Duration::from_secs(1))
        .floor(Duration::ZERO);
    Options::new().resume(Resume::Query("lastEventId".into())).retry(retry)
}

/// Firefox gives a connection up that the others go on retrying.
fn is_firefox() -> bool {
    let window = web_sys::window().expect("a window");
    window.navigator().user_agent().is_ok_and(|agent| agent.contains("Firefox/"))
}

async fn the_browser_reopens_with_last_event_id(key: &Key, fault: &str) {
    let url = key.url(&format!("topics=quotes&retry=100&fault={fault}&after=5&times=1"));
    let mut reader = Reader::open(&url, options());
    reader.read(5).await;
    let states = reader
        .until("the browser's own retry", |state| matches!(state, State::Waiting { .. }))
        .await;
    assert_eq!(
        states.last(),
        Some(&State::Waiting { attempt: 1, retry_in: None, cause: Cause::Lost }),
        "the retry is the browser's"
    );
    let states = reader.until("the stream again", |state| *state == State::Open).await;
    assert!(
        !states.iter().any(|state| matches!(state, State::Connecting { .. })),
        "the browser does not tell when it tries: {states:?}"
    );
    reader.read(20).await;
    reader.assert_consecutive();
    assert_eq!(reader.gaps, []);
    let (header, query) = key.last_cursor().await;
    assert!(header.is_some(), "Last-Event-ID");
    assert_eq!(query, None, "the URL is as it was");
    assert_eq!(key.requests().await, 2);
}

#[wasm_bindgen_test]
async fn a_stream_that_the_server_ends_is_reopened_with_last_event_id() {
    let Some(server) = Server::reach().await else { return };
    the_browser_reopens_with_last_event_id(&server.key("end"), "end").await;
}

#[wasm_bindgen_test]
async fn a_stream_cut_inside_an_event_is_reopened_with_last_event_id() {
    let Some(server) = Server::reach().await else { return };
    the_browser_reopens_with_last_event_id(&server.key("cut-inside"), "cut-inside").await;
}

#[wasm_bindgen_test]
async fn a_port_that_refuses_and_is_back_loses_nothing_in_any_engine() {
    let Some(server) = Server::reach().await else { return };
    let (key, port) = (server.key("refuse"), Server::port().await);
    let mut reader =
        Reader::open(&key.url_at(&port.address(), "topics=quotes&retry=100"), options());
    reader.read(5).await;
    port.set("refuse").await;
    let states = reader
        .until("a third failed attempt", |state| {
            matches!(state, State::Waiting { attempt: 3.., .. })
        })
        .await;
    let Some(State::Waiting { retry_in, cause, .. }) = states.last() else { unreachable!() };
    let expected = if is_firefox() { Cause::Failed } else { Cause::Lost };
    assert_eq!((*cause, retry_in.is_some()), (expected, is_firefox()), "{states:?}");
    port.set("serve").await;
    reader.until("the stream again", |state| *state == State::Open).await;
    reader.read(20).await;
    reader.assert_consecutive();
    assert_eq!(reader.gaps, []);
    drop(reader);
    port.close().await;
}

#[wasm_bindgen_test]
async fn a_first_connect_that_is_refused_comes_up_later_in_any_engine() {
    let Some(server) = Server::reach().await else { return };
    let (key, port) = (server.key("refuse-first"), Server::port().await);
    port.set("refuse").await;
    let mut reader = Reader::open(&key.url_at(&port.address(), "topics=quotes"), options());
    assert_eq!(reader.source.state(), State::Connecting { attempt: 1 });
    reader.until("a failed attempt", |state| matches!(state, State::Waiting { .. })).await;
    port.set("serve").await;
    reader.until("the stream", |state| *state == State::Open).await;
    reader.read(5).await;
    assert_eq!(reader.gaps, [], "nothing was there to miss");
    drop(reader);
    port.close().await;
}

#[wasm_bindgen_test]
async fn a_socket_killed_at_each_retry_loses_nothing_in_any_engine() {
    let Some(server) = Server::reach().await else { return };
    let (key, port) = (server.key("kill"), Server::port().await);
    let mut reader =
        Reader::open(&key.url_at(&port.address(), "topics=quotes&retry=100"), options());
    reader.read(5).await;
    let accepted = port.accepted().await;
    port.set("kill").await;
    reader
        .until("failed attempts", |state| matches!(state, State::Waiting { attempt: 2.., .. }))
        .await;
    within("connections that were killed", async { while port.accepted().await < accepted + 2 {} })
        .await;
    port.set("serve").await;
    reader.until("the stream again", |state| *state == State::Open).await;
    reader.read(20).await;
    reader.assert_consecutive();
    assert_eq!(reader.gaps, []);
    drop(reader);
    port.close().await;
}

async fn a_reconnect_refused_by_status_is_ours_to_retry(key: &Key, code: u16) {
    let url = key.url(&format!("topics=quotes&retry=100&fault=status&code={code}&from=2&times=2"));
    let mut reader = Reader::open(&url, options());
    reader.read(5).await;
    key.cut().await;
    let states = reader
        .until("the failed reconnect", |state| {
            matches!(state, State::Waiting { cause: Cause::Failed, .. })
        })
        .await;
    let lost = State::Waiting { attempt: 1, retry_in: None, cause: Cause::Lost };
    assert!(states.contains(&lost), "first the browser retries: {states:?}");
    reader.until("the stream again", |state| *state == State::Open).await;
    reader.read(20).await;
    reader.assert_consecutive();
    assert_eq!(reader.gaps, []);
    assert_eq!(key.requests().await, 4);
    let (header, query) = key.last_cursor().await;
    assert_eq!(header, None, "a new EventSource has forgotten its last event ID");
    assert!(query.is_some(), "so the cursor is in the URL");
}

#[wasm_bindgen_test]
async fn a_reconnect_that_gets_503_is_retried_with_a_new_event_source() {
    let Some(server) = Server::reach().await else { return };
    a_reconnect_refused_by_status_is_ours_to_retry(&server.key("503"), 503).await;
}

#[wasm_bindgen_test]
async fn a_reconnect_that_gets_204_looks_the_same() {
    let Some(server) = Server::reach().await else { return };
    a_reconnect_refused_by_status_is_ours_to_retry(&server.key("204"), 204).await;
}

#[wasm_bindgen_test]
async fn a_first_answer_of_a_wrong_type_fails_at_once_and_is_retried() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("type");
    let mut reader = Reader::open(&key.url("topics=quotes&fault=type&times=1"), options());
    let states = reader.until("the failure", |state| matches!(state, State::Waiting { .. })).await;
    assert!(
        matches!(
            states.last(),
            Some(State::Waiting { attempt: 1, retry_in: Some(_), cause: Cause::Failed })
        ),
        "{states:?}"
    );
    reader.read(5).await;
    assert_eq!(reader.gaps, []);
}

#[wasm_bindgen_test]
async fn a_server_that_asks_for_no_delay_and_ends_at_once_does_not_make_it_spin() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("spin");
    let reader = Reader::open(&key.url("fault=close&retry=0"), options().retry(Retry::new()));
    let states = reader
        .until("a fourth failure", |state| matches!(state, State::Waiting { attempt: 4.., .. }))
        .await;
    // Firefox has a lower bound of its own.
    let ours = |state: &State| {
        matches!(state, State::Waiting { retry_in: Some(_), cause: Cause::Lost, attempt: 3.. })
    };
    assert!(is_firefox() || states.iter().any(ours), "{states:?}");
}

#[wasm_bindgen_test]
async fn on_closed_stop_leaves_it_at_the_first_failure() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("stop");
    let reader =
        Reader::open(&key.url("fault=status&code=503"), options().on_closed(OnClosed::Stop));
    let refused = State::Closed(CloseReason::Refused(Cause::Failed));
    reader.until("the refusal", |state| *state == refused).await;
    assert_eq!(key.requests().await, 1);
}

#[wasm_bindgen_test]
async fn a_blob_url_is_a_stream_without_a_server_but_not_in_firefox() {
    let parts = js_sys::Array::of1(&JsValue::from_str("id: 1\ndata: 你好\n\n"));
    let properties = web_sys::BlobPropertyBag::new();
    properties.set_type("text/event-stream");
    let blob =
        web_sys::Blob::new_with_str_sequence_and_options(&parts, &properties).expect("a blob");
    let url = web_sys::Url::create_object_url_with_blob(&blob).expect("a URL");
    let mut source = EventSource::<String>::open(&url, Options::new()).expect("the URL is good");
    if is_firefox() {
        let failed = |state: &State| matches!(state, State::Waiting { cause: Cause::Failed, .. });
        until(&source, "the failure", failed).await;
    } else {
        let item = within("the event", source.next()).await;
        let Some(Item::Event(event)) = item else { panic!("{item:?}") };
        assert_eq!((&*event.id, &*event.data), ("1", "你好"));
    }
    drop(source);
    web_sys::Url::revoke_object_url(&url).expect("the URL is ours");
}
