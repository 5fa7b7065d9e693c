//! `cargo xtask run`: the app and its stream on one origin.

use crate::failure::{Failure, Result};
use crate::process::{self, End};
use crate::server::{self, Server};
use crate::shell::Shell;
use crate::{APP_NEEDS, app, cli, tools};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

pub(crate) fn run(shell: &Shell, options: &cli::Run) -> Result<()> {
    let listen = match options.listen {
        Some(address) => address,
        None => server::listen_variable()?.unwrap_or(cli::DEFAULT_LISTEN),
    };
    // Before the minutes that a build takes.
    check_address(listen)?;
    tools::ensure(shell, &APP_NEEDS)?;

    let dist = shell.root.join("dist");
    println!("Building the app …");
    must("trunk build", &mut app::build(shell, &dist))?;
    build_server(shell)?;

    let mut command = server::command(shell, "release");
    command.arg("--listen").arg(listen.to_string()).arg("--app").arg(&dist);
    command.args(&options.server);
    let mut server = Server::start(&mut command)?;
    println!("The app is at {} (Ctrl-C ends it)", server.url);
    if options.open {
        open(shell, &server.url);
    }
    match server.group.wait(None, |_| {}) {
        Ok(end) => Err(server::ended("the server ended by itself", &end)),
        // That is how it is meant to end.
        Err(Failure::Interrupted) => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// Has the server print what the flags for it ask for. Tells its exit code.
pub(crate) fn ask_the_server(shell: &Shell, options: &cli::Run) -> Result<ExitCode> {
    build_server(shell)?;
    let end = process::run(server::command(shell, "release").args(&options.server))?;
    let code = match &end {
        End::Exited(status) => status.code().and_then(|code| u8::try_from(code).ok()),
        End::TooLong(_) => None,
    };
    code.map(ExitCode::from).ok_or_else(|| server::ended("the server did not answer", &end))
}

fn build_server(shell: &Shell) -> Result<()> {
    println!("Building the server …");
    must("cargo build", server::build(shell).arg("--release"))
}

/// Runs a command that tells by itself what is wrong.
pub(crate) fn must(what: &str, command: &mut Command) -> Result<()> {
    let end = process::run(command)?;
    if end.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{what} failed ({end}), see above")))
    }
}

fn check_address(address: SocketAddr) -> Result<()> {
    let reason = match TcpListener::bind(address) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            "another program listens there; end it, or take a free port with --listen 127.0.0.1:0"
                .to_owned()
        }
        Err(error) => error.to_string(),
    };
    Err(Failure::new(format!("cannot listen on {address}: {reason}")))
}

/// Opens the page in the user's browser, which is to outlive us.
fn open(shell: &Shell, url: &str) {
    let words: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else if cfg!(windows) {
        &["cmd", "/C", "start", ""]
    } else {
        &["xdg-open"]
    };
    let mut command = shell.command(words[0]);
    command.args(&words[1..]).arg(url);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    process::detach(&mut command);
    let started = command.spawn();
    // What opens it may take as long as the browser runs.
    thread::spawn(move || {
        if !started.and_then(|mut child| child.wait()).is_ok_and(|status| status.success()) {
            println!("No browser could be opened: open the address by hand");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_with_the_way_out() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let failure = check_address(address).expect_err("taken").to_string();
        assert!(
            failure.contains(&address.to_string()) && failure.contains("--listen"),
            "{failure}"
        );
        assert_eq!(check_address(SocketAddr::from(([127, 0, 0, 1], 0))), Ok(()));
    }
}
