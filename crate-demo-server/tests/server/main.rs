//! The server as its users see it: the real program on real sockets.

mod access;
mod assets;
mod common;
mod faults;
mod headlines;
mod log;
mod process;
mod stream;
