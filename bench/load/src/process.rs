//! A server as a process, and what the system knows of it.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::time::ClockId;
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use crate::failure::{Failure, Result};

/// Killed when dropped, with all of its own.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pid: u32,
    pub(crate) port: u16,
}

/// As many open files as the system allows: for this program and all that it starts.
pub(crate) fn allow_open_files() -> Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(Failure::at("open files"))?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).map_err(Failure::at("open files"))
}

/// One that was free just now.
pub(crate) fn free_port() -> Result<u16> {
    let listener =
        std::net::TcpListener::bind("127.0.0.1:0").map_err(Failure::at("a free port"))?;
    listener.local_addr().map(|address| address.port()).map_err(Failure::at("a free port"))
}

impl Server {
    pub(crate) fn start(mut command: Command, port: u16) -> Result<Self> {
        let name = format!("{:?}", command.as_std().get_program());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.kill_on_drop(true).spawn().map_err(Failure::at(&name))?;
        let pid = child.id().ok_or_else(|| Failure::new(format!("{name} ended at once")))?;
        Ok(Self { child, pid, port })
    }

    /// Waits until it listens.
    pub(crate) async fn ready(&mut self) -> Result<()> {
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            if let Some(status) = self.child.try_wait().map_err(Failure::at("a server"))? {
                return Err(Failure::new(format!("a server did not start: {status}")));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Asks it to end, and waits.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let pid = Pid::from_raw(self.pid.cast_signed());
        kill(pid, Signal::SIGTERM).map_err(Failure::at("a server"))?;
        self.child.wait().await.map(drop).map_err(Failure::at("a server"))
    }

    /// CPU time of it and all of its own, in seconds.
    pub(crate) fn cpu(&self) -> Result<f64> {
        let mut seconds = 0.0;
        for pid in tree(self.pid) {
            let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(pid.cast_signed()));
            let time = clock.and_then(ClockId::now).map_err(Failure::at("a CPU clock"))?;
            seconds += Duration::from(time).as_secs_f64();
        }
        Ok(seconds)
    }

    /// Memory that is theirs, shared pages by their share, in KiB.
    pub(crate) fn memory(&self) -> Result<f64> {
        let mut kib = 0.0;
        for pid in tree(self.pid) {
            let path = format!("/proc/{pid}/smaps_rollup");
            let text = fs::read_to_string(&path).map_err(Failure::at(&path))?;
            let pss = text.lines().find_map(|line| line.strip_prefix("Pss:"));
            let number = pss.and_then(|it| it.split_whitespace().next()?.parse::<f64>().ok());
            kib += number.ok_or_else(|| Failure::new(format!("{path} tells no Pss")))?;
        }
        Ok(kib)
    }

    /// Open files of the process itself.
    pub(crate) fn open_files(&self) -> Result<usize> {
        let path = format!("/proc/{}/fd", self.pid);
        fs::read_dir(&path).map(Iterator::count).map_err(Failure::at(path))
    }
}

impl Drop for Server {
    /// The process alone is killed with `child`, and nginx' workers would go on without it.
    fn drop(&mut self) {
        // Once it was waited for, the number may be another's.
        let Some(pid) = self.child.id() else { return };
        for pid in tree(pid) {
            // It may have ended by itself.
            let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
        }
    }
}

/// A process and what it has started.
fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut at = 0;
    while let Some(&pid) = all.get(at) {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        all.extend(
            children.unwrap_or_default().split_whitespace().filter_map(|it| it.parse::<u32>().ok()),
        );
        at += 1;
    }
    all
}
