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
    reader.write_all(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n").expect("it reads");
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
        ("--token", "", "leave --token out"),
        ("--app", "/nowhere", "index.html"),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_sse-signals-demo-server"));
        let output = command.args([flag, value]).output().expect("it runs");
        assert!(!output.status.success(), "{flag} {value}");
        let message = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(message.contains(hint) && output.stdout.is_empty(), "{message}");
    }
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
