//! Topic `metrics`.

use sse_signals::schema;
use sse_signals_feed::{Feed, Status};

use crate::common::{Events, ONE_DAY, Server, problem, send, within};

const OFTEN: [&str; 4] = ["--speed", "0.001", "--metrics", "0.2"];

/// The first event `status` that is as it is wanted.
async fn status(events: &mut Events, wanted: impl Fn(&Status) -> bool) -> Status {
    let status = async {
        loop {
            let block = events.event().await;
            let data = block.data.as_deref().expect("data");
            let event = schema::decode(block.name(), data).expect("of the contract");
            if let Feed::Status(status) = event
                && wanted(&status)
            {
                return status;
            }
        }
    };
    within(status).await
}

#[tokio::test]
async fn the_status_counts_streams_while_they_are_open() {
    let server = Server::start(&OFTEN);
    let mut events = server.events("/events?topics=metrics").await;
    status(&mut events, |status| status.streams == 1).await;
    let others = (server.events("/events").await, server.events("/events").await);
    status(&mut events, |status| status.streams == 3).await;
    drop(others);
    status(&mut events, |status| status.streams == 1).await;
}

#[tokio::test]
async fn the_status_counts_requests_and_those_that_went_wrong() {
    let server = Server::start(&OFTEN);
    let mut events = server.events("/events?topics=metrics").await;
    let before = status(&mut events, |status| status.requests >= 1).await;
    assert_eq!((before.requests, before.errors), (1, 0), "the stream itself");
    assert_eq!(send(server.get("/topics")).await.status(), 200);
    problem(send(server.get("/nowhere")).await, 404).await;
    problem(send(server.get("/publish/chat")).await, 405).await;
    // One may be told between the two counts.
    let after = status(&mut events, |status| status.requests >= 4 && status.errors >= 2).await;
    assert_eq!((after.requests, after.errors), (4, 2));
}

#[tokio::test]
async fn a_token_that_is_missing_counts_as_an_error() {
    let server = Server::start(&["--speed", "0.001", "--metrics", "0.2", "--token", "word"]);
    problem(send(server.get("/events")).await, 401).await;
    let mut events = server.events("/events?topics=metrics&token=word").await;
    // The stream itself is counted as a request, and then as a stream.
    let after = status(&mut events, |status| status.streams >= 1).await;
    assert_eq!((after.requests, after.errors, after.streams), (2, 1, 1));
}

#[tokio::test]
async fn without_metrics_the_topic_stays_empty() {
    let server = Server::start(&ONE_DAY);
    server.events("/events?topics=metrics").await;
    let topics: serde_json::Value =
        serde_json::from_str(&send(server.get("/topics")).await.text().await.expect("a body"))
            .expect("JSON");
    let metrics = topics.as_array().expect("a list").iter().find(|it| it["name"] == "metrics");
    assert_eq!(metrics.expect("served")["sequence"], 0);
}

#[tokio::test]
async fn the_machine_is_measured_as_the_system_tells() {
    let server = Server::start(&OFTEN);
    let mut events = server.events("/events?topics=metrics").await;
    let metrics = loop {
        let block = events.event().await;
        let data = block.data.as_deref().expect("data");
        if let Feed::Metrics(metrics) = schema::decode(block.name(), data).expect("of the contract")
        {
            break metrics;
        }
    };
    assert!(metrics.at > 1_700_000_000_000, "{metrics:?} is at a time in milliseconds");
    assert!(!metrics.cpu.is_empty() && metrics.cpu.iter().all(|it| (0.0..=100.0).contains(it)));
    assert!(metrics.memory_used > 0 && metrics.memory_used < metrics.memory_total, "{metrics:?}");
    assert!(metrics.disk_available <= metrics.disk_total, "{metrics:?}");
    assert!(metrics.load.iter().all(|it| *it >= 0.0) && metrics.uptime > 0, "{metrics:?}");
    if cfg!(target_os = "linux") {
        let cores = std::fs::read_to_string("/proc/stat").expect("the cores");
        let cores = cores.lines().filter(|line| line.starts_with("cpu")).count() - 1;
        assert_eq!(metrics.cpu.len(), cores, "the first line is their sum");
        let memory = std::fs::read_to_string("/proc/meminfo").expect("the memory");
        assert!(memory.contains(&format!(" {} kB", metrics.memory_total / 1024)), "{memory}");
    }
}
