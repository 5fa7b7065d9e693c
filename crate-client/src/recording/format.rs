//! The document: a recording as JSON, and back.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Kind;
use crate::schema::read_json;
use crate::{Cause, CloseReason, Error, Gap, PauseReason, State};

/// What the document says that it is.
const FORMAT: &str = "sse-signals recording";
/// The version that is written, and the only one that is read.
const VERSION: u64 = 1;

/// A recording: what a subscription saw, in order.
///
/// As JSON, here with line breaks:
///
/// ```
/// use std::time::Duration;
/// use sse_signals::recording::{Recording, What};
/// use sse_signals::State;
///
/// let recording = Recording::from_json(r#"{
///     "format": "sse-signals recording",
///     "version": 1,
///     "startedAt": 1764000000000,
///     "dropped": { "entries": 0, "events": 0 },
///     "entries": [
///         { "at": 0, "what": { "opened": { "url": "https://example.org/events?token=…" } } },
///         { "at": 0, "what": { "state": { "state": { "connecting": { "attempt": 1 } } } } },
///         { "at": 31, "what": { "state": { "state": "open" } } },
///         { "at": 40, "what": { "event": { "name": "quote", "id": "7", "data": "{}" } } },
///         { "at": 52, "what": { "gap": "resync" } },
///         { "at": 60, "what": { "lagged": 3 } }
///     ]
/// }"#)?;
/// assert_eq!(recording.started_at, Duration::from_millis(1_764_000_000_000));
/// let third = &recording.entries[2];
/// assert_eq!(third.at, Duration::from_millis(31));
/// assert_eq!(third.what, What::State { state: State::Open, detail: None });
/// assert_eq!(Recording::from_json(&recording.to_json())?, recording);
/// # Ok::<(), sse_signals::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Recording {
    /// The time of day at which it begins, since 1970.
    pub started_at: Duration,
    /// What is not in it for want of room: the oldest went first, and at once what was larger than all of it.
    pub dropped: Dropped,
    /// What is in it, the oldest first. Where something was dropped, the first ones tell again what was so then.
    pub entries: VecDeque<Entry>,
}

/// How much was dropped for want of room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Dropped {
    /// Entries of all kinds.
    pub entries: u64,
    /// Those that were events.
    pub events: u64,
}

/// Something that the subscription saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// When, since the recording's begin; in whole milliseconds once it is written.
    #[serde(with = "milliseconds")]
    pub at: Duration,
    /// What.
    pub what: What,
}

/// What a subscription can see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum What {
    /// The subscription was opened. A hook whose URL changes opens one after the other.
    Opened {
        /// Without user info, values of the query and fragment.
        url: String,
    },
    /// The connection has entered this state.
    State {
        /// The state.
        #[serde(with = "StateShape")]
        state: State,
        /// What the server or the browser said of the failure, without secrets.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// An event of the stream, as it came.
    Event {
        /// Its name.
        name: String,
        /// The last event ID as it stood then.
        id: String,
        /// Its data.
        data: String,
    },
    /// Events may be missing here.
    Gap(#[serde(with = "GapShape")] Gap),
    /// The subscriber's queue was full: so many items were dropped.
    Lagged(u64),
    /// The event before this did not fit the subscriber's type, or was too large. Told by the type that reads: a player
    /// decodes anew.
    Malformed {
        /// The event's name.
        name: String,
        /// What is wrong with it; empty where the data is [redacted](crate::recording::Recorder::redact).
        reason: String,
    },
}

/// The whole document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    format: &'static str,
    version: u64,
    #[serde(with = "milliseconds")]
    started_at: Duration,
    dropped: Dropped,
    entries: &'a VecDeque<Entry>,
}

/// What is read of it, once the head is known.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    #[serde(with = "milliseconds")]
    started_at: Duration,
    dropped: Dropped,
    entries: VecDeque<Entry>,
}

/// What is read first, whatever else is there.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

impl Recording {
    /// Reads what [`to_json`](Self::to_json) has written. Fields that are not known are skipped.
    ///
    /// # Errors
    ///
    /// [`Error::is_invalid_recording`]: the text is no JSON or ends too early, is no recording, is of another version, or holds
    /// what no recording can. The error says what, and where.
    ///
    /// ```
    /// # use sse_signals::recording::Recording;
    /// let text = r#"{ "format": "sse-signals recording", "version": 7 }"#;
    /// let error = Recording::from_json(text).unwrap_err();
    /// assert!(error.is_invalid_recording());
    /// assert!(error.to_string().contains("version 7"), "{error}");
    /// ```
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let text = text.trim_start_matches('\u{feff}');
        let head: Head = read_json(text).map_err(refused)?;
        if head.format != FORMAT {
            return Err(refused(format!("its format is not \"{FORMAT}\"")));
        }
        if head.version != VERSION {
            let reason =
                format!("it is of version {}, and read is version {VERSION}", head.version);
            return Err(refused(reason));
        }
        let Read { started_at, dropped, entries } = read_json(text).map_err(refused)?;
        let times = entries.iter().zip(entries.iter().skip(1));
        if let Some(position) = times.into_iter().position(|(one, next)| next.at < one.at) {
            // Counted from 1, and it is the second of the two.
            let entry = position + 2;
            return Err(refused(format!("entry {entry} is earlier than the one before it")));
        }
        Ok(Self { started_at, dropped, entries })
    }

    /// The recording as JSON, version 1, in one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { started_at, dropped, entries } = self;
        let written = Written {
            format: FORMAT,
            version: VERSION,
            started_at: *started_at,
            dropped: *dropped,
            entries,
        };
        // It has neither maps whose keys are no strings nor anything else that JSON can't hold.
        serde_json::to_string(&written).unwrap_or_default()
    }
}

fn refused(reason: String) -> Error {
    Kind::Recording { reason }.into()
}

/// Whole milliseconds.
mod milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

/// The same, or none.
mod maybe_milliseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde's shape")]
    pub(super) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => super::milliseconds::serialize(time, to),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Duration::from_millis))
    }
}

// The shapes stand apart from their types, so that a name in the document stays when one in the interface changes, and
// programs get no second document by serde. Where one falls behind its type it does not compile.

#[derive(Serialize, Deserialize)]
#[serde(remote = "State", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum StateShape {
    Idle,
    Connecting {
        attempt: u32,
    },
    Open,
    Stale {
        #[serde(with = "milliseconds")]
        silent_for: Duration,
    },
    Waiting {
        attempt: u32,
        #[serde(with = "maybe_milliseconds")]
        retry_in: Option<Duration>,
        #[serde(with = "CauseShape")]
        cause: Cause,
    },
    Paused(#[serde(with = "PauseReasonShape")] PauseReason),
    Closed(#[serde(with = "CloseReasonShape")] CloseReason),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Cause", rename_all = "kebab-case")]
enum CauseShape {
    Lost,
    Failed,
    Silent,
    Ended,
    Status(u16),
    ContentType,
    TooLarge,
    Headers,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PauseReason", rename_all = "kebab-case")]
enum PauseReasonShape {
    ByCaller,
    Hidden,
    Offline,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "CloseReason", rename_all = "kebab-case")]
enum CloseReasonShape {
    ByCaller,
    Finished,
    Refused(#[serde(with = "CauseShape")] Cause),
    GaveUp { attempts: u32 },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Gap", rename_all = "kebab-case")]
enum GapShape {
    Resync,
    Unconfirmed,
}

#[cfg(test)]
mod tests;
