//! What is inserted into streams, and how their bytes are written.

use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::write::GzDecoder;
use serde_json::Value;

use super::{Raw, post, report, server, server_with_a_day, until_open, whole, write};
use crate::common::{Events, Next, Server, header, problem, send};

/// Three quotes, and the end.
const DAY: &str = "/events?recent=3&fault=end&after=3";

/// What can be read of a gzip body so far.
fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = GzDecoder::new(Vec::new());
    decoder.write_all(bytes).expect("gzip");
    decoder.flush().expect("gzip");
    decoder.get_ref().clone()
}

#[tokio::test]
async fn lines_end_as_ordered() {
    let server = server_with_a_day().await;
    let lf = whole(&server, DAY).await;
    assert!(!lf.contains(&b'\r'));
    assert_eq!(whole(&server, &format!("{DAY}&newline=lf")).await, lf);
    for (name, end) in [("cr", "\r"), ("crlf", "\r\n")] {
        let expected = String::from_utf8(lf.clone()).expect("UTF-8").replace('\n', end);
        let ended = whole(&server, &format!("{DAY}&newline={name}")).await;
        assert_eq!(String::from_utf8(ended).expect("UTF-8"), expected);
    }
}

#[tokio::test]
async fn bytes_come_in_pieces_as_ordered() {
    let server = server_with_a_day().await;
    let plain = whole(&server, DAY).await;
    for (query, size) in
        [("chunk=7", 7), ("chunk=1", 1), ("trickle=0", 1), ("trickle=1&chunk=50", 50)]
    {
        let (bytes, chunks) = Raw::get(&server, &format!("{DAY}&{query}")).await.end().await;
        assert_eq!(bytes, plain, "{query}");
        assert_eq!(chunks.iter().max(), Some(&size), "{query}");
        // The opening and the events are written one after the other; the last piece of each may be shorter.
        assert!(chunks.len() <= plain.len() / size + 3, "{query}: {chunks:?}");
    }
}

#[tokio::test]
async fn a_byte_order_mark_comes_first_and_can_be_split() {
    let server = server_with_a_day().await;
    let expected = [b"\xEF\xBB\xBF", whole(&server, DAY).await.as_slice()].concat();
    assert_eq!(whole(&server, &format!("{DAY}&bom=1")).await, expected);
    let (bytes, chunks) = Raw::get(&server, &format!("{DAY}&bom=1&chunk=2")).await.end().await;
    assert_eq!(bytes, expected);
    assert_eq!(chunks[..3], [2, 1, 2]);
    assert_eq!(whole(&server, "/events?fault=close&bom=1").await, b"\xEF\xBB\xBF");
}

#[tokio::test]
async fn bad_utf8_is_in_an_event_after_the_opening() {
    let server = server_with_a_day().await;
    let bytes = whole(&server, "/events?fault=close&bad-utf8=1").await;
    assert_eq!(bytes, b"data: a\xFFb\xE2\x82c\xC0\x80d\n\n");
    // Rust replaces as the standard's decoder does.
    assert_eq!(String::from_utf8_lossy(&bytes), "data: a\u{FFFD}b\u{FFFD}c\u{FFFD}\u{FFFD}d\n\n");
    let text = whole(&server, &format!("{DAY}&bad-utf8=1")).await;
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("\nevent: ping\ndata:\n\ndata: a\u{FFFD}b"), "{text}");
    assert!(text.contains("d\n\nevent: quote\n"), "{text}");
}

#[tokio::test]
async fn a_big_line_is_as_long_as_ordered() {
    let server = server_with_a_day().await;
    for bytes in [1, 25, 5_000_000] {
        let mut events = server.events(&format!("{DAY}&big-line={bytes}")).await;
        let big = events.block().await;
        let data = big.data.expect("data");
        assert_eq!((data.len(), big.event, big.id), (bytes, None, None));
        let mut digits = b"0123456789".iter().cycle();
        assert!(data.bytes().all(|byte| Some(&byte) == digits.next()));
        for _ in 0..3 {
            assert_eq!(events.block().await.name(), "quote");
        }
        assert_eq!(events.next().await, Next::End(String::new()));
    }
}

#[tokio::test]
async fn comments_come_as_many_as_ordered() {
    let server = server_with_a_day().await;
    for comments in [1, 1_000, 2_500] {
        let expected: String = (1..=comments).map(|number| format!(": {number}\n")).collect();
        let path = format!("/events?fault=close&comments={comments}");
        assert_eq!(whole(&server, &path).await, expected.as_bytes());
    }
    let text = whole(&server, &format!("{DAY}&comments=2&bad-utf8=1")).await;
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("data:\n\n: 1\n: 2\ndata: a"), "{text}");
}

#[tokio::test]
async fn numbers_come_in_order_and_the_log_after_them() {
    let server = server_with_a_day().await;
    let expected: String = (1..=25_000).map(|number| format!("data: {number}\n\n")).collect();
    for pace in ["", "&per-second=100000"] {
        let path = format!("/events?fault=close&numbers=25000{pace}");
        assert!(whole(&server, &path).await == expected.as_bytes(), "{pace}");
    }
    let text = whole(&server, &format!("{DAY}&big-line=1&numbers=2")).await;
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("data: 0\n\ndata: 1\n\ndata: 2\n\nevent: quote\n"), "{text}");
}

#[tokio::test]
async fn numbers_keep_their_pace_and_can_be_cut() {
    let server = server();
    let began = Instant::now();
    let path = "/events?fault=manual&key=k&retry=7&numbers=30&per-second=100";
    let mut raw = Raw::get(&server, path).await;
    raw.until(|text| text.ends_with("data: 30\n\n")).await;
    assert!(began.elapsed() >= Duration::from_millis(300), "the last is due then");
    let mut events = server.events("/events?key=cut&numbers=1000000&per-second=1000").await;
    let mut next = 1;
    loop {
        match events.next().await {
            Next::Block(block) => assert_eq!(block.data, Some(next.to_string())),
            other => {
                assert_eq!(other, Next::Cut(String::new()));
                break;
            }
        }
        if next == 10 {
            post(&server, "/faults/keys/cut/cut", &Value::Null).await;
        }
        next += 1;
    }
}

#[tokio::test]
async fn heartbeats_are_comments_as_ordered() {
    let server = Server::start(&["--faults", "--speed", "0.001", "--heartbeat", "0.01"]);
    for (query, pings) in [("key=k", 1), ("no-ping=1", 0), ("fault=manual&key=k", 0)] {
        let mut raw =
            Raw::get(&server, &format!("/events?topics=news&comment-every=20&{query}")).await;
        let text = raw.until(|text| text.matches(": alive\n\n").count() == 5).await;
        assert_eq!(text.matches("event: ping").count(), pings, "{query}: {text}");
    }
}

#[tokio::test]
async fn comments_go_on_in_a_stalled_stream() {
    let server = Server::start(&["--faults", "--speed", "50", "--heartbeat", "0.01"]);
    let path = "/events?recent=3&fault=stall&after=1&comment-every=10&key=k";
    let mut raw = Raw::get(&server, path).await;
    let comments = ": alive\n\n".repeat(10);
    let text = raw.until(|text| text.ends_with(&comments)).await;
    assert_eq!(text.matches("\nid: ").count(), 2, "the opening's and one event's: {text}");
    assert_eq!(write(&server, "k", "data: posted\n\n").await, 1);
    raw.until(|text| text.ends_with(&format!("data: posted\n\n{comments}"))).await;
}

#[tokio::test]
async fn without_pings_there_is_none_in_the_opening_and_no_heartbeat() {
    let server = Server::start(&["--faults", "--speed", "0.001", "--heartbeat", "0.01"]);
    let response = send(server.get("/events?topics=news&no-ping=1&retry=0&key=k")).await;
    let mut events = Events::of(response);
    let opening = events.block().await;
    assert_eq!((opening.retry.as_deref(), opening.id.is_some()), (Some("0"), true));
    let mut other = server.events("/events?topics=news").await;
    for _ in 0..5 {
        assert_eq!(other.block().await.name(), "ping");
    }
    assert_eq!(write(&server, "k", "data: first\n\n").await, 1);
    assert_eq!(events.block().await.data.as_deref(), Some("first"));
}

#[tokio::test]
async fn gzip_can_be_read_after_each_piece() {
    let server = server();
    let mut raw = Raw::get(&server, "/events?fault=manual&key=k&gzip=1&retry=7").await;
    assert_eq!(header(&raw.response, "content-encoding"), Some("gzip"));
    assert_eq!(header(&raw.response, "content-type"), Some("text/event-stream"));
    let mut expected = "retry: 7\n\n".to_owned();
    raw.chunk().await;
    assert_eq!(gunzip(&raw.bytes), expected.as_bytes());
    for text in ["data: 一\n\n", "data: half", " and half\n\n"] {
        assert_eq!(write(&server, "k", text).await, 1);
        expected.push_str(text);
        raw.chunk().await;
        assert_eq!(gunzip(&raw.bytes), expected.as_bytes());
    }
}

#[tokio::test]
async fn gzip_ends_as_it_should_at_an_end_and_not_at_a_cut() {
    let server = server_with_a_day().await;
    let plain = whole(&server, DAY).await;
    let ended = whole(&server, &format!("{DAY}&gzip=1")).await;
    let mut decoder = GzDecoder::new(Vec::new());
    decoder.write_all(&ended).expect("gzip");
    assert_eq!(decoder.finish().expect("a gzip trailer"), plain);

    let mut response = send(server.get("/events?recent=3&fault=cut&after=3&gzip=1")).await;
    let mut bytes = Vec::new();
    while let Ok(chunk) = crate::common::within(response.chunk()).await {
        bytes.extend_from_slice(&chunk.expect("a cut, and no end"));
    }
    assert_eq!(gunzip(&bytes), plain);
    let mut decoder = GzDecoder::new(Vec::new());
    decoder.write_all(&bytes).expect("gzip");
    decoder.finish().expect_err("the trailer is missing");
}

#[tokio::test]
async fn all_that_concerns_bytes_goes_together() {
    let server = server_with_a_day().await;
    let inserted = "comments=2&bad-utf8=1&big-line=30";
    let lf = whole(&server, &format!("{DAY}&{inserted}")).await;
    let query = format!("{DAY}&{inserted}&gzip=1&trickle=0&newline=crlf&bom=1");
    let (bytes, chunks) = Raw::get(&server, &query).await.end().await;
    let mut expected = b"\xEF\xBB\xBF".to_vec();
    for byte in lf {
        match byte {
            b'\n' => expected.extend_from_slice(b"\r\n"),
            byte => expected.push(byte),
        }
    }
    assert_eq!(gunzip(&bytes), expected);
    // A piece a byte, and the end of the gzip; the reader's buffer may end inside of one.
    assert!(chunks.len() > expected.len(), "{chunks:?}");
}

#[tokio::test]
async fn what_is_posted_keeps_its_lines_and_is_cut_into_pieces_and_packed() {
    let server = server();
    let path = "/events?fault=manual&key=k&gzip=1&chunk=4&newline=crlf&bom=1&retry=7";
    let mut raw = Raw::get(&server, path).await;
    until_open(&server, "k", 1).await;
    assert_eq!(write(&server, "k", "data: as\ndata: it is\r\r").await, 1);
    let expected = "\u{FEFF}retry: 7\r\n\r\ndata: as\ndata: it is\r\r";
    while gunzip(&raw.bytes) != expected.as_bytes() {
        assert!(raw.chunk().await, "{:?}", raw.bytes);
    }
    // 3, 12 and 22 bytes in pieces of 4.
    assert_eq!(raw.chunks.len(), 1 + 3 + 6);
}

#[tokio::test]
async fn what_is_inserted_happens_so_many_times_and_the_form_stays() {
    let server = server_with_a_day().await;
    let path = "/events?newline=cr&bad-utf8=1&key=k&times=1&from=2";
    for is_bad in [false, true, false] {
        let mut raw = Raw::get(&server, &format!("{path}&recent=1")).await;
        let text = raw.until(|text| text.contains("event: quote")).await;
        assert_eq!(text.contains('\u{FFFD}'), is_bad, "{text}");
        assert!(text.contains('\r') && !text.contains('\n'), "{text}");
    }
    assert_eq!(report(&server, "k").await["requests"], 3);
}

#[tokio::test]
async fn after_a_status_the_stream_comes_in_its_form() {
    let server = server_with_a_day().await;
    let path = "/events?recent=1&fault=status&times=1&key=k&gzip=1&bom=1";
    let response = send(server.get(path)).await;
    assert_eq!(header(&response, "content-encoding"), None);
    problem(response, 503).await;
    let mut raw = Raw::get(&server, path).await;
    assert_eq!(header(&raw.response, "content-encoding"), Some("gzip"));
    raw.chunk().await;
    assert_eq!(gunzip(&raw.bytes), b"\xEF\xBB\xBF");
}
