//! End to end: the built app in a real browser against the real server, driven over `WebDriver`.
//!
//! `cargo xtask test` builds both, starts the browsers' drivers and runs this suite once an engine. It has a
//! `main` of its own because a driver may allow one session at a time: trials run one after the other, and each
//! closes its browser whatever becomes of it. Arguments are parts of names: only trials that contain one run.

mod config;
mod harness;
mod page;
mod proxy;
mod server;
mod trials;

fn main() -> std::process::ExitCode {
    harness::main(&trials::all())
}
