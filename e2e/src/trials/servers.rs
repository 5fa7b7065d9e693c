//! Servers of other makes, behind nginx, read by the example plain-wasm.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::child::{Child, Log};
use crate::config::Config;
use crate::harness::{Stage, Trial};
use crate::http;
use crate::proxy::free_port;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new("a stream from Node.js is read, and again after its restart", async |stage| {
            a_stream_is_read_and_again_after_a_restart(stage, Make::Node).await;
        })
        .without_page(),
        Trial::new("a stream from Flask is read, and again after its restart", async |stage| {
            a_stream_is_read_and_again_after_a_restart(stage, Make::Flask).await;
        })
        .without_page(),
        Trial::new(
            "nginx passes events on while the stream is open, uncompressed, and logs no query",
            nginx_passes_events_on,
        )
        .without_page(),
    ]
}

/// What the servers greet with.
const GREETING: &str = "你好，客户端";
/// What they say from then on, before the time.
const TIME: &str = "当前时间 ";

/// State, `update` and `message` as the example shows them.
const SHOWN: &str = "return ['state', 'update', 'message'].map(
    (id) => document.querySelector(`[data-testid=${id}]`)?.textContent ?? '')";

#[derive(Clone, Copy, Debug)]
enum Make {
    Node,
    Flask,
}

impl Make {
    fn path(self) -> &'static str {
        match self {
            Self::Node => "/node/events",
            Self::Flask => "/flask/events",
        }
    }

    /// The command that starts it.
    fn command(self, config: &Config, port: u16) -> Command {
        let sources = sources();
        let mut command = match self {
            Self::Node => {
                let mut command = Command::new("node");
                command.arg(sources.join("node/server.js")).env("NODE_PATH", &config.node_modules);
                command
            }
            Self::Flask => {
                let mut command = Command::new(&config.python);
                command.arg(sources.join("flask/app.py"));
                command
            }
        };
        command.env("PORT", port.to_string());
        command
    }
}

async fn a_stream_is_read_and_again_after_a_restart(stage: &mut Stage, make: Make) {
    let mut servers = Servers::start(&stage.config, &stage.log).await;
    let page = &stage.page;
    page.goto(&format!("http://{}/?url={}", servers.nginx_address, make.path())).await;
    let is_read = |shown: &[String; 3]| {
        shown[0] == "open" && shown[1] == GREETING && shown[2].starts_with(TIME)
    };
    let before = page.wait("both events are shown", SHOWN, is_read).await;

    servers.kill(make).await;
    page.wait("the loss is shown", SHOWN, |shown: &[String; 3]| shown[0] != "open").await;
    servers.start_again(make, &stage.config, &stage.log).await;
    page.wait("a later time is shown", SHOWN, |shown| is_read(shown) && shown[2] > before[2]).await;
}

async fn nginx_passes_events_on(stage: &mut Stage) {
    let servers = Servers::start(&stage.config, &stage.log).await;
    for make in [Make::Node, Make::Flask] {
        let path = format!("{}?token=secret-word", make.path());
        let mut stream =
            http::get(servers.nginx_address, &path, "Accept-Encoding: gzip, br\r\n").await;
        // The stream never ends, so whatever has come has come while it was open.
        let first = stream.until(&["retry: 5000", "event: update", GREETING]).await;
        let head = first.split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
        assert!(head.contains("content-type: text/event-stream"), "{head}");
        assert!(!head.contains("content-encoding"), "{head}");
        let shown = stream.until(&[TIME]).await;
        assert!(first.len() < shown.len(), "{make:?}: all of it came at once, so it was kept back");
    }
    // A log is written when a request is over.
    let log = servers.folder.join("access.log");
    drop(http::get(servers.nginx_address, "/?token=secret-word", "").await.all().await);
    let logged = fs::read_to_string(&log).expect("nginx writes a log");
    assert!(logged.contains("GET /index.html"), "{logged}");
    assert!(!logged.contains("secret-word"), "{logged}");
}

/// All three, each on a port of its own.
struct Servers {
    node: Child,
    node_address: SocketAddr,
    flask: Child,
    flask_address: SocketAddr,
    /// Held for its drop.
    _nginx: Child,
    nginx_address: SocketAddr,
    /// Where nginx writes.
    folder: PathBuf,
}

impl Servers {
    async fn start(config: &Config, log: &Log) -> Self {
        // Held until all are known, so that they differ.
        let ports = [free_port(), free_port(), free_port()];
        let [node_address, flask_address, nginx_address] = ports.map(|(_, address)| address);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nginx");
        // What an earlier run has left.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder can be made");
        let page = config.examples.join("plain-wasm");
        let settings = [
            ("listen 127.0.0.1:8088;", format!("listen {nginx_address};")),
            ("server 127.0.0.1:3000;", format!("server {node_address};")),
            ("server 127.0.0.1:5000;", format!("server {flask_address};")),
            ("root page;", format!("root \"{}\";", page.display())),
        ];
        let mut text = fs::read_to_string(sources().join("nginx/nginx.conf")).expect("nginx.conf");
        for (original, ours) in settings {
            assert_eq!(text.matches(original).count(), 1, "{original} in nginx.conf");
            text = text.replace(original, &ours);
        }
        let file = folder.join("nginx.conf");
        fs::write(&file, text).expect("nginx.conf can be written");

        let mut nginx = Command::new("nginx");
        nginx.arg("-p").arg(&folder).arg("-c").arg(&file);
        // One process, which dies as a whole.
        nginx.args(["-g", "daemon off; master_process off;"]);
        let mut nginx = Child::start(&mut nginx, log);
        nginx.listens(nginx_address).await;
        let node = start(Make::Node, config, node_address, log).await;
        let flask = start(Make::Flask, config, flask_address, log).await;
        Self { node, node_address, flask, flask_address, _nginx: nginx, nginx_address, folder }
    }

    async fn kill(&mut self, make: Make) {
        match make {
            Make::Node => self.node.kill().await,
            Make::Flask => self.flask.kill().await,
        }
    }

    async fn start_again(&mut self, make: Make, config: &Config, log: &Log) {
        match make {
            Make::Node => self.node = start(make, config, self.node_address, log).await,
            Make::Flask => self.flask = start(make, config, self.flask_address, log).await,
        }
    }
}

async fn start(make: Make, config: &Config, address: SocketAddr, log: &Log) -> Child {
    let mut child = Child::start(&mut make.command(config, address.port()), log);
    child.listens(address).await;
    child
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("examples").join("servers")
}
