//! What a subscriber receives.

use std::fmt;

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
/// # let event = sse_signals::Event::new("", 2);
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
///
/// ```
/// let event = sse_signals::Event::new("7", "seven");
/// assert_eq!((event.id(), event.data), ("7", "seven"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Event<T> {
    id: LastEventId,
    /// The decoded `data` field; for an enum the variant tells the event's name.
    pub data: T,
}

impl<T> Event<T> {
    /// As a source would give it; for tests.
    pub fn new(id: impl AsRef<str>, data: T) -> Self {
        Self::received(LastEventId::from(id.as_ref()), data)
    }

    pub(crate) const fn received(id: LastEventId, data: T) -> Self {
        Self { id, data }
    }

    /// The [last event ID](https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-last-event-id)
    /// as it stood when the event was dispatched; empty if the stream never set one. It is repeated on events that set
    /// none of their own.
    ///
    /// Natively it is fetched from the browser when it is first asked for, about a microsecond.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// Bytes of an ID that need no memory of their own: over fetch they come with every event.
#[cfg(feature = "fetch")]
const SHORT: usize = 22;

/// A last event ID.
#[derive(Clone)]
pub(crate) enum LastEventId {
    #[cfg(feature = "fetch")]
    Short {
        length: u8,
        bytes: [u8; SHORT],
    },
    Long(Box<str>),
    /// Still in the browser: to read it for every event would take a fifth of the time.
    #[cfg(target_arch = "wasm32")]
    Unread(std::cell::OnceCell<String>, crate::browser::Message),
}

impl LastEventId {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            #[cfg(feature = "fetch")]
            Self::Short { length, bytes } => {
                let bytes = bytes.get(..usize::from(*length)).unwrap_or_default();
                // They were text.
                std::str::from_utf8(bytes).unwrap_or_default()
            }
            Self::Long(text) => text,
            #[cfg(target_arch = "wasm32")]
            Self::Unread(text, message) => text.get_or_init(|| message.last_event_id()),
        }
    }
}

impl From<&str> for LastEventId {
    fn from(text: &str) -> Self {
        #[cfg(feature = "fetch")]
        {
            let mut bytes = [0; SHORT];
            if let (Ok(length), Some(start)) =
                (u8::try_from(text.len()), bytes.get_mut(..text.len()))
            {
                start.copy_from_slice(text.as_bytes());
                return Self::Short { length, bytes };
            }
        }
        Self::Long(text.into())
    }
}

impl PartialEq for LastEventId {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for LastEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// Why events may be missing.
///
/// ```
/// let gap = sse_signals::Gap::Unconfirmed;
/// assert_eq!(gap.to_string(), "nothing confirms that no event is missing");
/// ```
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

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resync => "the server can't resume from the last event ID",
            Self::Unconfirmed => "nothing confirms that no event is missing",
        })
    }
}

/// An event that could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// The event's name.
    pub name: String,
    /// Its data, as it came.
    pub data: String,
    /// What is wrong with it.
    pub error: Error,
}

#[cfg(all(test, feature = "fetch"))]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_kept_whatever_its_length() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 255, 256, 300] {
            let id = "é".repeat(length / 2) + &"x".repeat(length % 2);
            let event = Event::new(&id, ());
            assert_eq!((event.id(), event.clone().id()), (&*id, &*id));
        }
        assert_eq!(size_of::<LastEventId>(), 24);
    }
}
