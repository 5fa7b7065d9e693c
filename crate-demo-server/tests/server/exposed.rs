//! A server that others can reach, and that has no token.

use crate::common::{Server, header, json, problem, send};

const EVERYWHERE: [&str; 4] = ["--listen", "0.0.0.0:0", "--speed", "0.001"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    EVERYWHERE.into_iter().chain(more.iter().copied()).collect()
}

#[tokio::test]
async fn what_tells_of_the_machine_is_not_served_to_strangers() {
    let server = Server::start(&EVERYWHERE);
    for topic in ["logs", "metrics"] {
        let detail =
            problem(send(server.get(&format!("/events?topics=quotes,{topic}"))).await, 403).await;
        assert!(detail.contains(topic) && detail.contains("--token"), "{detail}");
    }
    let topics = json(server.get("/topics")).await;
    let names: Vec<_> =
        topics.as_array().expect("a list").iter().map(|it| it["name"].clone()).collect();
    assert!(names.contains(&"quotes".into()), "{names:?}");
    assert!(!names.contains(&"logs".into()) && !names.contains(&"metrics".into()), "{names:?}");
    assert!(topics.as_array().expect("a list").iter().all(|it| it["publish"] == false), "{topics}");
    server.events("/events?topics=all").await;
}

#[tokio::test]
async fn strangers_change_nothing() {
    let server = Server::start(&with(&["--faults"]));
    for path in ["/publish/chat", "/publish/notify", "/faults/ports"] {
        let detail = problem(send(server.post(path).body("hello")).await, 403).await;
        assert!(detail.contains("--publish-token"), "{detail}");
    }
    assert_eq!(send(server.post("/events")).await.status(), 200);
}

#[tokio::test]
async fn the_start_says_what_is_shut_and_how_to_open_it() {
    let log = Server::start(&EVERYWHERE).stop().await;
    assert!(
        log.contains("WARN") && log.contains("--token") && log.contains("--publish-token"),
        "{log}"
    );
    assert!(log.contains("no logs, no metrics"), "{log}");
    for arguments in [with(&["--token", "open-sesame"]), vec![]] {
        let log = Server::start(&arguments).stop().await;
        assert!(!log.contains("others can reach"), "{log}");
    }
}

#[tokio::test]
async fn with_a_token_all_is_served_to_those_who_know_it() {
    let server = Server::start(&with(&["--publish-token", "open-sesame"]));
    server.events("/events?topics=logs,metrics&token=open-sesame").await;
    let response = send(server.post("/publish/chat?token=open-sesame").body("hello")).await;
    assert_eq!(response.status(), 201);
    let response = send(server.post("/publish/chat").body("hello")).await;
    assert_eq!(header(&response, "www-authenticate"), Some("Bearer"));
    problem(response, 401).await;
}

#[tokio::test]
async fn on_loopback_nothing_is_shut() {
    let server = Server::start(&["--speed", "0.001"]);
    server.events("/events?topics=logs,metrics").await;
    assert_eq!(send(server.post("/publish/chat").body("hello")).await.status(), 201);
}

#[tokio::test]
async fn names_for_a_proxy_without_a_token_are_warned_about() {
    for (arguments, warns) in [
        (&["--allow-host", "example.org"][..], true),
        (&["--allow-host", "example.org", "--token", "open-sesame"], false),
        (&["--speed", "1"], false),
    ] {
        let log = Server::start(arguments).stop().await;
        assert_eq!(log.contains("--allow-host without a token"), warns, "{arguments:?}: {log}");
    }
}
