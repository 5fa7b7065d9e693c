//! The wire contract between the demo server and the app: one serde enum, no I/O.
//!
//! [`Feed`] is externally tagged, so `sse-signals` sends each variant as an event of that name and listens to
//! each by name. The shapes here are what stands in the `data` field, as JSON.

mod headline;
mod quote;

pub use headline::{Headline, HeadlineKind};
pub use quote::Quote;

use serde::{Deserialize, Serialize};

/// Everything the demo server streams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feed {
    /// One symbol's trading day, as event `quote` of topic `quotes`.
    Quote(Quote),
    /// A headline computed from the prices, as event `news` of topic `news`.
    News(Headline),
}

/// What a reader can ask for by `?topics=`; each topic counts its own sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Replayed daily prices.
    Quotes,
    /// Headlines computed from them.
    News,
}

impl Topic {
    /// Every topic there is.
    pub const ALL: [Self; 2] = [Self::Quotes, Self::News];

    /// The name in `?topics=`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quotes => "quotes",
            Self::News => "news",
        }
    }

    /// The topic of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

impl Feed {
    /// The topic that this event belongs to.
    #[must_use]
    pub const fn topic(&self) -> Topic {
        match self {
            Self::Quote(_) => Topic::Quotes,
            Self::News(_) => Topic::News,
        }
    }

    /// The event's number within its topic: 1 for the first after the server's start, then without a hole, so
    /// that a reader of some topics can count what it missed.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        match self {
            Self::Quote(quote) => quote.sequence,
            Self::News(headline) => headline.sequence,
        }
    }

    /// Sets the event's number within its topic, which is the log's to give.
    pub const fn set_sequence(&mut self, sequence: u64) {
        match self {
            Self::Quote(quote) => quote.sequence = sequence,
            Self::News(headline) => headline.sequence = sequence,
        }
    }
}
