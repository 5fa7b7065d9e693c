//! Faults on order, for tests; only with `--faults`.
//!
//! # Ordering a fault
//!
//! `GET /events?…` or `POST /events?…` with these, each at most once, and with everything that `/events` takes
//! besides. What makes no sense together is refused, and the problem says why.
//!
//! | group    | parameter              | what                                                                             | default; limits      |
//! | -------- | ---------------------- | -------------------------------------------------------------------------------- | -------------------- |
//! | answer   | `fault=status`         | no stream but status `code`, and a problem as the body                           |                      |
//! |          | `code=STATUS`          | its status; 204, 205 and 304 have no body                                        | 503; 200 to 599      |
//! |          | `body=BYTES`           | its body is text instead: digits, `0123456789` over and over                     | 0 to 8,388,608       |
//! |          | `body-open=1`          | that body does not end: the connection stays open                                | needs `body`         |
//! |          | `retry-after=S`        | its header `Retry-After`: so many seconds                                        | none; 0 to a year    |
//! |          | `retry-after=date:S`   | the same: the date that is S seconds ahead, or past if negative                  | a year either way    |
//! |          | `retry-after=nonsense` | the same: `soon`, which is neither seconds nor a date                            |                      |
//! |          | `fault=type`           | status 200, content type `text/plain`                                            |                      |
//! | ending   | `fault=close`          | the headers of a stream, then its clean end; `retry:` only if asked for by `retry` |                    |
//! |          | `fault=cut`            | after `after` events the connection is closed without the body's end             |                      |
//! |          | `fault=cut-inside`     | the same, after the first half of one more event                                 |                      |
//! |          | `fault=end`            | after `after` events the clean end                                               |                      |
//! |          | `fault=stall`          | after `after` events silence without pings; the connection stays open            |                      |
//! |          | `after=N`              | events of the log; `ping`, `resync` and what is inserted are none                | 0                    |
//! |          | `fault=manual`         | `retry:`, then only what is posted to `/faults/keys/{key}/events`; no pings      | needs `key`          |
//! | inserted | `comments=N`           | comment lines: `: 1`, `: 2`, …                                                   | 1 to 1,000,000       |
//! |          | `bad-utf8=1`           | an event whose data are the bytes `a FF b E2 82 c C0 80 d`, to be read as `a�b�c��d` with U+FFFD | |
//! |          | `big-line=BYTES`       | an event whose data are so many digits in one line, `0123456789` over and over   | 1 to 8,388,608       |
//! |          | `numbers=N`            | events whose data are 1, 2, … up to N                                            | 1 to 1,000,000       |
//! |          | `per-second=N`         | so many of these a second, written every 10 ms; a reader that lags behind gets the rest at once | as fast as they are read; 1 to 100,000; needs `numbers` |
//! | counting | `key=K`                | counts requests, and puts streams under control of `/faults/keys/K`              | 1 to 100 bytes       |
//! |          | `times=N`              | `fault` and what is inserted happen to N requests of the key only                | all; needs `key`     |
//! |          | `from=N`               | beginning with its Nth request                                                   | 1; needs `key`       |
//! | redirect | `redirect=same`        | to the same path of the same origin                                              |                      |
//! |          | `redirect=other`       | to the same path of another origin: a port that is opened for this; from there, back |                  |
//! |          | `redirect-code=STATUS` | the status: 301, 302, 303, 307 or 308                                            | 307                  |
//! |          | `redirect-times=N`     | N requests of the key only are redirected                                        | all; needs `key`     |
//! |          | `redirect-from=N`      | beginning with its Nth request                                                   | 1; needs `key`       |
//! | bytes    | `newline=cr`, `crlf`, `lf` | the line ends of what the server writes                                      | `lf`                 |
//! |          | `bom=1`                | a byte order mark first                                                          |                      |
//! |          | `chunk=BYTES`          | pieces of at most so many bytes, each one a chunk and a write by itself          | none; 1 to 65,536    |
//! |          | `trickle=MS`           | milliseconds of pause between pieces, of one byte without `chunk`; 0 is none     | none; 0 to 10,000    |
//! |          | `gzip=1`               | content encoding gzip, accepted or not; flushed after each piece                 |                      |
//! |          | `retry=MS`             | the reconnection time, in milliseconds                                           | that of `--retry`    |
//! |          | `no-ping=1`            | no heartbeats, and no ping in the opening                                        |                      |
//! |          | `comment-every=MS`     | heartbeats are comments, `: alive`, so many milliseconds apart; in `stall` and `manual` too | 1 to 3,600,000 |
//!
//! - A stream is, in this order: the byte order mark; the opening, a ping with `retry:` and the id; comments, bad
//!   UTF-8, the big line and the numbers; events of the log; the ending. No pings while there are numbers to come.
//! - The inserted events are of type `message` and without id.
//! - *Bytes* go for each stream, whatever `times` and `from` say.
//! - `times` and `from`, and those of the redirect, go by the request's number of its key. The target of a redirect is
//!   the same query without the redirect, so that a redirect which is followed makes two requests:
//!   `redirect=other&fault=status&times=4` redirects requests 1, 3 and 5, answers 2 and 4 with 503, and 6 with the
//!   stream.
//! - A `cut` happens once the system has taken everything before it, so that it arrives, however much it is.
//!   Chromium's `fetch` then still drops what the page has not read yet. A test that wants it read cuts by the key
//!   once the page has it, or leaves time with `chunk=65536&trickle=50`.
//!
//! # Control
//!
//! | request                                     | does                                                                |
//! | ------------------------------------------- | ------------------------------------------------------------------- |
//! | `GET /faults/keys/{key}`                    | what is known of the key, see [`control::KeyReport`]                |
//! | `POST /faults/keys/{key}/cut`               | closes the key's connections without the bodies' end                |
//! | `POST /faults/keys/{key}/end`               | ends the key's streams cleanly                                      |
//! | `POST /faults/keys/{key}/events` `{"text"}` | writes the text into the key's streams, in one piece and as it is, but for `chunk`, `trickle` and `gzip` |
//! | `POST /faults/ports`                        | listens on a free loopback port for this same server: `{"port"}`    |
//! | `GET /faults/ports/{port}`                  | `{"mode", "accepted"}`: connections accepted since it was opened    |
//! | `PUT /faults/ports/{port}` `{"mode"}`       | `serve`; `refuse` connections; `kill` each as soon as it is made    |
//! | `DELETE /faults/ports/{port}`               | closes the port and its connections                                 |
//!
//! The three that write to streams answer `{"streams": n}`: how many they reached. At most 1,024 keys are kept,
//! the oldest is forgotten first, and 64 ports. A stream hears a command once what it is writing is out. The body of a
//! `POST /events` has at most 64 KiB.

mod answer;
mod control;
mod keys;
mod numbers;
mod order;
mod ports;
mod script;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;

use crate::App;
use crate::problem::Problem;
use crate::socket::Flushes;
use crate::stream::{self, EventsQuery, Reader, event_stream, open};
pub(crate) use control::routes;
use keys::{Keys, LastRequest};
use numbers::Numbers;
use order::{Kind, Order};
use ports::Ports;
use script::{Ending, Script};
use wire::Wire;

/// Bytes of a request's body. Longer ones are refused.
const MAX_BODY: usize = 64 * 1024;
/// Bytes of a body that are read before it is refused: a client that is still writing would not see the answer.
const MAX_REFUSED_BODY: usize = 1024 * 1024;

/// The state of all faults.
#[derive(Debug)]
pub(crate) struct Faults {
    keys: Arc<Keys>,
    ports: Ports,
}

/// Refuses a query that orders a fault, for a server without `--faults`.
pub(crate) fn refuse(uri: &Uri) -> Result<(), Problem> {
    match Query::<Order>::try_from_uri(uri) {
        Ok(Query(order)) if order == Order::default() => Ok(()),
        _ => Err(Problem::bad_request(
            "Faults on order, with `key`, `retry` and all that goes with them, are for tests; start the server \
             with --faults.",
        )),
    }
}

/// Answers a request to `/events`: with the faults that it orders, or as usual.
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
    query: Result<Query<EventsQuery>, QueryRejection>,
    Extension(flushes): Extension<Flushes>,
    body: Body,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    let Query(order) = Query::<Order>::try_from_uri(&uri)
        .map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    order.check().map_err(Problem::bad_request)?;
    if order == Order::default() && method == Method::GET {
        return Ok(stream::answer(open(&app, &headers, &query, app.retry)?));
    }
    let retry = order.retry.map_or(app.retry, Duration::from_millis);
    let reader = Reader::from(open(&app, &headers, &query, retry)?);
    let body = if method == Method::POST { Some(read(body).await?) } else { None };

    // The route is there only with faults; this keeps a mistake in that from being a panic.
    let faults = app.faults.as_ref().ok_or_else(Problem::not_found)?;
    let mut request = LastRequest::new(&method, &headers, query.last_event_id, body.as_deref());
    if headers.get(header::AUTHORIZATION).is_some_and(|value| app.access.tokens.is_in(value)) {
        request.hide_authorization();
    }
    let number = order.key.as_ref().map_or(1, |key| faults.keys.count(key, request));
    if let Some(redirect) = order.redirect(number) {
        if let Some(key) = &order.key {
            faults.keys.count_redirect(key);
        }
        return faults.redirect(redirect, app.scheme, &headers, &uri).await;
    }
    Ok(faults.answer(&order, number, reader, flushes))
}

impl Faults {
    /// Extra ports will hand their connections to the server at `upstream`.
    pub(crate) fn new(upstream: SocketAddr) -> Self {
        Self { keys: Arc::default(), ports: Ports::new(upstream) }
    }

    /// Answers the request of this number, from 1.
    fn answer(&self, order: &Order, number: u64, mut reader: Reader, flushes: Flushes) -> Response {
        let happens = order.happens(number);
        let fault = order.fault.filter(|_| happens);
        if order.no_ping.is_some() {
            reader.leave_out_pings();
        } else if order.comment_every.is_some() {
            reader.leave_out_heartbeats();
        }
        let opening = match fault {
            Some(Kind::Status) => return order.status(),
            Some(Kind::Type) => return answer::plain(StatusCode::OK, "This is no event stream.\n"),
            Some(Kind::Manual) => Some(format!("retry: {}\n\n", reader.retry().as_millis()).into()),
            Some(Kind::Close) => order.retry.map(|retry| format!("retry: {retry}\n\n").into()),
            None | Some(Kind::Cut | Kind::CutInside | Kind::End | Kind::Stall) => {
                reader.take_opening()
            }
        };
        let after = order.after.unwrap_or(0);
        let ending = match fault {
            None | Some(Kind::Status | Kind::Type) => None,
            Some(Kind::Close) => Some((0, Ending::End)),
            Some(Kind::End) => Some((after, Ending::End)),
            Some(Kind::Cut) => Some((after, Ending::Cut)),
            Some(Kind::CutInside) => Some((after, Ending::CutInside)),
            Some(Kind::Stall) => Some((after, Ending::Silence)),
            Some(Kind::Manual) => Some((0, Ending::Silence)),
        };
        let script = Script {
            beginning: Box::new(
                opening.into_iter().chain(happens.then(|| order.inserted()).into_iter().flatten()),
            ),
            numbers: order
                .numbers
                .filter(|_| happens)
                .map(|last| Numbers::new(last, order.per_second)),
            reader,
            ending,
            control: order.key.as_deref().map(|key| self.keys.open(key)),
            comments: order.comment_every.map(|every| script::comments(every.into())),
            newline: order.newline.unwrap_or_default(),
        };
        let mut response = event_stream(Wire::new(script, order, flushes).into_stream());
        if order.gzip.is_some() {
            let gzip = HeaderValue::from_static("gzip");
            response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
        }
        response
    }
}

async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    let mut request = Request::new(body);
    DefaultBodyLimit::max(MAX_REFUSED_BODY).apply(&mut request);
    match Bytes::from_request(request, &()).await {
        Ok(body) if body.len() <= MAX_BODY => Ok(body.into()),
        Err(rejection) if rejection.status() != StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Problem::body(&rejection))
        }
        _ => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The body is read whole, and at most {MAX_BODY} bytes of it."),
        )),
    }
}
