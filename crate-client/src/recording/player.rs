//! The player: feeds subscriptions with what was recorded.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::{Rc, Weak};
use std::time::Duration;

use super::format::{Entry, Recording, What};
use super::schedule::{Schedule, Speed};
use crate::client::{Attach, Feed, Joining, Platform, Receiver};
use crate::host::Host;
use crate::{Error, Gap, State};

/// Entries that are played in one task at most, so that the page stays alive however fast it goes.
const BATCH: usize = 256;

/// Shows a recording to subscriptions in place of a connection: given to them by
/// [`Options::play`](crate::Options::play).
///
/// States, gaps and losses come as they were recorded, and events are decoded by the subscriber's own type, so
/// [`EventSource`](crate::EventSource) and the hooks show it as they would show the stream. Their URL is opened by nobody.
/// [`reconnect`](crate::EventSource::reconnect) has nothing to do; a subscription that is paused misses what is played
/// meanwhile, and is told by a [`Gap::Unconfirmed`](crate::Gap::Unconfirmed), as is one that comes late.
///
/// It stands before the first entry until [`play`](Self::play) or [`step`](Self::step). A clone is the same player. On a
/// native target nothing is played, except in a `World` of feature `testing`.
///
/// ```
/// use sse_signals::Options;
/// use sse_signals::recording::{Player, Speed};
///
/// # let json = sse_signals::recording::Recorder::new().to_json();
/// let player = Player::from_json(&json)?;
/// let options = Options::new().play(&player);
/// player.play(Speed::times(2.0));
/// # Ok::<(), sse_signals::Error>(())
/// ```
///
/// # Drop behaviour
///
/// It plays as long as any clone lives, those in [`Options`](crate::Options) and in subscriptions included.
#[derive(Clone)]
pub struct Player(Rc<Deck<Host>>);

/// How far a [`Player`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The time since the first entry, as it was recorded.
    pub position: Duration,
    /// The time from the first entry to the last, as it was recorded.
    pub length: Duration,
    /// Entries that were played since the begin.
    pub played: usize,
    /// Entries in the recording.
    pub entries: usize,
    /// Whether it plays. It stops by itself after the last entry.
    pub is_playing: bool,
}

impl Player {
    /// A player of this recording, at its begin.
    #[must_use]
    pub fn new(recording: Recording) -> Self {
        Self(Deck::new(Host::new(), recording))
    }

    /// A player of a recording as [`Recorder::to_json`](super::Recorder::to_json) has written it.
    ///
    /// # Errors
    ///
    /// See [`Recording::from_json`].
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Recording::from_json(text).map(Self::new)
    }

    /// Plays from where it is, at that speed; also while it plays.
    pub fn play(&self, speed: Speed) {
        self.0.play(speed);
    }

    /// Stays where it is.
    pub fn pause(&self) {
        self.0.pause();
    }

    /// Pauses, and plays the next entry at once, if there is one.
    pub fn step(&self) {
        self.0.step();
    }

    /// Goes back to the begin, with the state [`State::Idle`]; plays on if it plays.
    ///
    /// Where events were played, a [`Gap::Unconfirmed`](crate::Gap::Unconfirmed) tells it: what a subscriber has made of
    /// them is the subscriber's, and is to begin anew there, as after any gap. The hooks' `latest` and `history` stay, as
    /// with another URL.
    ///
    /// ```
    /// # use sse_signals::Item;
    /// /// The step of a fold that counts, and counts anew after a gap.
    /// fn count(events: &mut u32, item: &Item<String>) {
    ///     match item {
    ///         Item::Event(_) => *events += 1,
    ///         Item::Gap(_) => *events = 0,
    ///         _ => {}
    ///     }
    /// }
    /// # let mut events = 1;
    /// # count(&mut events, &Item::Gap(sse_signals::Gap::Unconfirmed));
    /// # assert_eq!(events, 0);
    /// ```
    pub fn rewind(&self) {
        self.0.rewind();
    }

    /// How far it is.
    ///
    /// ```
    /// # use sse_signals::recording::{Player, Recording};
    /// let player = Player::new(Recording::default());
    /// assert!(!player.progress().is_playing);
    /// ```
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.0.progress()
    }

    /// How a subscription joins.
    pub(crate) fn attach(&self) -> Attach {
        self.0.attach()
    }
}

/// Whether they are one and the same.
impl PartialEq for Player {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.progress().fmt(f)
    }
}

/// The player, on any platform.
pub(crate) struct Deck<P: Platform> {
    platform: P,
    entries: VecDeque<Entry>,
    inner: RefCell<Inner<P>>,
}

struct Inner<P: Platform> {
    schedule: Schedule,
    receivers: Vec<Weak<dyn Receiver>>,
    /// Those that have joined and were told nothing yet, with their last event IDs.
    newcomers: Vec<Joining>,
    /// As it was played last.
    state: State,
    detail: Option<String>,
    /// Of the last event that was played; none before the first.
    last_id: Option<String>,
    /// To be told, in order: a subscriber that is told may steer the player.
    due: VecDeque<usize>,
    is_telling: bool,
    timer: Option<P::Timer>,
}

/// A subscription's place. Dropping it ends that.
struct Seat<P: Platform> {
    deck: Weak<Deck<P>>,
    receiver: Weak<dyn Receiver>,
}

impl<P: Platform> Feed for Seat<P> {
    fn reconnect(&self) {}
}

impl<P: Platform> Drop for Seat<P> {
    fn drop(&mut self) {
        if let Some(deck) = self.deck.upgrade() {
            let inner = &mut *deck.inner.borrow_mut();
            let is_other = |other: &Weak<dyn Receiver>| !Weak::ptr_eq(other, &self.receiver);
            inner.receivers.retain(is_other);
            inner.newcomers.retain(|joining| is_other(&joining.receiver));
        }
    }
}

impl<P: Platform> Deck<P> {
    pub(crate) fn new(platform: P, recording: Recording) -> Rc<Self> {
        let entries = recording.entries;
        let schedule = Schedule::new(entries.iter().map(|entry| entry.at));
        let inner = RefCell::new(Inner {
            schedule,
            receivers: Vec::new(),
            newcomers: Vec::new(),
            state: State::Idle,
            detail: None,
            last_id: None,
            due: VecDeque::new(),
            is_telling: false,
            timer: None,
        });
        Rc::new(Self { platform, entries, inner })
    }

    pub(crate) fn attach(self: &Rc<Self>) -> Attach {
        let deck = Rc::clone(self);
        Box::new(move |joining| Ok(Rc::new(deck.seat(joining)) as Rc<dyn Feed>))
    }

    fn seat(self: &Rc<Self>, joining: Joining) -> Seat<P> {
        let receiver = Weak::clone(&joining.receiver);
        self.inner.borrow_mut().newcomers.push(joining);
        self.arm_timer();
        Seat { deck: Rc::downgrade(self), receiver }
    }

    pub(crate) fn play(self: &Rc<Self>, speed: Speed) {
        self.steer(|schedule, now| schedule.play(now, speed));
    }

    pub(crate) fn pause(self: &Rc<Self>) {
        self.steer(Schedule::pause);
    }

    fn steer(self: &Rc<Self>, change: impl FnOnce(&mut Schedule, Duration)) {
        let now = self.platform.now();
        change(&mut self.inner.borrow_mut().schedule, now);
        self.arm_timer();
    }

    pub(crate) fn step(self: &Rc<Self>) -> bool {
        self.welcome();
        let mut inner = self.inner.borrow_mut();
        let stepped = inner.schedule.step(self.platform.now());
        inner.due.extend(stepped);
        drop(inner);
        self.tell();
        self.arm_timer();
        stepped.is_some()
    }

    pub(crate) fn rewind(self: &Rc<Self>) {
        let mut inner = self.inner.borrow_mut();
        inner.schedule.rewind(self.platform.now());
        inner.due.clear();
        inner.state = State::Idle;
        inner.detail = None;
        let had_events = inner.last_id.take().is_some();
        let receivers = inner.receivers.clone();
        drop(inner);
        for receiver in receivers.iter().filter_map(Weak::upgrade) {
            receiver.state(&State::Idle, None, None);
            if had_events {
                receiver.gap(Gap::Unconfirmed);
            }
        }
        self.arm_timer();
    }

    pub(crate) fn progress(&self) -> Progress {
        let inner = self.inner.borrow();
        let (played, entries) = inner.schedule.entries();
        Progress {
            position: inner.schedule.position(self.platform.now()),
            length: inner.schedule.length(),
            played,
            entries,
            is_playing: inner.schedule.is_playing(),
        }
    }

    /// Plays what is due.
    fn run(self: &Rc<Self>) {
        self.welcome();
        let now = self.platform.now();
        {
            let Inner { schedule, due, .. } = &mut *self.inner.borrow_mut();
            due.extend(std::iter::from_fn(|| schedule.poll(now)).take(BATCH));
        }
        self.tell();
        self.arm_timer();
    }

    /// Tells those who have come how it stands.
    fn welcome(&self) {
        let mut inner = self.inner.borrow_mut();
        let newcomers = std::mem::take(&mut inner.newcomers);
        inner.receivers.extend(newcomers.iter().map(|joining| Weak::clone(&joining.receiver)));
        let (state, detail) = (inner.state, inner.detail.clone());
        let last_id = inner.last_id.clone();
        drop(inner);
        for Joining { receiver, cursor } in newcomers {
            let Some(receiver) = receiver.upgrade() else { continue };
            receiver.state(&state, detail.as_deref(), None);
            let has_it = |last: &String| !last.is_empty() && cursor.as_ref() == Some(last);
            if last_id.as_ref().is_some_and(|last| !has_it(last)) {
                receiver.gap(Gap::Unconfirmed);
            }
        }
    }

    /// Tells what is due, the first that was played first: whoever is told may steer the player, and nothing is borrowed.
    fn tell(&self) {
        if std::mem::replace(&mut self.inner.borrow_mut().is_telling, true) {
            return;
        }
        while let Some((what, receivers)) = self.next() {
            for receiver in receivers.iter().filter_map(Weak::upgrade) {
                match what {
                    What::State { state, detail } => receiver.state(state, detail.as_deref(), None),
                    What::Event { name, id, data } => receiver.event(name, id, data),
                    What::Gap(gap) => receiver.gap(*gap),
                    What::Lagged(items) => receiver.lagged(*items),
                    // That it was opened needs no telling, and the type decides anew what is malformed.
                    What::Opened { .. } | What::Malformed { .. } => {}
                }
            }
        }
    }

    /// What is to be told next, and to whom; nothing is being told where there is nothing.
    fn next(&self) -> Option<(&What, Vec<Weak<dyn Receiver>>)> {
        let mut inner = self.inner.borrow_mut();
        let Some(entry) = inner.due.pop_front().and_then(|due| self.entries.get(due)) else {
            inner.is_telling = false;
            return None;
        };
        match &entry.what {
            What::State { state, detail } => {
                (inner.state, inner.detail) = (*state, detail.clone());
            }
            What::Event { id, .. } => inner.last_id = Some(id.clone()),
            What::Opened { .. } | What::Gap(_) | What::Lagged(_) | What::Malformed { .. } => {}
        }
        Some((&entry.what, inner.receivers.clone()))
    }

    fn arm_timer(self: &Rc<Self>) {
        let now = self.platform.now();
        let inner = &mut *self.inner.borrow_mut();
        let due =
            if inner.newcomers.is_empty() { inner.schedule.poll_timeout() } else { Some(now) };
        inner.timer = due.map(|due| {
            let deck = Rc::downgrade(self);
            let fire = move || {
                if let Some(deck) = deck.upgrade() {
                    let fired = deck.inner.borrow_mut().timer.take();
                    deck.run();
                    drop(fired);
                }
            };
            self.platform.set_timer(due.saturating_sub(now), Box::new(fire))
        });
    }
}
