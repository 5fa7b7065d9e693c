//! What the parser finds.

use super::Overflow;

/// What [`Parser::next`](super::Parser::next) has found. It borrows from the chunk, or from the parser where a chunk's
/// end cut it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step<'a> {
    /// An event is dispatched.
    Event(Event<'a>),
    /// A block without a `data` line has set the last event ID to this. No event is dispatched.
    LastEventId(&'a str),
    /// The server asks for this reconnection time, in milliseconds. A number beyond [`u64::MAX`] is that.
    ReconnectionTime(u64),
    /// A comment: what follows the colon, without one space at its start. Servers send them as signs of life.
    Comment(&'a str),
    /// A line or an event is larger than its limit: [`Limits::on_overflow`](super::Limits::on_overflow) says what
    /// follows.
    Overflow(Overflow),
}

/// An event, as the standard dispatches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event type; `message` if the block has none, or an empty one.
    pub name: &'a str,
    /// The values of the `data` lines, joined by LF.
    pub data: &'a str,
    /// The last event ID, as it stands with this event. It is that of an earlier event if the block does not set one.
    pub id: &'a str,
    /// The block has an `id` line of its own, and without a NUL, which makes it invalid.
    pub sets_id: bool,
}
