//! Event streams by both protocols.

use axum::http::Version;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::SELF_SIGNED;
use super::client::{BOTH, Client, authority, connect};
use crate::common::{Server, within};

#[tokio::test]
async fn both_protocols_stream_and_go_on_after_the_last_event_id() {
    let server = Server::start(&["--tls-self-signed", "--speed", "50"]);
    for (protocol, version) in BOTH.into_iter().zip([Version::HTTP_2, Version::HTTP_11]) {
        let mut last = None;
        for _ in 0..3 {
            let mut client = Client::new(&server, protocol).await;
            let mut request = client.get("/events?recent=5");
            if let Some((cursor, _)) = &last {
                let cursor: &String = cursor;
                request.headers_mut().insert("last-event-id", cursor.parse().expect("ASCII"));
            }
            let mut events = client.send(request).await;
            assert_eq!((events.version, events.status.as_u16()), (version, 200));
            assert!(events.block().await.retry.is_some());
            for _ in 0..20 {
                let event = events.event().await;
                let position = event.position().1;
                if let Some((_, before)) = last {
                    assert_eq!(position, before + 1, "{version:?}");
                }
                last = Some((event.cursor().to_owned(), position));
            }
        }
    }
}

#[tokio::test]
async fn who_can_do_both_gets_http_2_and_who_says_nothing_http_1() {
    let server = Server::start(&SELF_SIGNED);
    for (offered, agreed) in
        [(&BOTH[..], Some(BOTH[0])), (&[BOTH[1], BOTH[0]], Some(BOTH[0])), (&[], None)]
    {
        let stream = connect(&server, offered, None, "localhost").await.expect("they agree");
        assert_eq!(stream.get_ref().1.alpn_protocol(), agreed);
        let mut client = Client::over(stream, authority(&server), agreed.is_some()).await;
        assert_eq!(client.ask("/topics").await.0, 200);
    }
    connect(&server, &[b"spdy/3"], None, "localhost").await.expect_err("it speaks none of them");
}

#[tokio::test]
async fn ten_streams_over_one_connection_get_every_event() {
    let server = Server::start(&["--tls-self-signed", "--speed", "100"]);
    let mut client = Client::new(&server, b"h2").await;
    let (epoch, first) = {
        let mut events = client.events("/events").await;
        let opening = events.block().await;
        let (epoch, first) = opening.position();
        (epoch.to_owned(), first)
    };
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(client.events(&format!("/events?lastEventId={epoch}-{first}")).await);
    }
    for stream in &mut streams {
        stream.block().await;
    }
    for number in 1..=300 {
        for stream in &mut streams {
            assert_eq!(stream.event().await.position(), (epoch.as_str(), first + number));
        }
    }
    // The first one may take a moment to go.
    within(async { while !client.ask("/metrics").await.1.contains("streams_open 10\n") {} }).await;
}

#[tokio::test]
async fn what_else_there_is_to_ask_is_answered_by_https_and_says_so() {
    let server = Server::start(&SELF_SIGNED);
    for protocol in BOTH {
        let mut client = Client::new(&server, protocol).await;
        let (status, words) = client.ask("/").await;
        let events = format!("curl -N '{}/events'", server.url);
        assert!(status == 200 && words.contains(&events), "{words}");
        assert_eq!(client.ask("/nothing").await.0, 404);
        let mut said = client.get("/publish/chat");
        *said.method_mut() = axum::http::Method::POST;
        *said.body_mut() = "hello".into();
        assert_eq!(client.send(said).await.status, 201);
        let mut foreign = client.get("/topics");
        *foreign.uri_mut() = match protocol {
            b"h2" => "https://example.org/topics".parse().expect("a URL"),
            _ => "/topics".parse().expect("a path"),
        };
        foreign.headers_mut().insert("host", "example.org".parse().expect("ASCII"));
        assert_eq!(client.send(foreign).await.status, 421, "a name that is not ours");
    }
}

#[tokio::test]
async fn plain_http_to_the_port_is_closed_and_others_are_served() {
    let server = Server::start(&SELF_SIGNED);
    for said in [
        "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "\x16\x03\x01 nonsense \0\0\0\0\0\0\0\0\0\0",
    ] {
        let mut socket = TcpStream::connect(authority(&server)).await.expect("it listens");
        socket.write_all(said.as_bytes()).await.expect("it reads");
        if said.starts_with('\x16') {
            socket.shutdown().await.expect("it is open");
        }
        let mut answer = Vec::new();
        // It may be reset, since not all is read.
        let _ = within(socket.read_to_end(&mut answer)).await;
        assert!(!String::from_utf8_lossy(&answer).contains("HTTP"), "{answer:?}");
    }
    assert_eq!(Client::new(&server, b"h2").await.ask("/topics").await.0, 200);
    let log = server.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test]
async fn the_end_of_the_server_ends_streams_by_both_protocols() {
    for protocol in BOTH {
        let server = Server::start(&SELF_SIGNED);
        let mut client = Client::new(&server, protocol).await;
        let mut events = client.events("/events?topics=news").await;
        events.block().await;
        server.signal("-TERM");
        assert_eq!(events.text().await, "");
        assert_eq!(server.wait().await.code(), Some(0));
        client.closed().await;
    }
}

#[tokio::test]
async fn a_fault_of_a_stream_is_one_of_its_request_alone() {
    let server = Server::start(&["--tls-self-signed", "--speed", "20", "--faults"]);
    let mut client = Client::new(&server, b"h2").await;
    let mut whole = client.events("/events").await;
    let mut cut = client.events("/events?fault=cut&after=3").await;
    cut.block().await;
    for _ in 0..3 {
        cut.event().await;
    }
    assert!(cut.more().await.expect("an error").is_err(), "it is cut");
    for _ in 0..50 {
        whole.event().await;
    }
    let redirect = client.get("/events?redirect=other");
    let answer = client.send(redirect).await;
    assert_eq!(answer.status, 307);
    assert!(answer.header("location").is_some_and(|it| it.starts_with("https://127.0.0.1:")));
}
