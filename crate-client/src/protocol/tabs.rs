//! The tab machine: tabs of one browser elect a leader, which alone connects and relays what comes to the others.
//!
//! The contract is that of the [reconnection machine](super::machine): call one method, then drain
//! [`Tabs::poll_action`], then set a timer for [`Tabs::poll_timeout`]. It knows neither locks nor channels nor clocks.
//!
//! Who holds the lock leads. A leader begins a [`Term`] and numbers what it relays; what is said in an older term is dropped.
//! Each tab keeps its [`Position`] and, as far as it goes, a [`Backlog`]: whoever leads next goes on from its own position,
//! and the others say where they stand.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use crate::options::share::Late;
use crate::{PauseReason, State};

mod backlog;
mod catch_up;
mod codec;
mod follow;
mod latest;
mod lead;
mod message;
mod silence;
mod skip;
// proptest is for native targets.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

pub(crate) use backlog::{Backlog, Mark};
pub(crate) use codec::{VERSION, decode};
pub(crate) use latest::Latest;
pub(crate) use message::{Label, Message, Position, Relayed, RelayedEvent, Term, Told};

use catch_up::CatchUp;
use codec::encode;
use message::Word;
use silence::Silence;
use skip::Skip;

/// Items of one message. More than these, or [`BATCH_BYTES`] of them, go into several.
const BATCH: usize = 256;
/// Bytes of names, IDs and data after which a message is full.
const BATCH_BYTES: usize = 256 << 10;
/// How long a leader is hidden before a tab that is seen asks to lead.
const HIDDEN_FOR: Duration = Duration::from_secs(5);
/// How long a leader that has yielded waits for the other to take the lock.
const YIELDED_FOR: Duration = Duration::from_secs(3);

/// Something that the tab must do, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    OpenChannel,
    CloseChannel,
    /// Queue for the lock; one that is held is given back before.
    RequestLock,
    /// Take the lock from whoever holds it; a request that waits is given up.
    StealLock,
    /// Give the lock back, or the request for it up.
    ReleaseLock,
    Post(String),
    /// Open a connection of this tab's own, that goes on from the cursor, empty if there is none. If one `was_open`
    /// before, there is something to miss.
    Connect {
        cursor: Rc<str>,
        was_open: bool,
    },
    Disconnect,
    /// Open the connection there is anew.
    Reconnect,
    /// The [names](Tabs::names) have become more.
    Listen,
    Deliver(Relayed),
    Tell(Told),
}

#[derive(Debug)]
enum Role {
    /// Not there, or left.
    Away,
    /// Has said hello.
    Joining,
    Following {
        /// The number of the last item that the leader has relayed.
        at: u64,
        skip: Option<Skip>,
    },
    /// Reads on a connection of its own what the leader does not know any more.
    CatchingUp(Box<CatchUp>),
    Leading {
        /// The number of the last item relayed.
        seq: u64,
        /// Where the term began.
        after: Option<Position>,
        /// When it has disconnected for the sake of another tab.
        yielded: Option<Duration>,
        connected: bool,
    },
}

/// One tab's part.
#[derive(Debug)]
pub(crate) struct Tabs {
    tab: u64,
    /// Whether a connection can begin at a cursor.
    carries_cursor: bool,
    /// What late members want.
    late: Late,
    role: Role,
    /// The greatest term known.
    known: Term,
    /// The time of day, when it was last looked at.
    wall: Duration,
    /// None before it has heard of the stream.
    position: Option<Position>,
    told: Told,
    /// What all tabs want to be listened to.
    names: Vec<Rc<str>>,
    backlog: Backlog,
    hidden: bool,
    /// Since when this tab has known the leader to be hidden, or has asked to take over.
    leader_hidden: Option<Duration>,
    asked_to_lead: bool,
    silence: Silence,
    stealing: bool,
    /// Counts hellos, so that an answer to an older one is not taken for one to the newest.
    asked: u64,
    /// Items that go into the next message.
    outbox: Vec<Relayed>,
    outbox_bytes: usize,
    actions: VecDeque<Action>,
}

impl Tabs {
    /// `tab` is random. `position` is that of an earlier life.
    pub(crate) fn new(
        tab: u64,
        carries_cursor: bool,
        late: Late,
        names: Vec<Rc<str>>,
        position: Option<Position>,
    ) -> Self {
        Self {
            tab,
            carries_cursor,
            late,
            role: Role::Away,
            known: Term::default(),
            wall: Duration::ZERO,
            position,
            told: Told::default(),
            names,
            backlog: Backlog::default(),
            hidden: false,
            leader_hidden: None,
            asked_to_lead: false,
            silence: Silence::new(tab),
            stealing: false,
            asked: 0,
            outbox: Vec::new(),
            outbox_bytes: 0,
            actions: VecDeque::new(),
        }
    }

    pub(crate) fn poll_action(&mut self) -> Option<Action> {
        if self.actions.is_empty() {
            self.flush();
        }
        self.actions.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), if nothing else happens before.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        match &self.role {
            Role::Away => None,
            Role::Leading { yielded, .. } => yielded.map(|since| since.saturating_add(YIELDED_FOR)),
            Role::Joining => Some(self.silence.due()),
            Role::Following { .. } => Some(
                self.take_over_at().map_or(self.silence.due(), |at| at.min(self.silence.due())),
            ),
            Role::CatchingUp(catch_up) => Some(catch_up.until.min(self.silence.due())),
        }
    }

    /// The timer has fired; too early does no harm.
    pub(crate) fn handle_timeout(&mut self, now: Duration) {
        match &self.role {
            Role::Away => {}
            Role::Leading { yielded: Some(since), .. } => {
                if now >= since.saturating_add(YIELDED_FOR) {
                    self.lead();
                }
            }
            Role::Leading { .. } => {}
            Role::Joining | Role::Following { .. } | Role::CatchingUp(_) => {
                self.handle_follower_timeout(now);
            }
        }
    }

    pub(crate) const fn is_leading(&self) -> bool {
        matches!(self.role, Role::Leading { .. })
    }

    pub(crate) const fn is_following(&self) -> bool {
        matches!(self.role, Role::Following { .. } | Role::CatchingUp(_))
    }

    /// What all tabs want to be listened to.
    pub(crate) fn names(&self) -> &[Rc<str>] {
        &self.names
    }

    pub(crate) fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// Where an own connection would go on, if one was ever open.
    pub(crate) fn cursor(&self) -> Option<String> {
        self.was_open().then(|| self.mark().id.to_string())
    }

    pub(crate) fn backlog(&self) -> &Backlog {
        &self.backlog
    }

    /// The time of day, before anything else that may make this tab the leader: it is the same for all tabs.
    pub(crate) const fn look_at_clock(&mut self, wall: Duration) {
        self.wall = wall;
    }

    /// Enters, for the first time or again.
    pub(crate) fn join(&mut self, now: Duration) {
        if !matches!(self.role, Role::Away) {
            return;
        }
        self.actions.extend([Action::OpenChannel, Action::RequestLock]);
        if !self.told.state.is_closed() {
            self.tell(State::Connecting { attempt: 1 });
        }
        self.rejoin(now);
    }

    /// The page is left: nothing may stay that would keep it out of the browser's cache.
    pub(crate) fn leave(&mut self) {
        if matches!(self.role, Role::Away) {
            return;
        }
        self.flush();
        self.disconnect();
        self.role = Role::Away;
        self.stealing = false;
        self.leader_hidden = None;
        self.actions.extend([Action::ReleaseLock, Action::CloseChannel]);
        if !self.told.state.is_closed() {
            self.tell(State::Paused(PauseReason::Hidden));
        }
    }

    pub(crate) fn set_hidden(&mut self, hidden: bool) {
        if self.hidden != hidden {
            self.hidden = hidden;
            if self.is_leading() {
                self.say(Word::Hidden(hidden));
            }
        }
    }

    /// The lock is this tab's.
    pub(crate) fn on_granted(&mut self) {
        self.stealing = false;
        match self.role {
            Role::Away => self.actions.push_back(Action::ReleaseLock),
            Role::Leading { yielded: None, .. } => {}
            Role::Leading { .. } | Role::Joining | Role::Following { .. } | Role::CatchingUp(_) => {
                self.lead();
            }
        }
    }

    /// Another tab has taken the lock.
    pub(crate) fn on_stolen(&mut self, now: Duration) {
        if matches!(self.role, Role::Away) {
            return;
        }
        self.actions.push_back(Action::RequestLock);
        if self.is_leading() {
            self.rejoin(now);
        }
    }

    pub(crate) fn on_message(&mut self, message: Message, latest: &Latest, now: Duration) {
        if matches!(self.role, Role::Away) {
            return;
        }
        match message {
            Message::FromLeader(term, word) => self.on_word(term, word, now),
            Message::Hello { tab, asked, known, position, names } => {
                self.want(&names, true);
                if self.is_leading() {
                    self.on_hello(tab, asked, known, position.as_ref(), latest);
                }
            }
            Message::Names(names) => self.want(&names, true),
            Message::Ping => self.on_ping(now),
            Message::TakeOver { tab } => self.on_take_over(tab, now),
            Message::Reconnect => {
                if self.is_leading() {
                    self.reconnect();
                }
            }
        }
    }

    /// What this tab's own connection brings.
    pub(crate) fn on_own_item(&mut self, item: Relayed, now: Duration) {
        match &mut self.role {
            Role::Leading { seq, yielded: None, .. } => {
                *seq += 1;
                let label = Label { term: self.known, seq: *seq };
                self.outbox_bytes += item.size();
                self.outbox.push(item.clone());
                self.deliver(label, item);
                if self.outbox.len() >= BATCH || self.outbox_bytes >= BATCH_BYTES {
                    self.flush();
                }
            }
            Role::CatchingUp(_) => self.catch_up_with(item, now),
            Role::Away | Role::Joining | Role::Following { .. } | Role::Leading { .. } => {}
        }
    }

    /// The last event ID of this tab's own connection, once all of its items were told.
    pub(crate) fn on_own_cursor(&mut self, cursor: &str, now: Duration) {
        let is_new = self.position.as_ref().is_none_or(|own| *own.mark.id != *cursor);
        if !cursor.is_empty() && is_new {
            self.on_own_item(Relayed::Id(cursor.into()), now);
        }
    }

    /// What is to be told of this tab's own connection.
    pub(crate) fn on_own_state(&mut self, told: Told, now: Duration) {
        match &self.role {
            Role::Leading { yielded: None, .. } if self.told != told => {
                self.heard_of(told.state);
                self.told = told.clone();
                self.say(Word::Told(told.clone()));
                self.actions.push_back(Action::Tell(told));
            }
            Role::CatchingUp(_) if told.state.is_closed() => self.give_up(now),
            _ => {}
        }
    }

    /// Wants these listened to as well; `heard` says that another tab does.
    pub(crate) fn want(&mut self, names: &[Rc<str>], heard: bool) {
        let before = self.names.len();
        for name in names {
            if !self.names.contains(name) {
                self.names.push(Rc::clone(name));
            }
        }
        if self.names.len() == before {
            return;
        }
        if self.is_leading() {
            self.actions.push_back(Action::Listen);
        } else if !heard && !matches!(self.role, Role::Away) {
            self.post(&Message::Names(names.to_vec()));
        }
    }

    /// A subscriber wants a new connection.
    pub(crate) fn reconnect(&mut self) {
        match &mut self.role {
            Role::Leading { yielded: Some(_), .. } | Role::Away => {}
            Role::Leading { connected: true, .. } => self.actions.push_back(Action::Reconnect),
            Role::Leading { connected, .. } => {
                *connected = true;
                self.connect();
            }
            Role::Joining | Role::Following { .. } | Role::CatchingUp(_) => {
                self.post(&Message::Reconnect);
            }
        }
    }

    fn mark(&self) -> Mark {
        self.position.as_ref().map(|position| position.mark.clone()).unwrap_or_default()
    }

    fn was_open(&self) -> bool {
        self.position.as_ref().is_some_and(|position| position.was_open)
    }

    /// The connection's state.
    fn heard_of(&mut self, state: State) {
        if let Some(position) = &mut self.position {
            position.was_open |= state.is_open();
        }
    }

    /// An item in its place.
    fn deliver(&mut self, label: Label, item: Relayed) {
        let position = self.position.get_or_insert_default();
        position.was_open = true;
        position.label = label;
        position.mark.pass_item(&item);
        self.backlog.push(label, position.mark.clone(), item.clone());
        if !matches!(item, Relayed::Id(_)) {
            self.actions.push_back(Action::Deliver(item));
        }
    }

    fn tell(&mut self, state: State) {
        self.told = Told { state, ..Told::default() };
        self.actions.push_back(Action::Tell(self.told.clone()));
    }

    fn connect(&mut self) {
        let cursor = self.mark().id;
        self.actions.push_back(Action::Connect { cursor, was_open: self.was_open() });
    }

    fn disconnect(&mut self) {
        let was_connected = match &mut self.role {
            Role::Leading { connected, .. } => std::mem::take(connected),
            Role::CatchingUp(_) => true,
            Role::Away | Role::Joining | Role::Following { .. } => false,
        };
        if was_connected {
            self.actions.push_back(Action::Disconnect);
        }
    }

    fn post(&mut self, message: &Message) {
        self.flush();
        self.actions.push_back(Action::Post(encode(message)));
    }

    fn say(&mut self, word: Word) {
        self.post(&Message::FromLeader(self.known, word));
    }

    fn flush(&mut self) {
        if self.outbox.is_empty() {
            return;
        }
        let items = std::mem::take(&mut self.outbox);
        self.outbox_bytes = 0;
        if let Role::Leading { seq, .. } = self.role {
            let first = seq.saturating_sub(items.len() as u64) + 1;
            let word = Word::Items { first, items };
            self.actions.push_back(Action::Post(encode(&Message::FromLeader(self.known, word))));
        }
    }
}
