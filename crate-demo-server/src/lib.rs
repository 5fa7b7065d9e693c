//! A tiny server of Server-Sent Events: one log, many cursors.
//!
//! From top to bottom: [`cli`] says what the command line can, [`Server`] builds the routes and listens,
//! `stream` is `GET /events`, [`log`] holds the events, and [`market`] makes them.

mod access;
mod app_page;
mod assets;
pub mod cli;
#[cfg(feature = "compression")]
mod compression;
mod connection;
mod delivery;
mod faults;
pub mod log;
pub mod logs;
pub mod market;
mod metrics;
mod monitor;
mod private_file;
mod problem;
mod publish;
mod replay;
mod routes;
mod server;
mod socket;
mod sources;
mod stats;
mod stream;
mod tasks;
#[cfg(feature = "tls")]
mod tls;
mod topics;

pub mod weather;

pub use replay::Replay;
pub(crate) use server::App;
pub use server::{Server, StartError};
