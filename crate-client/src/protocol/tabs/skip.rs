//! Items of a new leader that a follower has had already.

use super::backlog::Mark;
use super::message::Relayed;

/// A follower that was ahead of the new leader hears again what it has had: until its own last ID has come as often as it
/// had it.
#[derive(Debug)]
pub(crate) struct Skip {
    /// How many items it is ahead, at most.
    left: u64,
    /// Where the relay is.
    run: Mark,
    /// Where the follower is.
    target: Mark,
    /// Whether the relay may have left something out: then counts tell nothing any more.
    is_broken: bool,
}

/// What becomes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skipped {
    /// The follower has had it.
    Had,
    /// It has had it, and it was the last one.
    HadLast,
    /// It is the first that it has not had.
    New,
    /// It tells that something may be missing; what comes next may still be what the follower has had.
    Break,
    /// It is new, and where the follower stood was never met: events may be missing before.
    Lost,
}

impl Skip {
    /// The relay begins at `run`, the follower is at `target`, that many items ahead.
    pub(crate) fn new(ahead: u64, run: Mark, target: Mark) -> Option<Self> {
        (ahead > 0 && run != target).then_some(Self { left: ahead, run, target, is_broken: false })
    }

    /// Where the relay is.
    pub(crate) fn into_run(self) -> Mark {
        self.run
    }

    /// `has_had` knows whether the follower was ever there.
    pub(crate) fn take(&mut self, item: &Relayed, has_had: impl Fn(&Mark) -> bool) -> Skipped {
        if !matches!(item, Relayed::Event(_) | Relayed::Id(_)) {
            self.is_broken = true;
            return Skipped::Break;
        }
        let was_there = self.target.tells() && self.run.id == self.target.id;
        self.run.pass_item(item);
        if self.run == self.target {
            return Skipped::HadLast;
        }
        // Fewer had that ID this time: some had none of their own, which no server sends again.
        if was_there && self.run.id != self.target.id {
            return Skipped::New;
        }
        self.left = self.left.saturating_sub(1);
        if has_had(&self.run) || (self.left > 0 && !self.is_broken) {
            Skipped::Had
        } else if self.is_broken {
            Skipped::New
        } else {
            Skipped::Lost
        }
    }
}
