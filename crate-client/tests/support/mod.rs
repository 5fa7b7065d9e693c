//! What the browser tests share: the server with faults, and waiting for conditions.

pub(crate) mod counters;
pub(crate) mod feed;
pub(crate) mod server;
pub(crate) mod wait;
