//! What is done to keys and ports.

use std::net::TcpStream;

use serde_json::{Value, json};

use super::{post, report, server, server_with_a_day, until_open, write};
use crate::common::{Block, Events, Next, Server, client, header, json, problem, send};

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
        assert_eq!(events.text(text.len()).await, text);
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
    assert_eq!(events.block().await.retry.as_deref(), Some("2000"));
    let status = json(server.get(&format!("/faults/ports/{port}"))).await;
    assert_eq!(status, json!({ "mode": "serve", "accepted": 1 }));

    assert_eq!(set_mode(&server, port, "refuse").await["mode"], "refuse");
    let refused = connect().expect_err("it refuses");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    assert_eq!(events.next().await, Next::Cut(String::new()));
    until_open(&server, "k", 0).await;

    set_mode(&server, port, "serve").await;
    let mut events = open().await;
    events.block().await;

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
