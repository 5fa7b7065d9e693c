//! A browser that is made up: a lock manager, a channel that delivers late but in order, a server with a log, and tabs
//! that crash, freeze, hide, leave and return.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::super::codec::decode;
use super::super::*;
use crate::options::share::Late;
use crate::{Gap, State};

/// Tabs in the order in which they come: numbers and jitters as random ones may be.
const TABS: [u64; 6] = [411, 548, 137, 822, 274, 685];

/// Whether a server's events have IDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ids {
    All,
    /// Each third event has none of its own, and is not kept by the server.
    Most,
    None,
}

/// What a tab's subscribers got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Got {
    Event(usize),
    Gap(Gap),
}

#[derive(Debug)]
pub(super) struct Connection {
    cursor: Rc<str>,
    was_open: bool,
    opened: bool,
    /// The server's next event for it.
    next: usize,
    /// From here on events without an ID are sent too.
    live_from: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Claim {
    tab: usize,
    number: u64,
}

#[derive(Clone, Copy, Debug)]
enum Notice {
    Granted,
    Stolen,
}

pub(super) struct Tab {
    pub(super) machine: Tabs,
    latest: Latest,
    pub(super) gone: bool,
    pub(super) frozen: bool,
    pub(super) away: bool,
    pub(super) hidden: bool,
    listens: bool,
    inbox: Vec<(usize, VecDeque<String>)>,
    /// The newest claim to the lock; what is said of older ones is not heard.
    claim: u64,
    claimed: bool,
    notices: VecDeque<(u64, Notice)>,
    pub(super) connection: Option<Connection>,
    pub(super) got: Vec<Got>,
    pub(super) told: Told,
    /// Messages posted.
    pub(super) posted: Vec<Message>,
    pub(super) stolen: usize,
    pub(super) connected_once: bool,
}

pub(super) struct World {
    pub(super) now: Duration,
    /// Whether the time of day was set back far enough to tell nothing any more.
    pub(super) clock_is_wrong: bool,
    /// How often anything happened, each of which takes some time.
    turns: u32,
    pub(super) ids: Ids,
    pub(super) carries_cursor: bool,
    pub(super) log: usize,
    /// Older ones the server has forgotten.
    pub(super) kept_from: usize,
    /// Whether the server sends all it has before time passes.
    pub(super) prompt: bool,
    /// Whether a tab ever had to lead on, or to ask where it stands, without an ID to go on from: it had joined one that was
    /// open, and had no event yet.
    pub(super) went_on_blindly: bool,
    pub(super) tabs: Vec<Tab>,
    holder: Option<Claim>,
    queue: VecDeque<Claim>,
}

/// Something that can happen next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pending {
    Message { to: usize, from: usize },
    Notice(usize),
    Server(usize),
}

impl World {
    pub(super) fn new(ids: Ids, carries_cursor: bool) -> Self {
        Self {
            now: Duration::from_secs(100),
            clock_is_wrong: false,
            turns: 0,
            ids,
            carries_cursor,
            log: 0,
            kept_from: 0,
            prompt: false,
            went_on_blindly: false,
            tabs: Vec::new(),
            holder: None,
            queue: VecDeque::new(),
        }
    }

    /// A new tab, by its index.
    pub(super) fn join(&mut self) -> usize {
        let index = self.tabs.len();
        let id = TABS[index];
        self.tabs.push(Tab {
            machine: Tabs::new(id, self.carries_cursor, Late::Latest, vec!["e".into()], None),
            latest: Latest::default(),
            gone: false,
            frozen: false,
            away: false,
            hidden: false,
            listens: false,
            inbox: Vec::new(),
            claim: 0,
            claimed: false,
            notices: VecDeque::new(),
            connection: None,
            got: Vec::new(),
            told: Told::default(),
            posted: Vec::new(),
            stolen: 0,
            connected_once: false,
        });
        self.on(index, Tabs::join);
        index
    }

    /// It is gone without a word.
    pub(super) fn crash(&mut self, tab: usize) {
        let it = &mut self.tabs[tab];
        it.gone = true;
        it.listens = false;
        it.inbox.clear();
        it.notices.clear();
        it.connection = None;
        self.release(tab);
    }

    pub(super) fn leave(&mut self, tab: usize) {
        self.tabs[tab].away = true;
        self.on(tab, |machine, _| machine.leave());
    }

    pub(super) fn come_back(&mut self, tab: usize) {
        self.tabs[tab].away = false;
        self.on(tab, Tabs::join);
    }

    pub(super) fn set_hidden(&mut self, tab: usize, hidden: bool) {
        self.tabs[tab].hidden = hidden;
        self.on(tab, |machine, _| machine.set_hidden(hidden));
    }

    /// The server has one more event.
    pub(super) fn publish(&mut self) {
        self.log += 1;
    }

    pub(super) fn has_id(&self, event: usize) -> bool {
        match self.ids {
            Ids::All => true,
            Ids::Most => event % 3 != 2,
            Ids::None => false,
        }
    }

    /// Whether the server keeps it for those who resume. Who can't resume must be told of the others too.
    pub(super) fn is_kept(&self, event: usize) -> bool {
        self.ids != Ids::Most || self.has_id(event)
    }

    /// What the stream's last event ID is behind that event: the newest one's that has an ID.
    fn id(&self, event: usize) -> String {
        self.newest_id(event + 1)
    }

    /// That of the events before that one; the first event's is 1.
    fn newest_id(&self, before: usize) -> String {
        let newest = (0..before).rev().find(|it| self.has_id(*it)).map_or(0, |it| it + 1);
        if self.ids == Ids::None { String::new() } else { newest.to_string() }
    }

    pub(super) fn pending(&self) -> Vec<Pending> {
        let mut pending = Vec::new();
        for (to, tab) in self.tabs.iter().enumerate() {
            if tab.gone || tab.frozen {
                continue;
            }
            if tab.notices.front().is_some() {
                pending.push(Pending::Notice(to));
            }
            if tab.connection.as_ref().is_some_and(|it| !it.opened || it.next < self.log) {
                pending.push(Pending::Server(to));
            }
            let senders = tab.inbox.iter().filter(|(_, queue)| !queue.is_empty());
            pending.extend(senders.map(|(from, _)| Pending::Message { to, from: *from }));
        }
        pending
    }

    pub(super) fn happen(&mut self, pending: Pending) {
        match pending {
            Pending::Message { to, from } => self.hear(to, from),
            Pending::Notice(tab) => {
                let Some((number, notice)) = self.tabs[tab].notices.pop_front() else { return };
                if !self.tabs[tab].claimed || self.tabs[tab].claim != number {
                    return;
                }
                match notice {
                    Notice::Granted => self.on(tab, |machine, _| machine.on_granted()),
                    Notice::Stolen => {
                        self.tabs[tab].claimed = false;
                        self.on(tab, Tabs::on_stolen);
                    }
                }
            }
            Pending::Server(tab) => self.serve(tab),
        }
    }

    /// The next message of that tab.
    pub(super) fn hear(&mut self, to: usize, from: usize) {
        let tab = &mut self.tabs[to];
        let queue = tab.inbox.iter_mut().find(|(sender, _)| *sender == from);
        let Some(text) = queue.and_then(|(_, queue)| queue.pop_front()) else { return };
        let message = decode(&text).expect("only tabs write");
        let was_new = tab.machine.position().is_none();
        let before = tab.got.len();
        let latest = tab.latest.clone();
        self.on(to, |machine, now| machine.on_message(message, &latest, now));
        let tab = &mut self.tabs[to];
        if was_new {
            // The latest of each name: the stream goes on behind the last.
            let mut latest = tab.got.split_off(before);
            let last = latest.iter().rposition(|got| matches!(got, Got::Event(_)));
            tab.got.extend(latest.drain(last.unwrap_or_default()..));
        }
    }

    /// The server answers, or sends the next event.
    pub(super) fn serve(&mut self, tab: usize) {
        let (log, kept_from) = (self.log, self.kept_from);
        let Some(connection) = &mut self.tabs[tab].connection else { return };
        if !connection.opened {
            connection.opened = true;
            connection.live_from = log;
            connection.next = log;
            let mut gap = connection.was_open.then_some(Gap::Unconfirmed);
            if self.carries_cursor && !connection.cursor.is_empty() {
                let cursor: usize = connection.cursor.parse().expect("an ID of this server");
                if cursor >= kept_from {
                    connection.next = cursor;
                    gap = None;
                } else {
                    gap = Some(Gap::Resync);
                }
            }
            let next = connection.next;
            let told = Told { state: State::Open, ..Told::default() };
            self.on(tab, |machine, now| machine.on_own_state(told, now));
            if let Some(gap) = gap {
                self.on(tab, |machine, now| machine.on_own_item(Relayed::Gap(gap), now));
            }
            // So that whoever resumes before the first event can.
            let id = self.newest_id(next);
            self.on(tab, |machine, now| machine.on_own_cursor(&id, now));
            return;
        }
        let event = connection.next;
        connection.next += 1;
        let is_live = event >= connection.live_from;
        let has_id = self.has_id(event);
        if has_id || is_live {
            let item = Relayed::Event(RelayedEvent {
                name: if event.is_multiple_of(2) { "a" } else { "b" }.into(),
                id: self.id(event).into(),
                data: event.to_string().into(),
            });
            self.on(tab, |machine, now| machine.on_own_item(item, now));
        }
    }

    /// The timer of a tab that runs, if it is due.
    pub(super) fn tick(&mut self, tab: usize) {
        let it = &self.tabs[tab];
        let due = it.machine.poll_timeout();
        if !it.gone && !it.frozen && due.is_some_and(|due| due <= self.now) {
            self.on(tab, Tabs::handle_timeout);
        }
    }

    /// Calls the machine and does what it says.
    pub(super) fn on(&mut self, tab: usize, call: impl FnOnce(&mut Tabs, Duration)) {
        self.turns += 1;
        let time = self.now + Duration::from_millis(1) * self.turns;
        let wall = if self.clock_is_wrong { Duration::ZERO } else { time };
        let machine = &mut self.tabs[tab].machine;
        machine.look_at_clock(wall);
        call(machine, self.now);
        while let Some(action) = self.tabs[tab].machine.poll_action() {
            self.perform(tab, action);
        }
    }

    fn perform(&mut self, index: usize, action: Action) {
        let tab = &mut self.tabs[index];
        match action {
            Action::OpenChannel => tab.listens = true,
            Action::CloseChannel => {
                tab.listens = false;
                tab.inbox.clear();
            }
            Action::RequestLock => {
                let claim = self.claim(index);
                self.queue.push_back(claim);
                self.grant();
            }
            Action::StealLock => {
                self.tabs[index].stolen += 1;
                let claim = self.claim(index);
                if let Some(victim) = self.holder.replace(claim) {
                    self.tabs[victim.tab].notices.push_back((victim.number, Notice::Stolen));
                }
                self.tabs[index].notices.push_back((claim.number, Notice::Granted));
            }
            Action::ReleaseLock => self.release(index),
            Action::Post(text) => {
                assert!(tab.listens, "the channel is open");
                let message = decode(&text).expect("it reads what it writes");
                if let Message::Hello { position: Some(position), .. } = &message {
                    self.went_on_blindly |= position.was_open && !position.mark.tells();
                }
                tab.posted.push(message);
                for (to, other) in self.tabs.iter_mut().enumerate() {
                    if to != index && other.listens {
                        match other.inbox.iter_mut().find(|(from, _)| *from == index) {
                            Some((_, queue)) => queue.push_back(text.clone()),
                            None => other.inbox.push((index, VecDeque::from([text.clone()]))),
                        }
                    }
                }
            }
            Action::Connect { cursor, was_open } => {
                assert!(tab.connection.is_none(), "one connection at a time");
                self.went_on_blindly |= was_open && cursor.is_empty();
                tab.connected_once = true;
                tab.connection =
                    Some(Connection { cursor, was_open, opened: false, next: 0, live_from: 0 });
            }
            Action::Disconnect => {
                assert!(tab.connection.take().is_some(), "there is one");
            }
            Action::Reconnect => {
                let cursor = tab.machine.position().map(|it| it.mark.id.clone());
                let was_open = tab.connection.as_ref().is_some_and(|it| it.opened || it.was_open);
                tab.connection = Some(Connection {
                    cursor: cursor.unwrap_or_default(),
                    was_open,
                    opened: false,
                    next: 0,
                    live_from: 0,
                });
            }
            Action::Listen => {}
            Action::Deliver(item) => {
                tab.latest.put(&item);
                match item {
                    Relayed::Event(event) => {
                        tab.got.push(Got::Event(event.data.parse().expect("a number")));
                    }
                    Relayed::Gap(gap) => tab.got.push(Got::Gap(gap)),
                    Relayed::Id(_) | Relayed::Lagged(_) | Relayed::Oversized(_) => {}
                }
            }
            Action::Tell(told) => tab.told = told,
        }
    }

    /// A new claim, in place of the one there was.
    fn claim(&mut self, tab: usize) -> Claim {
        self.release(tab);
        let it = &mut self.tabs[tab];
        it.claim += 1;
        it.claimed = true;
        Claim { tab, number: it.claim }
    }

    fn release(&mut self, tab: usize) {
        self.tabs[tab].claimed = false;
        self.queue.retain(|claim| claim.tab != tab);
        if self.holder.is_some_and(|claim| claim.tab == tab) {
            self.holder = None;
        }
        self.grant();
    }

    fn grant(&mut self) {
        if self.holder.is_none()
            && let Some(claim) = self.queue.pop_front()
        {
            self.holder = Some(claim);
            self.tabs[claim.tab].notices.push_back((claim.number, Notice::Granted));
        }
    }

    pub(super) fn holder(&self) -> Option<usize> {
        self.holder.map(|claim| claim.tab)
    }

    pub(super) fn waiting_for_the_lock(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn leaders(&self) -> Vec<usize> {
        let leads = |tab: &Tab| !tab.gone && tab.machine.is_leading();
        self.tabs.iter().enumerate().filter(|(_, it)| leads(it)).map(|(index, _)| index).collect()
    }

    pub(super) fn connections(&self) -> Vec<usize> {
        let connected = |tab: &Tab| tab.connection.is_some();
        self.tabs
            .iter()
            .enumerate()
            .filter(|(_, it)| connected(it))
            .map(|(index, _)| index)
            .collect()
    }

    /// All that can happen happens, without time passing.
    pub(super) fn run(&mut self) {
        for _ in 0..40_000 {
            let pending = self.pending();
            let Some(first) = pending.first() else { return };
            self.happen(*first);
        }
        panic!("it never comes to rest");
    }

    /// The next message of that tab is not heard.
    pub(super) fn lose_message(&mut self, to: usize, from: usize) {
        let queue = self.tabs[to].inbox.iter_mut().find(|(sender, _)| *sender == from);
        assert!(queue.and_then(|(_, queue)| queue.pop_front()).is_some(), "there is one");
    }

    /// As [`run`](Self::run), but no server answers.
    pub(super) fn hear_all_but_the_server(&mut self) {
        let is_heard = |it: &Pending| !matches!(it, Pending::Server(_));
        while let Some(next) = self.pending().into_iter().find(is_heard) {
            self.happen(next);
        }
    }

    /// The server sends all it has to the tabs that run.
    pub(super) fn hear_the_server(&mut self) {
        let is_sent = |it: &Pending| matches!(it, Pending::Server(_));
        while let Some(next) = self.pending().into_iter().find(is_sent) {
            self.happen(next);
        }
    }

    /// Time passes in small steps, and all that can happen happens.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.run();
            self.now = end.min(self.now + Duration::from_millis(250));
            (0..self.tabs.len()).for_each(|tab| self.tick(tab));
        }
        self.run();
    }
}
