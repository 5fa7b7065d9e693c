//! Faults on order.

mod answers;
mod bytes;
mod control;
mod endings;
mod requests;

use reqwest::Response;
use serde_json::{Value, json};

use crate::common::{Server, header, json, problem, send, within};

/// One trading day and then nothing, so that `recent=3` is three quotes; no heartbeats.
fn server() -> Server {
    Server::start(&["--faults", "--speed", "0.001", "--heartbeat", "86400"])
}

/// A server whose first day is in the log.
async fn server_with_a_day() -> Server {
    let server = server();
    let mut events = server.events("/events?recent=2000").await;
    for _ in 0..3 {
        events.event().await;
    }
    server
}

async fn post(server: &Server, path: &str, body: &Value) -> Value {
    json(server.post(path).header("Content-Type", "application/json").body(body.to_string())).await
}

async fn write(server: &Server, key: &str, text: &str) -> u64 {
    let answer =
        post(server, &format!("/faults/keys/{key}/events"), &json!({ "text": text })).await;
    answer["streams"].as_u64().expect("a count")
}

async fn report(server: &Server, key: &str) -> Value {
    json(server.get(&format!("/faults/keys/{key}"))).await
}

/// Waits until so many streams of the key are open.
async fn until_open(server: &Server, key: &str, open: u64) {
    within(async { while report(server, key).await["open"] != open {} }).await;
}

/// An answer's body, as it comes.
struct Raw {
    response: Response,
    bytes: Vec<u8>,
    /// Bytes of each chunk.
    chunks: Vec<usize>,
}

impl Raw {
    async fn get(server: &Server, path: &str) -> Self {
        let response = send(server.get(path)).await;
        assert_eq!(response.status(), 200);
        Self { response, bytes: Vec::new(), chunks: Vec::new() }
    }

    /// Reads one chunk; false at the body's end.
    async fn chunk(&mut self) -> bool {
        let chunk = within(self.response.chunk()).await.expect("no cut");
        let Some(chunk) = chunk else { return false };
        self.chunks.push(chunk.len());
        self.bytes.extend_from_slice(&chunk);
        true
    }

    /// Reads until the text so far is right.
    async fn until(&mut self, is_right: impl Fn(&str) -> bool) -> String {
        let until = async {
            loop {
                let text = String::from_utf8_lossy(&self.bytes).into_owned();
                if is_right(&text) {
                    return text;
                }
                assert!(self.chunk().await, "ended at {text:?}");
            }
        };
        within(until).await
    }

    /// Reads to the body's end.
    async fn end(mut self) -> (Vec<u8>, Vec<usize>) {
        while self.chunk().await {}
        (self.bytes, self.chunks)
    }
}

/// The whole body of a stream that ends.
async fn whole(server: &Server, path: &str) -> Vec<u8> {
    Raw::get(server, path).await.end().await.0
}

#[tokio::test]
async fn without_the_flag_nothing_of_it_is_there() {
    let server = Server::start(&[]);
    for query in [
        "fault=cut",
        "fault=status&code=503",
        "key=k",
        "times=1",
        "from=1",
        "after=1",
        "retry=1",
        "redirect=same",
        "redirect-code=301",
        "bom=1",
        "chunk=1",
        "gzip=1",
        "big-line=9",
        "comments=1",
        "no-ping=nonsense",
    ] {
        let detail = problem(send(server.get(&format!("/events?{query}"))).await, 400).await;
        assert!(detail.contains("--faults"), "{detail}");
    }
    problem(send(server.get("/faults/keys/k")).await, 404).await;
    problem(send(server.post("/faults/ports")).await, 404).await;
    let response = send(server.post("/events")).await;
    assert_eq!(header(&response, "allow"), Some("GET,HEAD"));
    problem(response, 405).await;
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused_with_the_reason() {
    let server = server();
    let long = format!("key={}", "k".repeat(101));
    for (query, reason) in [
        ("fault=fire", "`fire`"),
        ("fault=cut&fault=end", "duplicate field `fault`"),
        ("fault=status&code=101", "200 to 599"),
        ("fault=status&code=600", "200 to 599"),
        ("fault=cut&code=503", "`fault` status"),
        ("redirect=same&code=301", "`redirect-code`"),
        ("fault=status&after=1", "`after` goes with"),
        ("after=1", "`after` goes with"),
        ("fault=cut&after=-1", "invalid digit"),
        ("body=1", "`fault` status"),
        ("fault=status&code=204&body=1", "have none"),
        ("fault=status&body=8388609", "0 to 8388608"),
        ("fault=status&body-open=1", "goes with `body`"),
        ("fault=type&retry-after=1", "`fault` status"),
        ("fault=status&retry-after=-1", "0 to 31536000"),
        ("fault=status&retry-after=31536001", "0 to 31536000"),
        ("fault=status&retry-after=date:31536001", "-31536000 to 31536000"),
        ("fault=status&retry-after=later", "or nonsense"),
        ("fault=cut&times=1", "they need both"),
        ("fault=cut&from=2", "they need both"),
        ("key=k&times=1", "they need both"),
        ("key=k&times=1&redirect=same", "`redirect-times`"),
        ("fault=cut&key=k&from=0", "nonzero"),
        ("fault=manual", "needs a `key`"),
        ("key=", "1 to 100 bytes"),
        (&long, "1 to 100 bytes"),
        ("redirect=http://example.org", "`same` or `other`"),
        ("redirect-code=301", "go with `redirect`"),
        ("redirect-times=1&key=k", "go with `redirect`"),
        ("redirect=same&redirect-from=1", "of a `key`"),
        ("redirect=same&redirect-code=304", "301, 302, 303, 307 or 308"),
        ("fault=status&key=k&times=1&comments=1", "has none"),
        ("fault=type&bad-utf8=1", "has none"),
        ("fault=status&big-line=1", "has none"),
        ("fault=status&gzip=1", "needs `times` or `from`"),
        ("fault=type&chunk=1", "needs `times` or `from`"),
        ("fault=manual&key=k&no-ping=1", "nothing to leave out"),
        ("fault=close&no-ping=1", "nothing to leave out"),
        ("fault=close&comment-every=1", "no time"),
        ("newline=nl", "`cr`, `crlf`"),
        ("bom=2", "expected `1`"),
        ("chunk=0", "1 to 65536"),
        ("chunk=65537", "1 to 65536"),
        ("trickle=10001", "0 to 10000"),
        ("comments=0", "nonzero"),
        ("comments=1000001", "1 to 1000000"),
        ("numbers=1000001", "1 to 1000000"),
        ("per-second=5", "goes with `numbers`"),
        ("numbers=5&per-second=100001", "1 to 100000"),
        ("fault=status&numbers=5", "has none"),
        ("comment-every=0", "nonzero"),
        ("comment-every=3600001", "1 to 3600000"),
        ("big-line=0", "1 to 8388608"),
        ("big-line=8388609", "1 to 8388608"),
    ] {
        let detail = problem(send(server.get(&format!("/events?{query}"))).await, 400).await;
        assert!(detail.contains(reason), "{query}: {detail}");
    }
}
