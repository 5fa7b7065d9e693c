//! Server-Sent Events as typed Rust signals.

mod error;
mod event;
mod options;
mod state;

pub mod schema;

pub use error::Error;
pub use event::{Event, Gap, Item, Malformed};
pub use options::{OnClosed, Options, Resume, Retry};
pub use state::{Cause, CloseReason, PauseReason, State};
