//! The wire contract between the demo server and the app: one serde enum, no I/O.
//!
//! [`Feed`] is externally tagged, so `sse-signals` sends each variant as an event of that name and listens to
//! each by name. The shapes here are what stands in the `data` field, as JSON.

mod headline;
mod line;
mod machine;
mod message;
mod quote;
mod task;
mod topic;
mod weather;

pub use headline::{Headline, HeadlineKind};
pub use line::{Exit, Level, Line, Source};
pub use machine::{Metrics, Status};
pub use message::Message;
pub use quote::Quote;
pub use task::{Task, TaskKind, TaskState};
pub use topic::Topic;
pub use weather::{Condition, Weather};

use serde::{Deserialize, Serialize};

/// Everything the demo server streams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feed {
    /// One symbol's trading day, as event `quote` of topic `quotes`.
    Quote(Quote),
    /// A headline computed from the prices, as event `news` of topic `news`.
    News(Headline),
    /// A day's weather, as event `weather` of topic `weather`.
    Weather(Weather),
    /// How busy the machine is, as event `metrics` of topic `metrics`.
    Metrics(Metrics),
    /// How the server fares, as event `status` of topic `metrics`.
    Status(Status),
    /// A line of a log, as event `line` of topic `logs`.
    Line(Line),
    /// The end of a command, as event `exit` of topic `logs`.
    Exit(Exit),
    /// How far a job is, as event `task` of topic `tasks`.
    Task(Task),
    /// Something said, as event `chat` of topic `chat`.
    Chat(Message),
    /// Something that somebody should know, as event `notify` of topic `notify`.
    Notify(Message),
}

impl Feed {
    /// The topic that this event belongs to.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        match self {
            Self::Quote(_) => Topic::Quotes,
            Self::News(_) => Topic::News,
            Self::Weather(_) => Topic::Weather,
            Self::Metrics(_) | Self::Status(_) => Topic::Metrics,
            Self::Line(_) | Self::Exit(_) => Topic::Logs,
            Self::Task(_) => Topic::Tasks,
            Self::Chat(_) => Topic::Chat,
            Self::Notify(_) => Topic::Notify,
        }
    }

    /// The event's number within its topic: 1 for the first after the server's start, then without a hole, so
    /// that a reader of some topics can count what it missed.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        match self {
            Self::Quote(quote) => quote.sequence,
            Self::News(headline) => headline.sequence,
            Self::Weather(weather) => weather.sequence,
            Self::Metrics(metrics) => metrics.sequence,
            Self::Status(status) => status.sequence,
            Self::Line(line) => line.sequence,
            Self::Exit(exit) => exit.sequence,
            Self::Task(task) => task.sequence,
            Self::Chat(message) | Self::Notify(message) => message.sequence,
        }
    }

    /// Sets the event's number within its topic, which is the log's to give.
    pub const fn set_sequence(&mut self, sequence: u64) {
        let place = match self {
            Self::Quote(quote) => &mut quote.sequence,
            Self::News(headline) => &mut headline.sequence,
            Self::Weather(weather) => &mut weather.sequence,
            Self::Metrics(metrics) => &mut metrics.sequence,
            Self::Status(status) => &mut status.sequence,
            Self::Line(line) => &mut line.sequence,
            Self::Exit(exit) => &mut exit.sequence,
            Self::Task(task) => &mut task.sequence,
            Self::Chat(message) | Self::Notify(message) => &mut message.sequence,
        };
        *place = sequence;
    }
}
