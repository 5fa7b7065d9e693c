//! Requests of our own, beside the browser's.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::DEADLINE;

/// An answer that is being read.
#[derive(Debug)]
pub(crate) struct Answer {
    stream: TcpStream,
    bytes: Vec<u8>,
}

/// Asks for a path, with further header lines, each ending with a line break.
pub(crate) async fn get(address: SocketAddr, path: &str, headers: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("the server accepts");
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.expect("the server takes a request");
    Answer { stream, bytes: Vec::new() }
}

/// Posts JSON, and returns the answer.
pub(crate) async fn post(address: SocketAddr, path: &str, json: &Value) -> String {
    let body = json.to_string();
    let mut stream = TcpStream::connect(address).await.expect("the server accepts");
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("the server takes a request");
    Answer { stream, bytes: Vec::new() }.all().await
}

impl Answer {
    /// Reads until all of `texts` have come; the head and the body so far, with the marks of its chunks if it has
    /// any.
    ///
    /// # Panics
    ///
    /// If the answer ends without them.
    pub(crate) async fn until(&mut self, texts: &[&str]) -> String {
        loop {
            let text = String::from_utf8_lossy(&self.bytes);
            if texts.iter().all(|wanted| text.contains(wanted)) {
                return text.into_owned();
            }
            let read = timeout(DEADLINE, self.stream.read_buf(&mut self.bytes)).await;
            let more = matches!(read, Ok(Ok(1..)));
            assert!(
                more,
                "{read:?} before {texts:?} came: {}",
                String::from_utf8_lossy(&self.bytes)
            );
        }
    }

    /// Reads to the end: the head, an empty line and the body.
    pub(crate) async fn all(mut self) -> String {
        // Some servers keep a connection that they are asked to close.
        while !is_whole(&self.bytes) {
            let read = timeout(DEADLINE, self.stream.read_buf(&mut self.bytes)).await;
            match read {
                Ok(Ok(0)) => break,
                Ok(Ok(_)) => {}
                _ => panic!("the answer does not end: {read:?}"),
            }
        }
        let answer = String::from_utf8_lossy(&self.bytes).into_owned();
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.to_lowercase().contains("transfer-encoding: chunked") => {
                format!("{head}\r\n\r\n{}", unchunked(body))
            }
            _ => answer,
        }
    }
}

/// Whether an answer is there as far as its `Content-Length` says.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    content_length(&answer[..end]).is_some_and(|length| answer.len() - (end + 4) >= length)
}

/// Bytes of the body behind that head, if it says so.
pub(crate) fn content_length(head: &[u8]) -> Option<usize> {
    let head = String::from_utf8_lossy(head).to_lowercase();
    head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
}

/// A body of [chunks](https://www.rfc-editor.org/rfc/rfc9112#name-chunked-transfer-coding) in one piece.
fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).expect("a chunk begins with its length");
        whole.push_str(&rest[..length]);
        body = rest[length..].strip_prefix("\r\n").expect("a chunk ends with its line");
    }
    whole
}
