//! Requests that only a server with faults takes, and what is told of them.

use reqwest::Method;
use reqwest::header::{COOKIE, ORIGIN};
use serde_json::{Value, json};

use super::{report, server, until_open};
use crate::common::{Events, Server, client, header, problem, send};

/// What is told of a request without any header of its own.
fn plain(server: &Server) -> Value {
    json!({
        "method": "GET",
        "host": server.url.strip_prefix("http://"),
        "lastEventIdHeader": null,
        "lastEventIdQuery": null,
        "origin": null,
        "cookie": false,
        "accept": "*/*",
        "cacheControl": null,
        "authorization": null,
        "xTest": null,
        "contentType": null,
        "body": null,
    })
}

fn changed(mut object: Value, changes: &Value) -> Value {
    let object_map = object.as_object_mut().expect("an object");
    object_map.extend(changes.as_object().expect("an object").clone());
    object
}

#[tokio::test]
async fn the_report_tells_requests_open_streams_and_the_last_request() {
    let server = server();
    let untouched = json!({
        "requests": 0, "redirects": 0, "open": 0, "mostOpen": 0, "cursors": [], "last": null
    });
    assert_eq!(report(&server, "k").await, untouched);

    let first = server.events("/events?key=k").await;
    let counts = json!({
        "requests": 1, "open": 1, "mostOpen": 1, "cursors": [null], "last": plain(&server)
    });
    assert_eq!(report(&server, "k").await, changed(untouched.clone(), &counts));

    let request = server.get("/events?key=k&lastEventId=a-1").header("Last-Event-ID", "b-2");
    let request = request.header("Accept", "text/event-stream").header("Cache-Control", "no-cache");
    let request =
        request.header("Authorization", "Bearer x").header("X-Test", b"a \xFF".as_slice());
    let second = send(request.header(ORIGIN, "https://example.org").header(COOKIE, "a=b")).await;
    let last = json!({
        "lastEventIdHeader": "b-2",
        "lastEventIdQuery": "a-1",
        "origin": "https://example.org",
        "cookie": true,
        "accept": "text/event-stream",
        "cacheControl": "no-cache",
        "authorization": "Bearer x",
        "xTest": "a \u{FFFD}",
    });
    let counts = json!({
        "requests": 2, "open": 2, "mostOpen": 2, "cursors": [null, "b-2"], "last": changed(plain(&server), &last)
    });
    assert_eq!(report(&server, "k").await, changed(untouched, &counts));

    problem(send(server.get("/events?key=k&fault=status")).await, 503).await;
    drop((first, second));
    until_open(&server, "k", 0).await;
    let seen = report(&server, "k").await;
    assert_eq!((&seen["requests"], &seen["mostOpen"]), (&json!(3), &json!(2)));
}

#[tokio::test]
async fn one_stream_after_the_other_is_one_open_at_most() {
    let server = server();
    for fault in ["end", "cut", "close", "end"] {
        let mut events =
            Events::of(send(server.get(&format!("/events?key=k&fault={fault}"))).await);
        while let crate::common::Next::Block(_) = events.next().await {}
    }
    assert_eq!(report(&server, "k").await["mostOpen"], 1);
}

#[tokio::test]
async fn the_report_tells_the_last_64_cursors() {
    let server = server();
    for number in 0..70 {
        let path = format!("/events?key=k&fault=status&lastEventId=a-{number}");
        problem(send(server.get(&path)).await, 503).await;
    }
    let expected: Vec<_> = (6..70).map(|number| format!("a-{number}")).collect();
    assert_eq!(report(&server, "k").await["cursors"], json!(expected));
}

#[tokio::test]
async fn a_post_gets_the_stream_and_its_body_is_told() {
    let server = server();
    let request = server.post("/events?key=k").header("Content-Type", "text/x-test");
    let mut events = Events::of(send(request.body(b"caf\xC3\xA9 \xFF".as_slice())).await);
    events.block().await;
    let last = json!({ "method": "POST", "contentType": "text/x-test", "body": "café \u{FFFD}" });
    assert_eq!(report(&server, "k").await["last"], changed(plain(&server), &last));
    problem(send(server.post("/events?key=k&fault=status")).await, 503).await;
    assert_eq!(report(&server, "k").await["last"]["body"], "");
    problem(send(client().put(format!("{}/events", server.url))).await, 405).await;
}

#[tokio::test]
async fn a_body_of_more_than_64_kib_is_refused_and_not_counted() {
    let server = server();
    let body = |bytes| server.post("/events?key=k&fault=end").body("b".repeat(bytes));
    assert_eq!(send(body(65_536)).await.status(), 200);
    assert_eq!(report(&server, "k").await["last"]["body"].as_str().map(str::len), Some(65_536));
    let detail = problem(send(body(65_537)).await, 413).await;
    assert!(detail.contains("65536 bytes"), "{detail}");
    assert_eq!(report(&server, "k").await["requests"], 1);
}

#[tokio::test]
async fn pages_of_allowed_origins_can_send_any_header() {
    let server = Server::start(&["--faults", "--allow-origin", "*"]);
    let request = client()
        .request(Method::OPTIONS, format!("{}/events?key=k", server.url))
        .header("Origin", "https://example.org")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type,last-event-id,x-anything");
    let response = send(request).await;
    assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
    assert_eq!(header(&response, "access-control-allow-methods"), Some("GET,POST,PUT,DELETE"));
    assert_eq!(
        header(&response, "access-control-allow-headers"),
        Some("content-type,last-event-id,x-anything")
    );
    // A preflight is no request of the key.
    assert_eq!(report(&server, "k").await["requests"], 0);
}
