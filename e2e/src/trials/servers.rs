//! Servers of other makes, behind nginx, read by the example plain-wasm.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::child::{Child, Log};
use crate::config::Config;
use crate::harness::{DEADLINE, LOOK_EVERY, Stage, Trial};
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
            "nginx passes each event on at once, uncompressed, and logs no query",
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

/// With a server of our own behind it, so that nothing comes which could push out what was kept back.
async fn nginx_passes_events_on(stage: &mut Stage) {
    let (listener, address) = free_port();
    let (_, nginx_address) = free_port();
    let addresses = [nginx_address, address, address];
    let (nginx, folder) = start_nginx(&stage.config, addresses, &stage.log).await;
    for make in [Make::Node, Make::Flask] {
        let path = format!("{}?token=secret-word", make.path());
        let mut answer = http::get(nginx_address, &path, "Accept-Encoding: gzip, br\r\n").await;
        let (mut server, _) =
            timeout(DEADLINE, listener.accept()).await.expect("asked").expect("asked");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let read = timeout(DEADLINE, server.read_buf(&mut request));
            assert_ne!(read.await.expect("asked").expect("asked"), 0, "{request:?}");
        }
        let request = String::from_utf8_lossy(&request).to_lowercase();
        assert!(request.starts_with("get /events?token=secret-word http/1.1\r\n"), "{request}");
        assert!(!request.contains("accept-encoding"), "{request}");

        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        server.write_all(head.as_bytes()).await.expect("the stream is open");
        for number in 1..=3 {
            let event = format!("data: {number}\n\n");
            server.write_all(event.as_bytes()).await.expect("the stream is open");
            let so_far = answer.until(&[&event]).await;
            assert!(!so_far.to_lowercase().contains("content-encoding"), "{so_far}");
        }
    }
    // Closed without an answer.
    let (failed, ()) = tokio::join!(
        async { http::get(nginx_address, "/node/events?token=secret-word", "").await.all().await },
        async { drop(timeout(DEADLINE, listener.accept()).await.expect("asked").expect("asked")) },
    );
    assert!(failed.starts_with("HTTP/1.1 502"), "{failed}");
    // A request is logged when it is over.
    let page = http::get(nginx_address, "/?token=secret-word", "").await.all().await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    // So its line is the last, and may come later than the answer.
    let logged = until_it_is_logged("GET /index.html", &folder).await;
    assert!(!logged.contains("secret-word"), "{logged}");
    nginx.end().await;
    let printed = stage.log.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(!printed.iter().any(|line| line.contains("secret-word")), "{printed:#?}");
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
}

impl Servers {
    async fn start(config: &Config, log: &Log) -> Self {
        // All held until all are known, so that they differ.
        let ports = [free_port(), free_port(), free_port()];
        let [node_address, flask_address, nginx_address] = ports.map(|(_, address)| address);
        let addresses = [nginx_address, node_address, flask_address];
        let (nginx, _) = start_nginx(config, addresses, log).await;
        let node = start(Make::Node, config, node_address, log).await;
        let flask = start(Make::Flask, config, flask_address, log).await;
        Self { node, node_address, flask, flask_address, _nginx: nginx, nginx_address }
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

/// nginx as the example has it, but for the addresses, its own first, and the page. Returns also where it writes.
async fn start_nginx(
    config: &Config,
    [address, node, flask]: [SocketAddr; 3],
    log: &Log,
) -> (Child, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nginx");
    // What an earlier trial has left.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    let page = config.examples.join("plain-wasm");
    let settings = [
        ("listen 127.0.0.1:8088;", format!("listen {address};")),
        ("server 127.0.0.1:3000;", format!("server {node};")),
        ("server 127.0.0.1:5000;", format!("server {flask};")),
        ("root page;", format!("root \"{}\";", page.display())),
    ];
    let mut text = fs::read_to_string(sources().join("nginx/nginx.conf")).expect("nginx.conf");
    for (original, ours) in settings {
        assert_eq!(text.matches(original).count(), 1, "{original} in nginx.conf");
        text = text.replace(original, &ours);
    }
    let file = folder.join("nginx.conf");
    fs::write(&file, text).expect("nginx.conf can be written");

    let mut command = Command::new("nginx");
    command.arg("-p").arg(&folder).arg("-c").arg(&file);
    // One process, which dies as a whole.
    command.args(["-g", "daemon off; master_process off;"]);
    let mut nginx = Child::start(&mut command, log);
    nginx.listens(address).await;
    (nginx, folder)
}

/// What nginx has logged, once this is part of it.
async fn until_it_is_logged(wanted: &str, folder: &Path) -> String {
    let started = Instant::now();
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        let logged = fs::read_to_string(folder.join("access.log")).expect("nginx writes a log");
        if logged.contains(wanted) {
            return logged;
        }
        assert!(started.elapsed() < DEADLINE, "nginx logs no {wanted}: {logged}");
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
