//! End to end: the built app in a real browser against the real server, driven over `WebDriver`.
//!
//! `cargo xtask test` builds both, starts the browsers' drivers and runs this suite once an engine. It has a
//! `main` of its own because a driver may allow one session at a time: trials run one after the other, and each
//! closes its browser whatever becomes of it. Arguments are parts of names: only trials that contain one run.

// The drivers are native programs; a build of all targets for the browser finds nothing here.
#[cfg(not(target_arch = "wasm32"))]
mod config;
#[cfg(not(target_arch = "wasm32"))]
mod harness;
#[cfg(not(target_arch = "wasm32"))]
mod page;
#[cfg(not(target_arch = "wasm32"))]
mod proxy;
#[cfg(not(target_arch = "wasm32"))]
mod server;
#[cfg(not(target_arch = "wasm32"))]
mod trials;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    harness::main(&trials::all())
}

#[cfg(target_arch = "wasm32")]
fn main() {}
