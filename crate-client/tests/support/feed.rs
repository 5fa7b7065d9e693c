//! Types to read, and a subscription to read them from.

use serde::Deserialize;
use sse_signals::{EventSource, Gap, Item, Options, State};

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
                match self.source.next().await.expect("the stream goes on") {
                    Item::Event(event) => {
                        let Feed::Quote { sequence } = event.data;
                        self.sequences.push(sequence);
                    }
                    Item::Gap(gap) => self.gaps.push(gap),
                    other => panic!("{other:?}"),
                }
            }
        })
        .await;
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
