//! The wire contract: the server encodes it, the page listens to its variants by name.

use serde::{Deserialize, Serialize};

/// Everything that the server streams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feed {
    /// How long the server has been running, in seconds, each second: `event: uptime`.
    Uptime(u64),
    /// How many pages listen, when that changes: `event: readers`.
    Readers(usize),
}
