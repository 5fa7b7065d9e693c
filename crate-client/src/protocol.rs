//! What decides, without doing: no I/O, no clock, no random numbers. `now` and jitter come in as arguments, and
//! what to do comes out as [`Action`](machine::Action)s.

pub(crate) mod backoff;
pub(crate) mod machine;
pub mod parser;
pub(crate) mod resume_url;
#[cfg(feature = "tabs")]
pub(crate) mod tabs;
