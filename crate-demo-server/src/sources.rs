//! What fills the log while the server runs.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use sse_signals_feed::Feed;
use tokio::time::Instant;

use crate::log::Log;

/// How much of a replay is made up for when the timer comes late (its steps are 1 ms). After a longer pause,
/// of the whole machine say, it just goes on.
const CATCH_UP: Duration = Duration::from_secs(1);

/// They run until they are dropped.
#[derive(Default)]
pub(crate) struct Sources(FuturesUnordered<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sources").field(&self.0.len()).finish()
    }
}

impl Sources {
    pub(crate) fn push(&mut self, source: impl Future<Output = ()> + Send + 'static) {
        self.0.push(Box::pin(source));
    }

    /// Is never done.
    pub(crate) async fn run(mut self) {
        while self.0.next().await.is_some() {}
        std::future::pending::<()>().await;
    }
}

/// Appends what comes next at each step, for ever.
pub(crate) async fn replay<R>(log: Arc<dyn Log>, mut replay: R, step: Duration)
where
    R: FnMut(&mut Vec<Feed>),
{
    let mut due = Instant::now();
    let mut events = Vec::new();
    loop {
        tokio::time::sleep_until(due).await;
        events.clear();
        replay(&mut events);
        append(&*log, &events).await;
        due = (due + step).max(Instant::now() - CATCH_UP);
    }
}

/// What can't be appended is left out, and the log of the server says so.
pub(crate) async fn append(log: &dyn Log, events: &[Feed]) {
    if let Err(error) = log.append(events).await {
        tracing::error!(%error, "events were left out");
    }
}
