//! Which jobs there are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use serde::Serialize;
use sse_signals_feed::{Task, TaskKind, TaskState};
use tokio::sync::{mpsc, watch};

use super::drive::{self, Job};
use super::is_over;
use crate::log::Log;
use crate::problem::Problem;
use crate::publish::now;

/// Jobs that run at a time.
pub(super) const RUNNING: usize = 2;
/// Jobs that run or wait.
const MOST: usize = RUNNING + 16;
/// Jobs that are remembered when they are over.
const REMEMBERED: usize = 100;

/// The jobs, and where new ones go.
#[derive(Debug)]
pub(crate) struct Tasks {
    table: Mutex<Table>,
    jobs: mpsc::Sender<Job>,
}

#[derive(Debug, Default)]
struct Table {
    /// The newest one's number.
    last: u64,
    entries: BTreeMap<u64, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    shown: watch::Receiver<Shown>,
    cancel: watch::Sender<bool>,
}

/// A job as clients see it: what its newest event says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Shown {
    pub(super) task: u64,
    pub(super) kind: TaskKind,
    pub(super) state: TaskState,
    pub(super) at: u64,
    pub(super) done: u64,
    pub(super) total: u64,
    pub(super) rate: f64,
    pub(super) seconds_left: Option<f64>,
    pub(super) result: Option<String>,
}

impl Tasks {
    /// No jobs yet; and what works on them. To drop that stops them all.
    pub(crate) fn new(log: Arc<dyn Log>) -> (Self, impl Future<Output = ()> + Send) {
        let (jobs, started) = mpsc::channel(MOST);
        (Self { table: Mutex::default(), jobs }, drive::run(log, started))
    }

    pub(super) fn start(&self, kind: TaskKind, total: u64) -> Result<Shown, Problem> {
        let mut table = self.lock();
        table.forget();
        if table.open().count() >= MOST {
            let seconds = table.open().filter_map(|it| it.shown.borrow().seconds_left);
            // Unless one runs that says when it is over, some guess.
            let seconds = seconds.reduce(f64::min).unwrap_or(1.0).clamp(1.0, 3_600.0);
            return Err(Problem::busy(format!(
                "All {MOST} places for tasks are taken; wait for one to end (GET /tasks), or cancel one \
                 (DELETE /tasks/N)."
            ))
            .retry_after(seconds.ceil() as u32));
        }
        table.last += 1;
        let task = table.last;
        let (state, at) = (TaskState::Queued, now());
        let shown = Shown {
            task,
            kind,
            state,
            at,
            done: 0,
            total,
            rate: 0.0,
            seconds_left: None,
            result: None,
        };
        let (tell, watched) = watch::channel(shown.clone());
        let (cancel, cancelled) = watch::channel(false);
        // There is room for all that are open; only a server that ends takes none.
        self.jobs.try_send(Job { shown: tell, cancelled }).map_err(|_| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The server ends; ask the next one.")
        })?;
        table.entries.insert(task, Entry { shown: watched, cancel });
        Ok(shown)
    }

    pub(super) fn list(&self) -> Vec<Shown> {
        self.lock().entries.values().map(|it| it.shown.borrow().clone()).collect()
    }

    pub(super) fn show(&self, task: &str) -> Result<Shown, Problem> {
        Ok(self.find(task)?.shown.borrow().clone())
    }

    /// How it ended, once it has.
    pub(super) async fn cancel(&self, task: &str) -> Result<Shown, Problem> {
        let Entry { mut shown, cancel } = self.find(task)?;
        let seen = shown.borrow_and_update().clone();
        if seen.state.is_over() {
            return Err(is_over(&seen));
        }
        cancel.send_replace(true);
        let ended = shown.wait_for(|shown| shown.state.is_over()).await;
        ended.map(|shown| shown.clone()).map_err(|_| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The server ends, and all tasks with it.")
        })
    }

    fn find(&self, task: &str) -> Result<Entry, Problem> {
        let entry = task.parse().ok().and_then(|task: u64| self.lock().entries.get(&task).cloned());
        entry.ok_or_else(|| {
            let detail = format!(
                "There is no task {task:?}; GET /tasks lists those there are. Of those that are over, the last \
                 {REMEMBERED} are remembered."
            );
            Problem::new(StatusCode::NOT_FOUND, detail)
        })
    }

    // A panic between two writes of a table would leave it whole.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Those that run or wait.
    fn open(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().filter(|it| !it.shown.borrow().state.is_over())
    }

    /// Leaves the oldest ones out that are over, where there are too many.
    fn forget(&mut self) {
        let over = self.entries.iter().filter(|(_, it)| it.shown.borrow().state.is_over());
        let over: Vec<_> = over.map(|(task, _)| *task).collect();
        for task in over.iter().take(over.len().saturating_sub(REMEMBERED)) {
            self.entries.remove(task);
        }
    }
}

impl Shown {
    pub(super) fn to_task(&self) -> Task {
        let Self { task, kind, state, at, done, total, rate, seconds_left, .. } = *self;
        let result = self.result.clone();
        Task { sequence: 0, at, task, kind, state, done, total, rate, seconds_left, result }
    }
}
