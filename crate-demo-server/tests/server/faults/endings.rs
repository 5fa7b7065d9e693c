//! How streams end.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use super::{report, server, server_with_a_day, write};
use crate::common::{Block, Events, Next, Server, send, within};

#[tokio::test]
async fn close_ends_right_after_the_headers() {
    let server = server();
    let mut events = Events::of(send(server.get("/events?fault=close")).await);
    assert_eq!(events.next().await, Next::End(String::new()));
    let (opening, mut events) = server.open("/events?fault=close&retry=50").await;
    assert_eq!(opening, Block { retry: Some("50".to_owned()), ..Block::default() });
    assert_eq!(events.next().await, Next::End(String::new()));
}

#[tokio::test]
async fn cut_breaks_the_connection_after_that_many_events() {
    let server = server_with_a_day().await;
    for after in 0..=2 {
        let mut events = server.events(&format!("/events?recent=3&fault=cut&after={after}")).await;
        for _ in 0..after {
            assert_eq!(events.event().await.name(), "quote");
        }
        assert_eq!(events.next().await, Next::Cut(String::new()));
    }
}

#[tokio::test]
async fn cut_inside_breaks_in_the_middle_of_an_event_and_the_resume_brings_it_whole() {
    let server = server_with_a_day().await;
    let mut events = server.events("/events?recent=3&fault=cut-inside&after=1").await;
    let first = events.event().await;
    let Next::Cut(half) = events.next().await else { panic!("the connection is cut") };
    assert!(half.starts_with("event: quote\n") && half.len() > 50, "{half}");

    let mut events = server.events(&format!("/events?lastEventId={}", first.cursor())).await;
    assert_eq!(events.event().await.position().1, first.position().1 + 1);
}

#[tokio::test]
async fn end_ends_cleanly_after_that_many_events() {
    let server = server_with_a_day().await;
    let mut events = server.events("/events?recent=3&fault=end&after=2").await;
    events.event().await;
    events.event().await;
    assert_eq!(events.next().await, Next::End(String::new()));
}

#[tokio::test]
async fn a_stalled_stream_has_no_heartbeats_and_stays_open() {
    let server = Server::start(&["--faults", "--speed", "0.001", "--heartbeat", "0.05"]);
    let mut stalled = server.events("/events?recent=3&fault=stall&after=1&key=k").await;
    assert_eq!(stalled.event().await.name(), "quote");
    let mut other = server.events("/events?topics=news").await;
    for _ in 0..5 {
        assert_eq!(other.block().await.name(), "ping");
    }
    assert_eq!(write(&server, "k", "data: still here\n\n").await, 1);
    assert_eq!(stalled.block().await.data.as_deref(), Some("still here"));
}

#[tokio::test]
async fn everything_before_a_cut_arrives_however_slowly_it_is_read() {
    let server = Server::start(&["--faults", "--history", "600", "--speed", "0.001"]);
    let address = server.url.strip_prefix("http://").and_then(|address| address.parse().ok());
    let address = address.expect("an address");
    // At some of these lengths the sockets are full when it comes to the cut, and the server has more to write.
    for line in (500_000..8_300_000).step_by(300_000) {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4_096).expect("a small buffer");
        let mut stream = within(socket.connect(address)).await.expect("it listens");
        // HTTP/1.0 has no chunks to be told from the text.
        let path = format!("/events?recent=1000&big-line={line}&fault=cut&after=1000");
        let request = format!("GET {path} HTTP/1.0\r\n\r\n");
        within(stream.write_all(request.as_bytes())).await.expect("the request is written");
        // Until this is answered, the server can fill the sockets.
        report(&server, "k").await;
        let mut bytes = Vec::new();
        while within(stream.read_buf(&mut bytes)).await.expect("no reset") > 0 {}
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(text.matches("\nid: ").count(), 1 + 1_000, "{line}");
        assert!(text.ends_with("\n\n"));
    }
}

#[tokio::test]
async fn a_thousand_recent_events_come_before_a_cut_or_an_end() {
    let server = Server::start(&["--faults", "--history", "600", "--speed", "0.001"]);
    for (fault, is_cut) in [("cut", true), ("end", false)] {
        let path = format!("/events?recent=1000&fault={fault}&after=1000");
        let mut response = send(server.get(&path)).await;
        let mut text = String::new();
        let last = loop {
            match within(response.chunk()).await {
                Ok(Some(chunk)) => text.push_str(std::str::from_utf8(&chunk).expect("UTF-8")),
                last => break last,
            }
        };
        assert_eq!(last.is_err(), is_cut);
        assert_eq!(text.matches("\nid: ").count(), 1 + 1_000);
    }
}

#[tokio::test]
async fn a_cursor_resumes_through_cuts_with_nothing_lost() {
    let server = Server::start(&["--faults", "--history", "600", "--speed", "0.001"]);
    let mut cursor = None;
    let mut numbers = Vec::new();
    for _ in 0..5 {
        let query = "fault=cut&after=100";
        let mut events = server
            .events(&match &cursor {
                None => format!("/events?recent=500&{query}"),
                Some(cursor) => format!("/events?{query}&lastEventId={cursor}"),
            })
            .await;
        for _ in 0..100 {
            let event = events.block().await;
            numbers.push(event.position().1);
            cursor = event.id;
        }
        assert_eq!(events.next().await, Next::Cut(String::new()));
    }
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{numbers:?}");
}
