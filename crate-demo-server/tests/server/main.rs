//! The server as its users see it: the real program on real sockets.

mod access;
mod assets;
mod commands;
mod common;
#[cfg(feature = "compression")]
mod compression;
mod delivery;
mod exposed;
mod faults;
mod headlines;
mod host;
mod limit;
mod log;
mod logs;
mod metrics;
mod monitor;
mod openapi;
mod origin;
mod process;
mod publish;
mod raw;
mod stream;
mod tasks;
#[cfg(feature = "tls")]
mod tls;
mod tokens;
