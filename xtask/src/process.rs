//! Child processes that never outlive this program: each leads a process group of its own, which is ended as a
//! whole when the child has ended, when its handle is dropped, and on Ctrl-C or SIGTERM.

use crate::failure::{Failure, Result};
use std::fs::File;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often a running child is looked at.
const POLL: Duration = Duration::from_millis(50);
/// What a child gets to end by itself after the polite signal.
const GRACE: Duration = Duration::from_secs(5);
/// What is left of that once the child itself is gone and only its own children remain.
const ORPHANS_GRACE: Duration = Duration::from_secs(1);

/// One lock for both, so that no child starts between the signal and the end of its siblings.
static REGISTRY: Mutex<Registry> = Mutex::new(Registry { interrupted: false, groups: Vec::new() });

struct Registry {
    interrupted: bool,
    groups: Vec<u32>,
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}

/// From here on Ctrl-C, SIGTERM and SIGHUP end every child, politely the first time.
pub(crate) fn end_children_on_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        let mut registry = registry();
        let signal = if registry.interrupted { Signal::Kill } else { Signal::Terminate };
        registry.interrupted = true;
        for group in &registry.groups {
            system::send(*group, signal);
        }
    })
    .map_err(Failure::at("cannot listen for Ctrl-C"))
}

pub(crate) fn interrupted() -> bool {
    registry().interrupted
}

/// How a child ended.
#[derive(Debug)]
pub(crate) enum End {
    Exited(ExitStatus),
    /// Ended by us, for it ran longer than its limit.
    TooLong(Duration),
}

impl End {
    pub(crate) fn success(&self) -> bool {
        matches!(self, Self::Exited(status) if status.success())
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "{status}"),
            Self::TooLong(limit) => {
                write!(f, "no end after {} minutes, so it was ended", limit.as_secs() / 60)
            }
        }
    }
}

/// A running child and its process group. Drop ends both.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
    id: u32,
    ended: bool,
}

impl Group {
    /// Starts `command` without standard input.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null());
        system::lead_group(command);
        let mut registry = registry();
        if registry.interrupted {
            return Err(Failure::Interrupted);
        }
        let child = command.spawn().map_err(Failure::at(format_args!(
            "cannot start {}",
            command.get_program().display()
        )))?;
        let id = child.id();
        registry.groups.push(id);
        Ok(Self { child, id, ended: false })
    }

    /// The child's process id.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    pub(crate) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// How the child ended, if it has.
    pub(crate) fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        if interrupted() {
            self.end();
            return Err(Failure::Interrupted);
        }
        self.child.try_wait().map_err(Failure::at("cannot wait for a child process"))
    }

    /// Waits for the end, `limit` at most, and calls `tick` about twenty times a second meanwhile.
    pub(crate) fn wait(
        &mut self,
        limit: Option<Duration>,
        mut tick: impl FnMut(Duration),
    ) -> Result<End> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.try_wait()? {
                self.end();
                return Ok(End::Exited(status));
            }
            let elapsed = start.elapsed();
            if let Some(limit) = limit.filter(|limit| elapsed >= *limit) {
                self.end();
                return Ok(End::TooLong(limit));
            }
            tick(elapsed);
            thread::sleep(POLL);
        }
    }

    /// Ends the child and whatever it started and left behind.
    pub(crate) fn end(&mut self) {
        if self.ended {
            return;
        }
        self.ended = true;
        let usual = self.child_gone() && !system::alive(self.id);
        if !usual && !self.gone_after(Signal::Terminate) {
            self.gone_after(Signal::Kill);
        }
        registry().groups.retain(|id| *id != self.id);
    }
}

impl Group {
    fn child_gone(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Sends the signal and waits, not for ever, until the whole group is gone.
    fn gone_after(&mut self, signal: Signal) -> bool {
        system::send(self.id, signal);
        let mut deadline = Instant::now() + GRACE;
        let mut child_gone = false;
        loop {
            if !child_gone && self.child_gone() {
                child_gone = true;
                deadline = deadline.min(Instant::now() + ORPHANS_GRACE);
            }
            if child_gone && !system::alive(self.id) {
                return true;
            }
            // A process that is not ours to kill, as under sudo, or a dead one whose parent does not care.
            if Instant::now() >= deadline {
                return false;
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs `command` to its end, its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<End> {
    Group::spawn(command)?.wait(None, |_| {})
}

/// Runs `command` to its end, `limit` at most, both its outputs going into the file `log` in the order written.
pub(crate) fn capture(
    command: &mut Command,
    log: &Path,
    limit: Duration,
    tick: impl FnMut(Duration),
) -> Result<End> {
    into_log(command, log)?;
    Group::spawn(command)?.wait(Some(limit), tick)
}

/// Sends both outputs of `command` into the file `log`, emptied first.
pub(crate) fn into_log(command: &mut Command, log: &Path) -> Result<()> {
    let failed = || Failure::at(format_args!("cannot write {}", log.display()).to_string());
    let file = File::create(log).map_err(failed())?;
    let same_file = file.try_clone().map_err(failed())?;
    command.stdout(file).stderr(same_file);
    Ok(())
}

/// The same for standard error alone.
pub(crate) fn errors_into_log(command: &mut Command, log: &Path) -> Result<()> {
    let file = File::create(log)
        .map_err(Failure::at(format_args!("cannot write {}", log.display()).to_string()))?;
    command.stderr(file);
    Ok(())
}

/// Makes `command` start something that is to outlive us, signals to us included.
pub(crate) fn detach(command: &mut Command) {
    system::lead_group(command);
}

/// The standard output of a short command, `None` if it cannot be run or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(unix)]
mod system {
    use super::Signal;
    use nix::errno::Errno;
    use nix::sys::signal::{self, killpg};
    use nix::unistd::Pid;
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    pub(super) fn lead_group(command: &mut Command) {
        command.process_group(0);
    }

    pub(super) fn send(group: u32, signal: Signal) {
        let signal = match signal {
            Signal::Terminate => signal::SIGTERM,
            Signal::Kill => signal::SIGKILL,
        };
        // The one error that matters, "no such group", is what was wanted.
        let _ = killpg(pid(group), signal);
    }

    /// Whether the group has a member left.
    pub(super) fn alive(group: u32) -> bool {
        killpg(pid(group), None) != Err(Errno::ESRCH)
    }

    fn pid(group: u32) -> Pid {
        // Process ids are positive i32 on every Unix.
        Pid::from_raw(group.cast_signed())
    }
}

#[cfg(not(unix))]
mod system {
    use super::Signal;
    use std::process::{Command, Stdio};

    pub(super) fn lead_group(_: &mut Command) {}

    /// Windows has no process groups of this kind; taskkill follows the tree of parents.
    pub(super) fn send(id: u32, _: Signal) {
        let _ = Command::new("taskkill")
            .args(["/T", "/F", "/PID", &id.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }

    pub(super) fn alive(_: u32) -> bool {
        false
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;
    use std::io::{BufRead as _, BufReader};

    /// A shell that starts a grandchild and writes its process id.
    fn shell_with_grandchild(first: &str, then: &str) -> (Group, u32) {
        let script = format!("{first} sleep 1000 & echo $!; {then}");
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stdout(Stdio::piped());
        let mut group = Group::spawn(&mut command).expect("sh starts");
        let mut line = String::new();
        let stdout = group.take_stdout().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("the shell writes a line");
        (group, line.trim().parse().expect("a process id"))
    }

    /// A zombie counts as gone: only its entry in the table is left.
    fn gone(pid: u32) -> bool {
        fs::read_to_string(format!("/proc/{pid}/stat"))
            .map_or(true, |stat| stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")))
    }

    #[test]
    fn drop_ends_the_child_and_what_it_started() {
        let (group, grandchild) = shell_with_grandchild("", "wait");
        assert!(!gone(grandchild));
        drop(group);
        assert!(gone(grandchild));
    }

    #[test]
    fn what_a_child_leaves_behind_ends_with_it() {
        let (mut group, grandchild) = shell_with_grandchild("", "exit 3");
        let end = group.wait(None, |_| {}).expect("waits");
        assert!(matches!(end, End::Exited(status) if status.code() == Some(3)));
        assert!(gone(grandchild));
    }

    #[test]
    fn a_child_that_ignores_the_polite_signal_is_killed() {
        let (mut group, grandchild) = shell_with_grandchild("trap '' TERM;", "wait");
        let end = group.wait(Some(Duration::ZERO), |_| {}).expect("waits");
        assert!(matches!(end, End::TooLong(_)));
        assert!(gone(grandchild));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = Group::spawn(&mut Command::new("no-such-program")).expect_err("not there");
        assert!(failure.to_string().contains("no-such-program"));
    }
}
