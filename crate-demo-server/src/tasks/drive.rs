//! From a job's start to its end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use sse_signals_feed::{Feed, TaskState};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};

use super::table::{RUNNING, Shown};
use super::work::{self, Progress};
use crate::log::Log;
use crate::publish::now;
use crate::sources::append;

/// Between two events of one job that runs.
const STEP: Duration = Duration::from_millis(100);

/// A job that has been taken on.
#[derive(Debug)]
pub(super) struct Job {
    /// What is known of it; nobody else changes it.
    pub(super) shown: watch::Sender<Shown>,
    pub(super) cancelled: watch::Receiver<bool>,
}

/// Has the thread stop at its next chunk when this is dropped.
struct StopOnDrop(Arc<Progress>);

/// Works on the jobs that come, in their order, until there can be none any more.
pub(super) async fn run(log: Arc<dyn Log>, mut started: mpsc::Receiver<Job>) {
    let places = Semaphore::new(RUNNING);
    let mut jobs = FuturesUnordered::new();
    loop {
        tokio::select! {
            job = started.recv() => match job {
                Some(job) => jobs.push(job.drive(&*log, &places)),
                None => break,
            },
            Some(()) = jobs.next() => {}
        }
    }
}

impl Job {
    async fn drive(self, log: &dyn Log, places: &Semaphore) {
        let Self { shown, mut cancelled } = self;
        // Before it waits, so that readers see it in the list of what is to come.
        tell(&shown, log, |_| {}).await;
        let place = tokio::select! {
            biased;
            () = is_wished(&mut cancelled) => None,
            place = places.acquire() => place.ok(),
        };
        if place.is_none() {
            return tell(&shown, log, |shown| shown.state = TaskState::Cancelled).await;
        }
        let began = Instant::now();
        let progress = Arc::new(Progress::default());
        let stop = StopOnDrop(Arc::clone(&progress));
        let (kind, total) = (shown.borrow().kind, shown.borrow().total);
        let mut work = tokio::task::spawn_blocking({
            let progress = Arc::clone(&progress);
            move || work::run(kind, total, &progress)
        });
        let mut steps = tokio::time::interval(STEP);
        steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let worked = loop {
            tokio::select! {
                biased;
                worked = &mut work => break worked,
                () = is_wished(&mut cancelled), if !progress.is_stopped() => {
                    progress.stop();
                }
                _ = steps.tick() => {
                    let running = |shown: &mut Shown| shown.runs(progress.done(), began);
                    tell(&shown, log, running).await;
                }
            }
        };
        drop(stop);
        let result = worked.unwrap_or_else(|error| {
            tracing::error!(%error, "a task broke down");
            None
        });
        let ended = |shown: &mut Shown| {
            shown.runs(progress.done(), began);
            let is_done = result.is_some();
            shown.state = if is_done { TaskState::Done } else { TaskState::Cancelled };
            shown.seconds_left = None;
            shown.result = result;
        };
        tell(&shown, log, ended).await;
    }
}

async fn is_wished(cancelled: &mut watch::Receiver<bool>) {
    // An error would mean that nobody knows the job any more.
    let _ = cancelled.wait_for(|cancelled| *cancelled).await;
}

/// Appends what is new, and then shows it.
async fn tell(job: &watch::Sender<Shown>, log: &dyn Log, change: impl FnOnce(&mut Shown)) {
    let mut shown = job.borrow().clone();
    change(&mut shown);
    shown.at = now();
    append(log, &[Feed::Task(shown.to_task())]).await;
    job.send_replace(shown);
}

impl Shown {
    fn runs(&mut self, done: u64, began: Instant) {
        self.state = TaskState::Running;
        self.done = done;
        let seconds = began.elapsed().as_secs_f64();
        self.rate = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
        let left = (self.total - done) as f64;
        self.seconds_left = (self.rate > 0.0).then(|| left / self.rate);
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}
