//! Server-Sent Events as typed Rust signals.

mod browser;
// On a native target nothing ever connects: only the tests drive these there.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod client;
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod error;
mod event;
mod options;
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod protocol;
mod state;

pub mod hooks;
pub mod schema;

pub use client::{EventSource, States};
pub use error::Error;
pub use event::{Event, Gap, Item, Malformed};
pub use options::{OnClosed, Options, Resume, Retry};
pub use state::{Cause, CloseReason, PauseReason, State};
