//! One connection for several subscriptions, and the locks and channels by which tabs meet. Tests with several real tabs are
//! among those of the app.

use js_sys::Promise;
use serde::Deserialize;
use sse_signals::{EventSource, Obstacle, Options, PauseReason, Share, Sharing, State};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::counters;
use crate::support::feed::{Reader, manual, next_event, until};
use crate::support::page::{Replaced, dispatch_transition, script, turn};
use crate::support::server::{Key, Server};
use crate::support::transport::{Transport, over_both_transports};
use crate::support::wait::within;

over_both_transports! {
    subscriptions_of_different_types_share_one_connection
    a_late_subscriber_gets_the_latest_of_each_name_and_close_ends_ones_own
    the_only_tab_leads_and_leaves_nothing_behind
    who_waits_for_another_tabs_lock_leads_once_it_is_given_back
    a_leader_that_was_stolen_from_steals_from_one_that_says_nothing
    a_page_that_is_left_holds_no_lock_and_goes_on_when_it_is_returned_to
    where_the_browser_refuses_the_connection_is_the_pages_own
    a_bad_url_is_an_error_before_any_tab_is_asked
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Prices {
    Price { last: u32 },
    Tick,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Texts {
    Tick,
    Text(String),
}

fn page(transport: Transport) -> Options {
    transport.resuming().share(Share::Page)
}

/// A version of its own for each test, so that they do not meet.
fn browser(transport: Transport, key: &Key) -> Options {
    transport.resuming().share(Share::Browser(key.url("").into()))
}

async fn until_shared<T>(source: &EventSource<T>, sharing: Sharing)
where
    T: serde::de::DeserializeOwned + 'static,
{
    let what = format!("{sharing} in place of {}", source.sharing());
    within(&what, async {
        while source.sharing() != sharing {
            turn().await;
        }
    })
    .await;
}

/// Our locks, held or asked for.
async fn locks() -> usize {
    let promise: Promise = script(
        "return navigator.locks.query().then(({ held, pending }) => [...held, ...pending]
            .filter(({ name }) => name.startsWith('sse-signals/')).length);",
    )
    .unchecked_into();
    let locks = within("the locks", JsFuture::from(promise)).await.expect("the locks");
    locks.as_f64().expect("a number") as usize
}

async fn until_no_lock() {
    within("the locks' end", async { while locks().await > 0 {} }).await;
}

async fn subscriptions_of_different_types_share_one_connection(
    server: Server,
    transport: Transport,
) {
    let key = server.key("types");
    let mut prices = manual::<Prices>(&key, page(transport)).await;
    let mut texts = manual::<Texts>(&key, page(transport)).await;
    assert_eq!((prices.sharing(), texts.sharing()), (Sharing::Page, Sharing::Page));
    key.send(
        "event: price\ndata: {\"last\":7}\n\nevent: tick\ndata:\n\nevent: text\ndata: 新闻\n\n",
    )
    .await;
    assert_eq!(next_event(&mut prices).await.data, Prices::Price { last: 7 });
    assert_eq!(next_event(&mut prices).await.data, Prices::Tick);
    assert_eq!(next_event(&mut texts).await.data, Texts::Tick);
    assert_eq!(next_event(&mut texts).await.data, Texts::Text("新闻".to_owned()));
    assert_eq!((key.most_open().await, key.requests().await), (1, 1));
}

async fn a_late_subscriber_gets_the_latest_of_each_name_and_close_ends_ones_own(
    server: Server,
    transport: Transport,
) {
    let key = server.key("late");
    let mut first = manual::<Texts>(&key, page(transport)).await;
    key.send("event: text\ndata: old\n\nevent: tick\ndata:\n\nevent: text\ndata: new\n\n").await;
    for _ in 0..3 {
        next_event(&mut first).await;
    }
    let mut late = manual::<Texts>(&key, page(transport)).await;
    assert_eq!(next_event(&mut late).await.data, Texts::Tick);
    assert_eq!(next_event(&mut late).await.data, Texts::Text("new".to_owned()));
    first.close();
    key.send("event: text\ndata: on\n\n").await;
    assert_eq!(next_event(&mut late).await.data, Texts::Text("on".to_owned()));
    drop(late);
    key.until_open(0).await;
    assert_eq!(key.requests().await, 1);
}

async fn the_only_tab_leads_and_leaves_nothing_behind(server: Server, transport: Transport) {
    let key = server.key("lead");
    let held = || (counters::timers(), counters::listeners(), counters::values());
    let _ = held();
    let round = async || {
        let mut source = manual::<Texts>(&key, browser(transport, &key)).await;
        until_shared(&source, Sharing::Leader).await;
        assert_eq!(locks().await, 1);
        key.send("event: tick\ndata:\n\n").await;
        assert_eq!(next_event(&mut source).await.data, Texts::Tick);
        drop(source);
        until_no_lock().await;
        key.until_open(0).await;
    };
    for _ in 0..3 {
        round().await;
    }
    for _ in 0..1_000 {
        turn().await;
    }
    let before = held();
    for _ in 0..20 {
        round().await;
    }
    for _ in 0..10_000 {
        if held() == before {
            return;
        }
        turn().await;
    }
    assert_eq!(held(), before, "timers, listeners, JavaScript values");
}

/// Takes the lock that is held now, as another tab would, and says nothing on the channel. `release()` gives it back.
const STEAL: &str = "
    return navigator.locks.query().then(({ held }) => new Promise(taken => {
        const { name } = held.find(({ name }) => name.startsWith('sse-signals/'));
        globalThis.lost = false;
        navigator.locks.request(name, { steal: true }, () => {
            taken();
            return new Promise(resolve => { globalThis.release = resolve; });
        }).catch(() => { globalThis.lost = true; });
    }));
";

async fn steal() {
    let promise: Promise = script(STEAL).unchecked_into();
    within("the lock", JsFuture::from(promise)).await.expect("the lock");
}

async fn who_waits_for_another_tabs_lock_leads_once_it_is_given_back(
    server: Server,
    transport: Transport,
) {
    let key = server.key("wait");
    let mut reader = Reader::open(&key.url("topics=quotes"), browser(transport, &key));
    reader.read(5).await;
    steal().await;
    until_shared(&reader.source, Sharing::Joining).await;
    key.until_open(0).await;
    script("release();");
    until_shared(&reader.source, Sharing::Leader).await;
    reader.goes_on().await;
    assert_eq!(key.most_open().await, 1);
}

async fn a_leader_that_was_stolen_from_steals_from_one_that_says_nothing(
    server: Server,
    transport: Transport,
) {
    let key = server.key("silent");
    let mut reader = Reader::open(&key.url("topics=quotes"), browser(transport, &key));
    reader.read(5).await;
    steal().await;
    until_shared(&reader.source, Sharing::Joining).await;
    let stale = |state: &State| matches!(state, State::Stale { .. });
    reader.until("the other's silence", stale).await;
    until_shared(&reader.source, Sharing::Leader).await;
    assert!(script("return lost;").is_truthy(), "the other one has lost it");
    reader.goes_on().await;
    assert_eq!(key.most_open().await, 1);
}

async fn a_page_that_is_left_holds_no_lock_and_goes_on_when_it_is_returned_to(
    server: Server,
    transport: Transport,
) {
    let key = server.key("left");
    let mut reader = Reader::open(&key.url("topics=quotes"), browser(transport, &key));
    reader.read(5).await;
    dispatch_transition("pagehide", true);
    assert_eq!(reader.source.state(), State::Paused(PauseReason::Hidden));
    until_no_lock().await;
    key.until_open(0).await;
    dispatch_transition("pageshow", true);
    reader.goes_on().await;
    assert_eq!(reader.source.sharing(), Sharing::Leader);
}

async fn where_the_browser_refuses_the_connection_is_the_pages_own(
    server: Server,
    transport: Transport,
) {
    let key = server.key("refused");
    let refusal = "{ request: async () => { throw new DOMException('no', 'SecurityError'); } }";
    let _replaced = Replaced::value("navigator", "locks", refusal);
    let mut reader = Reader::open(&key.url("topics=quotes"), browser(transport, &key));
    reader.read(5).await;
    assert_eq!(reader.source.sharing(), Sharing::PageOnly(Obstacle::Refused));
}

#[wasm_bindgen_test]
async fn without_what_it_takes_a_connection_is_shared_in_the_page_only() {
    let Some(server) = Server::reach().await else { return };
    let missing = [
        ("globalThis", "isSecureContext", "false", Obstacle::InsecureContext),
        ("navigator", "locks", "undefined", Obstacle::NoWebLocks),
        ("globalThis", "BroadcastChannel", "undefined", Obstacle::NoBroadcastChannel),
    ];
    for (object, name, value, obstacle) in missing {
        let key = server.key("missing");
        let _replaced = Replaced::value(object, name, value);
        let one = manual::<Texts>(&key, browser(Transport::Native, &key)).await;
        let two = manual::<Texts>(&key, browser(Transport::Native, &key)).await;
        assert_eq!(one.sharing(), Sharing::PageOnly(obstacle));
        assert_eq!(two.sharing(), Sharing::PageOnly(obstacle));
        assert_eq!(key.requests().await, 1);
    }
}

#[wasm_bindgen_test]
async fn the_same_stream_by_another_way_to_write_its_url_is_shared() {
    let Some(server) = Server::reach().await else { return };
    let key = server.key("urls");
    let url = key.url("fault=manual");
    let other = url.replace("/events", "/./other/../events");
    let one = EventSource::<Texts>::open(&url, page(Transport::Native)).expect("a URL");
    let two = EventSource::<Texts>::open(&other, page(Transport::Native)).expect("a URL");
    until(&one, "the stream", |state| *state == State::Open).await;
    until(&two, "the stream", |state| *state == State::Open).await;
    assert_eq!(key.requests().await, 1);
}

async fn a_bad_url_is_an_error_before_any_tab_is_asked(server: Server, transport: Transport) {
    let key = server.key("urls");
    for options in [page(transport), browser(transport, &key)] {
        let error = EventSource::<String>::open("http://[", options).unwrap_err();
        assert!(error.is_invalid_url(), "{error}");
    }
    until_no_lock().await;
}
