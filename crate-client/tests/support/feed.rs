//! Types to read, and a subscription to read them from.

use std::future::Future;

use futures_util::FutureExt;
use futures_util::future::join;
use serde::Deserialize;
use sse_signals::{Event, EventSource, Gap, Item, Options, State};

use super::page::is_firefox;
use super::server::Key;
use super::transport::Transport;
use super::wait::within;

/// The server's replayed quotes, as far as the tests look at them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Feed {
    Quote { sequence: u64 },
}

/// A subscription that keeps account of what it read.
pub(crate) struct Reader {
    pub(crate) source: EventSource<Feed>,
    pub(crate) sequences: Vec<u64>,
    pub(crate) gaps: Vec<Gap>,
}

impl Reader {
    pub(crate) fn open(url: &str, options: Options) -> Self {
        let source = EventSource::open(url, options).expect("the URL is good");
        Self { source, sequences: Vec::new(), gaps: Vec::new() }
    }

    /// Reads on until so many more quotes have come.
    pub(crate) async fn read(&mut self, quotes: usize) {
        let until = self.sequences.len() + quotes;
        let what = format!("{quotes} more quotes, state {:?}", self.source.state());
        within(&what, async {
            while self.sequences.len() < until {
                let item = self.source.next().await;
                self.take(item);
            }
        })
        .await;
    }

    fn take(&mut self, item: Option<Item<Feed>>) {
        match item.expect("the stream goes on") {
            Item::Event(event) => {
                let Feed::Quote { sequence } = event.data;
                self.sequences.push(sequence);
            }
            Item::Gap(gap) => self.gaps.push(gap),
            other => panic!("{other:?}"),
        }
    }

    /// Once the stream is open: reads all that came up to now, and some more. Nothing of it is lost or there twice.
    pub(crate) async fn goes_on(&mut self) {
        self.until("the stream", |state| *state == State::Open).await;
        while let Some(item) = self.source.next().now_or_never() {
            self.take(item);
        }
        self.read(20).await;
        self.assert_consecutive();
        assert_eq!(self.gaps, []);
    }

    /// Nothing lost, nothing twice.
    pub(crate) fn assert_consecutive(&self) {
        for pair in self.sequences.windows(2) {
            assert_eq!(pair[1], pair[0] + 1, "sequences {:?}", self.sequences);
        }
    }

    pub(crate) async fn until(
        &self,
        what: &str,
        condition: impl FnMut(&State) -> bool,
    ) -> Vec<State> {
        until(&self.source, what, condition).await
    }

    pub(crate) async fn until_by(
        &self,
        action: impl Future<Output = ()>,
        what: &str,
        condition: impl FnMut(&State) -> bool,
    ) -> Vec<State> {
        until_by(action, &self.source, what, condition).await
    }
}

/// A stream that carries only what the test sends.
pub(crate) async fn manual<T>(key: &Key, options: Options) -> EventSource<T>
where
    T: serde::de::DeserializeOwned + 'static,
{
    let source =
        EventSource::open(&key.url("fault=manual&retry=100"), options).expect("the URL is good");
    until(&source, "the stream", |state| *state == State::Open).await;
    source
}

/// Drops a source whose connection was redirected, and waits for its end at the server. Firefox goes on with such a `fetch`
/// although it is aborted, until it collects it: the server ends it, or it would take one of the few connections there are.
pub(crate) async fn drop_redirected<T>(source: EventSource<T>, transport: Transport, key: &Key) {
    drop(source);
    if transport == Transport::Fetch && is_firefox() {
        key.cut().await;
    }
    key.until_open(0).await;
}

pub(crate) async fn next<T>(source: &mut EventSource<T>) -> Item<T>
where
    T: serde::de::DeserializeOwned + 'static,
{
    within("an item", source.next()).await.expect("the stream goes on")
}

/// The next item, which must be an event.
pub(crate) async fn next_event<T>(source: &mut EventSource<T>) -> Event<T>
where
    T: serde::de::DeserializeOwned + std::fmt::Debug + 'static,
{
    match next(source).await {
        Item::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

/// Waits for a state; returns all that were seen on the way, that one last.
pub(crate) async fn until<T: serde::de::DeserializeOwned + 'static>(
    source: &EventSource<T>,
    what: &str,
    mut condition: impl FnMut(&State) -> bool,
) -> Vec<State> {
    let mut states = source.states();
    let mut seen = Vec::new();
    within(what, async {
        loop {
            let state = states.next().await.expect("the source lives");
            let done = condition(&state);
            seen.push(state);
            if done {
                break;
            }
        }
    })
    .await;
    seen
}

/// The same for a state that `action` brings, and which may be over by the time that `action` is done.
pub(crate) async fn until_by<T: serde::de::DeserializeOwned + 'static>(
    action: impl Future<Output = ()>,
    source: &EventSource<T>,
    what: &str,
    condition: impl FnMut(&State) -> bool,
) -> Vec<State> {
    join(action, until(source, what, condition)).await.1
}
