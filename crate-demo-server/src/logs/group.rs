//! A command with all that it starts.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, ChildStderr, ChildStdout, Command};

/// What a process may take to end by itself, before it is killed.
pub(super) const GRACE: Duration = Duration::from_secs(2);
/// How often is asked whether it has.
const ASK: Duration = Duration::from_millis(10);

/// The processes of one command: a group of their own, where the system has groups. They are killed when this is
/// dropped.
#[derive(Debug)]
pub(super) struct Group {
    shell: Child,
    #[cfg(unix)]
    id: Option<nix::unistd::Pid>,
}

impl Group {
    /// Has the shell run `command`, with nothing on its standard input. This server's own options stay unknown to
    /// it: a token may be among them.
    pub(super) fn spawn(command: &str) -> io::Result<Self> {
        let mut shell = shell(command);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SSE_SIGNALS_") {
                shell.env_remove(name);
            }
        }
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let shell = shell.kill_on_drop(true).spawn()?;
        Ok(Self {
            #[cfg(unix)]
            id: shell.id().and_then(|id| id.try_into().ok()).map(nix::unistd::Pid::from_raw),
            shell,
        })
    }

    /// What it says, once.
    pub(super) fn take_output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.shell.stdout.take(), self.shell.stderr.take())
    }

    /// How the shell ends.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.shell.wait().await
    }

    /// Asks all of them to end, and kills those that have not after [`GRACE`].
    pub(super) async fn end(&mut self) -> io::Result<ExitStatus> {
        self.ask_to_end();
        let ended = async {
            let status = self.shell.wait().await;
            while self.lives() {
                tokio::time::sleep(ASK).await;
            }
            status
        };
        if let Ok(status) = tokio::time::timeout(GRACE, ended).await {
            self.forget();
            return status;
        }
        self.kill();
        self.forget();
        self.shell.wait().await
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(unix)]
impl Group {
    fn ask_to_end(&self) {
        self.signal(nix::sys::signal::Signal::SIGTERM);
    }

    fn kill(&mut self) {
        self.signal(nix::sys::signal::Signal::SIGKILL);
    }

    fn lives(&self) -> bool {
        self.signal(None)
    }

    /// From now on its number may be another one's.
    fn forget(&mut self) {
        self.id = None;
    }

    /// Whether there was anyone to take it.
    fn signal(&self, signal: impl Into<Option<nix::sys::signal::Signal>>) -> bool {
        self.id.is_some_and(|id| nix::sys::signal::killpg(id, signal).is_ok())
    }
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).process_group(0);
    shell
}

/// Without groups, the shell stands for all.
#[cfg(not(unix))]
impl Group {
    fn ask_to_end(&mut self) {
        self.kill();
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.shell.start_kill();
    }

    fn lives(&self) -> bool {
        false
    }

    fn forget(&mut self) {}
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}
