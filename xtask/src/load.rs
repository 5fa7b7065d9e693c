//! `cargo xtask bench server` and `cargo xtask soak`: thousands of clients, which the program in `bench/load` is.

use crate::cli::Trials;
use crate::failure::{Failure, Result};
use crate::run::must;
use crate::server;
use crate::shell::Shell;
use crate::tools::{self, Need};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program.
pub(crate) const PROGRAM: [&str; 3] = ["--locked", "--manifest-path", "bench/load/Cargo.toml"];
/// A server of npm's that ours is measured beside.
const BETTER_SSE: &str = "bench/load/better-sse";
/// Where Debian puts nginx' modules.
pub(crate) const NCHAN: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";

/// What the measurement takes where it can be had: without them it says who is missing.
pub(crate) const NEEDS: [Need; 2] = [Need::Nchan, Need::NpmPackages(BETTER_SSE)];

/// The server beside others.
pub(crate) fn bench(shell: &Shell, trials: &Trials) -> Result<()> {
    for need in NEEDS {
        if let Err(failure) = tools::ensure(shell, &[need]) {
            println!("{failure}");
        }
    }
    build(shell)?;
    let mut load = run(shell, true);
    load.arg("bench").arg("--server").arg(server::binary(shell, "release"));
    load.arg("--scratch").arg(shell.folder("load")?);
    if let Some(nginx) = shell.find("nginx").filter(|_| Path::new(NCHAN).is_file()) {
        load.arg("--nginx").arg(nginx).args(["--nchan", NCHAN]);
    }
    if let Some(folder) = better_sse(shell)? {
        load.arg("--better-sse").arg(folder);
    }
    if let Some(rounds) = trials.rounds {
        load.args(["--rounds", &rounds.to_string()]);
    }
    must("the measurement of the server", &mut load)
}

/// The server under clients that come and go.
pub(crate) fn soak(shell: &Shell, minutes: u64) -> Result<()> {
    build(shell)?;
    let mut load = run(shell, true);
    load.args(["soak", "--seconds", &(minutes * 60).to_string()]);
    load.arg("--server").arg(server::binary(shell, "release"));
    must("soak", &mut load)
}

/// The same for a minute, by fewer clients since nothing is optimised: what builds the server, and what runs.
pub(crate) fn one_minute(shell: &Shell) -> Vec<Command> {
    let mut load = run(shell, false);
    load.args(["soak", "--seconds", "60", "--clients", "500"]);
    load.arg("--server").arg(server::binary(shell, "debug"));
    vec![server::build_whole(shell), load]
}

fn build(shell: &Shell) -> Result<()> {
    println!("Building the server …");
    must("cargo build", server::build(shell).arg("--release"))
}

fn run(shell: &Shell, is_optimised: bool) -> Command {
    let mut cargo = shell.cargo();
    cargo.args(["run", "--quiet"]).args(PROGRAM);
    if is_optimised {
        cargo.arg("--release");
    }
    cargo.arg("--");
    server::without_variables(&mut cargo);
    cargo
}

/// The folder with its program beside what npm installed.
fn better_sse(shell: &Shell) -> Result<Option<PathBuf>> {
    let folder = shell.npm_folder(BETTER_SSE);
    if shell.find("node").is_none() || !folder.join("node_modules").is_dir() {
        return Ok(None);
    }
    let program = shell.read(&format!("{BETTER_SSE}/server.mjs"))?;
    std::fs::write(folder.join("server.mjs"), program).map_err(Failure::at(BETTER_SSE))?;
    Ok(Some(folder))
}
