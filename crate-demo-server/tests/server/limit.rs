//! How often one address may publish.

use crate::common::{Server, header, problem, send};

// One an hour, so that no test sees a second.
const SLOW: [&str; 4] = ["--publish-rate", "0.001", "--publish-burst", "2"];

async fn publish(server: &Server, forwarded: &str) -> u16 {
    let request = server.post("/publish/chat").header("X-Forwarded-For", forwarded).body("hello");
    send(request).await.status().as_u16()
}

#[tokio::test]
async fn who_publishes_too_much_is_told_when_to_try_again() {
    let server = Server::start(&SLOW);
    for _ in 0..2 {
        assert_eq!(send(server.post("/publish/chat").body("hello")).await.status(), 201);
    }
    let response = send(server.post("/publish/notify").body("hello")).await;
    let wait = header(&response, "retry-after").and_then(|wait| wait.parse::<u32>().ok());
    assert!(wait.is_some_and(|seconds| (60..=1_000).contains(&seconds)), "{wait:?}");
    let detail = problem(response, 429).await;
    assert!(detail.contains("try again in") && detail.contains("--publish-rate"), "{detail}");
    // Reading is not publishing.
    server.events("/events?topics=chat").await;
}

#[tokio::test]
async fn what_anybody_writes_into_a_header_is_nobodys_address() {
    let server = Server::start(&SLOW);
    assert_eq!(publish(&server, "192.0.2.1").await, 201);
    assert_eq!(publish(&server, "192.0.2.2").await, 201);
    assert_eq!(publish(&server, "192.0.2.3").await, 429);
}

#[tokio::test]
async fn a_trusted_proxy_says_who_publishes() {
    let server = Server::start(&[&SLOW[..], &["--trusted-proxy", "::1,127.0.0.1"]].concat());
    for client in ["192.0.2.1", "192.0.2.2, 192.0.2.3", "2001:db8::1"] {
        assert_eq!(publish(&server, client).await, 201);
        assert_eq!(publish(&server, client).await, 201);
        assert_eq!(publish(&server, client).await, 429);
    }
    assert_eq!(publish(&server, "192.0.2.9, 192.0.2.1").await, 429, "the client wrote the first");
    assert_eq!(publish(&server, "2001:db8::2").await, 429, "the network is the same");
    assert_eq!(publish(&server, "192.0.2.2").await, 201);
}

#[tokio::test]
async fn a_refused_request_takes_nothing_from_the_limit() {
    let server = Server::start(&[&SLOW[..], &["--publish-token", "one"]].concat());
    for _ in 0..5 {
        problem(send(server.post("/publish/chat").body("hello")).await, 401).await;
        let foreign = server.post("/publish/chat").header("Origin", "https://a.test");
        problem(send(foreign.body("hello")).await, 403).await;
    }
    let own = || send(server.post("/publish/chat").bearer_auth("one").body("hello"));
    assert_eq!(
        (own().await.status(), own().await.status()),
        (201.try_into().unwrap(), 201.try_into().unwrap())
    );
    assert_eq!(own().await.status(), 429);
}
