//! The demo server.

use std::env;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::process::Command;

use crate::child::{Child, Log};
use crate::config::Config;

/// Twenty trading days and a heartbeat a second, back within half a second (`retry` is in milliseconds): prices
/// visibly move, and a trial need not wait.
const LIVELY: [(&str, &str); 3] =
    [("SSE_SIGNALS_SPEED", "20"), ("SSE_SIGNALS_HEARTBEAT", "1"), ("SSE_SIGNALS_RETRY", "500")];

/// A running demo server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    arguments: Vec<String>,
    log: Log,
}

impl Server {
    /// Starts the server on `listen` (port 0 takes a free one), with a page, and waits until it has said its
    /// address.
    pub(crate) async fn start(
        config: &Config,
        listen: SocketAddr,
        page: Option<&Path>,
        flags: &[&str],
        log: &Log,
    ) -> Self {
        let mut arguments: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        if let Some(page) = page {
            arguments.extend(["--app".to_owned(), page.display().to_string()]);
        }
        let (child, address) = spawn(config, listen, &arguments, log).await;
        Self { child, address, arguments, log: Arc::clone(log) }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it (SIGKILL: it says no goodbye) and waits until it is gone.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await;
    }

    /// Kills it and starts another on the same port.
    pub(crate) async fn restart(&mut self, config: &Config) {
        self.kill().await;
        (self.child, self.address) = spawn(config, self.address, &self.arguments, &self.log).await;
    }
}

async fn spawn(
    config: &Config,
    listen: SocketAddr,
    arguments: &[String],
    log: &Log,
) -> (Child, SocketAddr) {
    let mut command = Command::new(config.program("sse-signals-demo-server"));
    // Each of its flags can also come by such a variable, and counts more; of the environment's own none does.
    for (name, _) in
        env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SSE_SIGNALS_"))
    {
        command.env_remove(name);
    }
    command.envs(LIVELY);
    let mut child =
        Child::start(command.args(["--listen", &listen.to_string()]).args(arguments), log);
    let address = child.address().await;
    (child, address)
}
