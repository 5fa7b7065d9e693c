//! `GET /events`: from the log to the socket.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{self, TryStream};
use serde::Deserialize;
use sse_signals_feed::Topic;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use crate::App;
use crate::faults::Order;
use crate::log::{Batch, Log, Lost, Topics};
use crate::problem::Problem;

/// Says only that the server is alive. The lone `data:` makes it an event, since a native `EventSource` does
/// not show comments; it has no id, so the cursor stays where it is.
const PING: &str = "event: ping\ndata:\n\n";
/// Events that `?recent=` may ask for.
const MAX_RECENT: u64 = 2_000;
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventsQuery {
    topics: Option<String>,
    last_event_id: Option<String>,
    #[serde(default)]
    recent: u64,
}

/// One connection's way through the log.
#[derive(Debug)]
pub(crate) struct Reader {
    log: Arc<Log>,
    topics: Topics,
    position: u64,
    appended: watch::Receiver<()>,
    /// What the stream begins with.
    opening: Option<Bytes>,
    retry: Duration,
    heartbeat: Interval,
    shutdown: watch::Receiver<bool>,
}

/// Answers with the stream of events.
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    uri: Uri,
    query: Result<Query<EventsQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    let order = Order::from_uri(&uri, app.faults.as_ref())?;
    let retry = order.retry.map_or(app.retry, Duration::from_millis);
    let reader = open(&app, &headers, &query, retry)?;
    Ok(match &app.faults {
        Some(faults) => faults.answer(order, &headers, query.last_event_id, reader),
        None => event_stream(stream::unfold(reader, |mut reader| async move {
            let batch = reader.next(usize::MAX).await?;
            Some((Ok::<_, Infallible>(batch.bytes), reader))
        })),
    })
}

fn open(
    app: &App,
    headers: &HeaderMap,
    query: &EventsQuery,
    retry: Duration,
) -> Result<Reader, Problem> {
    let topics = match &query.topics {
        None => Topics::ALL,
        Some(names) => Topics::parse(names).map_err(|unknown| {
            let known = Topic::ALL.map(Topic::name).join(", ");
            Problem::bad_request(format!("There is no topic {unknown:?}; topics are {known}."))
        })?,
    };
    if query.recent > MAX_RECENT {
        let detail = format!("`recent` is a number of events from 0 to {MAX_RECENT}.");
        return Err(Problem::bad_request(detail));
    }
    // The header wins: a browser that reconnects sends it with a URL whose query has grown old.
    let header = headers.get(LAST_EVENT_ID).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let cursor = [header.as_deref(), query.last_event_id.as_deref()]
        .into_iter()
        .flatten()
        .find(|cursor| !cursor.is_empty());
    let position = match cursor {
        None => Ok(app.log.back(query.recent)),
        Some(cursor) => app.log.resume(cursor, topics),
    };
    Ok(Reader::new(app, topics, position, retry))
}

impl Reader {
    fn new(app: &App, topics: Topics, position: Result<u64, Lost>, retry: Duration) -> Self {
        let log = Arc::clone(&app.log);
        let appended = log.watch();
        let milliseconds = retry.as_millis();
        let (position, opening) = match position {
            // The id names the position from the start, so that a stream that is cut before its first event
            // resumes too. Without data it is no event, but sets the last event ID, as the standard says.
            // A browser shows that ID only with an event, hence the ping.
            Ok(position) => {
                (position, format!("retry: {milliseconds}\nid: {}\n\n{PING}", log.id(position)))
            }
            Err(lost) => {
                let position = log.head();
                (position, format!("retry: {milliseconds}\n{}", resync(&log, lost, position)))
            }
        };
        let mut heartbeat =
            tokio::time::interval_at(tokio::time::Instant::now() + app.heartbeat, app.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shutdown = app.shutdown.clone();
        Self {
            log,
            topics,
            position,
            appended,
            opening: Some(opening.into()),
            retry,
            heartbeat,
            shutdown,
        }
    }

    /// What to write next, as soon as there is something: the opening, a heartbeat, or all events that have
    /// gathered, at most `limit`. None once the server shuts down. Nothing is lost if it is dropped while it
    /// waits.
    pub(crate) async fn next(&mut self, limit: usize) -> Option<Batch> {
        if let Some(bytes) = self.take_opening() {
            return Some(Batch { bytes, events: 0 });
        }
        let Self { log, topics, position, appended, heartbeat, shutdown, .. } = self;
        tokio::select! {
            biased;
            _ = shutdown.wait_for(|shutdown| *shutdown) => None,
            _ = heartbeat.tick() => Some(Batch { bytes: Bytes::from_static(PING.as_bytes()), events: 0 }),
            batch = next_events(log, position, *topics, appended, limit) => batch,
        }
    }

    /// The reconnection time.
    pub(crate) const fn retry(&self) -> Duration {
        self.retry
    }

    /// What the stream begins with, if it is not written yet.
    pub(crate) fn take_opening(&mut self) -> Option<Bytes> {
        self.opening.take()
    }

    /// Waits until the server shuts down.
    pub(crate) async fn shut_down(&mut self) {
        // An error would mean that the server is gone altogether.
        let _ = self.shutdown.wait_for(|shutdown| *shutdown).await;
    }
}

/// None once there is no log any more.
async fn next_events(
    log: &Log,
    position: &mut u64,
    topics: Topics,
    appended: &mut watch::Receiver<()>,
    limit: usize,
) -> Option<Batch> {
    loop {
        // Seen before the log is read, so that no append in between is slept through.
        appended.mark_unchanged();
        match log.read(position, topics, limit) {
            Ok(batch) if batch.events > 0 => return Some(batch),
            Ok(_) => appended.changed().await.ok()?,
            Err(lost) => {
                *position = log.head();
                let bytes = resync(log, lost, *position).into();
                return Some(Batch { bytes, events: 0 });
            }
        }
    }
}

/// Tells the reader that events are missing, and where the stream goes on.
fn resync(log: &Log, lost: Lost, position: u64) -> String {
    format!("event: resync\nid: {}\ndata: {{\"reason\":\"{lost}\"}}\n\n", log.id(position))
}

/// A response whose body is these chunks of an event stream.
pub(crate) fn event_stream<S>(chunks: S) -> Response
where
    S: TryStream + Send + 'static,
    S::Ok: Into<Bytes>,
    S::Error: Into<axum::BoxError>,
{
    let mut response = Response::new(Body::from_stream(chunks));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Asks nginx, and proxies that follow it, to pass each chunk on at once.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}
