//! What the two transports do differently: one test a difference.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde::Deserialize;
use sse_signals::parser::Limits;
use sse_signals::{Cause, CloseReason, EventSource, Fetch, Gap, Item, Options, Retry, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::feed::{Reader, manual, next, next_event, until, until_by};
use crate::support::page::{is_chromium, is_firefox};
use crate::support::server::{Key, Server};
use crate::support::transport::Transport::{self, Fetch as ByFetch, Native};
use crate::support::wait::within;

fn waits(state: &State) -> bool {
    matches!(state, State::Waiting { .. })
}

fn cause_of(states: &[State]) -> Option<Cause> {
    match states.last() {
        Some(State::Waiting { cause, .. }) => Some(*cause),
        _ => None,
    }
}

fn open(key: &Key, parameters: &str, options: Options) -> EventSource<String> {
    EventSource::open(&key.url(parameters), options).expect("the URL is good")
}

/// The state in which an answer leaves the first attempt, and what is told of it.
async fn after_answer(server: &Server, transport: Transport, fault: &str) -> (State, String) {
    let key = server.key("answer");
    let source = open(&key, fault, transport.options());
    let settled = |state: &State| waits(state) || state.is_closed();
    let states = until(&source, "the end of the attempt", settled).await;
    let told = source.error().map(|error| error.to_string()).unwrap_or_default();
    (*states.last().expect("that one"), told)
}

#[wasm_bindgen_test]
async fn a_retry_is_the_browsers_and_untold_or_ours_with_its_delay() {
    let Some(server) = Server::reach().await else { return };
    for transport in [Native, ByFetch] {
        let key = server.key("retry");
        let source = manual::<String>(&key, transport.options()).await;
        let states = until_by(key.cut(), &source, "the loss", waits).await;
        let Some(State::Waiting { attempt: 1, retry_in, .. }) = states.last() else {
            panic!("{states:?}");
        };
        assert_eq!(retry_in.is_some(), transport == ByFetch, "{transport:?}");
        let states = until(&source, "the stream again", |state| *state == State::Open).await;
        let told = states.contains(&State::Connecting { attempt: 2 });
        assert_eq!(told, transport == ByFetch, "{states:?}");
    }
}

#[wasm_bindgen_test]
async fn a_clean_end_is_told_from_a_break_over_fetch_alone_and_surely_in_chromium_alone() {
    let Some(server) = Server::reach().await else { return };
    for transport in [Native, ByFetch] {
        let key = server.key("ended");
        let source = manual::<String>(&key, transport.options()).await;
        let states = until_by(key.end(), &source, "the end", waits).await;
        assert_eq!(cause_of(&states), Some(transport.choose(Cause::Lost, Cause::Ended)));
        until(&source, "the stream again", |state| *state == State::Open).await;
        key.until_open(1).await;
        let states = until_by(key.cut(), &source, "the break", waits).await;
        let cause = cause_of(&states);
        // The others take a connection that is closed between two chunks of the body for the body's end.
        let is_taken_for_the_end =
            transport == ByFetch && !is_chromium() && cause == Some(Cause::Ended);
        assert!(cause == Some(Cause::Lost) || is_taken_for_the_end, "{transport:?} {cause:?}");
    }
}

#[wasm_bindgen_test]
async fn a_reconnection_time_is_known_over_fetch_alone() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("time");
    let source = open(&key, "fault=manual&retry=3600000", ByFetch.options());
    until(&source, "the stream", |state| *state == State::Open).await;
    let states = until_by(key.end(), &source, "the end", waits).await;
    let hour = Duration::from_secs(3_600);
    assert!(
        matches!(states.last(), Some(State::Waiting { retry_in: Some(delay), .. }) if *delay >= hour),
        "{states:?}"
    );
}

#[wasm_bindgen_test]
async fn a_status_and_the_beginning_of_the_body_are_told_over_fetch_alone() {
    let Some(server) = Server::reach().await else { return };
    let fault = "fault=status&code=503&body=20";
    let (state, told) = after_answer(&server, Native, fault).await;
    assert!(matches!(state, State::Waiting { cause: Cause::Failed, .. }), "{state:?}");
    assert_eq!(told, "connection failed");
    let (state, told) = after_answer(&server, ByFetch, fault).await;
    assert!(matches!(state, State::Waiting { cause: Cause::Status(503), .. }), "{state:?}");
    assert_eq!(told, "status 503: 01234567890123456789");
}

#[wasm_bindgen_test]
async fn a_status_that_says_no_is_retried_natively_and_refused_over_fetch() {
    let Some(server) = Server::reach().await else { return };
    let fault = "fault=status&code=404";
    let (state, _) = after_answer(&server, Native, fault).await;
    assert!(matches!(state, State::Waiting { cause: Cause::Failed, .. }), "{state:?}");
    let (state, _) = after_answer(&server, ByFetch, fault).await;
    assert_eq!(state, State::Closed(CloseReason::Refused(Cause::Status(404))));
}

#[wasm_bindgen_test]
async fn a_wrong_content_type_is_retried_natively_and_refused_over_fetch() {
    let Some(server) = Server::reach().await else { return };
    let (state, _) = after_answer(&server, Native, "fault=type").await;
    assert!(
        matches!(state, State::Waiting { attempt: 1, retry_in: Some(_), cause: Cause::Failed }),
        "{state:?}"
    );
    let (state, told) = after_answer(&server, ByFetch, "fault=type").await;
    assert_eq!(state, State::Closed(CloseReason::Refused(Cause::ContentType)));
    assert_eq!(told, "no event stream: text/plain");
}

#[wasm_bindgen_test]
async fn status_204_looks_like_any_other_natively_and_finishes_over_fetch() {
    let Some(server) = Server::reach().await else { return };
    let (state, _) = after_answer(&server, Native, "fault=status&code=204").await;
    assert!(matches!(state, State::Waiting { cause: Cause::Failed, .. }), "{state:?}");
    let (state, _) = after_answer(&server, ByFetch, "fault=status&code=204").await;
    assert_eq!(state, State::Closed(CloseReason::Finished));
}

#[wasm_bindgen_test]
async fn comments_keep_a_connection_from_being_stale_over_fetch_alone() {
    let Some(server) = Server::reach().await else { return };
    let open = async |transport: Transport| {
        let key = server.key("comments");
        let options = transport.options().stale_after(Duration::from_millis(1_500));
        let source = open(&key, "fault=stall&comment-every=50", options);
        until(&source, "the stream", |state| *state == State::Open).await;
        source
    };
    // The older of the two.
    let fetch = open(ByFetch).await;
    let native = open(Native).await;
    let is_stale = |state: &State| matches!(state, State::Stale { .. });
    let of_fetch = pin!(until(&fetch, "silence over fetch", is_stale));
    let of_native = pin!(until(&native, "silence", is_stale));
    match select(of_fetch, of_native).await {
        Either::Left((states, _)) => panic!("{states:?} in spite of comments"),
        Either::Right(_) => assert_eq!(fetch.state(), State::Open),
    }
}

#[wasm_bindgen_test]
async fn names_that_no_variant_has_are_seen_over_fetch_alone() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Known {
        Text(String),
        #[serde(other)]
        Other,
    }
    let Some(server) = Server::reach().await else { return };
    let last = Known::Text("last".to_owned());
    for (transport, expected) in
        [(Native, vec![last]), (ByFetch, vec![Known::Other, Known::Text("last".to_owned())])]
    {
        let key = server.key("other");
        let mut source = manual::<Known>(&key, transport.options()).await;
        key.send("event: new-kind\ndata: x\n\nevent: text\ndata: last\n\n").await;
        for data in expected {
            assert_eq!(next_event(&mut source).await.data, data, "{transport:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn an_id_in_a_block_without_an_event_is_seen_over_fetch_alone() {
    let Some(server) = Server::reach().await else { return };
    for (transport, cursor, items) in
        [(Native, None, vec![Item::Gap(Gap::Unconfirmed)]), (ByFetch, Some("9"), vec![])]
    {
        let key = server.key("id-only");
        // The browser is to wait for longer than the test takes.
        let mut source = open(&key, "fault=manual&retry=3600000", transport.resuming());
        until(&source, "the stream", |state| *state == State::Open).await;
        key.send("data: first\n\nid: 9\n\n").await;
        assert_eq!(next_event(&mut source).await.data, "first");
        // Surely read: it came before the end.
        until_by(key.end(), &source, "the end", waits).await;
        source.reconnect();
        until(&source, "the stream", |state| *state == State::Open).await;
        let (header, query) = key.last_cursor().await;
        let expected = cursor.map(str::to_owned);
        assert_eq!((header, query), (expected, None), "{transport:?}");
        let mut got = Vec::new();
        while let Some(Some(item)) = futures_util::FutureExt::now_or_never(source.next()) {
            got.push(item);
        }
        assert_eq!(got, items, "{transport:?}");
    }
}

#[wasm_bindgen_test]
async fn the_event_that_the_cursor_names_comes_again_natively_where_a_server_repeats_it() {
    let Some(server) = Server::reach().await else { return };
    for (transport, expected) in [(Native, &["7", "7", "8"][..]), (ByFetch, &["7", "8"])] {
        let key = server.key("repeat");
        let mut source = manual::<String>(&key, transport.resuming()).await;
        key.send("id: 7\ndata\n\n").await;
        let mut ids = vec![next_event(&mut source).await.id().to_owned()];
        source.reconnect();
        until(&source, "the stream", |state| *state == State::Open).await;
        key.until_open(1).await;
        key.send("id: 7\ndata\n\nid: 8\ndata\n\n").await;
        while ids.last().is_some_and(|id| id != "8") {
            ids.push(next_event(&mut source).await.id().to_owned());
        }
        assert_eq!(ids, expected, "{transport:?}");
    }
}

#[wasm_bindgen_test]
async fn an_event_without_an_id_has_the_last_one_on_a_new_connection_over_fetch_alone() {
    let Some(server) = Server::reach().await else { return };
    for (transport, id) in [(Native, ""), (ByFetch, "7")] {
        let key = server.key("last-id");
        let mut source = manual::<String>(&key, transport.resuming()).await;
        key.send("id: 7\ndata\n\n").await;
        assert_eq!(next_event(&mut source).await.id(), "7");
        source.reconnect();
        until(&source, "the stream", |state| *state == State::Open).await;
        key.until_open(1).await;
        key.send("data\n\n").await;
        assert_eq!(next_event(&mut source).await.id(), id, "{transport:?}");
    }
}

#[wasm_bindgen_test]
async fn a_new_connection_without_resume_is_a_gap_natively_and_brings_the_header_over_fetch() {
    let Some(server) = Server::reach().await else { return };
    for (transport, gaps) in [(Native, &[Gap::Unconfirmed][..]), (ByFetch, &[])] {
        let key = server.key("gap");
        let options = transport.options().retry(Retry::new().base(Duration::ZERO));
        // After the cut the browser's own retry fails, and a new EventSource is made.
        let url = key.url("topics=quotes&retry=100&fault=status&code=503&from=2&times=1");
        let mut reader = Reader::open(&url, options);
        reader.read(3).await;
        let refused = transport.choose(Cause::Failed, Cause::Status(503));
        let failed =
            |state: &State| matches!(state, State::Waiting { cause, .. } if *cause == refused);
        reader.until_by(key.cut(), "the failure", failed).await;
        within("the gap", async {
            while reader.gaps.len() < gaps.len() {
                reader.read(1).await;
            }
        })
        .await;
        if transport == ByFetch {
            reader.goes_on().await;
        }
        assert_eq!(reader.gaps, gaps, "{transport:?}");
        let (header, query) = key.last_cursor().await;
        assert_eq!(
            (header.is_some(), query),
            (transport == ByFetch, None),
            "the URL is not touched"
        );
    }
}

#[wasm_bindgen_test]
async fn what_a_slow_reader_has_no_room_for_is_dropped_and_counted_natively_and_waits_over_fetch() {
    let Some(server) = Server::reach().await else { return };
    for transport in [Native, ByFetch] {
        let key = server.key("slow");
        let mut source = manual::<String>(&key, transport.options().queue_capacity(1)).await;
        key.send("data: 1\n\ndata: 2\n\ndata: 3\n\nevent: ping\ndata\n\n").await;
        if transport == Native {
            // The end is seen before the reader reads.
            until_by(key.cut(), &source, "the loss", waits).await;
            assert_eq!(next(&mut source).await, Item::Lagged(2));
        } else {
            assert_eq!(next_event(&mut source).await.data, "1");
            assert_eq!(next_event(&mut source).await.data, "2");
        }
        assert_eq!(next_event(&mut source).await.data, "3");
    }
}

#[wasm_bindgen_test]
async fn a_line_has_a_limit_over_fetch_alone() {
    let Some(server) = Server::reach().await else { return };
    let line = "big-line=2000&fault=stall";
    let mut native = open(&server.key("limit"), line, Native.options());
    assert_eq!(next_event(&mut native).await.data.len(), 2_000);

    let options = Options::new().fetch(Fetch::new().limits(Limits::new().line(1_000)));
    let mut fetch = open(&server.key("limit"), line, options);
    assert_eq!(within("the end", fetch.next()).await, None);
    assert_eq!(fetch.state(), State::Closed(CloseReason::Refused(Cause::TooLarge)));
}

#[wasm_bindgen_test]
async fn the_url_of_the_answer_is_known_over_fetch_alone() {
    let Some(server) = Server::reach().await else { return };
    for transport in [Native, ByFetch] {
        let key = server.key("url");
        let source = manual::<String>(&key, transport.options()).await;
        let url = source.response_url();
        assert_eq!(url.is_some(), transport == ByFetch);
    }
}

#[wasm_bindgen_test]
async fn a_network_error_is_explained_over_fetch_alone() {
    let Some(server) = Server::reach().await else { return };
    let (key, port) = (server.key("network"), Server::port().await);
    port.set("refuse").await;
    for transport in [Native, ByFetch] {
        let url = key.url_at(&port.address(), "topics=quotes");
        let source = EventSource::<String>::open(&url, transport.options()).expect("a URL");
        let states = until(&source, "the failure", waits).await;
        let failed = transport == ByFetch || is_firefox();
        assert_eq!(cause_of(&states), Some(if failed { Cause::Failed } else { Cause::Lost }));
        let error = source.error().expect("an error");
        assert_eq!(error.detail().is_some(), transport == ByFetch, "{error}");
    }
    port.close().await;
}
