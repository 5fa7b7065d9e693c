//! A tiny server of Server-Sent Events: one log, many cursors.
//!
//! From top to bottom: [`cli`] says what the command line can, [`Server`] builds the routes and listens,
//! `stream` is `GET /events`, [`log`] holds the events, and [`market`] makes them.

mod access;
mod app_page;
mod assets;
pub mod cli;
mod faults;
pub mod log;
pub mod market;
mod problem;
mod server;
mod stream;

pub(crate) use server::App;
pub use server::{Server, StartError};
