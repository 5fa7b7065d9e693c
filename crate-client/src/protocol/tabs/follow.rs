//! What a follower does.

use std::rc::Rc;
use std::time::Duration;

use super::backlog::Mark;
use super::catch_up::CatchUp;
use super::message::{Coverage, Label, Message, Position, Relayed, Term, Welcome, Word};
use super::skip::{Skip, Skipped};
use super::{Action, HIDDEN_FOR, Role, Tabs};
use crate::options::share::Late;
use crate::{Gap, PauseReason, State};

/// How late a timer may be before the follower takes itself for the one that has slept.
const LATE: Duration = Duration::from_secs(2);

impl Tabs {
    /// Says hello to whoever leads.
    pub(super) fn rejoin(&mut self, now: Duration) {
        self.flush();
        self.disconnect();
        self.role = Role::Joining;
        self.silence.heard(now);
        self.hello();
    }

    fn hello(&mut self) {
        self.asked += 1;
        self.post(&Message::Hello {
            tab: self.tab,
            asked: self.asked,
            known: self.known,
            position: self.position.clone(),
            names: self.names.clone(),
        });
    }

    pub(super) fn on_word(&mut self, term: Term, word: Word, now: Duration) {
        if term < self.known {
            match word {
                Word::Start { .. } if self.is_leading() => self.pong(),
                // It can't know that its term is none.
                Word::Start { .. } => self.hello(),
                _ => {}
            }
            return;
        }
        if term > self.known {
            self.known = term;
            if self.is_leading() {
                self.step_down();
            }
            // Two may take themselves for the leader and answer the same question: the first answer has ended it.
            let answers = matches!(&word, Word::Welcome(welcome) if self.expects(welcome));
            if !answers && !matches!(word, Word::Start { .. }) {
                self.rejoin(now);
                return;
            }
        }
        if matches!(self.role, Role::Joining) {
            self.silence.lives(now);
        } else {
            self.silence.heard(now);
        }
        match word {
            Word::Start { after, hidden, names } => {
                self.want(&names, true);
                self.leader_is_hidden(hidden, now);
                self.on_start(after.as_ref(), &names, now);
            }
            Word::Welcome(welcome) => self.on_welcome(*welcome, now),
            Word::Items { first, items } => self.on_items(first, items, now),
            Word::Told(told) => {
                if self.is_following() {
                    self.heard_of(told.state);
                    self.told = told.clone();
                    self.actions.push_back(Action::Tell(told));
                }
            }
            Word::Hidden(hidden) => self.leader_is_hidden(hidden, now),
            Word::Pong { seq, hidden } => {
                self.leader_is_hidden(hidden, now);
                if self.at().is_some_and(|at| at < seq) {
                    self.rejoin(now);
                }
            }
            Word::Yield { to, seq } => {
                let in_step = matches!(self.role, Role::Following { at, .. } if at == seq);
                if to == self.tab && in_step && !self.stealing {
                    self.steal();
                }
            }
        }
    }

    fn leader_is_hidden(&mut self, hidden: bool, now: Duration) {
        if !hidden {
            self.leader_hidden = None;
            self.asked_to_lead = false;
        } else if self.leader_hidden.is_none() {
            self.leader_hidden = Some(now);
        }
    }

    /// When a follower that is seen asks a hidden leader for the lead.
    pub(super) fn take_over_at(&self) -> Option<Duration> {
        let since = self.leader_hidden.filter(|_| !self.hidden && !self.stealing)?;
        let released = self.told.state == State::Paused(PauseReason::Hidden);
        Some(if released && !self.asked_to_lead { since } else { since.saturating_add(HIDDEN_FOR) })
    }

    fn at(&self) -> Option<u64> {
        match &self.role {
            Role::Following { at, .. } => Some(*at),
            Role::CatchingUp(catch_up) => Some(catch_up.at),
            Role::Away | Role::Joining | Role::Leading { .. } => None,
        }
    }

    fn steal(&mut self) {
        self.stealing = true;
        self.actions.push_back(Action::StealLock);
    }

    pub(super) fn on_ping(&mut self, now: Duration) {
        match self.role {
            Role::Leading { yielded: None, .. } => self.pong(),
            // One asks for all. Its answer may be heard before the question, so that counts for no more.
            _ if self.silence.pings == 0 => self.silence.wait(now),
            _ => {}
        }
    }

    pub(super) fn handle_follower_timeout(&mut self, now: Duration) {
        if let Role::CatchingUp(catch_up) = &self.role
            && catch_up.until <= now
        {
            self.give_up(now);
        }
        if matches!(self.role, Role::Following { .. })
            && self.take_over_at().is_some_and(|at| at <= now)
        {
            // Again after as long, if nothing comes of it.
            self.leader_hidden = Some(now);
            self.asked_to_lead = true;
            self.post(&Message::TakeOver { tab: self.tab });
        }
        if now < self.silence.due() {
            return;
        }
        // Then what the leader has said may still wait to be heard.
        let was_asleep = now > self.silence.due().saturating_add(LATE);
        if self.silence.pings == 0 || (was_asleep && self.silence.pings == 1) {
            self.silence.asked(now);
            if matches!(self.role, Role::Joining) {
                self.hello();
            } else {
                self.post(&Message::Ping);
            }
        } else if self.stealing {
            // It can't have been refused: once more from the beginning.
            self.stealing = false;
            self.silence.start_anew(now);
        } else {
            self.silence.asked(now);
            if !matches!(self.told.state, State::Closed(_)) {
                let silent_for = now.saturating_sub(self.silence.heard_at);
                self.tell(State::Stale { silent_for });
            }
            self.steal();
        }
    }

    /// A new leader goes on from `after`, and listens to those names.
    fn on_start(&mut self, after: Option<&Position>, names: &[Rc<str>], now: Duration) {
        let skip = match (&self.role, &self.position, after) {
            (Role::Following { .. }, Some(own), Some(after)) if after.is_met_by(own) => {
                let ahead = own.label.seq - after.label.seq;
                Skip::new(ahead, after.mark.clone(), own.mark.clone())
            }
            _ => return self.rejoin(now),
        };
        self.follow(0, skip);
        // It may have been away when they were said; who says hello says them with it.
        if self.names.iter().any(|name| !names.contains(name)) {
            self.post(&Message::Names(self.names.clone()));
        }
    }

    /// From here on with the relay.
    pub(super) fn follow(&mut self, at: u64, skip: Option<Skip>) {
        if skip.is_none()
            && let Some(position) = &mut self.position
        {
            position.label = Label { term: self.known, seq: at };
        }
        self.role = Role::Following { at, skip };
    }

    /// Whether it answers this tab's last question, and is the first to.
    fn expects(&self, welcome: &Welcome) -> bool {
        let answers = welcome.to == self.tab && welcome.asked == self.asked;
        answers && matches!(self.role, Role::Joining)
    }

    fn on_welcome(&mut self, welcome: Welcome, now: Duration) {
        if !self.expects(&welcome) {
            return;
        }
        let had_none = !self.was_open();
        self.want(&welcome.names, true);
        self.leader_is_hidden(welcome.hidden, now);
        self.told = welcome.told.clone();
        self.actions.push_back(Action::Tell(welcome.told.clone()));
        if let Some(position) = &mut self.position {
            position.was_open |= welcome.was_open;
        }
        match (self.position.as_mut(), welcome.coverage) {
            (None, _) => {
                for item in welcome.items {
                    match self.late {
                        Late::Latest => self.actions.push_back(Action::Deliver(item)),
                        // Without a hole, so that others can have it from here.
                        Late::Recent => self.deliver(Label::default(), item),
                    }
                }
                let (mark, was_open) = (welcome.mark, welcome.was_open);
                self.position = Some(Position { mark, was_open, ..Position::default() });
                self.follow(welcome.seq, None);
            }
            (Some(_), Coverage::SincePosition) => {
                self.role = Role::Following { at: 0, skip: None };
                self.take_since(&welcome);
            }
            (Some(position), Coverage::SinceStart) => {
                let (seq, run) = welcome
                    .after
                    .as_ref()
                    .map_or((0, Mark::default()), |it| (it.label.seq, it.mark.clone()));
                let ahead = position.label.seq.saturating_sub(seq);
                let skip = Skip::new(ahead, run, position.mark.clone());
                self.follow(0, skip);
                self.take_since(&welcome);
            }
            (Some(_), Coverage::Nothing | Coverage::Latest) => {
                self.on_uncovered(welcome, had_none, now);
            }
        }
    }

    /// The leader's items up to where it is.
    fn take_since(&mut self, welcome: &Welcome) {
        let count = welcome.items.len() as u64;
        for (index, item) in (0_u64..).zip(&welcome.items) {
            let label = if index < welcome.older {
                Label::default()
            } else {
                let seq = welcome.seq.saturating_sub(count - 1 - index);
                Label { term: self.known, seq }
            };
            self.relay(label, item.clone());
        }
        if let Role::Following { at, skip } = &mut self.role {
            *at = welcome.seq;
            let skip = skip.take();
            self.follow(welcome.seq, skip);
        }
    }

    /// The leader does not know where this tab stands.
    fn on_uncovered(&mut self, welcome: Welcome, had_none: bool, now: Duration) {
        let Welcome { seq, mark, told, items: gaps, .. } = welcome;
        let own = self.mark();
        if had_none {
            self.fall_in(seq, mark, Vec::new());
        } else if let Some(index) = self.backlog.behind_mark(&mark) {
            if gaps.is_empty() {
                let ahead = (self.backlog.len() - index) as u64;
                self.follow(seq, Skip::new(ahead, mark, own));
            } else {
                self.fall_in(seq, mark, gaps);
            }
        } else if self.carries_cursor && own.tells() && !told.state.is_closed() {
            self.role = Role::CatchingUp(Box::new(CatchUp::new(seq, mark, gaps, now)));
            self.connect();
        } else {
            self.fall_in(seq, mark, vec![Relayed::Gap(Gap::Unconfirmed)]);
        }
    }

    /// On with the relay, after these gaps.
    pub(super) fn fall_in(&mut self, at: u64, mark: Mark, gaps: Vec<Relayed>) {
        for gap in gaps {
            self.deliver(Label::default(), gap);
        }
        self.position.get_or_insert_default().mark = mark;
        self.follow(at, None);
    }

    pub(super) fn on_items(&mut self, first: u64, items: Vec<Relayed>, now: Duration) {
        let term = self.known;
        for (seq, item) in (first..).zip(items) {
            let Some(at) = self.at() else { return };
            if seq <= at {
                continue;
            }
            if seq > at + 1 {
                return self.rejoin(now);
            }
            match &mut self.role {
                Role::Following { at, .. } => {
                    *at = seq;
                    self.relay(Label { term, seq }, item);
                }
                Role::CatchingUp(_) => self.hear_meanwhile(seq, item, now),
                Role::Away | Role::Joining | Role::Leading { .. } => return,
            }
        }
    }

    /// An item of the leader, unless this tab has had it.
    fn relay(&mut self, label: Label, item: Relayed) {
        let Role::Following { skip, .. } = &mut self.role else { return };
        let has_had = |mark: &Mark| self.backlog.behind_mark(mark).is_some();
        let skipped = skip.as_mut().map_or(Skipped::New, |skip| skip.take(&item, has_had));
        match skipped {
            Skipped::Had => {}
            Skipped::HadLast => {
                *skip = None;
                if let Some(position) = &mut self.position {
                    position.label = label;
                }
            }
            Skipped::New => {
                *skip = None;
                self.deliver(label, item);
            }
            // Its place is behind what is skipped yet.
            Skipped::Break => self.deliver(Label::default(), item),
            Skipped::Lost => {
                let run = skip.take().map(Skip::into_run).unwrap_or_default();
                // What was left out may have been new.
                self.deliver(Label::default(), Relayed::Gap(Gap::Unconfirmed));
                self.deliver(label, item);
                self.position = Some(Position { label, mark: run, was_open: true });
            }
        }
    }
}
