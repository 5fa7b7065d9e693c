//! The log: events in one order, many cursors.
//!
//! Readers have no queue here: a reader is a position in the log and a set of topics, and one that is too slow finds that
//! its position has left what the log still holds.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use sse_signals_feed::{Feed, Topic};
use tokio::sync::watch;

mod ring;

pub use ring::RingLog;

/// Where the events are, encoded once, in the order of their ids. This process' own ring is one; a log that several
/// servers share is another, if it hands out the same ids everywhere and keeps its newest events at hand here.
pub trait Log: fmt::Debug + Send + Sync {
    /// Numbers and encodes the events, appends them one after the other, and wakes the readers; gives the last one's id.
    fn append<'a>(&'a self, events: &'a [Feed]) -> Appending<'a>;

    /// The text of a cursor at `position`, to be sent as `id:`.
    fn id(&self, position: u64) -> String;

    /// The newest event's number: a reader there has seen all.
    fn head(&self) -> u64;

    /// The position before the last `events` of these topics, or as far back as the log goes.
    fn back(&self, events: u64, topics: Topics) -> u64;

    /// The number within its topic of a topic's newest event; 0 before the first.
    fn sequence(&self, topic: Topic) -> u64;

    /// What it holds now.
    fn held(&self) -> Held;

    /// Changes at each append.
    fn watch(&self) -> watch::Receiver<()>;

    /// The position that a cursor's text stands for, if a reader of these topics can go on from there.
    ///
    /// # Errors
    ///
    /// Why it can't.
    fn resume(&self, cursor: &str, topics: Topics) -> Result<u64, Lost>;

    /// What a reader at `position` has not seen of these topics, at most `limit` events; `position` then stands
    /// behind them. Empty if there is nothing new.
    ///
    /// # Errors
    ///
    /// [`Lost::Expired`] if some of it has left the log; `position` stays.
    fn read(&self, position: &mut u64, topics: Topics, limit: usize) -> Result<Batch, Lost>;
}

/// An append on its way.
pub type Appending<'a> = Pin<Box<dyn Future<Output = Result<String, AppendError>> + Send + 'a>>;

/// An event could not be appended; those before it were.
#[derive(Debug)]
pub struct AppendError(pub(crate) String);

/// Why a reader can't go on from its cursor; the `reason` in the data of event `resync`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The cursor is from another start of the server.
    Epoch,
    /// Events that the reader asked for have left the log.
    Expired,
    /// The cursor is not one of ours, or from the future.
    Unknown,
}

/// How much a log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Events.
    pub events: usize,
    /// Of their blocks.
    pub bytes: usize,
}

/// A set of topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topics([bool; Topic::ALL.len()]);

/// What a reader had not seen: whole event blocks, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The blocks, one after the other.
    pub bytes: Bytes,
    /// How many there are.
    pub events: usize,
    /// Where each ends in `bytes`, and the position behind it; empty if there is only one.
    pub ends: Arc<[(usize, u64)]>,
    /// Whether there may be more to read at once.
    pub is_cut: bool,
}

impl Batch {
    /// Bytes that are not of the log.
    pub(crate) fn no_event(bytes: Bytes) -> Self {
        Self { bytes, ..Self::default() }
    }
}

impl Topics {
    /// Every topic.
    pub const ALL: Self = Self([true; Topic::ALL.len()]);
    /// None.
    pub const NONE: Self = Self([false; Topic::ALL.len()]);

    /// The set with this topic too.
    #[must_use]
    pub const fn with(mut self, topic: Topic) -> Self {
        self.0[topic as usize] = true;
        self
    }

    /// The set without this topic.
    #[must_use]
    pub const fn without(mut self, topic: Topic) -> Self {
        self.0[topic as usize] = false;
        self
    }

    /// Whether the topic is in the set.
    #[must_use]
    pub const fn contains(self, topic: Topic) -> bool {
        self.0[topic as usize]
    }

    /// Those in the set, in their order.
    pub fn iter(self) -> impl Iterator<Item = Topic> {
        Topic::ALL.into_iter().filter(move |topic| self.contains(*topic))
    }

    /// The set that a comma-separated list of names stands for.
    ///
    /// # Errors
    ///
    /// The first name that is no topic.
    pub fn parse(names: &str) -> Result<Self, String> {
        names.split(',').map(str::trim).try_fold(Self::NONE, |topics, name| {
            let topic = Topic::from_name(name).ok_or_else(|| name.to_owned())?;
            Ok(topics.with(topic))
        })
    }
}

impl fmt::Display for Topics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, topic) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(topic.name())?;
        }
        Ok(())
    }
}

impl Lost {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Epoch, Self::Expired, Self::Unknown];
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Epoch => "epoch",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        })
    }
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AppendError {}
