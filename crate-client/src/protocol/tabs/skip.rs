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
    /// Where it stood was never met: events may be missing, this one too.
    Lost,
}

impl Skip {
    /// The relay begins at `run`, the follower is at `target`, that many items ahead.
    pub(crate) fn new(ahead: u64, run: Mark, target: Mark) -> Option<Self> {
        (ahead > 0 && run != target).then_some(Self { left: ahead, run, target })
    }

    /// Where the relay is.
    pub(crate) fn into_run(self) -> Mark {
        self.run
    }

    pub(crate) fn take(&mut self, item: &Relayed) -> Skipped {
        if !matches!(item, Relayed::Event(_) | Relayed::Id(_)) {
            // It tells by itself that something may be missing.
            return Skipped::New;
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
        if self.left > 0 { Skipped::Had } else { Skipped::Lost }
    }
}
