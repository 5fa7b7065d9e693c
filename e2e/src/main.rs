//! End to end: the built app and the examples in a real browser against real servers, driven over `WebDriver`.
//!
//! `cargo xtask test` builds them, starts the browsers' drivers and runs this suite once an engine. It has a
//! `main` of its own because a driver may allow one session at a time: trials run one after the other, and each
//! closes its browser whatever becomes of it. `--suite` is one of page (the default), examples, servers. Further
//! arguments are parts of names: only trials that contain one run. `--pictures FOLDER` takes the pictures for the
//! documentation instead.

mod child;
mod config;
mod harness;
mod http;
mod keyboard;
mod page;
mod pictures;
mod processes;
mod proxy;
mod reports;
mod server;
mod tabs;
mod trials;
mod wire;
mod wishes;

fn main() -> std::process::ExitCode {
    harness::main()
}
