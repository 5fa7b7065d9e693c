//! Servers as child processes.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{self, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::harness::{DEADLINE, LOOK_EVERY};

/// Lines of output that are kept for the report of a failure.
const KEPT_LINES: usize = 60;

/// The last lines that the servers of a trial have printed.
pub(crate) type Log = Arc<Mutex<VecDeque<String>>>;

/// A running program, killed (SIGKILL) when dropped.
#[derive(Debug)]
pub(crate) struct Child {
    process: process::Child,
    output: Option<Lines<BufReader<process::ChildStdout>>>,
    /// Tasks that read what it prints.
    readers: Vec<JoinHandle<()>>,
    name: String,
    log: Log,
}

impl Child {
    /// Starts a program; what it prints goes into the log.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub(crate) fn start(command: &mut Command, log: &Log) -> Self {
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let mut process = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let stdout = process.stdout.take().expect("standard output is piped");
        let stderr = process.stderr.take().expect("standard error is piped");
        let readers = vec![tokio::spawn(keep(BufReader::new(stderr).lines(), Arc::clone(log)))];
        let output = Some(BufReader::new(stdout).lines());
        Self { process, output, readers, name, log: Arc::clone(log) }
    }

    /// The address in its first line, `http://ADDRESS:PORT`, or `https://…`, with or without a path.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub(crate) async fn address(&mut self) -> SocketAddr {
        let mut lines = self.output.take().expect("asked for once");
        let first = match timeout(DEADLINE, lines.next_line()).await {
            Ok(Ok(Some(line))) => line,
            other => panic!("{} says no address on standard output: {other:?}", self.name),
        };
        self.readers.push(tokio::spawn(keep(lines, Arc::clone(&self.log))));
        let rest = first.strip_prefix("http://").or_else(|| first.strip_prefix("https://"));
        let address = rest.and_then(|rest| rest.split('/').next());
        address.and_then(|address| address.parse().ok()).unwrap_or_else(|| {
            panic!("the first line of {} is not `http://ADDRESS:PORT`: {first:?}", self.name)
        })
    }

    /// Waits until it accepts connections there.
    ///
    /// # Panics
    ///
    /// If it ends before, or takes longer than [`DEADLINE`].
    pub(crate) async fn listens(&mut self, address: SocketAddr) {
        if let Some(lines) = self.output.take() {
            self.readers.push(tokio::spawn(keep(lines, Arc::clone(&self.log))));
        }
        let started = Instant::now();
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while TcpStream::connect(address).await.is_err() {
            let ended = self.process.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "{} ended: {ended:?}", self.name);
            assert!(started.elapsed() < DEADLINE, "{} does not listen at {address}", self.name);
            looks.tick().await;
        }
    }

    /// Kills it (SIGKILL: it says no goodbye) and waits until it is gone.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.expect("a child can be killed");
    }

    /// Kills it and waits until all that it has printed is in the log.
    pub(crate) async fn end(mut self) {
        self.kill().await;
        for reader in self.readers {
            let read = timeout(DEADLINE, reader).await;
            read.expect("its output ends with it").expect("reading does not panic");
        }
    }
}

/// Reads until the end, so that the child never blocks on a full pipe.
async fn keep(mut lines: Lines<BufReader<impl AsyncRead + Unpin>>, log: Log) {
    while let Ok(Some(line)) = lines.next_line().await {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.len() == KEPT_LINES {
            log.pop_front();
        }
        log.push_back(line);
    }
}
