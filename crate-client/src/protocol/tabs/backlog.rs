//! What a tab has had of late, so that it can tell others.

use std::collections::VecDeque;
use std::rc::Rc;

use super::message::{Label, Relayed};

/// Items that are kept.
const ITEMS: usize = 2_048;
/// Bytes of names, IDs and data that are kept.
const BYTES: usize = 1 << 20;

/// A place in the stream by its own IDs: the last event ID, and how many events in a row had it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Empty before the first.
    pub(crate) id: Rc<str>,
    pub(crate) times: u64,
}

impl Mark {
    /// Whether two tabs with this mark are at the same place.
    pub(crate) fn tells(&self) -> bool {
        !self.id.is_empty()
    }

    /// One item further.
    pub(crate) fn pass_item(&mut self, item: &Relayed) {
        match item {
            Relayed::Event(event) => self.pass(&event.id),
            // As behind the event with that ID, which a server means by it.
            Relayed::Id(id) if *id != self.id => *self = Self { id: Rc::clone(id), times: 1 },
            Relayed::Id(_) | Relayed::Gap(_) | Relayed::Lagged(_) | Relayed::Oversized(_) => {}
        }
    }

    /// One event further. One without an ID of its own repeats the last, also on a new connection, which has not seen it.
    fn pass(&mut self, id: &Rc<str>) {
        if id.is_empty() || *id == self.id {
            self.times = self.times.saturating_add(1);
        } else {
            *self = Self { id: Rc::clone(id), times: 1 };
        }
    }
}

#[derive(Debug)]
struct Kept {
    label: Label,
    /// Behind the item.
    mark: Mark,
    item: Relayed,
}

/// The newest items, without a hole.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    kept: VecDeque<Kept>,
    bytes: usize,
}

impl Backlog {
    pub(crate) fn push(&mut self, label: Label, mark: Mark, item: Relayed) {
        self.bytes += item.size();
        self.kept.push_back(Kept { label, mark, item });
        while self.kept.len() > ITEMS || self.bytes > BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.item.size();
        }
    }

    /// Where the items begin that follow the one with this label. The first of a term follows 0.
    pub(crate) fn behind_label(&self, label: Label) -> Option<usize> {
        let next = Label { seq: label.seq + 1, ..label };
        self.kept.iter().enumerate().rev().find_map(|(index, kept)| {
            if kept.label == label {
                Some(index + 1)
            } else {
                (kept.label == next).then_some(index)
            }
        })
    }

    /// Where the items begin that follow the event with this mark: gaps behind it are among them.
    pub(crate) fn behind_mark(&self, mark: &Mark) -> Option<usize> {
        if !mark.tells() {
            return None;
        }
        let last = self.kept.iter().rposition(|kept| kept.mark == *mark)?;
        let no_event = |kept: &Kept| !matches!(kept.item, Relayed::Event(_)) && kept.mark == *mark;
        let behind = self.kept.range(..=last).rev().take_while(|kept| no_event(kept)).count();
        Some(last + 1 - behind)
    }

    /// As [`behind_mark`](Self::behind_mark), behind the last event with this ID.
    pub(crate) fn behind_id(&self, id: &str) -> Option<usize> {
        let found = self.kept.iter().rev().find(|kept| &*kept.mark.id == id)?;
        self.behind_mark(&found.mark)
    }

    /// What may be missing behind the last event.
    pub(crate) fn trailing_gaps(&self) -> impl Iterator<Item = &Relayed> {
        let no_event = |kept: &&Kept| !matches!(kept.item, Relayed::Event(_));
        let count = self.kept.iter().rev().take_while(no_event).count();
        let trailing = self.kept.range(self.kept.len() - count..).map(|kept| &kept.item);
        trailing.filter(|item| !matches!(item, Relayed::Id(_)))
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    /// The items from there on.
    pub(crate) fn since(&self, index: usize) -> impl Iterator<Item = (Label, &Relayed)> {
        self.kept.range(index.min(self.kept.len())..).map(|kept| (kept.label, &kept.item))
    }
}
