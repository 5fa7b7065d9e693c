//! The page's life: its network, its being seen, left and returned to; and what the caller holds or pauses. Whatever
//! happens: one connection, nothing lost, nothing twice.

use std::time::Duration;

use futures_util::FutureExt;
use sse_signals::{Cause, CloseReason, Options, PauseReason, Retry, State, WhenHidden};

use crate::support::counters;
use crate::support::feed::{Reader, manual, next_event, until, until_by};
use crate::support::page::{dispatch, dispatch_transition, hidden, tell_visibility};
use crate::support::server::{Key, Server};
use crate::support::transport::{Transport, over_both_transports};

over_both_transports! {
    offline_keeps_what_is_open_and_tries_nothing_until_online
    online_ends_a_wait_at_once
    a_connection_that_died_while_offline_is_made_anew
    a_network_that_is_not_followed_changes_nothing
    a_hidden_page_keeps_its_connection_by_default
    a_hidden_page_gives_its_connection_up_by_option_until_it_is_seen
    a_page_that_begins_hidden_is_one
    a_page_that_is_left_gives_its_connection_up_until_it_is_returned_to
    a_page_that_is_left_waits_for_nothing
    a_page_that_is_left_and_returned_to_makes_one_connection
    whoever_paused_or_closed_stays_so_whatever_happens_to_the_page
    pause_gives_the_connection_up_and_resume_goes_on_from_the_cursor
    a_hold_keeps_the_connection_and_what_comes
    a_hold_that_is_full_gives_the_connection_up_and_loses_nothing
    close_ends_a_hold_and_what_was_held_can_be_read
    a_dropped_source_hears_of_no_page
}

const HIDDEN: State = State::Paused(PauseReason::Hidden);
const OFFLINE: State = State::Paused(PauseReason::Offline);

fn is_open(state: &State) -> bool {
    *state == State::Open
}

/// A reader that has read some.
async fn reading(key: &Key, parameters: &str, options: Options) -> Reader {
    let mut reader = Reader::open(&key.url(&format!("topics=quotes&{parameters}")), options);
    reader.read(5).await;
    reader
}

/// One connection, from where the last one ended, after so many requests.
async fn goes_on(mut reader: Reader, key: &Key, requests: usize) {
    reader.goes_on().await;
    key.until_open(1).await;
    assert_eq!((key.requests().await, key.most_open().await), (requests, 1));
}

async fn offline_keeps_what_is_open_and_tries_nothing_until_online(
    server: Server,
    transport: Transport,
) {
    let key = server.key("offline");
    counters::until_no_timer().await;
    // Natively the browser tries once more by itself before it is up to us.
    let parameters =
        transport.choose("retry=100&fault=status&code=503&from=2&times=1", "retry=100");
    let mut reader = reading(&key, parameters, transport.resuming()).await;
    dispatch("offline");
    assert_eq!(reader.source.state(), State::Open);
    reader.read(5).await;

    reader.until_by(key.cut(), "the loss", |state| *state == OFFLINE).await;
    assert_eq!(counters::timers(), 0, "nothing is waited for");
    dispatch("online");
    assert!(matches!(reader.source.state(), State::Connecting { .. }));
    goes_on(reader, &key, transport.choose(3, 2)).await;
}

async fn online_ends_a_wait_at_once(server: Server, transport: Transport) {
    let key = server.key("online");
    let seldom = Retry::new().floor(Duration::from_secs(3_600));
    let parameters = "retry=100&fault=status&code=503&from=2&times=1";
    let reader = reading(&key, parameters, transport.resuming().retry(seldom)).await;
    key.cut().await;
    if transport == Transport::Fetch {
        // Its first retry would be an hour away already.
        reader.until("the loss", |state| matches!(state, State::Waiting { .. })).await;
        reader.source.reconnect();
    }
    let refused = transport.choose(Cause::Failed, Cause::Status(503));
    let waits = |state: &State| matches!(state, State::Waiting { cause, .. } if *cause == refused);
    reader.until("the long wait", waits).await;
    dispatch("offline");
    assert_eq!(reader.source.state(), OFFLINE);
    dispatch("online");
    goes_on(reader, &key, 3).await;
}

async fn a_connection_that_died_while_offline_is_made_anew(server: Server, transport: Transport) {
    let key = server.key("dead");
    let mut reader = reading(&key, "fault=stall&after=5&times=1", transport.resuming()).await;
    dispatch("offline");
    dispatch("online");
    assert_eq!(reader.source.state(), State::Open, "it is given time to speak");
    reader.until("the next attempt", |state| matches!(state, State::Connecting { .. })).await;
    reader.goes_on().await;
    // The server may see the new one before it sees the end of the old.
    key.until_open(1).await;
    assert_eq!(key.requests().await, 2);
}

async fn a_network_that_is_not_followed_changes_nothing(server: Server, transport: Transport) {
    let key = server.key("local");
    let reader = reading(&key, "retry=100", transport.resuming().follow_network(false)).await;
    dispatch("offline");
    reader.until_by(key.cut(), "the loss", |state| matches!(state, State::Waiting { .. })).await;
    goes_on(reader, &key, 2).await;
}

async fn a_hidden_page_keeps_its_connection_by_default(server: Server, transport: Transport) {
    let key = server.key("kept");
    let mut reader = reading(&key, "", transport.resuming()).await;
    let hidden = hidden();
    tell_visibility();
    reader.read(5).await;
    drop(hidden);
    tell_visibility();
    goes_on(reader, &key, 1).await;
}

fn releasing(transport: Transport) -> Options {
    transport.resuming().when_hidden(WhenHidden::ReleaseAfter(Duration::from_millis(10)))
}

async fn a_hidden_page_gives_its_connection_up_by_option_until_it_is_seen(
    server: Server,
    transport: Transport,
) {
    let key = server.key("hidden");
    let reader = reading(&key, "", releasing(transport)).await;
    let hidden = hidden();
    tell_visibility();
    reader.until("the release", |state| *state == HIDDEN).await;
    key.until_open(0).await;
    // It is still hidden, whatever this says.
    dispatch("online");
    assert_eq!(reader.source.state(), HIDDEN);
    drop(hidden);
    tell_visibility();
    goes_on(reader, &key, 2).await;
}

async fn a_page_that_begins_hidden_is_one(server: Server, transport: Transport) {
    let key = server.key("background");
    let hidden = hidden();
    let url = key.url("topics=quotes");
    let mut reader = Reader::open(&url, releasing(transport));
    reader.until("the release", |state| *state == HIDDEN).await;
    key.until_open(0).await;
    drop(hidden);
    tell_visibility();
    reader.read(5).await;
    key.until_open(1).await;
    assert_eq!(key.most_open().await, 1);
}

async fn a_page_that_is_left_gives_its_connection_up_until_it_is_returned_to(
    server: Server,
    transport: Transport,
) {
    let key = server.key("left");
    let reader = reading(&key, "", transport.resuming()).await;
    dispatch_transition("pagehide", true);
    assert_eq!(reader.source.state(), HIDDEN);
    key.until_open(0).await;
    // That is said when a page is loaded.
    dispatch_transition("pageshow", false);
    assert_eq!(reader.source.state(), HIDDEN);
    dispatch_transition("pageshow", true);
    assert!(matches!(reader.source.state(), State::Connecting { .. }));
    goes_on(reader, &key, 2).await;
}

async fn a_page_that_is_left_waits_for_nothing(server: Server, transport: Transport) {
    let key = server.key("left-waiting");
    counters::until_no_timer().await;
    let url = key.url("topics=quotes&fault=status&code=503&times=1");
    let reader = Reader::open(&url, transport.resuming());
    let waits = |state: &State| matches!(state, State::Waiting { .. });
    reader.until("the wait", waits).await;
    dispatch_transition("pagehide", true);
    assert_eq!((reader.source.state(), counters::timers()), (HIDDEN, 0));
    dispatch_transition("pageshow", true);
    goes_on(reader, &key, 2).await;
}

/// In the order in which browsers tell it.
async fn a_page_that_is_left_and_returned_to_makes_one_connection(
    server: Server,
    transport: Transport,
) {
    let key = server.key("cached");
    let reader = reading(&key, "", releasing(transport)).await;
    dispatch_transition("pagehide", true);
    let hidden = hidden();
    tell_visibility();
    key.until_open(0).await;
    drop(hidden);
    tell_visibility();
    dispatch_transition("pageshow", true);
    dispatch("online");
    goes_on(reader, &key, 2).await;
}

async fn whoever_paused_or_closed_stays_so_whatever_happens_to_the_page(
    server: Server,
    transport: Transport,
) {
    let everything = || {
        dispatch("offline");
        dispatch("online");
        let hidden = hidden();
        tell_visibility();
        drop(hidden);
        tell_visibility();
        dispatch_transition("pagehide", true);
        dispatch_transition("pageshow", true);
    };
    let key = server.key("stays");
    counters::until_no_timer().await;
    let reader = reading(&key, "", releasing(transport)).await;
    reader.source.pause();
    key.until_open(0).await;
    everything();
    let paused = State::Paused(PauseReason::ByCaller);
    assert_eq!((reader.source.state(), counters::timers()), (paused, 0));
    reader.source.close();
    everything();
    let closed = State::Closed(CloseReason::ByCaller);
    assert_eq!((reader.source.state(), counters::timers()), (closed, 0));
    assert_eq!(key.requests().await, 1);
    reader.source.reconnect();
    goes_on(reader, &key, 2).await;
}

async fn pause_gives_the_connection_up_and_resume_goes_on_from_the_cursor(
    server: Server,
    transport: Transport,
) {
    let key = server.key("pause");
    let reader = reading(&key, "", transport.resuming()).await;
    reader.source.pause();
    key.until_open(0).await;
    reader.source.resume();
    goes_on(reader, &key, 2).await;
}

async fn a_hold_keeps_the_connection_and_what_comes(server: Server, transport: Transport) {
    let key = server.key("hold");
    let mut source = manual::<String>(&key, transport.options()).await;
    source.hold();
    key.send("data: 1\n\ndata: 2\n\n").await;
    // Its end is told, so what came before is there.
    until_by(key.end(), &source, "the end", |state| matches!(state, State::Waiting { .. })).await;
    assert_eq!(source.next().now_or_never(), None);
    source.resume();
    assert_eq!(next_event(&mut source).await.data, "1");
    assert_eq!(next_event(&mut source).await.data, "2");
    until(&source, "the stream again", is_open).await;
    assert_eq!((key.requests().await, key.most_open().await), (2, 1));
}

async fn a_hold_that_is_full_gives_the_connection_up_and_loses_nothing(
    server: Server,
    transport: Transport,
) {
    let key = server.key("full");
    let options = transport.resuming().queue_capacity(10);
    let mut reader = Reader::open(&key.url("topics=quotes&recent=20"), options);
    reader.source.hold();
    let paused = State::Paused(PauseReason::ByCaller);
    reader.until("a full queue", |state| *state == paused).await;
    key.until_open(0).await;
    reader.source.resume();
    reader.read(50).await;
    reader.assert_consecutive();
    assert_eq!((reader.gaps, key.requests().await, key.most_open().await), (vec![], 2, 1));
}

async fn close_ends_a_hold_and_what_was_held_can_be_read(server: Server, transport: Transport) {
    let key = server.key("hold-close");
    let options = transport.resuming().queue_capacity(3);
    let url = key.url("topics=quotes&recent=20");
    let mut reader = Reader::open(&url, options);
    reader.source.hold();
    reader.until("a full queue", |state| matches!(state, State::Paused(_))).await;
    reader.source.close();
    reader.read(3).await;
    assert_eq!(reader.source.next().now_or_never(), Some(None), "the end");
    reader.assert_consecutive();
    key.until_open(0).await;
}

async fn a_dropped_source_hears_of_no_page(server: Server, transport: Transport) {
    let key = server.key("dropped");
    let reader = reading(&key, "", transport.resuming()).await;
    drop(reader);
    dispatch_transition("pagehide", true);
    dispatch_transition("pageshow", true);
    key.until_open(0).await;
    assert_eq!(key.requests().await, 1);
}
