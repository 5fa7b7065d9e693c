//! Answers in gzip and zstd, as they are on the wire. Whole ones are read by decoders of other makes than the server's
//! encoders.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::{Method, Response};

use crate::common::{ONE_DAY, Server, client, header, send, within};

const BOTH: [&str; 2] = ["gzip", "zstd"];

/// No heartbeats, so that a test which waits in vain fails.
fn start(more: &[&str]) -> Server {
    Server::start(&[&ONE_DAY[..], &["--compress", "--heartbeat", "3600"], more].concat())
}

/// A body in chunks.
struct Chunks {
    socket: BufReader<TcpStream>,
    /// Bytes that are left of the present one.
    left: usize,
}

impl Read for Chunks {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            let mut line = String::new();
            if self.socket.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            self.left = usize::from_str_radix(line.trim(), 16).expect("a chunk's length");
            // With what ends a chunk.
            self.left += 2;
        }
        let most = bytes.len().min(self.left);
        let read = if self.left > 2 {
            self.socket.read(&mut bytes[..most.min(self.left - 2)])?
        } else {
            0
        };
        self.left -= read;
        if self.left == 2 {
            self.socket.read_exact(&mut [0; 2])?;
            self.left = 0;
        }
        Ok(read)
    }
}

/// The head of an answer, and its body as it comes.
fn get(server: &Server, path: &str, accept: &str) -> (String, Chunks) {
    let address = server.url.strip_prefix("http://").expect("a URL");
    let mut socket = TcpStream::connect(address).expect("it listens");
    // Fails the test, rather than hang.
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("it is open");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: {accept}\r\n\r\n");
    socket.write_all(request.as_bytes()).expect("it reads");
    let mut socket = BufReader::new(socket);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(socket.read_line(&mut head).expect("a line"), 0, "{head}");
    }
    (head, Chunks { socket, left: 0 })
}

fn decoder(coding: &str, body: Chunks) -> Box<dyn Read> {
    match coding {
        "gzip" => Box::new(flate2::read::GzDecoder::new(body)),
        _ => Box::new(zstd::stream::read::Decoder::new(body).expect("a decoder")),
    }
}

/// Reads on until the block with that text is there, to its end.
fn until(body: &mut dyn Read, text: &str) {
    let mut read = String::new();
    while !read.contains(text) || !read.ends_with("\n\n") {
        let mut some = [0; 4_096];
        let more = body.read(&mut some).expect("it goes on");
        assert_ne!(more, 0, "{read}");
        read.push_str(std::str::from_utf8(&some[..more]).expect("ASCII"));
    }
}

fn varies_by_encoding(response: &Response) -> bool {
    response.headers().get_all("vary").iter().any(|name| name == "accept-encoding")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_can_be_read_before_the_next_is_sent() {
    let server = start(&["--publish-rate", "0"]);
    for coding in BOTH {
        let (head, body) = get(&server, "/events?topics=chat", coding);
        assert!(head.contains(&format!("content-encoding: {coding}\r\n")), "{head}");
        assert!(head.contains("vary: accept-encoding\r\n"), "{head}");
        assert!(head.contains("content-type: text/event-stream\r\n"), "{head}");
        let mut body = decoder(coding, body);
        until(&mut *body, "event: ping\n");
        for number in 0..20 {
            let said = format!("{coding} {number}");
            assert_eq!(send(server.post("/publish/chat").body(said.clone())).await.status(), 201);
            until(&mut *body, &format!("\"{said}\""));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_compressed_is_the_same_and_smaller() {
    let server = start(&[]);
    for path in ["/openapi.json", "/", "/metrics"] {
        let plain = send(server.get(path)).await;
        assert_eq!(header(&plain, "content-encoding"), None);
        assert!(varies_by_encoding(&plain), "{path}");
        let plain = plain.text().await.expect("a body");
        for coding in BOTH {
            let (head, mut body) = get(&server, path, coding);
            assert!(head.contains(&format!("content-encoding: {coding}\r\n")), "{head}");
            assert!(!head.contains("content-length"), "{head}");
            let mut bytes = Vec::new();
            // A chunk without bytes is the last.
            while body.left != 0 || !body.socket.fill_buf().expect("more").starts_with(b"0\r\n") {
                let mut some = [0; 1_024];
                let read = body.read(&mut some).expect("more");
                bytes.extend_from_slice(&some[..read]);
            }
            assert!(
                bytes.len() < plain.len() * 3 / 4,
                "{path}: {} of {}",
                bytes.len(),
                plain.len()
            );
            let mut text = String::new();
            let decoded = match coding {
                "gzip" => libflate::gzip::Decoder::new(&bytes[..])
                    .expect("gzip")
                    .read_to_string(&mut text),
                _ => ruzstd::decoding::StreamingDecoder::new(&bytes[..])
                    .expect("zstd")
                    .read_to_string(&mut text),
            };
            decoded.expect("it is whole");
            if path != "/metrics" {
                assert_eq!(text, plain);
            }
        }
    }
}

#[tokio::test]
async fn who_does_not_ask_or_refuses_gets_it_as_it_is() {
    let server = start(&[]);
    for accept in ["identity", "gzip;q=0, zstd;q=0", "*;q=0", "br", ""] {
        let answer = send(server.get("/events").header("Accept-Encoding", accept)).await;
        assert_eq!(header(&answer, "content-encoding"), None, "{accept}");
        assert!(varies_by_encoding(&answer), "{accept}");
        // The way without copies, which ends with its connection.
        assert_eq!(header(&answer, "connection"), Some("close"), "{accept}");
    }
    server.events("/events").await;
}

#[tokio::test]
async fn without_the_flag_nothing_is_compressed() {
    let server = Server::start(&ONE_DAY);
    for path in ["/events", "/openapi.json"] {
        let answer = send(server.get(path).header("Accept-Encoding", "gzip, zstd")).await;
        assert_eq!(header(&answer, "content-encoding"), None);
        assert!(!varies_by_encoding(&answer), "{path}");
    }
}

#[tokio::test]
async fn what_is_small_compressed_already_or_a_head_alone_has_no_other_body() {
    let server = start(&["--faults"]);
    let ask = |method: Method, path: &str| {
        let request = client().request(method, format!("{}{path}", server.url));
        send(request.header("Accept-Encoding", "zstd"))
    };
    let small = ask(Method::GET, "/healthz").await;
    assert_eq!(header(&small, "content-encoding"), None);
    let fault = ask(Method::GET, "/events?gzip=1").await;
    assert_eq!(header(&fault, "content-encoding"), Some("gzip"));
    let head = ask(Method::HEAD, "/openapi.json").await;
    assert_eq!(header(&head, "content-encoding"), Some("zstd"));
    assert_eq!(header(&head, "content-length"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_stays_a_cut() {
    let server = start(&["--faults"]);
    for coding in BOTH {
        let (_, body) = get(&server, "/events?fault=cut&after=1&topics=quotes&recent=1", coding);
        let mut body = decoder(coding, body);
        until(&mut *body, "event: ping\n");
        body.read_to_end(&mut Vec::new()).expect_err("it has no end");
    }
}

#[tokio::test]
async fn a_reader_of_a_compressed_stream_that_takes_nothing_is_closed() {
    // Days that are appended as fast as they can be, so that a socket fills up however well they are compressed.
    let flood = ["--compress", "--speed", "10000", "--write-timeout", "0.5", "--max-streams", "1"];
    let server = Server::start(&flood);
    let (_, unread) = get(&server, "/events", "gzip");
    within(async { while send(server.get("/events")).await.status() != 200 {} }).await;
    drop(unread);
}
