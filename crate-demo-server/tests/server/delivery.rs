//! Event streams on the wire, and what clients may take.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::common::{Block, Next, ONE_DAY, Server, header, problem, send, within};

const TOPICS: &str = "GET /topics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
const EVENTS: &str = "GET /events?recent=2000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/// Seconds: also for what the test itself says, on a machine that does much else.
const IN_TIME: &str = "4";

/// Bytes: more than the sockets between a server and a client hold.
const MOST_HELD: usize = 64 * 1024 * 1024;

/// A connection whose bytes the test writes and reads itself.
struct Wire {
    socket: TcpStream,
    read: String,
}

impl Wire {
    async fn connect(server: &Server) -> Self {
        let address = server.url.trim_start_matches("http://");
        let socket = within(TcpStream::connect(address)).await.expect("it listens");
        Self { socket, read: String::new() }
    }

    async fn write(&mut self, text: &str) {
        within(self.socket.write_all(text.as_bytes())).await.expect("it reads");
    }

    /// Everything up to this text, and with it.
    async fn until(&mut self, end: &str) -> String {
        let until = async {
            loop {
                if let Some(at) = self.read.find(end) {
                    let rest = self.read.split_off(at + end.len());
                    return std::mem::replace(&mut self.read, rest);
                }
                assert!(self.more().await, "it ended with {:?}", self.read);
            }
        };
        within(until).await
    }

    /// The next block of an event stream; none at its end.
    async fn block(&mut self) -> Option<Block> {
        while !self.read.contains("\n\n") {
            if !self.more().await {
                return None;
            }
        }
        Some(Block::parse(self.until("\n\n").await.trim_end()))
    }

    /// Everything up to the connection's end.
    async fn rest(&mut self) -> String {
        let rest = async {
            while self.more().await {
                assert!(self.read.len() < MOST_HELD, "it goes on and on");
            }
        };
        within(rest).await;
        std::mem::take(&mut self.read)
    }

    async fn more(&mut self) -> bool {
        let mut bytes = Vec::with_capacity(64 * 1024);
        match within(self.socket.read_buf(&mut bytes)).await {
            // It was reset: what the test wrote was not read.
            Err(_) | Ok(0) => false,
            Ok(_) => {
                self.read.push_str(std::str::from_utf8(&bytes).expect("ASCII"));
                true
            }
        }
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_connection_and_says_so() {
    let server = Server::start(&ONE_DAY);
    let mut wire = Wire::connect(&server).await;
    wire.write(EVENTS).await;
    let head = wire.until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("connection: close\r\n") && head.contains("\r\ndate: "), "{head}");
    assert!(!head.contains("transfer-encoding") && !head.contains("content-length"), "{head}");
    assert!(wire.until("\n\n").await.starts_with("retry: 2000\nid: "));
}

#[tokio::test]
async fn a_client_of_http_1_0_is_answered_in_kind() {
    let server = Server::start(&ONE_DAY);
    let mut wire = Wire::connect(&server).await;
    wire.write("GET /events HTTP/1.0\r\n\r\n").await;
    assert!(wire.until("\r\n\r\n").await.starts_with("HTTP/1.0 200 OK\r\n"));
    assert!(wire.until("\n\n").await.starts_with("retry: 2000\nid: "));
}

#[tokio::test]
async fn head_has_no_stream_and_the_connection_goes_on() {
    let server = Server::start(&ONE_DAY);
    let mut wire = Wire::connect(&server).await;
    wire.write("HEAD /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await;
    let head = wire.until("\r\n\r\n").await;
    assert!(head.contains("content-type: text/event-stream\r\n"), "{head}");
    wire.write(TOPICS).await;
    assert!(wire.until("\r\n\r\n").await.contains("content-type: application/json\r\n"));
}

#[tokio::test]
async fn a_connection_that_was_used_before_takes_a_stream() {
    let server = Server::start(&ONE_DAY);
    for pipelined in [false, true] {
        let mut wire = Wire::connect(&server).await;
        wire.write(TOPICS).await;
        if pipelined {
            wire.write(EVENTS).await;
        }
        assert!(wire.until("\r\n\r\n").await.contains("content-type: application/json\r\n"));
        wire.until("}]").await;
        if !pipelined {
            wire.write(EVENTS).await;
        }
        assert!(wire.until("\r\n\r\n").await.contains("content-type: text/event-stream\r\n"));
        wire.until("event: quote\n").await;
    }
}

#[tokio::test]
async fn what_a_reader_says_on_is_not_answered() {
    let server = Server::start(&["--speed", "20"]);
    let mut wire = Wire::connect(&server).await;
    wire.write(EVENTS).await;
    wire.until("event: quote\n").await;
    wire.write(TOPICS).await;
    for _ in 0..20 {
        assert!(!wire.until("\n\n").await.contains("HTTP/1.1"));
    }
}

#[tokio::test]
async fn readers_that_talk_on_and_on_are_closed_and_keep_the_server_from_nothing() {
    let server = Server::start(&ONE_DAY);
    // One for each thread that could answer.
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let mut talkers = tokio::task::JoinSet::new();
    for _ in 0..count {
        let mut wire = Wire::connect(&server).await;
        wire.write(EVENTS).await;
        wire.until("event: ping\n").await;
        talkers.spawn(async move { while wire.socket.write_all(&[0; 65_536]).await.is_ok() {} });
    }
    within(talkers.join_all()).await;
    assert_eq!(send(server.get("/topics")).await.status(), 200);
    server.signal("-TERM");
    assert_eq!(server.wait().await.code(), Some(0));
}

#[tokio::test]
async fn a_client_that_closes_its_side_leaves() {
    let server = Server::start(&ONE_DAY);
    let mut wire = Wire::connect(&server).await;
    wire.write(EVENTS).await;
    wire.until("event: quote\n").await;
    within(wire.socket.shutdown()).await.expect("it is open");
    wire.rest().await;
}

#[tokio::test]
async fn one_stream_more_than_allowed_is_told_when_to_come_back() {
    let server = Server::start(&["--speed", "0.001", "--max-streams", "1"]);
    let first = server.events("/events").await;
    let refused = send(server.get("/events")).await;
    assert_eq!(header(&refused, "retry-after"), Some("5"));
    assert!(problem(refused, 503).await.contains("as many event streams"));
    assert_eq!(send(server.get("/topics")).await.status(), 200, "all else is answered");
    drop(first);
    within(async { while send(server.get("/events")).await.status() != 200 {} }).await;
}

#[tokio::test]
async fn one_connection_more_than_allowed_waits_for_another_to_close() {
    let server =
        Server::start(&["--speed", "0.001", "--max-streams", "1", "--max-connections", "2"]);
    let say = |text: &str| {
        let length = text.len();
        format!(
            "POST /publish/chat HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n{text}"
        )
    };
    let mut reader = Wire::connect(&server).await;
    reader.write("GET /events?topics=chat HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await;
    reader.until("event: ping\n").await;
    let mut second = Wire::connect(&server).await;
    second.write(TOPICS).await;
    second.until("}]").await;
    let mut third = Wire::connect(&server).await;
    third.write(&say("third")).await;
    second.write(TOPICS).await;
    second.until("}]").await;
    second.write(&say("second")).await;
    second.until("\"}").await;
    drop(second);
    third.until("\"}").await;
    let said = reader.until("third").await;
    assert!(said.contains("second"), "{said}");
}

#[tokio::test]
async fn a_client_that_does_not_ask_in_time_is_closed() {
    let server = Server::start(&["--speed", "0.001", "--request-timeout", IN_TIME]);
    let asks_late = async |beginning: &str| {
        let mut wire = Wire::connect(&server).await;
        wire.write(beginning).await;
        assert_eq!(wire.rest().await, "");
    };
    let asks_once = async {
        let mut wire = Wire::connect(&server).await;
        wire.write(TOPICS).await;
        wire.until("}]").await;
        wire.rest().await;
    };
    tokio::join!(asks_late(""), asks_late("GET /events HTTP/1.1\r\nHost: 127"), asks_once);
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_told_so_and_its_connection_closed() {
    let server = Server::start(&["--speed", "0.001", "--faults", "--request-timeout", IN_TIME]);
    let answered = async |path: &str, status: u16| {
        let head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n");
        let mut wire = Wire::connect(&server).await;
        wire.write(&(head + "half")).await;
        let answer = wire.rest().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    };
    tokio::join!(
        answered("/publish/chat", 408),
        answered("/tasks", 408),
        answered("/events", 408),
        answered("/topics", 405),
    );
}

async fn metrics(server: &Server) -> String {
    within(send(server.get("/metrics")).await.text()).await.expect("a body")
}

/// A log with 9 MB in it, more than the sockets between a server and a client hold, and nothing to come.
const LONG_HISTORY: [&str; 4] = ["--speed", "0.001", "--history", "10000"];

/// Asks for everything in the log.
async fn ask_for_all(server: &Server) -> Wire {
    let (opening, _) = server.open("/events").await;
    let (epoch, _) = opening.position();
    let mut wire = Wire::connect(server).await;
    let request = EVENTS.replace("recent=2000", &format!("lastEventId={epoch}-0"));
    wire.write(&request).await;
    wire
}

#[tokio::test]
async fn a_slow_reader_gets_each_event_whole_and_once() {
    let server = Server::start(&LONG_HISTORY);
    let (opening, _) = server.open("/events").await;
    let mut slow = ask_for_all(&server).await;
    slow.until("\r\n\r\n").await;
    let (_, head) = opening.position();
    let mut last = 0;
    while last < head {
        let block = slow.block().await.expect("it goes on");
        if block.event.as_deref().is_some_and(|name| name != "ping") {
            assert_eq!(block.position().1, last + 1);
            last += 1;
        }
    }
}

#[tokio::test]
async fn who_stops_reading_for_a_while_delays_nobody_and_misses_nothing() {
    const EVENTS: u64 = 400;
    let large = "x".repeat(50_000);
    // No heartbeat, which would have a look at the stream too.
    let arguments = ["--speed", "0.001", "--publish-rate", "0", "--heartbeat", "86400"];
    let server = Server::start(&arguments);
    let publish = async |text: String| {
        assert_eq!(send(server.post("/publish/chat").body(text)).await.status(), 201);
    };
    let mut slow = Wire::connect(&server).await;
    slow.write("GET /events?topics=chat HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await;
    slow.until("event: ping\ndata:\n\n").await;
    let mut other = server.events("/events?topics=chat").await;
    // More than the sockets hold.
    for number in 1..=EVENTS {
        publish(large.clone()).await;
        assert_eq!(other.event().await.json()["sequence"], number);
    }
    let mut next = async |number: u64| {
        let block = slow.block().await.expect("it goes on");
        assert_eq!(block.json()["sequence"], number);
    };
    for number in 1..=EVENTS {
        next(number).await;
    }
    // Up to date, it gets what comes as before.
    for number in EVENTS + 1..=EVENTS + 3 {
        publish("small".to_owned()).await;
        next(number).await;
    }
}

#[tokio::test]
async fn a_reader_that_takes_nothing_for_too_long_is_closed() {
    let arguments = ["--write-timeout", "0.3", "--heartbeat", "0.1"];
    let server = Server::start(&[&LONG_HISTORY[..], &arguments].concat());
    let mut dead = ask_for_all(&server).await;
    dead.until("\r\n\r\n").await;
    let mut other = server.events("/events").await;
    within(async {
        while !metrics(&server).await.contains("streams_open 1\n") {
            other.block().await;
        }
    })
    .await;
    dead.rest().await;
    assert!(matches!(other.next().await, Next::Block(_)), "who reads is served on");
}
