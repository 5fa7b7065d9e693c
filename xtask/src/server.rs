//! The demo server as a child process.

use crate::cli;
use crate::failure::{Failure, Result};
use crate::process::{End, Group};
use crate::shell::Shell;
use std::env;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const PACKAGE: &str = "sse-signals-demo-server";

/// The server's data is read within a second; this is for a machine under load.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Each of its flags has a variable too; this starts all their names.
const VARIABLES: &str = "SSE_SIGNALS_";

/// The command that builds it.
pub(crate) fn build(shell: &Shell) -> Command {
    let mut command = shell.cargo();
    command.args(["build", "--locked", "--package", PACKAGE]);
    command
}

/// The same with all its features, some of which tests look at.
pub(crate) fn build_whole(shell: &Shell) -> Command {
    let mut command = build(shell);
    command.arg("--all-features");
    command
}

/// The built program: `profile` is the name of cargo's folder for it.
pub(crate) fn binary(shell: &Shell, profile: &str) -> PathBuf {
    shell.target.join(profile).join(format!("{PACKAGE}{}", env::consts::EXE_SUFFIX))
}

/// Starts it with what the user's environment asks for.
pub(crate) fn command(shell: &Shell, profile: &str) -> Command {
    shell.command_at(&binary(shell, profile))
}

/// Makes `command` heed its flags alone.
pub(crate) fn without_variables(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with(VARIABLES) {
            command.env_remove(name);
        }
    }
}

/// Where the user's environment asks it to listen.
pub(crate) fn listen_variable() -> Result<Option<SocketAddr>> {
    let name = format!("{VARIABLES}LISTEN");
    env::var_os(&name).map(|value| cli::address(&name, &value.to_string_lossy())).transpose()
}

/// The failure of a server that ended too soon. Where it chose its exit code, it has told why on standard error.
pub(crate) fn ended(what: &str, end: &End) -> Failure {
    let message = format!("{what}: {end}");
    match end {
        End::Exited(status) if status.code().is_some_and(|code| code > 0) => Failure::Told(message),
        End::Exited(_) | End::TooLong(_) => Failure::Failed(message),
    }
}

/// A running server. Drop ends it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) group: Group,
    /// Its first line: `http://…`.
    pub(crate) url: String,
}

impl Server {
    /// Starts the server and waits until it tells its address. What else it prints goes where ours goes.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut group = Group::spawn(command.stdout(Stdio::piped()))?;
        let stdout = group.take_stdout().ok_or_else(|| Failure::new("the server has no output"))?;
        let (sender, first_line) = mpsc::channel();
        thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines().map_while(std::result::Result::ok);
            if let Some(line) = lines.next() {
                // Nobody waits for it any more if the start took too long.
                let _ = sender.send(line);
            }
            drop(sender);
            for line in lines {
                println!("{line}");
            }
        });
        let start = Instant::now();
        loop {
            match first_line.recv_timeout(Duration::from_millis(100)) {
                Ok(line) if line.starts_with("http://") => return Ok(Self { group, url: line }),
                Ok(line) => {
                    return Err(Failure::new(format!(
                        "the server's first line is not its address, http://…, but: {line}"
                    )));
                }
                Err(RecvTimeoutError::Timeout) if start.elapsed() < START_LIMIT => {}
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Failure::new("the server does not tell its address"));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let end = group.wait(Some(START_LIMIT), |_| {})?;
                    return Err(ended("the server did not start", &end));
                }
            }
            group.try_wait()?;
        }
    }

    /// `ADDRESS:PORT`.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://").trim_end_matches('/')
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    #[test]
    fn what_the_server_has_told_is_not_told_again() {
        let failure = |status| ended("it ended", &End::Exited(ExitStatus::from_raw(status)));
        assert!(matches!(failure(1 << 8), Failure::Told(_)));
        // Success, and SIGKILL.
        assert!(matches!(failure(0), Failure::Failed(_)));
        assert!(matches!(failure(9), Failure::Failed(_)));
    }
}
