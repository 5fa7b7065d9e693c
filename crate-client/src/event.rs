//! What a subscriber receives.

use crate::Error;

/// One step of a subscription, in the order in which it happened.
///
/// Nothing is left out in silence: what could not be delivered is told by [`Gap`](Item::Gap),
/// [`Lagged`](Item::Lagged) or [`Malformed`](Item::Malformed).
///
/// ```
/// use sse_signals::Item;
///
/// /// Adds up what came; says whether the sum can be trusted.
/// fn add(sum: &mut u32, item: &Item<u32>) -> bool {
///     match item {
///         Item::Event(event) => *sum += event.data,
///         Item::Gap(_) | Item::Lagged(_) | Item::Malformed(_) => return false,
///         _ => {}
///     }
///     true
/// }
/// # let mut sum = 1;
/// # let event = sse_signals::Event { id: String::new(), data: 2 };
/// # assert!(add(&mut sum, &Item::Event(event)) && sum == 3 && !add(&mut sum, &Item::Lagged(1)));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Item<T> {
    /// An event of the stream, decoded.
    Event(Event<T>),
    /// Events may be missing here: reload what was derived from earlier ones.
    Gap(Gap),
    /// This side's queue was full: so many items that stood here were dropped, the oldest first. See
    /// [`Options::queue_capacity`](crate::Options::queue_capacity).
    Lagged(u64),
    /// An event whose data could not be decoded. The stream goes on.
    Malformed(Malformed),
}

/// An event of the stream, with its data decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<T> {
    /// The [last event ID](https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-last-event-id)
    /// as it stood when the event was dispatched; empty if the stream never set one. The browser repeats it on
    /// events that set none of their own.
    pub id: String,
    /// The decoded `data` field; for an enum the variant tells the event's name.
    pub data: T,
}

/// Why events may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Gap {
    /// The server said so: it can't resume from our cursor.
    Resync,
    /// The connection was opened anew and nothing confirms that it went on where the last one ended: the
    /// stream has no ids, or a new `EventSource` could not pass the last one on (see
    /// [`Options::resume`](crate::Options::resume)).
    Unconfirmed,
}

/// An event that could not be decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Malformed {
    /// The event's name.
    pub name: String,
    /// Its data, as it came.
    pub data: String,
    /// What is wrong with it.
    pub error: Error,
}
