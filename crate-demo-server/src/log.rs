//! The log: one ring of encoded events, many cursors.
//!
//! Every event is encoded once, when it is appended. Readers have no queue here: a reader is a position in the
//! log, and one that is too slow finds that its position has left the ring.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use sse_signals::schema;
use sse_signals_feed::{Feed, Topic};
use tokio::sync::watch;

/// A reader's chunk ends after the event that reaches this many bytes, so that one far behind is served in
/// pieces.
const CHUNK_BYTES: usize = 64 * 1024;

/// The events of this process, newest last, at most as many as the ring holds.
#[derive(Debug)]
pub struct Log {
    /// Differs at each start of a server, so that a cursor of an earlier one is told from ours.
    epoch: String,
    ring: RwLock<Ring>,
    /// Wakes the readers at each append.
    appended: watch::Sender<()>,
}

/// Why a reader can't go on from its cursor; the `reason` in the data of event `resync`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The cursor is from another start of the server.
    Epoch,
    /// Events that the reader asked for have left the ring.
    Expired,
    /// The cursor is not one of ours, or from the future.
    Unknown,
}

/// A set of topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topics([bool; Topic::ALL.len()]);

/// What a reader had not seen: whole event blocks, oldest first.
#[derive(Debug, Default)]
pub struct Batch {
    /// The blocks, one after the other.
    pub bytes: Bytes,
    /// How many there are.
    pub events: usize,
}

#[derive(Debug)]
struct Ring {
    capacity: usize,
    entries: VecDeque<Entry>,
    /// Events appended so far, which is the newest one's number.
    head: u64,
    /// By topic: events appended so far.
    appended: [u64; Topic::ALL.len()],
    /// By topic: the number of the last event that has left the ring. A reader of some topics has lost nothing
    /// while its position is not below theirs.
    evicted: [u64; Topic::ALL.len()],
}

#[derive(Debug)]
struct Entry {
    topic: Topic,
    block: Bytes,
}

impl Log {
    /// An empty log with an epoch of its own.
    #[must_use]
    pub fn new(capacity: NonZeroUsize) -> Self {
        // Microseconds: no server restarts within one.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            epoch: format!("{:x}", now.as_micros()),
            ring: RwLock::new(Ring {
                capacity: capacity.get(),
                entries: VecDeque::new(),
                head: 0,
                appended: [0; Topic::ALL.len()],
                evicted: [0; Topic::ALL.len()],
            }),
            appended: watch::Sender::new(()),
        }
    }

    /// Numbers, encodes and appends the events, and then wakes the readers. An event that can't be encoded is
    /// left out, and takes no number.
    pub fn append(&self, events: &[Feed]) {
        let mut ring = self.write();
        for event in events {
            let topic = event.topic();
            let mut event = event.clone();
            event.set_sequence(ring.appended[topic as usize] + 1);
            let id = self.id(ring.head + 1);
            match schema::encode(&event).and_then(|encoded| encoded.to_block(Some(&id))) {
                Ok(block) => ring.push(Entry { topic, block: Bytes::from(block) }),
                Err(error) => tracing::error!(%error, "an event was left out"),
            }
        }
        drop(ring);
        self.appended.send_replace(());
    }

    /// The text of a cursor at `position`, to be sent as `id:`.
    #[must_use]
    pub fn id(&self, position: u64) -> String {
        format!("{}-{position}", self.epoch)
    }

    /// The newest event's number: a reader there has seen all.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.read_lock().head
    }

    /// The position `events` back from the newest, or as far back as the ring goes.
    #[must_use]
    pub fn back(&self, events: u64) -> u64 {
        let ring = self.read_lock();
        ring.head - events.min(ring.entries.len() as u64)
    }

    /// Changes at each append.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<()> {
        self.appended.subscribe()
    }

    /// The position that a cursor's text stands for, if a reader of these topics can go on from there.
    ///
    /// # Errors
    ///
    /// Why it can't.
    pub fn resume(&self, cursor: &str, topics: Topics) -> Result<u64, Lost> {
        let (epoch, sequence) = parse_cursor(cursor).ok_or(Lost::Unknown)?;
        if epoch != self.epoch {
            return Err(Lost::Epoch);
        }
        let ring = self.read_lock();
        if sequence > ring.head {
            return Err(Lost::Unknown);
        }
        ring.check(sequence, topics)?;
        Ok(sequence)
    }

    /// What a reader at `position` has not seen of these topics, at most `limit` events; `position` then stands
    /// behind them. Empty if there is nothing new.
    ///
    /// # Errors
    ///
    /// [`Lost::Expired`] if some of it has left the ring; `position` stays.
    pub fn read(&self, position: &mut u64, topics: Topics, limit: usize) -> Result<Batch, Lost> {
        let ring = self.read_lock();
        ring.check(*position, topics)?;
        let oldest = ring.head - ring.entries.len() as u64;
        let skipped = usize::try_from(position.saturating_sub(oldest)).unwrap_or(usize::MAX);
        let mut at = (*position).max(oldest);
        // One event is handed on as it is; only several are copied together.
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        let mut events = 0;
        for entry in ring.entries.iter().skip(skipped) {
            if events >= limit || rest.len() >= CHUNK_BYTES {
                break;
            }
            at += 1;
            if !topics.contains(entry.topic) {
                continue;
            }
            match events {
                0 => first = entry.block.clone(),
                1 => {
                    rest.extend_from_slice(&first);
                    rest.extend_from_slice(&entry.block);
                }
                _ => rest.extend_from_slice(&entry.block),
            }
            events += 1;
        }
        *position = at;
        Ok(Batch { bytes: if events > 1 { rest.freeze() } else { first }, events })
    }

    // A panic between two writes of a ring would leave it whole; see `Ring::push`.
    fn read_lock(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn push(&mut self, entry: Entry) {
        if self.entries.len() == self.capacity {
            let oldest = self.head - self.entries.len() as u64 + 1;
            if let Some(entry) = self.entries.pop_front() {
                self.evicted[entry.topic as usize] = oldest;
            }
        }
        self.head += 1;
        self.appended[entry.topic as usize] += 1;
        self.entries.push_back(entry);
    }

    fn check(&self, position: u64, topics: Topics) -> Result<(), Lost> {
        let lost = Topic::ALL
            .into_iter()
            .any(|topic| topics.contains(topic) && self.evicted[topic as usize] > position);
        if lost { Err(Lost::Expired) } else { Ok(()) }
    }
}

impl Topics {
    /// Every topic.
    pub const ALL: Self = Self([true; Topic::ALL.len()]);

    /// Whether the topic is in the set.
    #[must_use]
    pub const fn contains(self, topic: Topic) -> bool {
        self.0[topic as usize]
    }

    /// The set that a comma-separated list of names stands for.
    ///
    /// # Errors
    ///
    /// The first name that is no topic.
    pub fn parse(names: &str) -> Result<Self, String> {
        let mut topics = Self([false; Topic::ALL.len()]);
        for name in names.split(',').map(str::trim) {
            let topic = Topic::from_name(name).ok_or_else(|| name.to_owned())?;
            topics.0[topic as usize] = true;
        }
        Ok(topics)
    }
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

/// `<epoch>-<sequence>`, as in the `id` of each event.
fn parse_cursor(text: &str) -> Option<(&str, u64)> {
    let (epoch, sequence) = text.split_once('-')?;
    let is_epoch = !epoch.is_empty() && epoch.bytes().all(|byte| byte.is_ascii_hexdigit());
    // `parse` alone would take "+1" too.
    let is_number = sequence.bytes().all(|byte| byte.is_ascii_digit());
    if is_epoch && is_number { Some((epoch, sequence.parse().ok()?)) } else { None }
}
