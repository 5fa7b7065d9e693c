//! What people and programs publish.

use serde::{Deserialize, Serialize};

/// Something that was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Number within its topic, from 1.
    pub sequence: u64,
    /// When it came, in milliseconds since 1970-01-01.
    pub at: u64,
    /// What was published: text, or JSON as text.
    pub text: String,
    /// Whether it is JSON.
    pub json: bool,
}
