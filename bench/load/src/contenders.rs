//! Who takes part, and how each is started.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::failure::{Failure, Result};
use crate::process::{Server, free_port};
use crate::rivals::{AXUM_SSE, BARE};

pub(crate) const OURS: &str = "sse-signals";
pub(crate) const NCHAN: &str = "nchan";
pub(crate) const BETTER_SSE: &str = "better-sse";

/// Where the programs are; what is not there does not take part.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) server: PathBuf,
    /// nginx, and its module.
    pub(crate) nchan: Option<(PathBuf, PathBuf)>,
    /// The folder with its package and server.mjs.
    pub(crate) better_sse: Option<PathBuf>,
    /// For what they write.
    pub(crate) scratch: PathBuf,
}

/// One server that is measured.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Whether it is measured with idle connections too.
    pub(crate) is_server: bool,
    /// Where it is read from, and published to.
    pub(crate) paths: (&'static str, &'static str),
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Ours(PathBuf),
    Own,
    Nchan { nginx: PathBuf, module: PathBuf, scratch: PathBuf },
    BetterSse(PathBuf),
}

impl Programs {
    /// In the order in which they take turns. Says who is missing.
    pub(crate) fn contenders(&self) -> Vec<Contender> {
        let own = |name, is_server| Contender {
            name,
            is_server,
            paths: ("/events", "/publish"),
            kind: Kind::Own,
        };
        let mut all = vec![
            own(BARE, false),
            Contender {
                name: OURS,
                is_server: true,
                paths: ("/events?topics=notify", "/publish/notify"),
                kind: Kind::Ours(self.server.clone()),
            },
            own(AXUM_SSE, true),
        ];
        match &self.nchan {
            Some((nginx, module)) => all.push(Contender {
                name: NCHAN,
                is_server: true,
                paths: ("/events", "/publish"),
                kind: Kind::Nchan {
                    nginx: nginx.clone(),
                    module: module.clone(),
                    scratch: self.scratch.clone(),
                },
            }),
            None => println!("Without nchan: there is no nginx with its module here."),
        }
        match &self.better_sse {
            Some(folder) => all.push(Contender {
                name: BETTER_SSE,
                is_server: true,
                paths: ("/events", "/publish"),
                kind: Kind::BetterSse(folder.clone()),
            }),
            None => println!("Without better-sse: there is no Node here."),
        }
        all
    }
}

impl Contender {
    pub(crate) async fn start(&self) -> Result<Server> {
        self.start_at(free_port()?).await
    }

    pub(crate) async fn start_at(&self, port: u16) -> Result<Server> {
        let command = match &self.kind {
            Kind::Ours(server) => ours(server, port),
            Kind::Own => {
                let own = std::env::current_exe().map_err(Failure::at("this program"))?;
                let mut command = Command::new(own);
                command.args(["serve", self.name, &port.to_string()]);
                command
            }
            Kind::Nchan { nginx, module, scratch } => {
                let configuration = scratch.join("nchan.conf");
                fs::write(&configuration, nchan(module, scratch, port))
                    .map_err(Failure::at(configuration.display()))?;
                let mut command = Command::new(nginx);
                command.arg("-c").arg(configuration).arg("-p").arg(scratch);
                command
            }
            Kind::BetterSse(folder) => {
                let mut command = Command::new("node");
                command.arg(folder.join("server.mjs")).arg(port.to_string());
                command
            }
        };
        let mut server = Server::start(command, port)?;
        server.ready().await?;
        Ok(server)
    }
}

/// Nothing in the log but what is published.
pub(crate) fn ours(server: &Path, port: u16) -> Command {
    let mut command = Command::new(server);
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
    command.args(["--history", "0", "--speed", "0.001", "--weather", "0", "--metrics", "0"]);
    command.args(["--publish-rate", "0"]);
    // No access log, as with the others.
    command.env("RUST_LOG", "warn");
    command
}

fn nchan(module: &Path, scratch: &Path, port: u16) -> String {
    let (module, scratch) = (module.display(), scratch.display());
    format!(
        "load_module {module};
daemon off;
pid {scratch}/nginx.pid;
error_log {scratch}/nginx.log crit;
worker_processes 2;
worker_rlimit_nofile 65536;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path {scratch}/body;
  proxy_temp_path {scratch}/proxy;
  fastcgi_temp_path {scratch}/fastcgi;
  uwsgi_temp_path {scratch}/uwsgi;
  scgi_temp_path {scratch}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = /events {{
      nchan_subscriber eventsource;
      nchan_subscriber_first_message newest;
      nchan_channel_id bench;
    }}
    location = /publish {{
      nchan_publisher;
      nchan_channel_id bench;
      nchan_message_buffer_length 4000;
      nchan_message_timeout 10m;
    }}
  }}
}}
"
    )
}
