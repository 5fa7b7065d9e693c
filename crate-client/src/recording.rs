//! What a subscription sees, kept by a [`Recorder`], written as JSON, and shown again by a [`Player`].
//!
//! ```
//! use sse_signals::Options;
//! use sse_signals::recording::{Player, Recorder, Speed};
//!
//! # fn main() -> Result<(), sse_signals::Error> {
//! // In one page: the states, the raw events, gaps and losses of a subscription, each with its time.
//! let recorder = Recorder::new();
//! let options = Options::new().record(&recorder);
//! // … later:
//! let json = recorder.to_json();
//!
//! // In another: the same hook, or `EventSource`, without a connection.
//! let player = Player::from_json(&json)?;
//! let options = Options::new().play(&player);
//! player.play(Speed::times(4.0));
//! # Ok(())
//! # }
//! ```
//!
//! # What is in a recording
//!
//! Everything that the subscription was told, before its type decoded it: see [`What`]. So a recording can be played to
//! another type, or to a later version of the same.
//!
//! **No credentials.** Of URLs stand scheme, host, path and the names of the query's parameters; user info, values and
//! fragment are left out. Request headers and bodies are never seen. What the server or the browser said of a failure is
//! kept without the values of the URL's query and of the headers that [`Options`](crate::Options) hold; the body of an
//! answer that is no event stream, and what `Fetch::headers_with` said of its failure, are not kept at all. What stands
//! in the data of events is the program's: [`Recorder::redact`] can take it out.
//!
//! **Bounds.** See [`Recorder`]: 10,000 entries and 8 MiB by default; the oldest go first, and the recording says how many.

mod format;
mod player;
mod recorder;
mod schedule;

pub use format::{Dropped, Entry, Recording, What};
#[cfg(test)]
pub(crate) use player::Deck;
pub use player::{Player, Progress};
pub(crate) use recorder::Now;
pub use recorder::Recorder;
#[cfg(feature = "inspector")]
pub(crate) use recorder::{Look, Totals};
pub use schedule::Speed;
