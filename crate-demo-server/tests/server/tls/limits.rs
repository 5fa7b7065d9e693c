//! How much clients may take by TLS.

use std::io::{ErrorKind, Read as _};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::SELF_SIGNED;
use super::client::{BOTH, Client, authority, connect};
use crate::common::{Server, within};

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SELF_SIGNED.into_iter().chain(more.iter().copied()).collect()
}

/// Seconds: also for handshakes, on a machine that does much else.
const IN_TIME: &str = "4";

/// Waits until the metrics are so.
async fn until(client: &mut Client, is_so: impl Fn(&str) -> bool) {
    within(async { while !is_so(&client.ask("/metrics").await.1) {} }).await;
}

/// Whether readers were handed a large part of a long history.
fn is_filled(metrics: &str) -> bool {
    let bytes = metrics.lines().find_map(|line| line.strip_prefix("sse_signals_sent_bytes_total "));
    bytes.and_then(|bytes| bytes.parse().ok()).is_some_and(|bytes: u64| bytes > 50_000)
}

#[tokio::test]
async fn streams_are_counted_one_by_one_whatever_connection_they_are_on() {
    let server = Server::start(&with(&["--max-streams", "3"]));
    let mut client = Client::new(&server, b"h2").await;
    let first = client.events("/events").await;
    let _second = client.events("/events").await;
    let mut other = Client::new(&server, b"http/1.1").await;
    let _third = other.events("/events").await;
    let refused = client.send(client.get("/events")).await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("5")));
    assert_eq!(client.ask("/topics").await.0, 200, "all else is answered");
    drop(first);
    within(async { while client.send(client.get("/events")).await.status != 200 {} }).await;
}

#[tokio::test]
async fn a_client_that_does_not_say_what_it_wants_in_time_is_closed() {
    let server = Server::start(&with(&["--request-timeout", IN_TIME]));
    let begins = async |said: &[u8]| {
        let mut socket = TcpStream::connect(authority(&server)).await.expect("it listens");
        socket.write_all(said).await.expect("it reads");
        let _ = within(socket.read_to_end(&mut Vec::new())).await;
    };
    let agrees = async |protocol: &[u8]| {
        let mut stream =
            connect(&server, &[protocol], None, "localhost").await.expect("they agree");
        let _ = within(stream.read_to_end(&mut Vec::new())).await;
    };
    let asks_once = async |protocol: &[u8]| {
        let mut client = Client::new(&server, protocol).await;
        assert_eq!(client.ask("/topics").await.0, 200);
        client.closed().await;
    };
    let [h2, http1] = BOTH;
    tokio::join!(
        // Nothing, the beginning of a handshake, and one that goes nowhere.
        begins(b""),
        begins(b"\x16"),
        begins(b"\x16\x03\x01\x02\x00\x01"),
        agrees(h2),
        agrees(http1),
        asks_once(h2),
        asks_once(http1),
    );
}

#[tokio::test]
async fn a_connection_with_a_stream_is_not_taken_for_idle() {
    let server = Server::start(&with(&["--request-timeout", IN_TIME, "--heartbeat", "0.1"]));
    let reads = async |protocol: &[u8]| {
        let mut client = Client::new(&server, protocol).await;
        let mut events = client.events("/events").await;
        // For longer than it may be silent, and then take to say goodbye.
        for _ in 0..100 {
            events.block().await;
        }
    };
    tokio::join!(reads(BOTH[0]), reads(BOTH[1]));
}

#[tokio::test]
async fn a_handshake_takes_one_of_the_connections() {
    let few = ["--max-streams", "1", "--max-connections", "2", "--request-timeout", IN_TIME];
    let server = Server::start(&with(&few));
    let mut client = Client::new(&server, b"h2").await;
    let _events = client.events("/events").await;
    let mut begun = TcpStream::connect(authority(&server)).await.expect("it listens");
    begun.write_all(b"\x16").await.expect("it reads");
    let mut late = Client::new(&server, b"http/1.1").await;
    assert_eq!(late.ask("/topics").await.0, 200);
    // So its place was free: by now the server has closed the other one.
    let left = begun.into_std().expect("a socket").read(&mut [0]);
    let is_open = left.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
    assert!(!is_open, "{left:?}");
}

/// A log with 9 MB in it, and nothing to come but heartbeats.
const LONG_HISTORY: [&str; 7] =
    ["--tls-self-signed", "--speed", "0.001", "--history", "10000", "--heartbeat", "0.1"];

/// Everything in the log.
async fn all(client: &mut Client) -> String {
    let mut events = client.events("/events").await;
    let opening = events.block().await;
    format!("/events?lastEventId={}-0", opening.position().0)
}

#[tokio::test]
async fn a_stream_that_nobody_reads_is_reset_and_those_beside_it_go_on() {
    let server = Server::start(&[&LONG_HISTORY[..], &["--write-timeout", "2"]].concat());
    let mut client = Client::new(&server, b"h2").await;
    let all = all(&mut client).await;
    let mut unread = client.events(&all).await;
    let mut read = client.events("/events").await;
    // A stream counts from its first piece on, which comes after the head.
    until(&mut client, is_filled).await;
    within(async {
        while !client.ask("/metrics").await.1.contains("streams_open 1\n") {
            read.block().await;
        }
    })
    .await;
    while unread.more().await.expect("it does not end as if it were whole").is_ok() {}
    for _ in 0..10 {
        read.block().await;
    }
}

#[tokio::test]
async fn a_slow_reader_gets_each_event_whole_and_once() {
    let server = Server::start(&LONG_HISTORY);
    for protocol in BOTH {
        let mut client = Client::new(&server, protocol).await;
        let first = Client::new(&server, protocol).await.events("/events").await.block().await;
        let (epoch, head) = first.position();
        let mut events = client.events(&format!("/events?lastEventId={epoch}-0")).await;
        events.block().await;
        for number in 1..=head {
            assert_eq!(events.event().await.position().1, number);
        }
    }
}

#[tokio::test]
async fn a_client_that_has_gone_silent_is_closed_with_its_streams() {
    for protocol in BOTH {
        let server = Server::start(&[&LONG_HISTORY[..], &["--write-timeout", "2"]].concat());
        let mut other = Client::new(&server, b"h2").await;
        let all = all(&mut other).await;
        let request = match protocol {
            // A preface, settings with a large window, and one request, for which Huffman is not needed.
            b"h2" => super::secrets::http2_request(&[
                (":method", "GET"),
                (":scheme", "https"),
                (":authority", "localhost"),
                (":path", &all),
            ]),
            _ => format!("GET {all} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes(),
        };
        let mut silent =
            connect(&server, &[protocol], None, "localhost").await.expect("they agree");
        silent.write_all(&request).await.expect("it reads");
        silent.flush().await.expect("it reads");
        until(&mut other, is_filled).await;
        // It is open as far as anybody knows, and nothing is read from it, or said.
        until(&mut other, |metrics| metrics.contains("streams_open 0\n")).await;
        drop(silent);
    }
}

#[tokio::test]
async fn requests_of_a_connection_and_their_heads_are_bounded_and_the_client_is_told() {
    let server = Server::start(&SELF_SIGNED);
    let mut wire = connect(&server, &[b"h2"], None, "localhost").await.expect("they agree");
    let request = super::secrets::http2_request(&[(":method", "GET")]);
    wire.write_all(&request).await.expect("it reads");
    let mut head = [0; 9];
    within(wire.read_exact(&mut head)).await.expect("a frame");
    assert_eq!((head[0], head[1], head[3]), (0, 0, 4), "SETTINGS come first");
    let mut settings = vec![0; head[2].into()];
    within(wire.read_exact(&mut settings)).await.expect("its payload");
    let told = |wanted: u8| {
        settings
            .chunks_exact(6)
            .find(|setting| setting[1] == wanted)
            .map(|it| u32::from_be_bytes([it[2], it[3], it[4], it[5]]))
    };
    // Requests at a time; bytes of a body, and of a head.
    assert_eq!([3, 4, 6].map(told), [100, 65_536, 65_536].map(Some));

    let mut client = Client::new(&server, b"h2").await;
    let mut large = client.get("/topics");
    large.headers_mut().insert("x-large", "x".repeat(80 * 1024).parse().expect("ASCII"));
    assert_eq!(client.send(large).await.status, 431);
    assert_eq!(client.ask("/topics").await.0, 200);
}
