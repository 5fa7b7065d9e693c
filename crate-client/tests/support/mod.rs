//! What the browser tests share: the server with faults, the two transports, and waiting for conditions.

pub(crate) mod counters;
pub(crate) mod feed;
pub(crate) mod page;
pub(crate) mod server;
pub(crate) mod transport;
pub(crate) mod wait;
