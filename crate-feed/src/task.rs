//! Jobs that take a while.

use serde::{Deserialize, Serialize};

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Number within topic `tasks`, from 1.
    pub sequence: u64,
    /// When that was, in milliseconds since 1970-01-01.
    pub at: u64,
    /// Which job: its number since the server's start.
    pub task: u64,
    /// What it does.
    pub kind: TaskKind,
    /// How it fares.
    pub state: TaskState,
    /// Units done: see [`TaskKind`].
    pub done: u64,
    /// Units in all.
    pub total: u64,
    /// Units a second, over the whole time so far.
    pub rate: f64,
    /// Seconds left at that rate; none before there is one, and once it is over.
    pub seconds_left: Option<f64>,
    /// What came of it, once it is done.
    pub result: Option<String>,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    /// The SHA-256 of generated data; units are bytes.
    Checksum,
    /// How many primes there are below a number; units are numbers looked at.
    Primes,
}

/// How a job fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// It waits for others to end.
    Queued,
    /// It is at work.
    Running,
    /// It has a result.
    Done,
    /// It was cancelled.
    Cancelled,
}

impl TaskState {
    /// Whether nothing more comes of it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}
