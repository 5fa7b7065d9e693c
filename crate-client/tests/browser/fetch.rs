//! What only the fetch transport can do.

mod answer;
mod body;
mod request;

use std::time::Duration;

use sse_signals::{EventSource, Fetch, Options, Retry, State};

use crate::support::server::Key;

/// Tries again at once.
fn options(fetch: Fetch) -> Options {
    let retry = Retry::new().base(Duration::ZERO).floor(Duration::ZERO);
    Options::new().fetch(fetch).retry(retry)
}

fn open(key: &Key, parameters: &str, options: Options) -> EventSource<String> {
    EventSource::open(&key.url(parameters), options).expect("the request is good")
}

fn waits(state: &State) -> bool {
    matches!(state, State::Waiting { .. })
}

fn is_open(state: &State) -> bool {
    *state == State::Open
}
