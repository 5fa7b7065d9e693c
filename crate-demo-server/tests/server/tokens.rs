//! Tokens: what each lets do, and that none is ever told.

use std::fs;
use std::path::PathBuf;

use reqwest::{Method, RequestBuilder, Response};

use crate::common::{ONE_DAY, Server, client, command, header, problem, send, within};

/// A file that is gone after the test.
struct TokenFile(PathBuf);

impl TokenFile {
    fn new(name: &str, text: &[u8], mode: u32) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, text).expect("the file can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("it is ours");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        // It is in the build's folder in any case.
        let _ = fs::remove_file(&self.0);
    }
}

/// What a token may do, by its statuses for reading and for publishing.
async fn may(server: &Server, token: &str) -> (u16, u16) {
    let read = send(server.get("/topics").bearer_auth(token)).await;
    let publish = send(server.post("/publish/chat").bearer_auth(token).body("hello")).await;
    (read.status().as_u16(), publish.status().as_u16())
}

#[tokio::test]
async fn each_token_lets_do_what_its_flag_or_line_says() {
    let file = TokenFile::new("rights", b"# pages\nread page\n\npublish  build server\n", 0o600);
    let server = Server::start(&[
        "--token",
        "one",
        "--token",
        "two",
        "--publish-token",
        "three",
        "--publish-token",
        "four",
        "--token-file",
        file.path(),
        "--speed",
        "0.001",
    ]);
    for token in ["one", "two", "page"] {
        assert_eq!(may(&server, token).await, (200, 403), "{token}");
    }
    for token in ["three", "four", "build server"] {
        assert_eq!(may(&server, token).await, (200, 201), "{token}");
    }
    for token in ["on", "onee", "read page", "build", "# pages", ""] {
        assert_eq!(may(&server, token).await, (401, 401), "{token}");
    }
    let detail =
        problem(send(server.post("/publish/chat?token=one").body("hello")).await, 403).await;
    assert!(detail.contains("--publish-token"), "{detail}");
    // Of several the one counts that lets do most.
    let response =
        send(server.post("/publish/chat?token=one").bearer_auth("three").body("hello")).await;
    assert_eq!(response.status(), 201);
}

#[tokio::test]
async fn with_a_token_that_publishes_alone_nobody_reads_without() {
    let server = Server::start(&["--publish-token", "three", "--speed", "0.001"]);
    assert_eq!(may(&server, "three").await, (200, 201));
    assert_eq!(send(server.get("/topics")).await.status(), 401);
}

#[tokio::test]
async fn with_tokens_for_reading_alone_nobody_publishes() {
    let server = Server::start(&["--token", "one", "--faults", "--speed", "0.001"]);
    assert_eq!(may(&server, "one").await, (200, 403));
    for (method, path) in [(Method::POST, "/faults/ports"), (Method::DELETE, "/faults/ports/1")] {
        let request = client().request(method, format!("{}{path}", server.url)).bearer_auth("one");
        problem(send(request).await, 403).await;
    }
    // Which reads, if by another method.
    assert_eq!(send(server.post("/events").bearer_auth("one")).await.status(), 200);
}

#[tokio::test]
async fn a_cookie_brings_the_token_from_pages_of_listed_origins() {
    let origin = "https://example.org";
    let server = Server::start(&[
        "--token",
        "one",
        "--allow-origin",
        origin,
        "--allow-credentials",
        "--speed",
        "0.001",
    ]);
    let with = |cookies: &'static str| {
        server.get("/events").header("Cookie", cookies).header("Origin", origin)
    };
    let response = send(with("theme=dark; token=one")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(origin));
    assert_eq!(header(&response, "access-control-allow-credentials"), Some("true"));
    for wrong in ["token=two", "tokens=one", "xtoken=one", "one", "token=one x"] {
        problem(send(with(wrong)).await, 401).await;
    }
    // Another page's request brings the cookie too, and its browser keeps the answer from it.
    let response = send(
        server.get("/events").header("Cookie", "token=one").header("Origin", "https://a.test"),
    )
    .await;
    assert_eq!(header(&response, "access-control-allow-origin"), None);
}

#[test]
fn a_bad_file_is_told_with_its_line_and_without_what_stands_there() {
    for (name, text, reason) in [
        ("word", &b"read one\n\nsesame\n"[..], "line 3"),
        ("right", b"write open-sesame\n", "line 1"),
        ("bytes", b"read one\nread sesame\xff\n", "line 2"),
        ("empty", b"# read sesame\n", "no token"),
    ] {
        let file = TokenFile::new(name, text, 0o600);
        let output = command(&["--token-file", file.path()]).output().expect("it runs");
        let message = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(1), "{message}");
        let names_it = message.contains("--token-file") && message.contains(file.path());
        assert!(names_it && message.contains(reason) && !message.contains("sesame"), "{message}");
    }
    let output = command(&["--token-file", "/nowhere/tokens"]).output().expect("it runs");
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(message.contains("/nowhere/tokens") && output.stdout.is_empty(), "{message}");
}

#[tokio::test]
async fn a_file_that_others_can_read_is_warned_about() {
    for (name, mode, is_open) in
        [("open", 0o644, true), ("group", 0o640, true), ("shut", 0o600, false)]
    {
        let file = TokenFile::new(name, b"read open-sesame\n", mode);
        let log = Server::start(&["--token-file", file.path(), "--speed", "0.001"]).stop().await;
        assert_eq!(log.contains("WARN") && log.contains("chmod 600"), is_open, "{name}: {log}");
        assert!(!log.contains("sesame"), "{log}");
    }
}

/// All that an answer tells: what it waits for is not waited for.
async fn told(response: Response) -> String {
    let head = format!("{:?}", response.headers());
    let is_stream = header(&response, "content-type") == Some("text/event-stream");
    if is_stream { head } else { head + &within(response.text()).await.expect("a body") }
}

/// All that there is to ask.
pub(crate) const PATHS: [(Method, &str); 30] = [
    (Method::GET, "/"),
    (Method::GET, "/topics"),
    (Method::GET, "/events"),
    (Method::POST, "/events?key=k"),
    (Method::GET, "/events?key=k&fault=cut"),
    (Method::GET, "/events?key=k&fault=status"),
    (Method::GET, "/events?recent=x"),
    (Method::GET, "/events?topics=nothing"),
    (Method::GET, "/events?fault=nothing"),
    (Method::GET, "/events?lastEventId=nothing"),
    (Method::POST, "/publish/chat"),
    (Method::POST, "/publish/quotes"),
    (Method::GET, "/publish/chat"),
    (Method::GET, "/faults/keys/k"),
    (Method::POST, "/faults/keys/k/cut"),
    (Method::POST, "/faults/keys/k/events"),
    (Method::POST, "/faults/ports"),
    (Method::GET, "/faults/ports/1"),
    (Method::PUT, "/faults/ports/1"),
    (Method::DELETE, "/faults/ports/1"),
    (Method::GET, "/tasks"),
    (Method::POST, "/tasks"),
    (Method::GET, "/tasks/1"),
    (Method::DELETE, "/tasks/1"),
    (Method::GET, "/healthz"),
    (Method::GET, "/readyz"),
    (Method::GET, "/metrics"),
    (Method::GET, "/openapi.json"),
    (Method::GET, "/nothing"),
    (Method::OPTIONS, "/events"),
];

/// Those that a server knows, and one that it does not.
pub(crate) const TOKENS: [&str; 5] =
    ["sesame-read", "sesame-publish", "sesame-file-read", "sesame-file-publish", "sesame-wrong"];

/// A server that knows tokens, and tells all that it can.
pub(crate) struct AllTold {
    pub(crate) server: Server,
    _file: TokenFile,
}

impl AllTold {
    pub(crate) fn start(more: &[&str]) -> Self {
        let name = format!("everywhere{}", more.concat());
        let text = b"read sesame-file-read\npublish sesame-file-publish\n";
        let file = TokenFile::new(&name, text, 0o644);
        let [read, publish, ..] = TOKENS;
        let access = ["--token", read, "--publish-token", publish, "--token-file", file.path()];
        let pages = ["--allow-origin", "https://example.org", "--allow-credentials"];
        let loud = ["--publish-rate", "0", "--speed", "5", "--logs", "trace", "--metrics", "0.2"];
        let server = Server::start(&[&access[..], &pages, &["--faults"], &loud, more].concat());
        Self { server, _file: file }
    }

    pub(crate) async fn assert_no_token_in_the_log(self) {
        let log = self.server.stop().await;
        assert!(
            log.contains("DEBUG") && log.contains("chmod 600") && log.contains("path=\"/metrics\""),
            "{log}"
        );
        let told =
            log.find("sesame").map(|at| &log[at.saturating_sub(200)..(at + 50).min(log.len())]);
        assert_eq!(told, None);
    }
}

#[tokio::test]
async fn no_token_is_told_anywhere() {
    let told = AllTold::start(&[]);
    let server = &told.server;
    let mut everything = server.events("/events?topics=all&token=sesame-read").await;
    for (method, path) in PATHS {
        for token in TOKENS {
            let separator = if path.contains('?') { '&' } else { '?' };
            let url = format!("{}{path}", server.url);
            let request = |url: String| -> RequestBuilder {
                client()
                    .request(method.clone(), url)
                    .body("{\"text\":\"x\"}")
                    .header("Content-Type", "text/plain")
            };
            let in_query = request(format!("{url}{separator}token={token}"));
            for request in [
                in_query.try_clone().expect("its body is bytes").header("Host", "example.org"),
                in_query.try_clone().expect("its body is bytes").header("Origin", "https://a.test"),
                in_query.header("Origin", "https://example.org"),
                request(url.clone()).bearer_auth(token),
                request(url.clone()).header("Authorization", format!("bearer {token}")),
                request(url.clone()).header("Cookie", format!("token={token}")),
            ] {
                let told = self::told(send(request).await).await;
                assert!(!told.contains("sesame"), "{method} {path} {token}: {told}");
            }
        }
    }
    // All topics until here.
    send(server.post("/publish/notify").bearer_auth(TOKENS[1]).body("the end")).await;
    let mut logged = 0;
    loop {
        let block = everything.event().await;
        logged += usize::from(block.name() == "line");
        assert!(!format!("{block:?}").contains("sesame"), "{block:?}");
        if block.name() == "notify" {
            break;
        }
    }
    assert!(logged > 100, "the server's own log is told: {logged}");
    told.assert_no_token_in_the_log().await;
}

#[test]
fn no_token_is_told_where_the_start_fails() {
    for arguments in [
        &["--token", "open-sesame", "--allow-origin", "*", "--allow-credentials"][..],
        &["--publish-token", "open-sesame", "--app", "/nowhere"],
        &["--token", "open-sesame", "--ring", "1"],
        &["--token", "open\n-sesame", "--nothing"],
        &["--token", "open-sesame", "--listen", "192.0.2.1:1"],
    ] {
        let output = command(arguments).output().expect("it runs");
        let told = String::from_utf8([output.stderr, output.stdout].concat()).expect("UTF-8");
        assert!(!output.status.success() && !told.is_empty() && !told.contains("sesame"), "{told}");
    }
    let mut help = command(&["--help"]);
    help.env("SSE_SIGNALS_TOKEN", "open-sesame").env("SSE_SIGNALS_PUBLISH_TOKEN", "open-sesame");
    let help = String::from_utf8(help.output().expect("it runs").stdout).expect("UTF-8");
    assert!(help.contains("SSE_SIGNALS_PUBLISH_TOKEN") && !help.contains("sesame"), "{help}");
}

#[tokio::test]
async fn a_fault_tells_of_headers_but_not_of_this_servers_tokens() {
    let server = Server::start(&["--faults", "--publish-token", "open-sesame"]);
    let report = async |authorization: &str| {
        let request = server.get("/events?key=k&fault=status&token=open-sesame");
        send(request.header("Authorization", authorization)).await;
        let report = send(server.get("/faults/keys/k").bearer_auth("open-sesame")).await;
        within(report.text()).await.expect("a body")
    };
    assert!(report("Bearer another").await.contains("\"authorization\":\"Bearer another\""));
    let own = report("bearer open-sesame").await;
    assert!(own.contains("\"authorization\":\"Bearer …\"") && !own.contains("sesame"), "{own}");
}

#[tokio::test]
async fn without_a_token_a_server_on_loopback_lets_everybody_do_everything() {
    let server = Server::start(&ONE_DAY);
    assert_eq!(may(&server, "anything").await, (200, 201));
}
