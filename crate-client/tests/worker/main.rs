//! The library in a dedicated worker.

#![cfg(target_arch = "wasm32")]

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the window's tests use more of it")]
mod support;

use std::time::Duration;

use sse_signals::{EventSource, Options, Resume, Retry, State};
use support::feed::Reader;
use support::server::Server;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

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

#[wasm_bindgen_test]
fn a_bad_url_is_an_error_in_a_worker_too() {
    assert!(EventSource::<String>::open("http://[", Options::new()).is_err());
}

#[wasm_bindgen_test]
async fn a_worker_reads_reconnects_and_closes() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("worker");
    let options = Options::new()
        .resume(Resume::Query("lastEventId".into()))
        .retry(Retry::new().base(Duration::from_millis(100)));
    let mut reader = Reader::open(
        &key.url("topics=quotes&retry=100&fault=status&code=503&from=3&times=1"),
        options,
    );
    reader.read(5).await;
    // One retry by the browser, then one by our own timer.
    key.cut().await;
    reader
        .until("the browser's retry", |state| {
            matches!(state, State::Waiting { retry_in: None, .. })
        })
        .await;
    reader.until("the stream again", |state| *state == State::Open).await;
    key.cut().await;
    reader
        .until("our retry", |state| matches!(state, State::Waiting { retry_in: Some(_), .. }))
        .await;
    reader.until("the stream again", |state| *state == State::Open).await;
    reader.read(20).await;
    reader.assert_consecutive();
    assert_eq!(reader.gaps, []);
    drop(reader);
    key.until_open(0).await;
}
