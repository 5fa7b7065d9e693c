//! The library in a dedicated worker.

#![cfg(target_arch = "wasm32")]

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the window's tests use more of it")]
mod support;

use std::time::Duration;

use sse_signals::{EventSource, KeepCursor, PauseReason, Retry, State};
use support::counters;
use support::feed::Reader;
use support::page::dispatch;
use support::server::Server;
use support::transport::{Transport, over_both_transports};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

over_both_transports! {
    a_worker_reads_reconnects_and_closes
    a_worker_follows_the_network
    a_worker_keeps_no_cursor_and_minds_it_not
    a_bad_url_is_an_error_in_a_worker_too
}

#[wasm_bindgen_test]
async fn the_server_with_faults_is_there() {
    if let Some(missing) = Server::missing().await {
        panic!("{missing}");
    }
}

#[wasm_bindgen_test]
fn a_worker_has_an_event_source() {
    assert!(sse_signals::is_supported());
}

async fn a_bad_url_is_an_error_in_a_worker_too(_: Server, transport: Transport) {
    let opened = EventSource::<String>::open("http://[", transport.options());
    assert!(opened.is_err_and(|error| error.is_invalid_url()));
}

async fn a_worker_reads_reconnects_and_closes(server: Server, transport: Transport) {
    let key = server.key("worker");
    let options = transport.resuming().retry(Retry::new().base(Duration::from_millis(100)));
    let mut reader = Reader::open(
        &key.url("topics=quotes&retry=100&fault=status&code=503&from=3&times=1"),
        options,
    );
    reader.read(5).await;
    // The first retry is natively the browser's, the second by our own timer.
    for by_browser in [transport == Transport::Native, false] {
        reader
            .until_by(key.cut(), "the retry", |state| {
                matches!(state, State::Waiting { retry_in, .. } if retry_in.is_none() == by_browser)
            })
            .await;
        reader.goes_on().await;
    }
    drop(reader);
    key.until_open(0).await;
}

async fn a_worker_follows_the_network(server: Server, transport: Transport) {
    let key = server.key("network");
    counters::until_no_timer().await;
    let listeners = counters::listeners();
    let parameters = "topics=quotes&retry=100&fault=status&code=503&from=2&times=1";
    let mut reader = Reader::open(&key.url(parameters), transport.resuming());
    reader.read(5).await;
    dispatch("offline");
    key.cut().await;
    let offline = State::Paused(PauseReason::Offline);
    reader.until("the loss", |state| *state == offline).await;
    assert_eq!(counters::timers(), 0, "nothing is waited for");
    dispatch("online");
    reader.goes_on().await;
    drop(reader);
    assert_eq!((counters::timers(), counters::listeners()), (0, listeners));
}

async fn a_worker_keeps_no_cursor_and_minds_it_not(server: Server, transport: Transport) {
    let key = server.key("storage");
    for _ in 0..2 {
        let options = transport.resuming().keep_cursor(KeepCursor::InLocal("cursor".into()));
        let mut reader = Reader::open(&key.url("topics=quotes"), options);
        reader.read(5).await;
        assert_eq!(key.last_cursor().await, (None, None));
    }
}
