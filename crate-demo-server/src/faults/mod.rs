//! Faults on order, for tests; only with `--faults`.
//!
//! # Ordering a fault
//!
//! `GET /events?fault=KIND`, with everything that `/events` takes besides:
//!
//! | `fault`      | the answer                                                                              | takes          |
//! | ------------ | --------------------------------------------------------------------------------------- | -------------- |
//! | `status`     | status `code` and no stream; 204 has no body                                            | `code` (503)   |
//! | `type`       | status 200, content type `text/plain`                                                   |                |
//! | `close`      | the headers of a stream, then its clean end; `retry:` only if asked for by `retry`      |                |
//! | `cut`        | the stream; after so many events the connection is closed without the body's end        | `after` (0)    |
//! | `cut-inside` | the same, after the first half of one more event                                        | `after` (0)    |
//! | `end`        | the stream; after so many events its clean end                                          | `after` (0)    |
//! | `stall`      | the stream; after so many events silence without heartbeats, the connection stays open  | `after` (0)    |
//! | `manual`     | `retry:`, and then only what is posted to `/faults/keys/{key}/events`; no heartbeats    | `key`          |
//!
//! With every kind, and without one:
//!
//! - `key=K` (up to 100 bytes) counts the request and puts the stream under control of `/faults/keys/K`;
//! - `times=N` lets the fault happen to N requests of the key only, and `from=N` beginning with its Nth (the first
//!   is 1, the default); the others are answered as usual;
//! - `retry=MS` replaces the reconnection time of this answer, in milliseconds.
//!
//! `after` counts events of the log: `ping` and `resync` are none.
//!
//! # Control
//!
//! | request                                     | does                                                                |
//! | ------------------------------------------- | ------------------------------------------------------------------- |
//! | `GET /faults/keys/{key}`                    | `{"requests", "open", "last"}`, see [`control::KeyReport`]          |
//! | `POST /faults/keys/{key}/cut`               | closes the key's connections without the bodies' end                |
//! | `POST /faults/keys/{key}/end`               | ends the key's streams cleanly                                      |
//! | `POST /faults/keys/{key}/events` `{"text"}` | writes the text into the key's streams, as it is and in one piece   |
//! | `POST /faults/ports`                        | listens on a free loopback port for this same server: `{"port"}`    |
//! | `GET /faults/ports/{port}`                  | `{"mode", "accepted"}`: connections accepted since it was opened    |
//! | `PUT /faults/ports/{port}` `{"mode"}`       | `serve`; `refuse` connections; `kill` each as soon as it is made    |
//! | `DELETE /faults/ports/{port}`               | closes the port and its connections                                 |
//!
//! The three that write to streams answer `{"streams": n}`: how many they reached. At most 1,024 keys are kept,
//! the oldest is forgotten first, and 64 ports.

mod control;
mod keys;
mod ports;
mod script;

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::problem::Problem;
use crate::stream::{Reader, event_stream};
pub(crate) use control::routes;
use keys::{Keys, LastRequest};
use ports::Ports;
use script::{Ending, Script};

const MAX_KEY_BYTES: usize = 100;

/// The state of all faults.
#[derive(Debug)]
pub(crate) struct Faults {
    keys: Arc<Keys>,
    ports: Ports,
}

/// What a request to `/events` orders.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Order {
    fault: Option<Kind>,
    key: Option<String>,
    code: Option<u16>,
    times: Option<u64>,
    from: Option<NonZeroU64>,
    after: Option<u64>,
    /// Milliseconds.
    pub(crate) retry: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Status,
    Type,
    Close,
    Cut,
    CutInside,
    End,
    Stall,
    Manual,
}

impl Order {
    /// Reads the order in a query. Without `--faults` any is refused.
    pub(crate) fn from_uri(uri: &Uri, faults: Option<&Faults>) -> Result<Self, Problem> {
        let Query(order) = Query::<Self>::try_from_uri(uri)
            .map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        if faults.is_none() && order != Self::default() {
            return Err(Problem::bad_request(
                "`fault`, `key`, `code`, `times`, `from`, `after` and `retry` are for tests; start the server with --faults.",
            ));
        }
        order.check().map_err(Problem::bad_request)?;
        Ok(order)
    }

    fn check(&self) -> Result<(), &'static str> {
        let takes_after =
            matches!(self.fault, Some(Kind::Cut | Kind::CutInside | Kind::End | Kind::Stall));
        if self.after.is_some() && !takes_after {
            return Err("`after` goes with `fault` cut, cut-inside, end or stall.");
        }
        if self.code.is_some() && self.fault != Some(Kind::Status) {
            return Err("`code` goes with `fault` status.");
        }
        if self.code.is_some_and(|code| !(200..=599).contains(&code)) {
            return Err("`code` is a final HTTP status, from 200 to 599.");
        }
        let counts = self.times.is_some() || self.from.is_some();
        if counts && (self.key.is_none() || self.fault.is_none()) {
            return Err(
                "`times` and `from` count the requests of a `key` that get a `fault`; they need both.",
            );
        }
        if self.fault == Some(Kind::Manual) && self.key.is_none() {
            return Err("`fault` manual needs a `key` to post to.");
        }
        if self.key.as_deref().is_some_and(|key| key.is_empty() || key.len() > MAX_KEY_BYTES) {
            return Err("`key` is a text of 1 to 100 bytes.");
        }
        Ok(())
    }
}

impl Faults {
    /// Extra ports will hand their connections to the server at `upstream`.
    pub(crate) fn new(upstream: SocketAddr) -> Self {
        Self { keys: Arc::default(), ports: Ports::new(upstream) }
    }

    /// Answers a request to `/events`: with the fault that it orders, or as usual.
    pub(crate) fn answer(
        &self,
        order: Order,
        headers: &HeaderMap,
        last_event_id: Option<String>,
        mut reader: Reader,
    ) -> Response {
        let Order { mut fault, key, code, times, from, after, retry } = order;
        if let Some(key) = &key {
            let request = self.keys.count(key, LastRequest::new(headers, last_event_id));
            let earlier = from.map_or(0, |from| from.get() - 1);
            if request <= earlier || times.is_some_and(|times| request - earlier > times) {
                fault = None;
            }
        }
        let opening = match fault {
            Some(Kind::Status) => return status(code),
            Some(Kind::Type) => {
                let plain = HeaderValue::from_static("text/plain");
                return ([(header::CONTENT_TYPE, plain)], "This is no event stream.\n")
                    .into_response();
            }
            Some(Kind::Manual) => Some(format!("retry: {}\n\n", reader.retry().as_millis()).into()),
            Some(Kind::Close) => retry.map(|retry| format!("retry: {retry}\n\n").into()),
            None | Some(Kind::Cut | Kind::CutInside | Kind::End | Kind::Stall) => {
                reader.take_opening()
            }
        };
        let after = after.unwrap_or(0);
        let ending = match fault {
            None | Some(Kind::Status | Kind::Type) => None,
            Some(Kind::Close) => Some((0, Ending::End)),
            Some(Kind::End) => Some((after, Ending::End)),
            Some(Kind::Cut) => Some((after, Ending::Cut)),
            Some(Kind::CutInside) => Some((after, Ending::CutInside)),
            Some(Kind::Stall) => Some((after, Ending::Silence)),
            Some(Kind::Manual) => Some((0, Ending::Silence)),
        };
        let control = key.map(|key| self.keys.open(&key));
        event_stream(Script::new(opening, reader, ending, control).into_stream())
    }
}

fn status(code: Option<u16>) -> Response {
    let status = code
        .and_then(|code| StatusCode::from_u16(code).ok())
        .unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    if matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    ) {
        return (status, Body::empty()).into_response();
    }
    Problem::new(status, "This status was ordered by `fault=status`.").into_response()
}
