//! What tabs say to each other.

use std::rc::Rc;

use super::backlog::Mark;
use crate::{Gap, State};

/// Whose word counts: the greatest. A leader takes a number that is greater than every one it knows of; of two that take
/// the same, the greater tab wins. So that it is greater than those of leaders before that it has not heard of, too, it is
/// no less than the time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    /// In milliseconds; 0 is before all leaders.
    pub(crate) number: u64,
    /// The leader's.
    pub(crate) tab: u64,
}

/// An item's place: leaders number what they relay, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) term: Term,
    pub(crate) seq: u64,
}

/// How far a tab has come: by a leader's count, and by the stream's own IDs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) label: Label,
    pub(crate) mark: Mark,
    /// Whether a connection was ever open: from then on there is something to miss.
    pub(crate) was_open: bool,
}

impl Position {
    /// Whether a stream that goes on from here meets a tab there: in the same place, or ahead. Without an ID nothing says
    /// that it goes on from here. Who has not heard that the stream was open will tell no gap, which one that has must be
    /// told.
    pub(crate) fn is_met_by(&self, other: &Self) -> bool {
        let (from, to) = (self.label, other.label);
        let level = from.seq == to.seq && (self.was_open || !other.was_open);
        let ahead = from.seq < to.seq && self.mark.tells();
        to.term.number > 0 && from.term == to.term && (level || ahead)
    }
}

/// An event as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RelayedEvent {
    pub(crate) name: Rc<str>,
    /// The last event ID as it stood then.
    pub(crate) id: Rc<str>,
    pub(crate) data: Rc<str>,
}

/// One step of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Relayed {
    Event(RelayedEvent),
    /// A last event ID that came without an event.
    Id(Rc<str>),
    Gap(Gap),
    Lagged(u64),
    /// What was too large to be read, in words.
    Oversized(Rc<str>),
}

impl Relayed {
    /// Bytes of its text.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Event(event) => event.name.len() + event.id.len() + event.data.len(),
            Self::Id(text) | Self::Oversized(text) => text.len(),
            Self::Gap(_) | Self::Lagged(_) => 0,
        }
    }
}

/// What is told of the connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) state: State,
    /// What the server or the browser said of the last failure.
    pub(crate) detail: Option<Rc<str>>,
    /// Where the stream came from, after redirects.
    pub(crate) response_url: Option<Rc<str>>,
}

/// Which items a [`Welcome`] brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coverage {
    /// To a tab without a position: the latest event of each name.
    Latest,
    /// All since the tab's position.
    SincePosition,
    /// All of the leader's term, which began behind the tab's position.
    SinceStart,
    /// Where the tab stands is not known any more: what came behind the leader's last event.
    Nothing,
}

/// A leader's answer to [`Message::Hello`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Welcome {
    pub(crate) to: u64,
    /// Which hello it answers.
    pub(crate) asked: u64,
    /// Where the leader is.
    pub(crate) seq: u64,
    pub(crate) mark: Mark,
    /// Where its term began.
    pub(crate) after: Option<Position>,
    pub(crate) told: Told,
    pub(crate) hidden: bool,
    /// Whether a connection was ever open: from then on there is something to miss.
    pub(crate) was_open: bool,
    pub(crate) coverage: Coverage,
    /// How many of the items are of older terms.
    pub(crate) older: u64,
    pub(crate) items: Vec<Relayed>,
    /// What the leader listens to.
    pub(crate) names: Vec<Rc<str>>,
}

/// What a leader says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    /// It leads from now on, and connects from `after`.
    Start {
        after: Option<Position>,
        hidden: bool,
        names: Vec<Rc<str>>,
    },
    Welcome(Box<Welcome>),
    /// Items, the first of which has this number.
    Items {
        first: u64,
        items: Vec<Relayed>,
    },
    Told(Told),
    /// Its page is hidden, or seen again.
    Hidden(bool),
    /// It lives, and has relayed so many items.
    Pong {
        seq: u64,
        hidden: bool,
    },
    /// It has disconnected at `seq`, so that this tab can lead.
    Yield {
        to: u64,
        seq: u64,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Message {
    FromLeader(Term, Word),
    /// A tab asks to be told everything since its position; it knows of this term.
    Hello {
        tab: u64,
        asked: u64,
        known: Term,
        position: Option<Position>,
        names: Vec<Rc<str>>,
    },
    /// Names that a tab wants to be listened to.
    Names(Vec<Rc<str>>),
    /// Is the leader there?
    Ping,
    /// A tab that is seen would rather lead than one that is hidden.
    TakeOver {
        tab: u64,
    },
    /// A subscriber wants a new connection.
    Reconnect,
}
