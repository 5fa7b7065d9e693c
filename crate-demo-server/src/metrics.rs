//! Topic `metrics`: how busy this machine is, and how this server fares.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use sse_signals_feed::{Feed, Metrics};
use tokio::sync::oneshot;
use tokio::time::{Interval, MissedTickBehavior};

use crate::log::Log;
use crate::sources::append;
use crate::stats::Stats;

mod machine;

use machine::Machine;

/// Appends an event `status` at each step, for ever.
pub(crate) async fn status(log: Arc<dyn Log>, stats: Arc<Stats>, step: Duration) {
    let mut steps = steps(step);
    loop {
        steps.tick().await;
        append(&*log, &[Feed::Status(stats.status())]).await;
    }
}

/// Appends an event `metrics` at each step, until the machine can't be asked any more.
pub(crate) async fn machine(log: Arc<dyn Log>, step: Duration) {
    let sampler = match sampler() {
        Ok(sampler) => sampler,
        Err(reason) => {
            tracing::warn!(reason, "this machine's load can't be told");
            return;
        }
    };
    let mut steps = steps(step);
    loop {
        steps.tick().await;
        let (answer, sample) = oneshot::channel();
        // Either fails only if the thread has panicked, which has said why.
        if sampler.send(answer).is_err() {
            return;
        }
        let Ok(metrics) = sample.await else { return };
        append(&*log, &[Feed::Metrics(metrics)]).await;
    }
}

/// A thread that answers each request with a sample, and ends once nobody can ask any more. It is no thread of the
/// runtime's: that would wait at the end for one that is held up by a file system which does not answer.
fn sampler() -> Result<mpsc::Sender<oneshot::Sender<Metrics>>, String> {
    let mut machine = Machine::new().map_err(|error| error.to_string())?;
    let (asker, asked) = mpsc::channel::<oneshot::Sender<Metrics>>();
    thread::Builder::new()
        .name("metrics".to_owned())
        .spawn(move || {
            for answer in asked {
                // Nobody waits any more at the server's end.
                let _ = answer.send(machine.sample());
            }
        })
        .map_err(|error| error.to_string())?;
    Ok(asker)
}

/// The first is one step from now, so that it has something to tell.
fn steps(step: Duration) -> Interval {
    let mut steps = tokio::time::interval_at(tokio::time::Instant::now() + step, step);
    steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    steps
}
