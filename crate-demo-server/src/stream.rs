//! `GET /events`: from the log to the socket.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::TryStream;
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Interval, MissedTickBehavior};

use crate::App;
use crate::delivery::Handover;
use crate::log::{Batch, Lost, Topics};
use crate::problem::Problem;
use crate::{faults, topics};
use cursor::resync;
pub(crate) use cursor::{Cursor, LastRead};

mod cursor;

/// Says only that the server is alive. The lone `data:` makes it an event, since a native `EventSource` does
/// not show comments. A heartbeat has no id, so the cursor stays where it is.
pub(crate) const PING: &str = "event: ping\ndata:\n\n";
/// Events that `?recent=` may ask for.
const MAX_RECENT: u64 = 2_000;
pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventsQuery {
    topics: Option<String>,
    pub(crate) last_event_id: Option<String>,
    #[serde(default)]
    recent: u64,
}

/// Where a reader will begin.
#[derive(Debug)]
pub(crate) struct Place {
    app: Arc<App>,
    topics: Topics,
    position: Result<u64, Lost>,
    retry: Duration,
    permit: OwnedSemaphorePermit,
}

/// One connection's way through the log, for whoever writes it.
#[derive(Debug)]
pub(crate) struct Reader {
    cursor: Cursor,
    appended: watch::Receiver<()>,
    /// What the stream begins with.
    opening: Option<Bytes>,
    retry: Duration,
    heartbeat: Option<Interval>,
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
    faults::refuse(&uri)?;
    Ok(answer(open(&app, &headers, &query, app.retry)?))
}

/// The stream as a response, to be served as it is, or by whoever takes the reader's place out of it.
pub(crate) fn answer(place: Place) -> Response {
    let handover = Handover::new(place);
    let mut response = event_stream(handover.clone().into_body());
    response.extensions_mut().insert(handover);
    response
}

/// Finds where the reader is to stand.
pub(crate) fn open(
    app: &Arc<App>,
    headers: &HeaderMap,
    query: &EventsQuery,
    retry: Duration,
) -> Result<Place, Problem> {
    let topics = topics::asked(query.topics.as_deref(), app.served)?;
    if query.recent > MAX_RECENT {
        let detail = format!("`recent` is a number of events from 0 to {MAX_RECENT}.");
        return Err(Problem::bad_request(detail));
    }
    let permit = Arc::clone(&app.free_streams).try_acquire_owned().map_err(|_| {
        Problem::busy("This server has as many event streams open as it may; try again later.")
    })?;
    // The header wins: a browser that reconnects sends it with a URL whose query has grown old.
    let header = headers.get(LAST_EVENT_ID).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let cursor = [header.as_deref(), query.last_event_id.as_deref()]
        .into_iter()
        .flatten()
        .find(|cursor| !cursor.is_empty());
    let position = match cursor {
        None => Ok(app.log.back(query.recent, topics)),
        Some(cursor) => app.log.resume(cursor, topics),
    };
    Ok(Place { app: Arc::clone(app), topics, position, retry, permit })
}

impl From<Place> for Reader {
    fn from(place: Place) -> Self {
        let Place { app, topics, position, retry, permit } = place;
        let log = Arc::clone(&app.log);
        let milliseconds = retry.as_millis();
        let (position, opening) = match position {
            // The id names the position from the start, so that a stream that is cut before its first event
            // resumes too. It goes with a ping: a browser shows an id only with an event, and Firefox forgets one that
            // comes in a block without data.
            Ok(position) => {
                (position, format!("retry: {milliseconds}\nid: {}\n{PING}", log.id(position)))
            }
            Err(lost) => {
                app.stats.count_resync(lost);
                let position = log.head();
                (position, format!("retry: {milliseconds}\n{}", resync(&*log, lost, position)))
            }
        };
        let mut heartbeat =
            tokio::time::interval_at(tokio::time::Instant::now() + app.heartbeat, app.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            appended: log.watch(),
            opening: Some(opening.into()),
            retry,
            heartbeat: Some(heartbeat),
            shutdown: app.shutdown.clone(),
            cursor: Cursor::new(log, topics, position, app.stats.open_stream(position), permit),
        }
    }
}

impl Reader {
    /// What to write next, as soon as there is something: the opening, a heartbeat, or all events that have
    /// gathered, at most `limit`. None once the server shuts down. Nothing is lost if it is dropped while it
    /// waits.
    pub(crate) async fn next(&mut self, limit: usize) -> Option<Batch> {
        self.cursor.all_is_out();
        if let Some(bytes) = self.take_opening() {
            return Some(Batch::no_event(bytes));
        }
        let Self { cursor, appended, heartbeat, shutdown, .. } = self;
        tokio::select! {
            biased;
            _ = shutdown.wait_for(|shutdown| *shutdown) => None,
            () = tick(heartbeat.as_mut()) => {
                cursor.hand_out(PING.len());
                Some(Batch::no_event(Bytes::from_static(PING.as_bytes())))
            }
            batch = next_events(cursor, appended, limit) => batch,
        }
    }

    /// Where it stands, and its heartbeat, for who reads on by himself.
    pub(crate) fn into_parts(self) -> (Cursor, Option<Interval>) {
        (self.cursor, self.heartbeat)
    }

    /// The reconnection time.
    pub(crate) const fn retry(&self) -> Duration {
        self.retry
    }

    /// What the stream begins with, if it is not written yet.
    pub(crate) fn take_opening(&mut self) -> Option<Bytes> {
        let opening = self.opening.take()?;
        self.cursor.hand_out(opening.len());
        Some(opening)
    }

    /// Has no heartbeats from now on.
    pub(crate) fn leave_out_heartbeats(&mut self) {
        self.heartbeat = None;
    }

    /// The same, and no ping in the opening.
    pub(crate) fn leave_out_pings(&mut self) {
        self.leave_out_heartbeats();
        let without = self.opening.as_ref().and_then(|it| it.strip_suffix(PING.as_bytes()));
        if let Some(fields) = without {
            self.opening = Some([fields, b"\n"].concat().into());
        }
    }

    /// Waits until the server shuts down.
    pub(crate) fn shut_down(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut shutdown = self.shutdown.clone();
        async move {
            // An error would mean that the server is gone altogether.
            let _ = shutdown.wait_for(|shutdown| *shutdown).await;
        }
    }
}

pub(crate) async fn tick(heartbeat: Option<&mut Interval>) {
    match heartbeat {
        Some(heartbeat) => {
            heartbeat.tick().await;
        }
        None => std::future::pending().await,
    }
}

/// None once there is no log any more.
async fn next_events(
    cursor: &mut Cursor,
    appended: &mut watch::Receiver<()>,
    limit: usize,
) -> Option<Batch> {
    loop {
        // Seen before the log is read, so that no append in between is slept through.
        appended.mark_unchanged();
        if let Some(batch) = cursor.read(limit, &mut LastRead::default()) {
            return Some(batch);
        }
        appended.changed().await.ok()?;
    }
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
