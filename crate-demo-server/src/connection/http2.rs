//! Requests side by side on one connection: how many, for how long, and what becomes of those that nobody reads.
//!
//! hyper asks an answer's body for more once its client takes more. What was handed out and is not asked for again waits
//! for the client: after a while the request is dropped, which resets its stream, and with it goes the reader of the log.
//! The other requests of the connection go on.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use hyper::rt::Executor;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

tokio::task_local! {
    /// Of the request that is being answered.
    static WAITING: Waiting;
}

/// Since when a piece of an answer waits for its client.
#[derive(Clone, Debug, Default)]
struct Waiting(Arc<Mutex<Option<Instant>>>);

/// The requests of one connection.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    open: watch::Sender<usize>,
    patience: Duration,
}

/// An answer's body that says since when it waits.
#[derive(Debug)]
pub(super) struct Watched {
    body: Body,
    waiting: Waiting,
}

/// Counts a request while it is there.
struct Open(watch::Sender<usize>);

impl Requests {
    /// None yet. A client may take nothing of an answer for as long as `patience`.
    pub(super) fn new(patience: Duration) -> Self {
        Self { open: watch::Sender::new(0), patience }
    }

    /// Waits until there was none for that long.
    pub(super) async fn idle(&self, limit: Duration) {
        let mut open = self.open.subscribe();
        loop {
            // An error would mean that `self` is gone.
            let _ = open.wait_for(|open| *open == 0).await;
            let busy = open.wait_for(|open| *open > 0);
            if tokio::time::timeout(limit, busy).await.is_err() {
                return;
            }
        }
    }
}

/// hyper answers each request in a task of its own.
impl<F> Executor<F> for Requests
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, request: F) {
        self.open.send_modify(|open| *open += 1);
        let open = Open(self.open.clone());
        let waiting = Waiting::default();
        let patience = self.patience;
        tokio::spawn(async move {
            tokio::select! {
                () = WAITING.scope(waiting.clone(), request) => {}
                () = waiting.too_long(patience) => {
                    tracing::debug!("a client takes nothing of an answer any more");
                }
            }
            drop(open);
        });
    }
}

impl Waiting {
    fn set(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    fn since(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Is done when a piece has waited for as long as `patience`.
    async fn too_long(&self, patience: Duration) {
        loop {
            let until = self.since().unwrap_or_else(Instant::now) + patience;
            if until <= Instant::now() {
                return;
            }
            sleep_until(until).await;
        }
    }
}

impl Watched {
    /// The answer, to be handed to hyper in the task of its request.
    pub(super) fn answer(response: Response) -> Response<Self> {
        // An executor of another kind would have no such task; then nothing is watched.
        let waiting = WAITING.try_with(Waiting::clone).unwrap_or_default();
        response.map(|body| Self { body, waiting })
    }
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.waiting.set(None);
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.waiting.set(frame.is_some().then(Instant::now));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}
