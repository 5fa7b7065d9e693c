//! The real server as a child process.

use std::collections::VecDeque;
use std::env;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::config::Config;
use crate::harness::DEADLINE;

/// Lines of standard error that are kept for the report of a failure.
const KEPT_LINES: usize = 60;

/// A running demo server, killed (SIGKILL) when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    log: Log,
}

/// The last lines on standard error of every server of a trial.
pub(crate) type Log = Arc<Mutex<VecDeque<String>>>;

impl Server {
    /// Starts the server on `listen` (port 0 takes a free one) and waits until it has said its address.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub(crate) async fn start(config: &Config, listen: SocketAddr, log: Log) -> Self {
        let mut command = Command::new(&config.server);
        // Each of its flags can also come by such a variable; here only those below count.
        for (name, _) in
            env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SSE_SIGNALS_"))
        {
            command.env_remove(name);
        }
        let mut child = command
            .args(["--listen", &listen.to_string()])
            .arg("--app")
            .arg(&config.app)
            // Twenty trading days and a heartbeat a second, back within half a second (`retry` is in milliseconds):
            // prices visibly move, and a trial need not wait.
            .args(["--speed", "20", "--heartbeat", "1", "--retry", "500"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", config.server.display()));
        let stdout = child.stdout.take().expect("standard output is piped");
        let stderr = child.stderr.take().expect("standard error is piped");
        tokio::spawn(keep(BufReader::new(stderr).lines(), Some(Arc::clone(&log))));

        let mut lines = BufReader::new(stdout).lines();
        let first = match timeout(DEADLINE, lines.next_line()).await {
            Ok(Ok(Some(line))) => line,
            other => panic!("the server said no address on standard output: {other:?}"),
        };
        tokio::spawn(keep(lines, None));
        let address = first
            .strip_prefix("http://")
            .and_then(|rest| rest.trim_end_matches('/').parse().ok())
            .unwrap_or_else(|| {
                panic!("the server's first line is not `http://ADDRESS:PORT`: {first:?}")
            });
        Self { child, address, log }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it (SIGKILL: it says no goodbye) and waits until it is gone.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.expect("the server can be killed");
    }

    /// Kills it and starts another on the same port.
    pub(crate) async fn restart(&mut self, config: &Config) {
        self.kill().await;
        *self = Self::start(config, self.address, Arc::clone(&self.log)).await;
    }
}

/// Reads until the end, so that the child never blocks on a full pipe.
async fn keep(mut lines: Lines<BufReader<impl AsyncRead + Unpin>>, log: Option<Log>) {
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(log) = &log {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() == KEPT_LINES {
                log.pop_front();
            }
            log.push_back(line);
        }
    }
}
