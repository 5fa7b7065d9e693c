//! `cargo xtask run`: the app and its stream on one origin.

use crate::failure::{Failure, Result};
use crate::process;
use crate::server::{self, Server};
use crate::shell::Shell;
use crate::{APP_NEEDS, app, cli, tools};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;

pub(crate) fn run(shell: &Shell, options: &cli::Run) -> Result<()> {
    let listen = options.listen.clone().or_else(server::listen_variable);
    let listen = listen.as_deref().unwrap_or(cli::DEFAULT_LISTEN);
    // Before the minutes that a build takes.
    check_address(listen)?;
    tools::ensure(shell, &APP_NEEDS)?;

    let dist = shell.root.join("dist");
    println!("Building the app …");
    must("trunk build", &mut app::build(shell, &dist))?;
    println!("Building the server …");
    must("cargo build", server::build(shell).arg("--release"))?;

    let mut command = server::command(shell, "release");
    command.args(["--listen", listen, "--app"]).arg(&dist).args(&options.server);
    let mut server = Server::start(&mut command)?;
    println!("The app is at {} (Ctrl-C ends it)", server.url);
    if options.open {
        open(shell, &server.url);
    }
    match server.group.wait(None, |_| {}) {
        Ok(end) => Err(Failure::new(format!("the server ended by itself: {end}"))),
        // That is how it is meant to end.
        Err(Failure::Interrupted) => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// Runs a command that tells by itself what is wrong.
fn must(what: &str, command: &mut Command) -> Result<()> {
    let end = process::run(command)?;
    if end.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("{what} failed ({end}), see above")))
    }
}

fn check_address(address: &str) -> Result<()> {
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
        let address = listener.local_addr().expect("bound").to_string();
        let failure = check_address(&address).expect_err("taken").to_string();
        assert!(failure.contains(&address) && failure.contains("--listen"), "{failure}");
        assert_eq!(check_address("127.0.0.1:0"), Ok(()));
    }

    #[test]
    fn an_address_that_is_none_is_told() {
        let failure = check_address("nonsense").expect_err("no address").to_string();
        assert!(failure.contains("nonsense"), "{failure}");
    }
}
