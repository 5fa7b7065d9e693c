//! What a leader does.

use std::time::Duration;

use super::backlog::Mark;
use super::message::{Coverage, Label, Position, Relayed, Term, Welcome, Word};
use super::{Action, Latest, Role, Tabs};
use crate::options::share::Late;

impl Tabs {
    /// Leads from now on, from this tab's own position.
    pub(super) fn lead(&mut self) {
        self.disconnect();
        self.leader_hidden = None;
        let connects = !self.told.state.is_closed();
        self.begin_term(connects);
        if connects {
            self.connect();
        } else {
            self.say(Word::Told(self.told.clone()));
        }
    }

    fn begin_term(&mut self, connected: bool) {
        self.flush();
        let after = self.position.clone();
        let time = u64::try_from(self.wall.as_millis()).unwrap_or_default();
        let number = self.known.number.saturating_add(1).max(time);
        self.known = Term { number, tab: self.tab };
        let label = Label { term: self.known, seq: 0 };
        self.position = Some(Position { label, mark: self.mark(), was_open: self.was_open() });
        self.role = Role::Leading { seq: 0, after: after.clone(), yielded: None, connected };
        self.say(Word::Start { after, hidden: self.hidden, names: self.names.clone() });
    }

    pub(super) fn on_hello(
        &mut self,
        tab: u64,
        asked: u64,
        known: Term,
        position: Option<&Position>,
        latest: &Latest,
    ) {
        let Role::Leading { yielded: None, connected, .. } = self.role else { return };
        if known > self.known {
            // Its word would not count: it knows of a later term than this one.
            self.known.number = known.number;
            self.begin_term(connected);
            return;
        }
        let Role::Leading { seq, after, .. } = &self.role else { return };
        let (seq, after) = (*seq, after.clone());
        if let Some(position) = position.filter(|it| it.mark.tells())
            && seq == 0
            && self.carries_cursor
            && !self.mark().tells()
        {
            // This tab has had nothing yet, the other knows where to go on.
            self.disconnect();
            self.position = Some(Position { was_open: true, ..position.clone() });
            self.lead();
            return;
        }
        let (coverage, index) = self.coverage(position, after.as_ref());
        let (items, older) = match coverage {
            Coverage::Latest if self.late == Late::Recent => self.since(0),
            Coverage::Latest => (latest.iter().cloned().collect(), 0),
            Coverage::Nothing => (self.backlog.trailing_gaps().cloned().collect(), 0),
            Coverage::SincePosition | Coverage::SinceStart => self.since(index),
        };
        let over = self.told.state.is_closed();
        self.say(Word::Welcome(Box::new(Welcome {
            to: tab,
            asked,
            seq,
            mark: self.mark(),
            after,
            told: self.told.clone(),
            hidden: self.hidden,
            was_open: self.was_open(),
            coverage,
            older,
            items,
            names: self.names.clone(),
        })));
        if over && position.is_none() {
            // Who comes new does not want an old end.
            self.reconnect();
        }
    }

    /// What the backlog has for a tab that stands there, and from where on.
    fn coverage(&self, position: Option<&Position>, after: Option<&Position>) -> (Coverage, usize) {
        let Some(position) = position else { return (Coverage::Latest, 0) };
        let end = self.backlog.len();
        let label = position.label;
        if self.position.as_ref().is_some_and(|own| own.label == label) {
            return (Coverage::SincePosition, end);
        }
        let ahead = after.is_some_and(|after| after.is_met_by(position));
        let found = if ahead {
            let start = Label { term: self.known, seq: 0 };
            let nothing_yet = self.position.as_ref().is_some_and(|own| own.label == start);
            let index = if nothing_yet { Some(end) } else { self.backlog.behind_label(start) };
            index.map(|index| (Coverage::SinceStart, index))
        } else {
            let by_label = (label.term.number > 0).then(|| self.backlog.behind_label(label));
            let index = by_label.flatten().or_else(|| self.behind(&position.mark));
            index.map(|index| (Coverage::SincePosition, index))
        };
        found.unwrap_or((Coverage::Nothing, 0))
    }

    fn behind(&self, mark: &Mark) -> Option<usize> {
        let here = || (mark.tells() && *mark == self.mark()).then_some(self.backlog.len());
        self.backlog.behind_mark(mark).or_else(here)
    }

    /// The items from there on, and how many of them are of older terms.
    fn since(&self, index: usize) -> (Vec<Relayed>, u64) {
        let older = self.backlog.since(index).filter(|(label, _)| label.term != self.known).count();
        (self.backlog.since(index).map(|(_, item)| item.clone()).collect(), older as u64)
    }

    pub(super) fn on_take_over(&mut self, tab: u64, now: Duration) {
        let Role::Leading { seq, yielded: None, .. } = self.role else { return };
        if !self.hidden {
            return;
        }
        self.flush();
        // Before the other may connect.
        self.disconnect();
        if let Role::Leading { yielded, .. } = &mut self.role {
            *yielded = Some(now);
        }
        self.say(Word::Yield { to: tab, seq });
    }

    pub(super) fn pong(&mut self) {
        let Role::Leading { seq, .. } = self.role else { return };
        self.say(Word::Pong { seq, hidden: self.hidden });
    }

    /// Another leads.
    pub(super) fn step_down(&mut self) {
        self.flush();
        self.disconnect();
        self.actions.push_back(Action::RequestLock);
        self.role = Role::Joining;
    }
}
