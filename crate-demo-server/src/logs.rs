//! Topic `logs`: what this server says of itself, and what programs say.
//!
//! ```text
//! tracing ── own.rs ──────────────────┐ drops what is too much, and says so
//! standard input ── stdin.rs ── lines.rs ─┤
//! commands ── command.rs ────── lines.rs ─┴─► tell ─► log     what is too much waits in the pipe
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sse_signals_feed::{Exit, Feed, Level, Line, Source};
use tokio::sync::mpsc;

use crate::log::Log;
use crate::publish::now;
use crate::sources::append;

pub(crate) mod command;
mod group;
mod lines;
mod own;
pub(crate) mod stdin;
mod text;

pub use own::{OwnLog, own_log};

/// How long each line holds up the next: 500 lines a second, so that no program that says more pushes all other
/// topics out of the log at once.
const LEAST_TIME: Duration = Duration::from_millis(2);
/// Lines that are appended in one go.
const BATCH: usize = 50;
/// Lines that programs may be ahead; then they wait.
const PROGRAMS_AHEAD: usize = BATCH;

/// Where programs' lines go; and what appends them, until nobody has a sender any more.
pub(crate) fn programs(log: Arc<dyn Log>) -> (mpsc::Sender<Feed>, impl Future<Output = ()> + Send) {
    let (sender, lines) = mpsc::channel(PROGRAMS_AHEAD);
    (sender, tell(log, lines, Arc::default()))
}

/// Appends what comes, and how much was `left_out` before.
async fn tell(log: Arc<dyn Log>, mut lines: mpsc::Receiver<Feed>, left_out: Arc<AtomicU64>) {
    let mut batch = Vec::with_capacity(BATCH + 1);
    loop {
        let count = lines.recv_many(&mut batch, BATCH).await;
        if count == 0 {
            return;
        }
        let left_out = left_out.swap(0, Ordering::Relaxed);
        if left_out > 0 {
            let text = format!("{left_out} lines were left out: they came too fast");
            batch.push(own_line(Level::Warn, text));
        }
        append(&*log, &batch).await;
        batch.clear();
        tokio::time::sleep(LEAST_TIME * u32::try_from(count).unwrap_or(u32::MAX)).await;
    }
}

/// What this module itself says: directly, since what it traces is left out.
fn own_line(level: Level, text: String) -> Feed {
    let target = Some(module_path!().to_owned());
    line(Source::Server, Some(level), target, text)
}

fn line(source: Source, level: Option<Level>, target: Option<String>, text: String) -> Feed {
    Feed::Line(Line { sequence: 0, at: now(), source, level, target, text })
}

fn exit(command: String, code: Option<i32>, restarts: bool) -> Feed {
    Feed::Exit(Exit { sequence: 0, at: now(), command, code, restarts })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use sse_signals_feed::Topic;

    use super::*;
    use crate::log::{RingLog, Topics};

    #[tokio::test]
    async fn what_was_left_out_is_told_behind_what_was_not() {
        let size = NonZeroUsize::new(4_096).expect("not zero");
        let log: Arc<dyn Log> = Arc::new(RingLog::new(size, size));
        let (sender, lines) = mpsc::channel(1);
        sender.send(own_line(Level::Info, "first".to_owned())).await.expect("it is taken");
        drop(sender);
        tell(Arc::clone(&log), lines, Arc::new(AtomicU64::new(7))).await;
        let batch = log.read(&mut 0, Topics::NONE.with(Topic::Logs), 9).expect("it is there");
        let text = String::from_utf8(batch.bytes.to_vec()).expect("UTF-8");
        let (first, left_out) = text.split_once("\n\n").expect("two blocks");
        assert!(first.contains("first"), "{first}");
        assert!(
            left_out.contains("\"warn\"") && left_out.contains("7 lines were left out"),
            "{text}"
        );
    }
}
