//! The last event ID, kept over a reload of the page.

use sse_signals::{EventSource, Gap, KeepCursor, Options, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::feed::{Reader, manual, next_event, until};
use crate::support::page::{Replaced, dispatch_transition, script};
use crate::support::server::Server;
use crate::support::transport::{Transport, over_both_transports};

over_both_transports! {
    a_reloaded_page_goes_on_after_what_was_read
    the_tabs_of_an_origin_share_what_is_kept_for_all
    what_was_not_read_comes_again
    a_page_that_is_left_keeps_it_too
    the_cursor_of_another_url_is_not_taken
    a_storage_that_can_not_be_written_is_none
    a_storage_that_can_not_be_reached_is_none
}

/// Where a test keeps its cursors; emptied with the drop.
struct Place(KeepCursor);

impl Place {
    fn of_the_tab(transport: Transport) -> Self {
        Self(KeepCursor::InSession(transport.choose("cursor-native", "cursor-fetch").into()))
    }

    fn of_the_origin(transport: Transport) -> Self {
        Self(KeepCursor::InLocal(transport.choose("cursor-native", "cursor-fetch").into()))
    }

    fn options(&self, transport: Transport) -> Options {
        transport.resuming().keep_cursor(self.0.clone())
    }

    fn storage_and_key(&self) -> (&'static str, &str) {
        match &self.0 {
            KeepCursor::InSession(key) => ("sessionStorage", key),
            KeepCursor::InLocal(key) => ("localStorage", key),
            _ => unreachable!("there are two"),
        }
    }

    fn stored(&self) -> Option<String> {
        let (storage, key) = self.storage_and_key();
        script(&format!("return {storage}.getItem('{key}');")).as_string()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (storage, key) = self.storage_and_key();
        script(&format!("{storage}.removeItem('{key}');"));
    }
}

async fn it_goes_on_after_a_reload(server: &Server, place: &Place, transport: Transport) {
    let key = server.key("reload");
    let url = key.url("topics=quotes");
    let mut reader = Reader::open(&url, place.options(transport));
    reader.read(10).await;
    // All that the page had is gone then.
    let Reader { source, sequences, .. } = reader;
    drop(source);
    key.until_open(0).await;
    assert!(place.stored().is_some_and(|stored| stored.ends_with(&url)), "in its own storage");

    let mut reader = Reader::open(&url, place.options(transport));
    reader.sequences = sequences;
    reader.read(20).await;
    reader.assert_consecutive();
    assert_eq!(reader.gaps, []);
    let (header, query) = key.last_cursor().await;
    assert_eq!((header.is_some(), query.is_some()), transport.choose((false, true), (true, false)));
}

async fn a_reloaded_page_goes_on_after_what_was_read(server: Server, transport: Transport) {
    it_goes_on_after_a_reload(&server, &Place::of_the_tab(transport), transport).await;
}

async fn the_tabs_of_an_origin_share_what_is_kept_for_all(server: Server, transport: Transport) {
    it_goes_on_after_a_reload(&server, &Place::of_the_origin(transport), transport).await;
}

async fn what_was_not_read_comes_again(server: Server, transport: Transport) {
    let (key, place) = (server.key("unread"), Place::of_the_tab(transport));
    let mut source = manual::<String>(&key, place.options(transport)).await;
    key.send("id: 1\ndata: read\n\nid: 2\ndata: unread\n\n").await;
    assert_eq!(next_event(&mut source).await.data, "read");
    drop(source);
    key.until_open(0).await;
    let source = manual::<String>(&key, place.options(transport)).await;
    let (header, query) = key.last_cursor().await;
    assert_eq!(header.or(query).as_deref(), Some("1"));
    drop(source);
}

async fn a_page_that_is_left_keeps_it_too(server: Server, transport: Transport) {
    let (key, place) = (server.key("leave"), Place::of_the_tab(transport));
    let mut source = manual::<String>(&key, place.options(transport)).await;
    key.send("id: 5-新\ndata: read\n\n").await;
    assert_eq!(next_event(&mut source).await.data, "read");
    dispatch_transition("pagehide", false);
    let stored = place.stored().expect("it is stored");
    assert!(stored.starts_with("5-新\n"), "{stored}");
    key.until_open(0).await;
}

async fn the_cursor_of_another_url_is_not_taken(server: Server, transport: Transport) {
    let place = Place::of_the_tab(transport);
    let first = server.key("first");
    let mut source = manual::<String>(&first, place.options(transport)).await;
    first.send("id: 1\ndata: read\n\n").await;
    next_event(&mut source).await;
    drop(source);
    let second = server.key("second");
    let _source = manual::<String>(&second, place.options(transport)).await;
    assert_eq!(second.last_cursor().await, (None, None));
}

async fn a_storage_that_can_not_be_written_is_none(server: Server, transport: Transport) {
    let (key, place) = (server.key("full"), Place::of_the_tab(transport));
    let full = Replaced::value(
        "Storage.prototype",
        "setItem",
        "() => { throw new DOMException('full', 'QuotaExceededError'); }",
    );
    let mut reader = Reader::open(&key.url("topics=quotes"), place.options(transport));
    reader.read(10).await;
    dispatch_transition("pagehide", true);
    dispatch_transition("pageshow", true);
    reader.read(10).await;
    reader.assert_consecutive();
    drop(reader);
    drop(full);
    assert_eq!(place.stored(), None);
}

async fn a_storage_that_can_not_be_reached_is_none(server: Server, transport: Transport) {
    let (key, place) = (server.key("forbidden"), Place::of_the_origin(transport));
    let forbidden = Replaced::throwing("globalThis", "localStorage");
    let mut reader = Reader::open(&key.url("topics=quotes"), place.options(transport));
    reader.read(10).await;
    drop(reader);
    drop(forbidden);
    assert_eq!(place.stored(), None);
}

#[wasm_bindgen_test]
async fn what_is_kept_but_can_not_be_sent_is_a_gap() {
    let Some(server) = Server::reach().await else { return };
    let (key, place) = (server.key("unsent"), Place::of_the_tab(Transport::Native));
    let options = Options::new().keep_cursor(place.0.clone());
    let mut source = manual::<String>(&key, options.clone()).await;
    key.send("id: 1\ndata: read\n\n").await;
    next_event(&mut source).await;
    drop(source);
    key.until_open(0).await;
    let mut source = EventSource::<String>::open(&key.url("fault=manual&retry=100"), options)
        .expect("the URL is good");
    until(&source, "the stream", |state| *state == State::Open).await;
    let item = crate::support::feed::next(&mut source).await;
    assert_eq!(item, sse_signals::Item::Gap(Gap::Unconfirmed));
}
