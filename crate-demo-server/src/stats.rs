//! What this server counts, for event `status` and for whoever watches it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use sse_signals_feed::Status;

use crate::log::Lost;
use crate::problem::Refusal;
use crate::publish::now;
pub(crate) use histogram::Histogram;
pub(crate) use readers::OpenStream;
use readers::Readers;

mod histogram;
mod readers;

/// Counters since the server's start. Each stands for itself: a reader of several may see one a request ahead of
/// another.
#[derive(Debug)]
pub(crate) struct Stats {
    started: Instant,
    /// Whether what fills the log runs.
    pub(crate) has_started: AtomicBool,
    requests: AtomicU64,
    errors: AtomicU64,
    refusals: [AtomicU64; Refusal::ALL.len()],
    readers: Readers,
    sent_events: AtomicU64,
    sent_bytes: AtomicU64,
    resyncs: [AtomicU64; Lost::ALL.len()],
    /// From a body's arrival to its event in the log.
    pub(crate) publishes: Histogram,
}

impl Stats {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            has_started: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            refusals: [const { AtomicU64::new(0) }; Refusal::ALL.len()],
            readers: Readers::default(),
            sent_events: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
            resyncs: [const { AtomicU64::new(0) }; Lost::ALL.len()],
            publishes: Histogram::new(),
        }
    }

    /// Requests whose answer has begun: an open stream is one, a request that its client has given up before is not.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Of these, answered with a status of 400 or above.
    pub(crate) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// Event streams that are open now.
    pub(crate) fn streams(&self) -> u64 {
        self.readers.open() as u64
    }

    /// The position of the reader furthest behind, if there is one.
    pub(crate) fn slowest(&self) -> Option<u64> {
        self.readers.slowest()
    }

    /// Events handed to readers.
    pub(crate) fn sent_events(&self) -> u64 {
        self.sent_events.load(Ordering::Relaxed)
    }

    /// Bytes handed to readers, the streams' openings and heartbeats too.
    pub(crate) fn sent_bytes(&self) -> u64 {
        self.sent_bytes.load(Ordering::Relaxed)
    }

    /// Requests refused for this reason.
    pub(crate) fn refusals(&self, refusal: Refusal) -> u64 {
        self.refusals[refusal as usize].load(Ordering::Relaxed)
    }

    /// Readers told that they can't go on, for this reason.
    pub(crate) fn resyncs(&self, lost: Lost) -> u64 {
        self.resyncs[lost as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn count_resync(&self, lost: Lost) {
        self.resyncs[lost as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts one more stream, for as long as the answer is kept. It belongs into the stream's body, which is
    /// dropped with the connection.
    pub(crate) fn open_stream(self: &Arc<Self>, position: u64) -> OpenStream {
        OpenStream::new(Arc::clone(self), position)
    }

    /// All of it as an event.
    pub(crate) fn status(&self) -> Status {
        Status {
            sequence: 0,
            at: now(),
            uptime: self.started.elapsed().as_secs(),
            requests: self.requests(),
            errors: self.errors(),
            streams: self.streams(),
        }
    }
}

/// Counts each request that is answered; stands around all others, so that refusals count as well.
pub(crate) async fn count(
    State(stats): State<Arc<Stats>>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    stats.requests.fetch_add(1, Ordering::Relaxed);
    if response.status().as_u16() >= 400 {
        stats.errors.fetch_add(1, Ordering::Relaxed);
    }
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        stats.refusals[*refusal as usize].fetch_add(1, Ordering::Relaxed);
    }
    response
}
