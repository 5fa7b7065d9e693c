//! The demo server twice behind nginx and behind Caddy, as `deploy/` has it, by TLS and HTTP/2.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::PoisonError;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{self, ChildStdout, Command};
use tokio::time::timeout;

use crate::child::Child;
use crate::harness::{DEADLINE, Stage, Trial};
use crate::http;
use crate::proxy::free_port;
use crate::server::Server;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new(
            "behind nginx as deployed, streams come at once, and go on at the other server",
            async |stage| stands_behind(stage, Make::Nginx).await,
        )
        .without_page(),
        Trial::new(
            "behind Caddy as deployed, streams come at once, and go on at the other server",
            async |stage| stands_behind(stage, Make::Caddy).await,
        )
        .without_page(),
    ]
}

/// As the files in `deploy/` name it.
const NAME: &str = "ticker.example.org";
/// Nothing but what the trial publishes.
const SILENT: [&str; 4] = ["--speed", "0.001", "--allow-host", NAME];

#[derive(Clone, Copy, Debug)]
enum Make {
    Nginx,
    Caddy,
}

async fn stands_behind(stage: &mut Stage, make: Make) {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut servers = Vec::new();
    for _ in 0..2 {
        servers.push(Server::start(&stage.config, any, None, &SILENT, &stage.log).await);
    }
    let mut epochs = Vec::new();
    for server in &servers {
        let mut answer = http::get(server.address(), "/events?topics=chat", "").await;
        epochs.push(epoch(&answer.until(&["\n\n"]).await).expect("an id"));
    }
    let addresses = [servers[0].address(), servers[1].address()];
    let front = Front::start(stage, make, addresses).await;

    // Nothing else comes on that stream which could push out what was kept back.
    let mut stream = front.curl(&["/events?topics=chat&token=secret-word"]);
    let opening = stream.until(|line| line.starts_with("id: ")).await;
    assert_eq!(opening.first().map(|line| line.trim()), Some("HTTP/2 200"), "{opening:?}");
    let encoded = opening.iter().any(|line| line.to_lowercase().starts_with("content-encoding"));
    assert!(!encoded, "{opening:?}");
    let first = epoch(&opening.join("\n")).expect("an id");
    let serving = epochs.iter().position(|epoch| *epoch == first).expect("one of the two");
    for text in ["one", "two"] {
        let body = format!("@{}", front.file(text).display());
        let answer = front.curl(&["/publish/chat", "--data-binary", &body]).all().await;
        assert!(answer.contains("HTTP/2 201"), "{answer}");
        let seen = stream.until(|line| line.starts_with("data: {")).await;
        assert!(seen.last().is_some_and(|line| line.contains(text)), "{seen:?}");
    }
    for inside in ["/metrics", "/readyz"] {
        let answer = front.curl(&[inside]).all().await;
        assert!(answer.contains("HTTP/2 404"), "{inside}: {answer}");
    }

    // Its reader goes on at the other one, and is told that this has another log.
    servers[serving].kill().await;
    stream.all().await;
    let cursor = format!("Last-Event-ID: {first}-2");
    let mut stream = front.curl(&["/events?topics=chat", "--header", &cursor]);
    let opening = stream.until(|line| line.starts_with("data: ")).await;
    assert!(opening.iter().any(|line| line == "event: resync"), "{opening:?}");
    assert_eq!(epoch(&opening.join("\n")).as_ref(), epochs.get(1 - serving));
    drop(stream);

    // Whoever comes now is told so, and the log too.
    servers[1 - serving].kill().await;
    let answer = front.curl(&["/events?topics=chat&token=secret-word"]).all().await;
    assert!(answer.contains("HTTP/2 502") || answer.contains("HTTP/2 503"), "{answer}");

    let logged = front.end().await;
    let printed = stage.log.lock().unwrap_or_else(PoisonError::into_inner);
    let all = printed.iter().chain(&logged).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(all.contains("/events"), "requests are logged: {all}");
    assert!(matches!(make, Make::Nginx) || all.contains("http.log.error"), "{all}");
    assert!(!all.contains("secret-word"), "{all}");
}

/// Of the first id in it.
fn epoch(text: &str) -> Option<String> {
    let id = text.lines().find_map(|line| line.strip_prefix("id: "))?;
    id.split_once('-').map(|(epoch, _)| epoch.to_owned())
}

/// The web server in front.
struct Front {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl Front {
    async fn start(stage: &Stage, make: Make, [first, second]: [SocketAddr; 2]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(match make {
            Make::Nginx => "deploy-nginx",
            Make::Caddy => "deploy-caddy",
        });
        // What an earlier trial has left.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder can be made");
        certify(&folder).await;
        // Both held until both are known, so that they differ.
        let ports = [free_port(), free_port()];
        let [address, plain] = ports.map(|(_, address)| address);
        let path = |name: &str| folder.join(name).display().to_string();
        let (file, around, settings) = match make {
            Make::Nginx => (
                "nginx.conf",
                [
                    "pid nginx.pid; events {}\nhttp {\n\
                     client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n\
                     uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n",
                    "\n}\n",
                ],
                vec![
                    ("listen 80;", format!("listen {plain};")),
                    ("listen 443 ssl http2;", format!("listen {address} ssl http2;")),
                    ("server 127.0.0.1:8080 ", format!("server {first} ")),
                    ("server 127.0.0.1:8081 ", format!("server {second} ")),
                    ("/etc/letsencrypt/live/ticker.example.org/fullchain.pem", path("cert.pem")),
                    ("/etc/letsencrypt/live/ticker.example.org/privkey.pem", path("key.pem")),
                    ("/var/log/nginx/sse-signals.log", path("access.log")),
                    ("/var/log/nginx/sse-signals.error.log", path("error.log")),
                ],
            ),
            Make::Caddy => (
                "Caddyfile",
                ["", ""],
                vec![
                    ("\n{\n", "\n{\n\tadmin off\n\tauto_https disable_redirects\n".to_owned()),
                    (
                        "\nticker.example.org {\n\tlog {\n",
                        format!(
                            "\nhttps://{NAME}:{} {{\n\tbind {}\n\ttls {} {}\n\tlog {{\n\t\toutput file {}\n",
                            address.port(),
                            address.ip(),
                            path("cert.pem"),
                            path("key.pem"),
                            path("access.log"),
                        ),
                    ),
                    (
                        "reverse_proxy 127.0.0.1:8080 127.0.0.1:8081 {",
                        format!("reverse_proxy {first} {second} {{"),
                    ),
                ],
            ),
        };
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("deploy").join(file);
        let mut text = fs::read_to_string(shipped).expect("a file of deploy/");
        for (original, ours) in settings {
            assert_eq!(text.matches(original).count(), 1, "{original} in {file}");
            text = text.replace(original, &ours);
        }
        let [before, after] = around;
        let config = folder.join(file);
        fs::write(&config, format!("{before}{text}{after}")).expect("a file can be written");

        let mut command = match make {
            Make::Nginx => {
                let mut command = Command::new("nginx");
                // One process, which dies as a whole.
                command
                    .args(["-g", "daemon off; master_process off;", "-p"])
                    .arg(&folder)
                    .arg("-c");
                command
            }
            Make::Caddy => {
                let mut command = Command::new("caddy");
                // It keeps its own data there.
                command.env("XDG_DATA_HOME", &folder).env("XDG_CONFIG_HOME", &folder);
                command.args(["run", "--adapter", "caddyfile", "--config"]);
                command
            }
        };
        let mut child = Child::start(command.arg(config), &stage.log);
        child.listens(address).await;
        Self { child, address, folder }
    }

    /// A request by HTTP/2, with what follows the path as further arguments.
    fn curl(&self, arguments: &[&str]) -> Answer {
        let [path, rest @ ..] = arguments else { panic!("no path") };
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--no-buffer", "--include", "--http2"]);
        command.arg("--cacert").arg(self.folder.join("cert.pem"));
        command
            .args(["--resolve", &format!("{NAME}:{}:{}", self.address.port(), self.address.ip())]);
        command.arg(format!("https://{NAME}:{}{path}", self.address.port())).args(rest);
        Answer::of(&mut command)
    }

    /// A file with that text.
    fn file(&self, text: &str) -> PathBuf {
        let file = self.folder.join("said.txt");
        fs::write(&file, text).expect("a file can be written");
        file
    }

    /// What it has written into its own log.
    async fn end(self) -> Vec<String> {
        self.child.end().await;
        let log = fs::read_to_string(self.folder.join("access.log")).expect("a log is written");
        log.lines().map(str::to_owned).collect()
    }
}

/// A certificate for [`NAME`], signed by itself.
async fn certify(folder: &Path) {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    command.args(["-nodes", "-days", "2", "-subj", &format!("/CN={NAME}")]);
    command.args(["-addext", &format!("subjectAltName=DNS:{NAME}")]);
    command.arg("-keyout").arg(folder.join("key.pem")).arg("-out").arg(folder.join("cert.pem"));
    let output = command.output().await.expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What curl prints: the head, then the body as it comes.
struct Answer {
    lines: Lines<BufReader<ChildStdout>>,
    /// Killed when dropped.
    _curl: process::Child,
}

impl Answer {
    fn of(command: &mut Command) -> Self {
        let mut curl = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("curl starts");
        let stdout = curl.stdout.take().expect("standard output is piped");
        Self { lines: BufReader::new(stdout).lines(), _curl: curl }
    }

    async fn next(&mut self) -> Option<String> {
        timeout(DEADLINE, self.lines.next_line()).await.expect("a line in time").expect("UTF-8")
    }

    /// The lines up to the first that is so.
    async fn until(&mut self, is_last: impl Fn(&str) -> bool) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let Some(line) = self.next().await else { panic!("it ended after {seen:#?}") };
            let found = is_last(&line);
            seen.push(line);
            if found {
                return seen;
            }
        }
    }

    /// The rest, to its end.
    async fn all(mut self) -> String {
        let mut all = String::new();
        while let Some(line) = self.next().await {
            all += &line;
            all.push('\n');
        }
        all
    }
}
