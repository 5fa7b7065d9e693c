//! The log of one process: a ring in memory.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use sse_signals::schema;
use sse_signals_feed::{Feed, Topic};
use tokio::sync::watch;

use super::{AppendError, Appending, Batch, Held, Log, Lost, Topics};

/// A reader's chunk ends after the event that reaches this many bytes, so that one far behind is served in
/// pieces.
const CHUNK_BYTES: usize = 64 * 1024;

/// The events of this process, newest last, at most as many, and as many bytes, as the ring holds.
#[derive(Debug)]
pub struct RingLog {
    /// Differs at each start of a server, so that a cursor of an earlier one is told from ours.
    epoch: String,
    ring: RwLock<Ring>,
    /// Wakes the readers at each append.
    appended: watch::Sender<()>,
}

#[derive(Debug)]
struct Ring {
    /// In events.
    capacity: usize,
    /// Of their blocks, in bytes.
    byte_capacity: usize,
    bytes: usize,
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

impl RingLog {
    /// An empty log with an epoch of its own, for so many events of so many bytes together. The newest event stays,
    /// however large it is.
    #[must_use]
    pub fn new(events: NonZeroUsize, bytes: NonZeroUsize) -> Self {
        // Microseconds: no server restarts within one.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            epoch: format!("{:x}", now.as_micros()),
            ring: RwLock::new(Ring {
                capacity: events.get(),
                byte_capacity: bytes.get(),
                bytes: 0,
                entries: VecDeque::new(),
                head: 0,
                appended: [0; Topic::ALL.len()],
                evicted: [0; Topic::ALL.len()],
            }),
            appended: watch::Sender::new(()),
        }
    }

    fn append_now(&self, events: &[Feed]) -> Result<String, AppendError> {
        let mut ring = self.write();
        let appended = events.iter().try_for_each(|event| {
            let topic = event.topic();
            let mut event = event.clone();
            event.set_sequence(ring.appended[topic as usize] + 1);
            let id = self.id(ring.head + 1);
            let block = schema::encode(&event)
                .and_then(|encoded| encoded.to_block(Some(&id)))
                .map_err(|error| AppendError(error.to_string()))?;
            ring.push(Entry { topic, block: Bytes::from(block) });
            Ok(())
        });
        let id = self.id(ring.head);
        drop(ring);
        self.appended.send_replace(());
        appended.map(|()| id)
    }

    // A panic between two writes of a ring would leave it whole; see `Ring::push`.
    fn read_lock(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log for RingLog {
    fn append<'a>(&'a self, events: &'a [Feed]) -> Appending<'a> {
        Box::pin(std::future::ready(self.append_now(events)))
    }

    fn id(&self, position: u64) -> String {
        format!("{}-{position}", self.epoch)
    }

    fn head(&self) -> u64 {
        self.read_lock().head
    }

    fn back(&self, events: u64, topics: Topics) -> u64 {
        let ring = self.read_lock();
        let wanted = usize::try_from(events).unwrap_or(usize::MAX);
        let of_topics =
            ring.entries.iter().rev().enumerate().filter(|(_, it)| topics.contains(it.topic));
        // All of what is there, where there is less.
        let back = of_topics.take(wanted).last().map_or(0, |(index, _)| index as u64 + 1);
        ring.head - back
    }

    fn sequence(&self, topic: Topic) -> u64 {
        self.read_lock().appended[topic as usize]
    }

    fn held(&self) -> Held {
        let ring = self.read_lock();
        Held { events: ring.entries.len(), bytes: ring.bytes }
    }

    fn watch(&self) -> watch::Receiver<()> {
        self.appended.subscribe()
    }

    fn resume(&self, cursor: &str, topics: Topics) -> Result<u64, Lost> {
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

    fn read(&self, position: &mut u64, topics: Topics, limit: usize) -> Result<Batch, Lost> {
        let ring = self.read_lock();
        ring.check(*position, topics)?;
        let oldest = ring.head - ring.entries.len() as u64;
        let skipped = usize::try_from(position.saturating_sub(oldest)).unwrap_or(usize::MAX);
        let mut at = (*position).max(oldest);
        // One event is handed on as it is; only several are copied together.
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        let mut ends = Vec::new();
        let mut events = 0;
        let mut before = at;
        let mut is_cut = false;
        for entry in ring.entries.range(skipped.min(ring.entries.len())..) {
            if events >= limit || rest.len() >= CHUNK_BYTES {
                is_cut = true;
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
                    ends.push((rest.len(), before));
                    rest.extend_from_slice(&entry.block);
                    ends.push((rest.len(), at));
                }
                _ => {
                    rest.extend_from_slice(&entry.block);
                    ends.push((rest.len(), at));
                }
            }
            before = at;
            events += 1;
        }
        *position = at;
        let bytes = if events > 1 { rest.freeze() } else { first };
        Ok(Batch { bytes, events, ends: ends.into(), is_cut })
    }
}

impl Ring {
    fn push(&mut self, entry: Entry) {
        self.bytes += entry.block.len();
        self.head += 1;
        self.appended[entry.topic as usize] += 1;
        self.entries.push_back(entry);
        while self.is_too_large() {
            let oldest = self.head - self.entries.len() as u64 + 1;
            let Some(entry) = self.entries.pop_front() else { break };
            self.bytes -= entry.block.len();
            self.evicted[entry.topic as usize] = oldest;
        }
    }

    fn is_too_large(&self) -> bool {
        let events = self.entries.len();
        events > self.capacity || (events > 1 && self.bytes > self.byte_capacity)
    }

    fn check(&self, position: u64, topics: Topics) -> Result<(), Lost> {
        let lost = topics.iter().any(|topic| self.evicted[topic as usize] > position);
        if lost { Err(Lost::Expired) } else { Ok(()) }
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
