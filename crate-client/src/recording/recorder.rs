//! The recorder: keeps what a subscription sees, within bounds.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::{Rc, Weak};
use std::time::Duration;

use super::format::{Dropped, Entry, Recording, What};
use crate::{Gap, State};

/// Keeps what a subscription sees: given to it by [`Options::record`](crate::Options::record).
///
/// It records from the beginning, until [`stop`](Self::stop). A clone is the same recorder. It is meant for one
/// subscription at a time; of several it keeps everything, in the order in which it came.
///
/// | bound                              | default            | unit                                          |
/// | ---------------------------------- | ------------------ | --------------------------------------------- |
/// | [`max_entries`](Self::max_entries) | 10,000             | entries of all kinds                          |
/// | [`max_bytes`](Self::max_bytes)     | 8 MiB (8,388,608)  | bytes of text in them, names and IDs included |
///
/// Beyond a bound the oldest entries go, and [`Recording::dropped`] counts them.
///
/// On a native target nothing is ever connected, so nothing is recorded.
///
/// ```
/// use sse_signals::Options;
/// use sse_signals::recording::Recorder;
///
/// let recorder = Recorder::new().max_entries(1_000);
/// let options = Options::new().record(&recorder);
/// assert!(recorder.is_recording());
/// assert!(recorder.is_empty());
/// ```
///
/// # Drop behaviour
///
/// What was recorded lives as long as any clone, those in [`Options`](crate::Options) included.
#[derive(Clone)]
pub struct Recorder(Rc<RefCell<Tape>>);

type Redact = dyn for<'a> Fn(&str, &'a str) -> Cow<'a, str>;

/// When something happened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// By a clock that never goes back.
    pub(crate) monotonic: Duration,
    /// The time of day, since 1970.
    pub(crate) wall: Duration,
}

/// What has come since the recording began, whatever was dropped of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) events: u64,
    /// Of their names, IDs and data.
    pub(crate) bytes: u64,
    pub(crate) gaps: u64,
    pub(crate) lagged: u64,
    pub(crate) malformed: u64,
}

/// What a recorder has.
#[cfg(feature = "inspector")]
pub(crate) struct Look<'a> {
    pub(crate) entries: &'a VecDeque<Entry>,
    /// The first entry's place among all that there ever were.
    pub(crate) first: u64,
    /// The place that the next entry will have.
    pub(crate) next: u64,
    pub(crate) totals: Totals,
    /// Entries that were dropped for want of room.
    pub(crate) dropped: u64,
    pub(crate) url: &'a str,
    pub(crate) state: &'a State,
    pub(crate) begun: Option<Duration>,
}

struct Tape {
    max_entries: usize,
    max_bytes: usize,
    redact: Option<Rc<Redact>>,
    is_recording: bool,
    /// Once there is an entry.
    begun: Option<Now>,
    entries: VecDeque<Entry>,
    /// Of text in the entries.
    bytes: usize,
    dropped: Dropped,
    /// Where the first entry stands among all that there ever were.
    first: u64,
    totals: Totals,
    /// What was so before the first entry.
    before: Standing,
    /// What is so now.
    present: Standing,
    watchers: Vec<Weak<dyn Fn()>>,
}

#[derive(Clone, Debug, Default)]
struct Standing {
    url: Option<What>,
    state: Option<What>,
}

impl Standing {
    fn take(&mut self, what: &What) {
        match what {
            What::Opened { .. } => self.url = Some(what.clone()),
            What::State { .. } => self.state = Some(what.clone()),
            What::Event { .. } | What::Gap(_) | What::Lagged(_) | What::Malformed { .. } => {}
        }
    }
}

impl Dropped {
    fn count(&mut self, what: &What) {
        self.entries += 1;
        self.events += u64::from(matches!(what, What::Event { .. }));
    }
}

impl Recorder {
    /// A recorder that records, with the bounds as each method states them.
    #[must_use]
    pub fn new() -> Self {
        Self(Rc::new(RefCell::new(Tape {
            max_entries: 10_000,
            max_bytes: 8 << 20,
            redact: None,
            is_recording: true,
            begun: None,
            entries: VecDeque::new(),
            bytes: 0,
            dropped: Dropped::default(),
            first: 0,
            totals: Totals::default(),
            before: Standing::default(),
            present: Standing::default(),
            watchers: Vec::new(),
        })))
    }

    /// How many entries are kept at most. At least 1. Default: 10,000.
    #[must_use]
    pub fn max_entries(self, entries: usize) -> Self {
        self.change(|tape| {
            tape.max_entries = entries.max(1);
            tape.keep_within_bounds();
        });
        self
    }

    /// How many bytes of text are kept at most; an event that is larger by itself is dropped at once. Default: 8 MiB.
    #[must_use]
    pub fn max_bytes(self, bytes: usize) -> Self {
        self.change(|tape| {
            tape.max_bytes = bytes;
            tape.keep_within_bounds();
        });
        self
    }

    /// What is recorded of an event's data: `redact` is given the name and the data. Default: all of it. With it, what is
    /// wrong with a malformed event is not recorded, since that may quote the data.
    ///
    /// ```
    /// use std::borrow::Cow;
    /// use sse_signals::recording::Recorder;
    ///
    /// let recorder = Recorder::new().redact(|name, data| match name {
    ///     "session" => Cow::Borrowed("{}"),
    ///     _ => Cow::Borrowed(data),
    /// });
    /// ```
    #[must_use]
    pub fn redact(self, redact: impl for<'a> Fn(&str, &'a str) -> Cow<'a, str> + 'static) -> Self {
        self.0.borrow_mut().redact = Some(Rc::new(redact));
        self
    }

    /// Begins anew: what was recorded is dropped, and the recording begins with the URL and the state as they are.
    pub fn start(&self) {
        self.change(|tape| {
            tape.clear();
            tape.is_recording = true;
        });
    }

    /// Records nothing any more, until [`start`](Self::start).
    pub fn stop(&self) {
        self.change(|tape| tape.is_recording = false);
    }

    /// Drops what was recorded, and records on if it does.
    pub fn clear(&self) {
        self.change(Tape::clear);
    }

    /// Whether it records.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.0.borrow().is_recording
    }

    /// How many entries [`recording`](Self::recording) would give, without a copy of them.
    ///
    /// ```
    /// # use sse_signals::recording::Recorder;
    /// let recorder = Recorder::new();
    /// assert_eq!(recorder.len(), recorder.recording().entries.len());
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        let tape = self.0.borrow();
        let before = [&tape.before.url, &tape.before.state].into_iter().flatten();
        before.count() + tape.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was recorded so far.
    #[must_use]
    pub fn recording(&self) -> Recording {
        let tape = self.0.borrow();
        let at = tape.entries.front().map_or(Duration::ZERO, |entry| entry.at);
        let before = [&tape.before.url, &tape.before.state].into_iter().flatten();
        let before = before.map(|what| Entry { at, what: what.clone() });
        Recording {
            started_at: tape.begun.map_or(Duration::ZERO, |now| now.wall),
            dropped: tape.dropped,
            entries: before.chain(tape.entries.iter().cloned()).collect(),
        }
    }

    /// What was recorded so far, as JSON: see [`Recording`].
    #[must_use]
    pub fn to_json(&self) -> String {
        self.recording().to_json()
    }

    /// Looks at what there is, without a copy of it.
    #[cfg(feature = "inspector")]
    pub(crate) fn look<R>(&self, look: impl FnOnce(&Look<'_>) -> R) -> R {
        let tape = self.0.borrow();
        let (url, state) = (&tape.present.url, &tape.present.state);
        look(&Look {
            entries: &tape.entries,
            first: tape.first,
            next: tape.first + tape.entries.len() as u64,
            totals: tape.totals,
            dropped: tape.dropped.entries,
            url: if let Some(What::Opened { url }) = url { url } else { "" },
            state: if let Some(What::State { state, .. }) = state { state } else { &State::Idle },
            begun: tape.begun.map(|begun| begun.monotonic),
        })
    }

    /// Calls `watcher` after each change, for as long as it lives.
    #[cfg(any(feature = "inspector", test))]
    pub(crate) fn watch(&self, watcher: &Rc<dyn Fn()>) {
        self.0.borrow_mut().watchers.push(Rc::downgrade(watcher));
    }

    pub(crate) fn opened(&self, now: Now, url: &str) {
        self.note(now, What::Opened { url: url.to_owned() });
    }

    pub(crate) fn state(&self, now: Now, state: &State, detail: Option<String>) {
        self.note(now, What::State { state: *state, detail });
    }

    pub(crate) fn event(&self, now: Now, name: &str, id: &str, data: &str) {
        if !self.is_recording() {
            return;
        }
        // Nothing is borrowed while it runs.
        let redact = self.0.borrow().redact.clone();
        let data = redact.map_or(Cow::Borrowed(data), |redact| redact(name, data));
        let what =
            What::Event { name: name.to_owned(), id: id.to_owned(), data: data.into_owned() };
        self.note(now, what);
    }

    pub(crate) fn gap(&self, now: Now, gap: Gap) {
        self.note(now, What::Gap(gap));
    }

    pub(crate) fn lagged(&self, now: Now, items: u64) {
        self.note(now, What::Lagged(items));
    }

    pub(crate) fn malformed(&self, now: Now, name: &str, reason: &str) {
        let reason = if self.0.borrow().redact.is_some() { "" } else { reason };
        self.note(now, What::Malformed { name: name.to_owned(), reason: reason.to_owned() });
    }

    fn note(&self, now: Now, what: What) {
        let is_recording = self.is_recording();
        if is_recording {
            self.change(|tape| tape.push(now, what));
        } else {
            self.0.borrow_mut().present.take(&what);
        }
    }

    /// Tells those who watch, with nothing borrowed.
    fn change(&self, change: impl FnOnce(&mut Tape)) {
        let mut tape = self.0.borrow_mut();
        change(&mut tape);
        if tape.watchers.is_empty() {
            return;
        }
        tape.watchers.retain(|watcher| watcher.strong_count() > 0);
        let watchers = tape.watchers.clone();
        drop(tape);
        watchers.iter().filter_map(Weak::upgrade).for_each(|watcher| watcher());
    }
}

/// Whether they are one and the same.
impl PartialEq for Recorder {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Tape {
    fn clear(&mut self) {
        self.first += self.entries.len() as u64;
        self.entries.clear();
        self.bytes = 0;
        self.begun = None;
        self.dropped = Dropped::default();
        self.totals = Totals::default();
        self.before = self.present.clone();
    }

    fn push(&mut self, now: Now, what: What) {
        let begun = self.begun.get_or_insert(now);
        let at = now.monotonic.saturating_sub(begun.monotonic);
        let bytes = bytes(&what);
        match &what {
            What::Event { .. } => {
                self.totals.events += 1;
                self.totals.bytes += bytes as u64;
            }
            What::Gap(_) => self.totals.gaps += 1,
            What::Lagged(items) => {
                self.totals.lagged = self.totals.lagged.saturating_add(*items);
            }
            What::Malformed { .. } => self.totals.malformed += 1,
            What::Opened { .. } | What::State { .. } => self.present.take(&what),
        }
        let tells_how_it_stands = matches!(what, What::Opened { .. } | What::State { .. });
        if bytes > self.max_bytes && !tells_how_it_stands {
            // It would drive out all others, and then itself.
            self.dropped.count(&what);
            return;
        }
        self.bytes += bytes;
        self.entries.push_back(Entry { at, what });
        self.keep_within_bounds();
    }

    fn keep_within_bounds(&mut self) {
        while self.entries.len() > self.max_entries || self.bytes > self.max_bytes {
            let Some(Entry { what, .. }) = self.entries.pop_front() else { return };
            self.bytes -= bytes(&what);
            self.first += 1;
            self.dropped.count(&what);
            self.before.take(&what);
        }
    }
}

/// Of text.
fn bytes(what: &What) -> usize {
    match what {
        What::Opened { url } => url.len(),
        What::State { detail, .. } => detail.as_ref().map_or(0, String::len),
        What::Event { name, id, data } => name.len() + id.len() + data.len(),
        What::Gap(_) | What::Lagged(_) => 0,
        What::Malformed { name, reason } => name.len() + reason.len(),
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

/// Without what was recorded.
impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tape = self.0.borrow();
        f.debug_struct("Recorder")
            .field("is_recording", &tape.is_recording)
            .field("entries", &tape.entries.len())
            .field("bytes", &tape.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
