//! The stream's bytes: when they are read, how much of them is held, and how they end.

use futures_util::FutureExt;
use sse_signals::parser::{Limits, OnOverflow};
use sse_signals::{Cause, CloseReason, EventSource, Fetch, Item, Options, PauseReason, State};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{is_open, open, options};
use crate::support::feed::{Feed, Reader, manual, next, next_event, until};
use crate::support::server::Server;
use crate::support::wait::within;

#[wasm_bindgen_test]
async fn close_pause_and_drop_in_the_middle_of_the_body_end_the_request() {
    type Ends = fn(EventSource<String>) -> Option<EventSource<String>>;
    let Some(server) = Server::reach().await else { return };
    let ends: [Ends; 3] = [
        |_| None,
        |source| {
            source.close();
            Some(source)
        },
        |source| {
            source.pause();
            Some(source)
        },
    ];
    for end in ends {
        let key = server.key("abort");
        let mut source = manual::<String>(&key, options(Fetch::new())).await;
        key.send("data: a\n\ndata: b").await;
        assert_eq!(next_event(&mut source).await.data, "a");
        let _source = end(source);
        key.until_open(0).await;
        assert_eq!(key.requests().await, 1);
    }
}

#[wasm_bindgen_test]
async fn what_a_reader_does_not_take_is_not_read_and_comes_in_order_later() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("slow");
    let url = key.url("topics=quotes&recent=1000&fault=stall&after=1000");
    let mut reader = Reader::open(&url, options(Fetch::new()).queue_capacity(10));
    reader.read(1).await;
    // Once this other one has everything, so could the first have.
    let mut other = Reader::open(&url, options(Fetch::new()));
    other.read(1_000).await;
    let mut numbers = std::mem::take(&mut reader.sequences);
    while let Some(Some(Item::Event(event))) = reader.source.next().now_or_never() {
        let Feed::Quote { sequence } = event.data;
        numbers.push(sequence);
    }
    // The one that was taken made room for one more, unless the first ten had come with it.
    assert!(numbers.len() <= 11, "what has no room is not read: {}", numbers.len());
    reader.sequences = numbers;
    reader.read(1_000 - reader.sequences.len()).await;
    reader.assert_consecutive();
    assert_eq!(key.most_open().await, 2);
}

#[wasm_bindgen_test]
async fn a_reader_that_takes_one_at_a_time_gets_all_through_a_queue_of_one() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("one");
    let url = key.url("topics=quotes&recent=200&chunk=100");
    let mut reader = Reader::open(&url, options(Fetch::new()).queue_capacity(1));
    for _ in 0..210 {
        reader.read(1).await;
    }
    reader.assert_consecutive();
}

#[wasm_bindgen_test]
async fn close_while_there_is_no_room_ends_the_request_and_what_waits_can_be_read() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("full");
    let mut source = manual::<String>(&key, options(Fetch::new()).queue_capacity(1)).await;
    key.send("data: 1\n\ndata: 2\n\ndata: 3\n\n").await;
    assert_eq!(next_event(&mut source).await.data, "1");
    assert_eq!(next_event(&mut source).await.data, "2");
    source.close();
    key.until_open(0).await;
    let rest = within("the rest", async {
        let mut rest = Vec::new();
        while let Some(item) = source.next().await {
            rest.push(item);
        }
        rest
    })
    .await;
    assert!(rest.len() <= 1, "{rest:?}");
    assert_eq!(source.state(), State::Closed(CloseReason::ByCaller));
}

#[wasm_bindgen_test]
async fn a_hold_that_is_full_gives_the_connection_up_and_what_was_left_comes_again() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("hold");
    let options = options(Fetch::new()).queue_capacity(10);
    let mut reader = Reader::open(&key.url("topics=quotes&recent=100"), options);
    reader.source.hold();
    let paused = State::Paused(PauseReason::ByCaller);
    reader.until("a full queue", |state| *state == paused).await;
    key.until_open(0).await;
    reader.source.resume();
    reader.read(150).await;
    reader.assert_consecutive();
    assert_eq!((reader.gaps, key.requests().await, key.most_open().await), (vec![], 2, 1));
}

#[wasm_bindgen_test]
async fn an_event_above_the_limit_closes_or_is_left_out_and_told() {
    let Some(server) = Server::reach().await else { return };
    let big = "big-line=1048571&topics=quotes";
    let key = server.key("close");
    let mut source = open(&key, big, options(Fetch::new()));
    assert_eq!(within("the end", source.next()).await, None);
    assert_eq!(source.state(), State::Closed(CloseReason::Refused(Cause::TooLarge)));
    let error = source.error().expect("an error").to_string();
    assert!(error.contains("1048576 bytes"), "{error}");
    key.until_open(0).await;

    let key = server.key("skip");
    let limits = Limits::new().on_overflow(OnOverflow::Skip);
    let mut source =
        open(&key, "big-line=1048571&fault=manual", options(Fetch::new().limits(limits)));
    until(&source, "the stream", is_open).await;
    key.until_open(1).await;
    key.send("data: after\n\n").await;
    let item = next(&mut source).await;
    assert!(
        matches!(&item, Item::Malformed(it) if it.error.to_string().contains("1048576")),
        "{item:?}"
    );
    assert_eq!(next_event(&mut source).await.data, "after");
}

#[wasm_bindgen_test]
async fn an_event_of_many_lines_is_bounded_as_well() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("lines");
    let limits = Limits::new().event(1_000);
    let mut source = manual::<String>(&key, options(Fetch::new().limits(limits))).await;
    key.send(&"data: 0123456789\n".repeat(200)).await;
    assert_eq!(within("the end", source.next()).await, None);
    assert_eq!(source.state(), State::Closed(CloseReason::Refused(Cause::TooLarge)));
    key.until_open(0).await;
}

#[wasm_bindgen_test]
async fn a_stream_without_a_body_ends_at_once() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("empty");
    let options = Options::new().fetch(Fetch::new().on_end(sse_signals::OnEnd::Finish));
    let mut source = open(&key, "fault=close", options);
    assert_eq!(within("the end", source.next()).await, None);
    assert_eq!(source.state(), State::Closed(CloseReason::Finished));
}
