//! A follower that has missed what no other tab has any more.

use std::collections::VecDeque;
use std::time::Duration;

use super::backlog::Mark;
use super::message::{Label, Relayed};
use super::skip::Skip;
use super::{Role, Tabs};
use crate::Gap;

/// How long a follower may read on a connection of its own.
const CATCH_UP: Duration = Duration::from_secs(10);
/// Items of the relay that wait meanwhile, the newest.
const BUFFER: usize = 1_024;

/// A follower that reads on a connection of its own what it has missed, until its stream and the relay meet.
#[derive(Debug)]
pub(super) struct CatchUp {
    pub(super) until: Duration,
    /// The number of the last item that was relayed.
    pub(super) at: u64,
    /// Where the relay began.
    start: Mark,
    /// Gaps in front of that.
    gaps: Vec<Relayed>,
    /// The newest of what was relayed since, and where the relay is behind it.
    buffer: VecDeque<(Relayed, Mark)>,
}

impl CatchUp {
    /// The leader is at `seq`, where its stream is at `start`.
    pub(super) fn new(seq: u64, start: Mark, gaps: Vec<Relayed>, now: Duration) -> Self {
        let until = now.saturating_add(CATCH_UP);
        Self { until, at: seq, start, gaps, buffer: VecDeque::new() }
    }

    /// One more item of the relay; where the relay is behind it. The oldest makes room: the own stream brings it before it
    /// meets the others.
    fn hear(&mut self, seq: u64, item: Relayed) -> Mark {
        self.at = seq;
        let mut mark = self.buffer.back().map_or(&self.start, |(_, mark)| mark).clone();
        mark.pass_item(&item);
        self.buffer.push_back((item, mark.clone()));
        if self.buffer.len() > BUFFER
            && let Some((_, behind)) = self.buffer.pop_front()
        {
            self.start = behind;
            self.gaps.clear();
        }
        mark
    }

    /// How many of the items that were relayed are had by whoever is there.
    fn had(&self, mark: &Mark) -> Option<usize> {
        if !mark.tells() {
            return None;
        }
        let found = self.buffer.iter().rposition(|(_, behind)| behind == mark);
        found.map(|index| index + 1).or_else(|| (*mark == self.start).then_some(0))
    }
}

impl Tabs {
    /// An item of the leader, while this tab reads on a connection of its own.
    pub(super) fn hear_meanwhile(&mut self, seq: u64, item: Relayed, now: Duration) {
        let Role::CatchingUp(catch_up) = &mut self.role else { return };
        let mark = catch_up.hear(seq, item);
        if self.mark() == mark && mark.tells() {
            self.meet(usize::MAX, now);
        } else if let Some(index) = self.backlog.behind_mark(&mark) {
            // This tab was ahead.
            let ahead = (self.backlog.len() - index) as u64;
            let skip = Skip::new(ahead, mark, self.mark());
            self.disconnect();
            self.follow(seq, skip);
        }
    }

    /// An item of the own stream.
    pub(super) fn catch_up_with(&mut self, item: Relayed, now: Duration) {
        let Role::CatchingUp(catch_up) = &self.role else { return };
        let before = self.mark();
        let mut mark = before.clone();
        mark.pass_item(&item);
        let had = catch_up.had(&mark);
        // As where items are skipped: some have no ID of their own.
        let start = &catch_up.start;
        let is_past = start.tells() && before.id == start.id && mark.id != start.id;
        let is_gap = matches!(item, Relayed::Gap(_));
        if is_past && had.is_none() {
            return self.meet(0, now);
        }
        self.deliver(Label::default(), item);
        if let Some(had) = had {
            self.meet(had, now);
        } else if is_gap {
            self.end_catch_up(now);
        }
    }

    /// The own stream has brought so many items of the relay too.
    fn meet(&mut self, had: usize, now: Duration) {
        let Role::CatchingUp(catch_up) = &mut self.role else { return };
        let gaps = std::mem::take(&mut catch_up.gaps);
        if had == 0 {
            gaps.into_iter().for_each(|gap| self.deliver(Label::default(), gap));
        }
        self.resume_relay(had, self.mark(), now);
    }

    /// What the own stream has not brought by now is given up.
    pub(super) fn give_up(&mut self, now: Duration) {
        self.deliver(Label::default(), Relayed::Gap(Gap::Unconfirmed));
        self.end_catch_up(now);
    }

    /// After a gap.
    fn end_catch_up(&mut self, now: Duration) {
        let Role::CatchingUp(catch_up) = &self.role else { return };
        let start = catch_up.start.clone();
        self.resume_relay(0, start, now);
    }

    fn resume_relay(&mut self, had: usize, mark: Mark, now: Duration) {
        self.disconnect();
        let Role::CatchingUp(catch_up) = std::mem::replace(&mut self.role, Role::Joining) else {
            return;
        };
        let CatchUp { at, mut buffer, .. } = *catch_up;
        let rest = buffer.split_off(had.min(buffer.len()));
        let at = at.saturating_sub(rest.len() as u64);
        self.fall_in(at, mark, Vec::new());
        let rest = rest.into_iter().map(|(item, _)| item).collect();
        self.on_items(at.saturating_add(1), rest, now);
    }
}
