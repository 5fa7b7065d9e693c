//! Start and end of the program.

use std::io::Write as _;
use std::net::TcpStream;

use crate::common::{Next, ONE_DAY, Server, command, header, send};

#[tokio::test]
async fn the_first_line_is_the_address_with_the_real_port() {
    let server = Server::start(&ONE_DAY);
    assert!(!server.url.ends_with(":0"));
    assert_eq!(send(server.get("/events")).await.status(), 200);
}

#[tokio::test]
async fn a_taken_port_is_one_clear_message_and_exit_code_1() {
    let server = Server::start(&ONE_DAY);
    let address = server.url.trim_start_matches("http://");
    let mut second = std::process::Command::new(env!("CARGO_BIN_EXE_sse-signals-demo-server"));
    let output = second.args(["--listen", address]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(
        message.contains(address) && message.contains("taken") && message.contains("--listen"),
        "{message}"
    );
}

#[tokio::test]
async fn a_server_started_again_has_the_same_port_at_once() {
    let server = Server::start(&ONE_DAY);
    let address = server.url.trim_start_matches("http://").to_owned();
    let events = server.events("/events").await;
    server.signal("-TERM");
    drop(server);
    let mut again = std::process::Command::new(env!("CARGO_BIN_EXE_sse-signals-demo-server"));
    again.args(["--listen", &address]).stdout(std::process::Stdio::piped());
    let again = Server::spawn(again.stderr(std::process::Stdio::piped()));
    assert_eq!(again.url, format!("http://{address}"));
    drop(events);
}

#[tokio::test]
async fn sigterm_and_ctrl_c_end_open_streams_and_the_program() {
    for signal in ["-TERM", "-INT"] {
        let server = Server::start(&["--speed", "0.001", "--faults"]);
        let mut events = server.events("/events?topics=news").await;
        let mut stalled = server.events("/events?topics=news&fault=stall").await;
        server.signal(signal);
        assert_eq!(events.next().await, Next::End(String::new()));
        assert_eq!(stalled.next().await, Next::End(String::new()));
        assert_eq!(server.wait().await.code(), Some(0));
    }
}

#[tokio::test]
async fn a_reader_that_does_not_read_does_not_keep_the_program_alive() {
    let server = Server::start(&["--speed", "10000"]);
    let mut reader =
        TcpStream::connect(server.url.trim_start_matches("http://")).expect("it listens");
    reader.write_all(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it reads");
    // 25,000 events are 6 MB, more than the sockets between the two hold.
    let mut events = server.events("/events").await;
    while events.event().await.position().1 < 25_000 {}
    drop(events);
    server.signal("-TERM");
    assert_eq!(server.wait().await.code(), Some(0));
    drop(reader);
}

#[test]
fn flags_out_of_range_are_refused_with_what_is_right() {
    for (flag, value, hint) in [
        ("--speed", "0", "from 0.001 to 10000"),
        ("--heartbeat", "x", "seconds"),
        ("--ring", "63", "from 64 to 4194304"),
        ("--listen", "here", "--listen"),
        ("--allow-origin", "example.org", "https://example.org"),
        ("--token", "", "leave the flag out"),
        ("--app", "/nowhere", "index.html"),
        ("--log-format", "xml", "text, json"),
        ("--publish-rate", "10001", "from 0.001 to 10000"),
        ("--publish-burst", "0", "1..=10000"),
        ("--trusted-proxy", "localhost", "IP address"),
        ("--metrics", "0.1", "from 0.2 to 86400"),
        ("--logs", "3", "one of off, error"),
        ("--exec", " ", "leave --exec out"),
        ("--exec-restart", "sometimes", "on-failure"),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sse-signals-demo-server"));
        let output = command.args([flag, value]).output().expect("it runs");
        assert!(!output.status.success(), "{flag} {value}");
        let message = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(message.contains(hint) && output.stdout.is_empty(), "{message}");
    }
}

#[tokio::test]
async fn the_log_is_json_if_asked_for_and_the_reason_of_a_failed_start_too() {
    let server = Server::start(&["--log-format", "json"]);
    send(server.get("/topics?token=open-sesame")).await;
    let log = server.stop().await;
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of_request = lines.iter().find(|line| line["span"]["path"] == "/topics").expect("logged");
    assert!(of_request["level"].is_string() && of_request["timestamp"].is_string(), "{log}");
    assert!(of_request["fields"]["message"].is_string() && !log.contains("sesame"), "{log}");

    let failed = command(&["--log-format", "json", "--app", "/nowhere"]).output().expect("it runs");
    assert_eq!(failed.status.code(), Some(1));
    let line: serde_json::Value = serde_json::from_slice(&failed.stderr).expect("one line of JSON");
    assert!(line["fields"]["message"].to_string().contains("/nowhere"), "{line}");
}

#[test]
fn a_bad_filter_of_the_log_is_refused_with_the_reason() {
    let output = command(&[]).env("RUST_LOG", "info,x=loud").output().expect("it runs");
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(!output.status.success() && message.contains("RUST_LOG=info,x=loud: "), "{message}");
}

#[tokio::test]
async fn each_flag_can_come_from_the_environment() {
    let mut command = command(&[]);
    command
        .env("SSE_SIGNALS_RETRY", "77")
        .env("SSE_SIGNALS_ALLOW_ORIGIN", "http://a.test,http://b.test");
    let server = Server::spawn(&mut command);
    assert_eq!(server.open("/events").await.0.retry.as_deref(), Some("77"));
    let response = send(server.get("/events").header("Origin", "http://b.test")).await;
    assert_eq!(header(&response, "access-control-allow-origin"), Some("http://b.test"));
}

#[test]
fn the_help_tells_units_and_defaults() {
    let output = command(&["--help"]).output().expect("it runs");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    for words in [
        "127.0.0.1:8080",
        "[default: 2]",
        "[default: 15]",
        "MILLISECONDS",
        "[default: 65536]",
        "cut-inside",
    ] {
        assert!(help.contains(words), "{words} in {help}");
    }
}
