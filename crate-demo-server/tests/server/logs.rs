//! Topic `logs`: the server's own log, and standard input.

use std::io::Write as _;
use std::process::Stdio;

use sse_signals::schema;
use sse_signals_feed::{Exit, Feed, Level, Line, Source};

use crate::common::{Events, ONE_DAY, Server, command, send};

/// Of a line's text, in bytes.
const LIMIT: usize = 4_096;

/// The next event of topic `logs`.
pub(crate) async fn told(events: &mut Events) -> Feed {
    let block = events.event().await;
    schema::decode(block.name(), block.data.as_deref().expect("data")).expect("of the contract")
}

pub(crate) async fn line(events: &mut Events) -> Line {
    match told(events).await {
        Feed::Line(line) => line,
        other => panic!("a line was expected, not {other:?}"),
    }
}

pub(crate) async fn exit(events: &mut Events) -> Exit {
    loop {
        if let Feed::Exit(exit) = told(events).await {
            return exit;
        }
    }
}

#[tokio::test]
async fn a_request_is_a_line_with_level_target_method_path_and_status() {
    let server = Server::start(&["--speed", "0.001", "--logs", "info"]);
    let mut events = server.events("/events?topics=logs").await;
    assert_eq!(send(server.get("/topics?token=word")).await.status(), 200);
    let Line { sequence, at, source, level, target, text } = line(&mut events).await;
    assert_eq!((sequence, source, level), (1, Source::Server, Some(Level::Info)));
    assert!(at > 1_700_000_000_000, "{at} is a time in milliseconds");
    assert!(target.as_deref().is_some_and(|it| it.starts_with("tower_http::trace")), "{target:?}");
    for words in ["method=GET", "path=\"/topics\"", "status=200", "finished processing request"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("word"), "{text}");
}

#[tokio::test]
async fn to_deliver_a_line_makes_no_line() {
    let server = Server::start(&["--speed", "0.001", "--logs", "trace"]);
    let path = "/events?topics=logs";
    let mut events = server.events(path).await;
    let mut others = Vec::new();
    for round in 1..=20 {
        // Streams that begin, go on and end, while lines are delivered to them.
        others.push(server.events(path).await);
        drop(server.events(path).await);
        server.get("/events?topics=none").send().await.expect("an answer");
        assert_eq!(send(server.get(&format!("/topics?{round}"))).await.status(), 200);
    }
    let mut finished = 0;
    while finished < 20 {
        let line = line(&mut events).await;
        assert!(line.text.contains("path=\"/topics\""), "{line:?}");
        finished += usize::from(line.text.contains("finished processing request"));
    }
    for other in &mut others {
        line(other).await;
    }
}

#[tokio::test]
async fn a_line_that_is_too_long_is_cut() {
    let server = Server::start(&["--speed", "0.001", "--logs", "info"]);
    let mut events = server.events("/events?topics=logs").await;
    let answer = send(server.get(&format!("/{}", "x".repeat(2 * LIMIT)))).await;
    assert_eq!(answer.status(), 404);
    let text = line(&mut events).await.text;
    assert!(text.ends_with("xxx…") && text.len() == LIMIT + '…'.len_utf8(), "{}", text.len());
}

#[tokio::test]
async fn with_logs_off_the_server_keeps_its_log_to_itself() {
    let server = Server::start(&ONE_DAY);
    send(server.get("/topics")).await;
    let topics: serde_json::Value =
        serde_json::from_str(&send(server.get("/topics")).await.text().await.expect("a body"))
            .expect("JSON");
    let logs = topics.as_array().expect("a list").iter().find(|it| it["name"] == "logs");
    assert_eq!(logs.expect("served")["sequence"], 0);
    assert!(server.stop().await.contains("finished processing request"));
}

#[tokio::test]
async fn standard_input_is_told_line_by_line_and_its_end_once() {
    let mut command = command(&["--speed", "0.001", "--stdin"]);
    let mut server = Server::spawn(command.stdin(Stdio::piped()));
    let mut events = server.events("/events?topics=logs").await;
    let mut input = server.stdin();
    let long = "é".repeat(LIMIT);
    input.write_all(format!("one\r\n\n\x1b[31mred\x1b[0m\n{long}\n").as_bytes()).expect("read");
    input.write_all(b"a\xffb\nno end").expect("read");
    let cut = format!("{}…", "é".repeat(LIMIT / 2));
    for (index, expected) in ["one", "", "red", &cut, "a\u{fffd}b"].into_iter().enumerate() {
        let Line { sequence, source, level, target, text, .. } = line(&mut events).await;
        assert_eq!((sequence, &*text), (index as u64 + 1, expected));
        assert_eq!((source, level, target), (Source::Stdin, None, None));
    }
    drop(input);
    assert_eq!(line(&mut events).await.text, "no end");
    let end = line(&mut events).await;
    assert_eq!((end.source, end.level), (Source::Server, Some(Level::Info)));
    assert_eq!(end.text, "standard input has ended");
    // Nothing of that topic comes behind it.
    send(server.post("/publish/chat").body("hello")).await;
    let mut resumed = server.events("/events?topics=logs,chat&recent=2").await;
    assert_eq!(line(&mut resumed).await.sequence, 7);
    assert!(matches!(told(&mut resumed).await, Feed::Chat(_)));
}

#[tokio::test]
async fn an_open_standard_input_does_not_keep_the_program_alive() {
    let mut command = command(&["--speed", "0.001", "--stdin"]);
    let mut server = Server::spawn(command.stdin(Stdio::piped()));
    let input = server.stdin();
    server.signal("-TERM");
    assert_eq!(server.wait().await.code(), Some(0));
    drop(input);
}
