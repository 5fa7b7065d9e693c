//! Where a stream stands in the log.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use crate::log::{Batch, Log, Lost, Topics};
use crate::stats::OpenStream;

/// A position and a set of topics: there are no queues.
#[derive(Debug)]
pub(crate) struct Cursor {
    log: Arc<dyn Log>,
    topics: Topics,
    position: u64,
    /// Counts the stream for as long as it is read, and what it is handed.
    open: OpenStream,
    /// Held for as long as the stream is open.
    _permit: OwnedSemaphorePermit,
}

/// What was read last. Most streams are up to date and of few sets of topics, so that the next of them stands where the
/// last one stood, and gets the same bytes.
#[derive(Debug, Default)]
pub(crate) struct LastRead(Option<Read>);

#[derive(Debug)]
struct Read {
    from: u64,
    topics: Topics,
    limit: usize,
    to: u64,
    batch: Batch,
}

impl Cursor {
    pub(crate) fn new(
        log: Arc<dyn Log>,
        topics: Topics,
        position: u64,
        open: OpenStream,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        Self { log, topics, position, open, _permit: permit }
    }

    /// What there is from here on, at most `limit` events, or that some of it is lost; none if there is nothing new.
    pub(crate) fn read(&mut self, limit: usize, last: &mut LastRead) -> Option<Batch> {
        self.all_is_out();
        match last.read(&*self.log, &mut self.position, self.topics, limit) {
            Ok(batch) if batch.events > 0 => {
                self.open.hand_out(batch.events, batch.bytes.len());
                Some(batch)
            }
            Ok(_) => {
                // What it does not read is behind it too.
                self.all_is_out();
                None
            }
            Err(lost) => {
                self.open.stats().count_resync(lost);
                self.position = self.log.head();
                let bytes: Bytes = resync(&*self.log, lost, self.position).into();
                self.open.hand_out(0, bytes.len());
                Some(Batch::no_event(bytes))
            }
        }
    }

    /// Of this batch, the newest that was read, only so many bytes were written. Gives the rest of the event that the
    /// writing ended in; those after it are read again, so that nobody needs to keep them.
    pub(crate) fn go_back(&mut self, batch: &Batch, written: usize) -> Bytes {
        let event = batch.ends.partition_point(|(end, _)| *end <= written);
        match batch.ends.get(event) {
            None => batch.bytes.slice(written..),
            Some(&(end, position)) => {
                self.position = position;
                self.open.hand_out(event + 1, end);
                // A slice would hold all of the batch.
                Bytes::copy_from_slice(&batch.bytes[written..end])
            }
        }
    }

    /// What was handed out is on its way.
    pub(crate) fn all_is_out(&mut self) {
        self.open.stands_at(self.position);
    }

    /// So many bytes that are no events are on their way.
    pub(crate) fn hand_out(&mut self, bytes: usize) {
        self.open.hand_out(0, bytes);
    }
}

impl LastRead {
    fn read(
        &mut self,
        log: &dyn Log,
        position: &mut u64,
        topics: Topics,
        limit: usize,
    ) -> Result<Batch, Lost> {
        let is_same = |it: &&Read| (it.from, it.topics, it.limit) == (*position, topics, limit);
        if let Some(read) = self.0.as_ref().filter(is_same) {
            *position = read.to;
            return Ok(read.batch.clone());
        }
        let from = *position;
        let batch = log.read(position, topics, limit)?;
        self.0 = Some(Read { from, topics, limit, to: *position, batch: batch.clone() });
        Ok(batch)
    }
}

/// Tells the reader that events are missing, and where the stream goes on.
pub(super) fn resync(log: &dyn Log, lost: Lost, position: u64) -> String {
    format!("event: resync\nid: {}\ndata: {{\"reason\":\"{lost}\"}}\n\n", log.id(position))
}
