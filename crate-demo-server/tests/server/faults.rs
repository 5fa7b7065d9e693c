//! Faults on order.

use std::net::TcpStream;

use reqwest::header::{COOKIE, ORIGIN};
use serde_json::{Value, json};

use crate::common::{Block, Events, Next, Server, client, header, json, problem, send, within};

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

async fn set_mode(server: &Server, port: u64, mode: &str) -> Value {
    let request = client().put(format!("{}/faults/ports/{port}", server.url));
    json(
        request
            .header("Content-Type", "application/json")
            .body(json!({ "mode": mode }).to_string()),
    )
    .await
}

#[tokio::test]
async fn without_the_flag_nothing_of_it_is_there() {
    let server = Server::start(&[]);
    for query in
        ["fault=cut", "fault=status&code=503", "key=k", "times=1", "from=1", "after=1", "retry=1"]
    {
        let detail = problem(send(server.get(&format!("/events?{query}"))).await, 400).await;
        assert!(detail.contains("--faults"), "{detail}");
    }
    problem(send(server.get("/faults/keys/k")).await, 404).await;
    problem(send(server.post("/faults/ports")).await, 404).await;
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused() {
    let server = server();
    let long = format!("key={}", "k".repeat(101));
    for query in [
        "fault=fire",
        "fault=status&code=101",
        "fault=status&code=600",
        "fault=cut&code=503",
        "fault=status&after=1",
        "fault=cut&times=1",
        "fault=cut&from=2",
        "fault=cut&key=k&from=0",
        "key=k&times=1",
        "fault=manual",
        "fault=cut&after=-1",
        "key=",
        &long,
    ] {
        problem(send(server.get(&format!("/events?{query}"))).await, 400).await;
    }
}

#[tokio::test]
async fn status_is_answered_so_many_times_and_then_the_stream() {
    let server = server();
    for _ in 0..2 {
        let response = send(server.get("/events?fault=status&times=2&key=k")).await;
        problem(response, 503).await;
    }
    server.events("/events?fault=status&times=2&key=k").await;
    // Another key counts for itself, and without a number it is for ever.
    problem(send(server.get("/events?fault=status&times=2&key=other")).await, 503).await;
    for _ in 0..3 {
        problem(send(server.get("/events?fault=status&code=429")).await, 429).await;
    }
}

#[tokio::test]
async fn a_fault_can_begin_with_a_later_request() {
    let server = server();
    let path = "/events?fault=status&from=2&times=2&key=k";
    server.events(path).await;
    for _ in 0..2 {
        problem(send(server.get(path)).await, 503).await;
    }
    server.events(path).await;
}

#[tokio::test]
async fn status_204_has_no_body() {
    let server = server();
    let response = send(server.get("/events?fault=status&code=204")).await;
    assert_eq!((response.status().as_u16(), header(&response, "content-type")), (204, None));
}

#[tokio::test]
async fn type_is_not_that_of_a_stream() {
    let server = server();
    let response = send(server.get("/events?fault=type")).await;
    assert_eq!(
        (response.status().as_u16(), header(&response, "content-type")),
        (200, Some("text/plain"))
    );
}

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
async fn a_manual_stream_carries_what_is_posted_and_nothing_else() {
    let server = Server::start(&["--faults", "--speed", "100", "--heartbeat", "0.05"]);
    let (opening, mut events) = server.open("/events?fault=manual&key=k&retry=70").await;
    assert_eq!(opening, Block { retry: Some("70".to_owned()), ..Block::default() });
    let mut other = server.events("/events").await;
    while other.block().await.name() != "ping" {}
    for text in
        [": a comment\n\n", "data: 一\n\ndata: 二\n\n", "id: 7\nevent: half", " an event\ndata\n\n"]
    {
        assert_eq!(write(&server, "k", text).await, 1);
        assert_eq!(events.chunk().await, text);
    }
    assert_eq!(write(&server, "other", "data\n\n").await, 0);
}

#[tokio::test]
async fn a_keys_streams_are_cut_and_ended_on_command() {
    let server = server();
    for (command, expected) in
        [("cut", Next::Cut(String::new())), ("end", Next::End(String::new()))]
    {
        let mut normal = server.events(&format!("/events?topics=news&key={command}")).await;
        let mut manual = server.events(&format!("/events?fault=manual&key={command}")).await;
        let answer =
            post(&server, &format!("/faults/keys/{command}/{command}"), &Value::Null).await;
        assert_eq!(answer, json!({ "streams": 2 }));
        assert_eq!(normal.next().await, expected);
        assert_eq!(manual.next().await, expected);
        until_open(&server, command, 0).await;
    }
}

#[tokio::test]
async fn what_was_posted_before_a_cut_arrives() {
    let server = server();
    let mut events = server.events("/events?fault=manual&key=k").await;
    assert_eq!(write(&server, "k", "data: 1\n\n").await, 1);
    post(&server, "/faults/keys/k/cut", &Value::Null).await;
    assert_eq!(events.block().await.data.as_deref(), Some("1"));
    assert_eq!(events.next().await, Next::Cut(String::new()));
}

#[tokio::test]
async fn the_report_tells_requests_open_streams_and_the_last_request() {
    let server = server();
    let untouched = json!({ "requests": 0, "open": 0, "last": null });
    assert_eq!(report(&server, "k").await, untouched);

    let first = server.events("/events?key=k").await;
    let last = json!({
        "lastEventIdHeader": null, "lastEventIdQuery": null, "origin": null, "cookie": false
    });
    assert_eq!(report(&server, "k").await, json!({ "requests": 1, "open": 1, "last": last }));

    let request = server.get("/events?key=k&lastEventId=a-1").header("Last-Event-ID", "b-2");
    let second = send(request.header(ORIGIN, "https://example.org").header(COOKIE, "a=b")).await;
    let last = json!({
        "lastEventIdHeader": "b-2", "lastEventIdQuery": "a-1", "origin": "https://example.org", "cookie": true
    });
    assert_eq!(report(&server, "k").await, json!({ "requests": 2, "open": 2, "last": last }));

    problem(send(server.get("/events?key=k&fault=status")).await, 503).await;
    drop((first, second));
    until_open(&server, "k", 0).await;
    assert_eq!(report(&server, "k").await["requests"], 3);
}

#[tokio::test]
async fn pages_of_allowed_origins_can_use_the_control_interface() {
    let server = Server::start(&["--faults", "--allow-origin", "*"]);
    let request = client()
        .request(reqwest::Method::OPTIONS, format!("{}/faults/keys/k/events", server.url))
        .header("Origin", "https://example.org")
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type");
    let response = send(request).await;
    assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
    assert!(header(&response, "access-control-allow-methods").expect("methods").contains("POST"));
    assert!(
        header(&response, "access-control-allow-headers")
            .expect("headers")
            .contains("content-type")
    );
}

#[tokio::test]
async fn a_body_that_is_not_right_is_a_problem() {
    let server = server();
    let request = server.post("/faults/keys/k/events");
    problem(send(request.body("data: x\n\n")).await, 415).await;
    let request = server.post("/faults/keys/k/events").header("Content-Type", "application/json");
    problem(send(request.body("{}")).await, 422).await;
}

#[tokio::test]
async fn an_extra_port_serves_refuses_and_kills() {
    let server = server_with_a_day().await;
    let port = post(&server, "/faults/ports", &Value::Null).await["port"].as_u64().expect("a port");
    let base = format!("http://127.0.0.1:{port}");
    let open = async || Events::of(send(client().get(format!("{base}/events?key=k"))).await);
    let connect = || TcpStream::connect(("127.0.0.1", u16::try_from(port).expect("a port")));

    let mut events = open().await;
    assert_eq!(events.opening().await.retry.as_deref(), Some("2000"));
    let status = json(server.get(&format!("/faults/ports/{port}"))).await;
    assert_eq!(status, json!({ "mode": "serve", "accepted": 1 }));

    assert_eq!(set_mode(&server, port, "refuse").await["mode"], "refuse");
    let refused = connect().expect_err("it refuses");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(events.next().await, Next::Cut(String::new()));
    until_open(&server, "k", 0).await;

    set_mode(&server, port, "serve").await;
    let mut events = open().await;
    events.opening().await;

    assert_eq!(set_mode(&server, port, "kill").await, json!({ "mode": "kill", "accepted": 2 }));
    assert_eq!(events.next().await, Next::Cut(String::new()));
    until_open(&server, "k", 0).await;
    assert!(client().get(format!("{base}/events?key=k")).send().await.is_err());
    let status = json(server.get(&format!("/faults/ports/{port}"))).await;
    assert!(status["accepted"].as_u64() >= Some(3), "{status}");
    assert_eq!(report(&server, "k").await["requests"], 2);

    set_mode(&server, port, "serve").await;
    open().await.block().await;

    let delete = || client().delete(format!("{}/faults/ports/{port}", server.url));
    assert_eq!(send(delete()).await.status(), 204);
    assert!(connect().is_err());
    problem(send(delete()).await, 404).await;
    problem(send(server.get(&format!("/faults/ports/{port}"))).await, 404).await;
    problem(send(server.get("/faults/ports/x")).await, 404).await;
}

#[tokio::test]
async fn there_are_64_extra_ports_at_most() {
    let server = server();
    for _ in 0..64 {
        assert!(post(&server, "/faults/ports", &Value::Null).await["port"].is_u64());
    }
    problem(send(server.post("/faults/ports")).await, 409).await;
}
