//! What those see who watch the server.

use std::collections::BTreeMap;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{Next, ONE_DAY, Server, header, problem, send, within};

/// The samples of one family, by name and labels.
#[derive(Debug, Default)]
struct Family {
    kind: String,
    samples: Vec<(String, BTreeMap<String, String>, f64)>,
}

/// Reads the text format of Prometheus, and holds it to its rules and conventions.
fn parse(text: &str) -> BTreeMap<String, Family> {
    let mut families = BTreeMap::<String, Family>::new();
    let (mut helped, mut current) = (String::new(), String::new());
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').expect("a name and a text");
            assert!(help.ends_with('.') && !help.contains('\\'), "{line}");
            helped = name.to_owned();
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a name and a type");
            assert_eq!(name, helped, "each family has its help before it");
            assert!(name.starts_with("sse_signals_") && is_name(name), "{name}");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{line}");
            current = name.to_owned();
            let family = Family { kind: kind.to_owned(), samples: Vec::new() };
            assert!(families.insert(current.clone(), family).is_none(), "{name} is there twice");
        } else {
            let (name, labels, value) = sample(line);
            let family = families.get_mut(&current).expect("a family");
            let suffix =
                name.strip_prefix(&current).unwrap_or_else(|| panic!("{line} in {current}"));
            let suffixes: &[&str] =
                if family.kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            assert!(suffixes.contains(&suffix), "{line}");
            let is_there = family.samples.iter().any(|it| (&it.0, &it.1) == (&name, &labels));
            assert!(!is_there, "{line} is there twice");
            family.samples.push((name, labels, value));
        }
    }
    for (name, family) in &families {
        assert!(!family.samples.is_empty(), "{name} has samples");
        if family.kind == "histogram" {
            check_histogram(name, family);
        }
    }
    families
}

fn check_histogram(name: &str, family: &Family) {
    let bucket = format!("{name}_bucket");
    let buckets: Vec<_> = family.samples.iter().filter(|it| it.0 == bucket).collect();
    let bound = |it: &(String, BTreeMap<String, String>, f64)| match &*it.1["le"] {
        "+Inf" => f64::INFINITY,
        bound => bound.parse().expect("a number"),
    };
    assert!(buckets.is_sorted_by(|a, b| bound(a) < bound(b) && a.2 <= b.2), "{buckets:?}");
    let last = buckets.last().expect("buckets");
    let count = family.samples.iter().find(|it| it.0 == format!("{name}_count")).expect("a count");
    assert_eq!((bound(last), last.2), (f64::INFINITY, count.2));
    assert!(family.samples.iter().any(|it| it.0 == format!("{name}_sum")));
}

/// `name{label="value",…} number`
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let at = line.find(['{', ' ']).expect("a value");
    let (name, mut rest) = line.split_at(at);
    assert!(is_name(name), "{line}");
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (label, after) = rest.split_once("=\"").expect("a label");
            assert!(is_name(label), "{line}");
            let mut value = String::new();
            let mut characters = after.char_indices();
            let end = loop {
                match characters.next().expect("a closing quote") {
                    (at, '"') => break at,
                    (_, '\\') => match characters.next().expect("an escaped character").1 {
                        'n' => value.push('\n'),
                        escaped @ ('\\' | '"') => value.push(escaped),
                        other => panic!("\\{other} in {line}"),
                    },
                    (_, plain) => value.push(plain),
                }
            };
            assert_eq!(labels.insert(label.to_owned(), value), None, "{line}");
            rest = &after[end + 1..];
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ').expect("a space").parse().expect("a number");
    (name.to_owned(), labels, value)
}

fn is_name(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    name.bytes().next().is_some_and(is_word)
        && name.bytes().all(|byte| is_word(byte) || byte.is_ascii_digit())
}

async fn scrape(server: &Server) -> BTreeMap<String, Family> {
    let response = send(server.get("/metrics")).await;
    assert_eq!(response.status(), 200);
    let kind = header(&response, "content-type");
    assert_eq!(kind, Some("text/plain; version=0.0.4; charset=utf-8"));
    parse(&within(response.text()).await.expect("a body"))
}

/// The value of a family's only sample, or of the one whose only label has this value.
fn value(families: &BTreeMap<String, Family>, name: &str, label: Option<&str>) -> f64 {
    let family =
        families.get(&format!("sse_signals_{name}")).unwrap_or_else(|| panic!("no {name}"));
    let is_it = |labels: &BTreeMap<_, _>| labels.values().next().map(String::as_str) == label;
    let found: Vec<_> = family.samples.iter().filter(|it| is_it(&it.1)).collect();
    assert_eq!(found.len(), 1, "{name} {label:?}: {family:?}");
    found[0].2
}

fn count(families: &BTreeMap<String, Family>, name: &str) -> f64 {
    let name = format!("sse_signals_{name}");
    let samples = &families[&name].samples;
    samples.iter().find(|it| it.0 == format!("{name}_count")).expect("a count").2
}

/// Waits until one of the values is as wanted.
async fn until(server: &Server, name: &str, wanted: f64) {
    within(async { while value(&scrape(server).await, name, None) != wanted {} }).await;
}

#[tokio::test]
async fn a_server_that_answers_is_alive_and_ready_for_everyone() {
    let server = Server::start(&["--token", "open-sesame", "--speed", "0.001"]);
    for path in ["/healthz", "/readyz"] {
        let response = send(server.get(path)).await;
        assert_eq!(
            (response.status().as_u16(), header(&response, "content-type")),
            (200, Some("text/plain; charset=utf-8"))
        );
        problem(send(server.post(path)).await, 405).await;
    }
}

/// Waits until the server has read all that was written to it, by what the system tells of the server's socket.
#[cfg(target_os = "linux")]
async fn until_read(socket: &TcpStream) {
    let hex = |address: std::io::Result<std::net::SocketAddr>| match address.expect("it is open") {
        std::net::SocketAddr::V4(it) => {
            format!("{:08X}:{:04X}", u32::from_ne_bytes(it.ip().octets()), it.port())
        }
        other @ std::net::SocketAddr::V6(_) => panic!("{other}"),
    };
    let ends = format!(" {} {} ", hex(socket.peer_addr()), hex(socket.local_addr()));
    let is_read = || {
        let sockets = std::fs::read_to_string("/proc/net/tcp").expect("the sockets");
        let (_, rest) = sockets.split_once(&ends).expect("the server's socket");
        // The state, and then what is to be sent and to be read.
        let bytes = rest.split_whitespace().nth(1).expect("a column");
        bytes.ends_with(":00000000")
    };
    within(async {
        while !is_read() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_that_shuts_down_is_alive_but_not_ready() {
    let server = Server::start(&ONE_DAY);
    let address = server.url.trim_start_matches("http://");
    let mut events = server.events("/events?topics=news").await;
    let mut answers = Vec::new();
    for (path, status) in [("/readyz", 503), ("/healthz", 200)] {
        let mut socket = TcpStream::connect(address).await.expect("it listens");
        socket
            .write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n").as_bytes())
            .await
            .expect("it reads");
        answers.push((socket, status));
    }
    for (socket, _) in &answers {
        until_read(socket).await;
    }
    server.signal("-TERM");
    assert_eq!(events.next().await, Next::End(String::new()));
    for (mut socket, status) in answers {
        socket.write_all(b"\r\n").await.expect("it reads");
        let mut answer = String::new();
        within(socket.read_to_string(&mut answer)).await.expect("it answers");
        assert_eq!(crate::raw::status(&answer), status, "{answer}");
    }
}

#[tokio::test]
async fn metrics_tell_of_streams_and_what_they_were_handed() {
    let server = Server::start(&[&ONE_DAY[..], &["--logs", "off"]].concat());
    let mut first = server.events("/events?topics=chat").await;
    let mut second = server.events("/events?topics=quotes&recent=3").await;
    for _ in 0..3 {
        second.event().await;
    }
    until(&server, "sent_events_total", 3.0).await;
    let before = scrape(&server).await;
    assert_eq!(value(&before, "streams_open", None), 2.0);
    for _ in 0..3 {
        send(server.post("/publish/chat").body("hello")).await;
    }
    let mut bytes = 0;
    for _ in 0..3 {
        let block = first.event().await;
        bytes += block.data.expect("data").len();
    }
    until(&server, "sent_events_total", 6.0).await;
    let after = scrape(&server).await;
    let grown = |name| value(&after, name, None) - value(&before, name, None);
    assert!(grown("sent_bytes_total") > bytes as f64, "{after:?}");
    assert_eq!(value(&after, "appended_events_total", Some("chat")), 3.0);
    assert_eq!(value(&after, "appended_events_total", Some("quotes")), 3.0);
    assert_eq!((grown("log_events"), count(&after, "publish_duration_seconds")), (3.0, 3.0));
    assert!(grown("log_bytes") > bytes as f64 && grown("requests_total") >= 4.0);
    // A reader of other topics is not behind.
    until(&server, "slowest_reader_lag_events", 0.0).await;
    drop((first, second));
    until(&server, "streams_open", 0.0).await;
}

#[tokio::test]
async fn metrics_tell_how_far_behind_a_reader_is_that_does_not_read() {
    let server = Server::start(&["--publish-rate", "0", "--speed", "0.001"]);
    let mut socket =
        TcpStream::connect(server.url.trim_start_matches("http://")).await.expect("it listens");
    let request = b"GET /events?topics=chat HTTP/1.1\r\nHost: localhost\r\n\r\n";
    socket.write_all(request).await.expect("it reads");
    let large = "x".repeat(60_000);
    within(async {
        while value(&scrape(&server).await, "slowest_reader_lag_events", None) < 10.0 {
            send(server.post("/publish/chat").body(large.clone())).await;
        }
    })
    .await;
    drop(socket);
    until(&server, "slowest_reader_lag_events", 0.0).await;
}

#[tokio::test]
async fn metrics_tell_of_resyncs_and_refusals_by_reason() {
    let server = Server::start(&[
        "--token",
        "read",
        "--publish-token",
        "publish",
        "--publish-rate",
        "0.001",
        "--publish-burst",
        "1",
        "--ring",
        "64",
    ]);
    server.open("/events?token=read&lastEventId=nonsense").await;
    server.open("/events?token=read&lastEventId=1-1").await;
    server.open("/events?token=read&lastEventId=1-2").await;
    let publish =
        |topic: &str| server.post(&format!("/publish/{topic}?token=publish")).body("hello");
    send(publish("chat")).await;
    let refusals = [
        (
            "host",
            vec![
                server.get("/").header("Host", "example.org"),
                server.get("/").header("Host", "a b"),
            ],
        ),
        ("origin", vec![publish("chat").header("Origin", "https://a.test")]),
        (
            "token",
            vec![server.get("/topics"), server.get("/metrics"), server.post("/publish/chat")],
        ),
        ("rights", vec![server.post("/publish/chat?token=read")]),
        ("rate", vec![publish("chat"), publish("notify")]),
        ("busy", vec![]),
        ("exposed", vec![]),
        ("topic", vec![]),
    ];
    let mut expected = Vec::new();
    for (reason, requests) in refusals {
        expected.push((reason, requests.len() as f64));
        for request in requests {
            assert!(send(request).await.status().is_client_error());
        }
    }
    let response = send(server.get("/metrics?token=read")).await;
    let families = parse(&within(response.text()).await.expect("a body"));
    for (reason, count) in expected {
        assert_eq!(value(&families, "refusals_total", Some(reason)), count, "{reason}");
    }
    for (reason, count) in [("unknown", 1.0), ("epoch", 2.0), ("expired", 0.0)] {
        assert_eq!(value(&families, "resyncs_total", Some(reason)), count, "{reason}");
    }
}

#[tokio::test]
async fn strangers_are_not_told_how_the_server_fares() {
    let server = Server::start(&["--listen", "0.0.0.0:0", "--speed", "0.001"]);
    let detail = problem(send(server.get("/metrics")).await, 403).await;
    assert!(detail.contains("--token"), "{detail}");
    assert_eq!(send(server.get("/healthz")).await.status(), 200);
}
