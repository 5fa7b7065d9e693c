//! The names that the server answers to.

use crate::common::{ONE_DAY, Server, command, problem, send};
use crate::raw::{answer, status};

async fn get_for(server: &Server, host: &str) -> u16 {
    let request = format!("GET /topics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    status(&answer(server, &request).await)
}

fn port(server: &Server) -> &str {
    server.url.rsplit(':').next().expect("a port")
}

#[tokio::test]
async fn loopback_names_and_addresses_are_answered_with_any_port() {
    let server = Server::start(&ONE_DAY);
    let own = format!("127.0.0.1:{}", port(&server));
    for host in [
        &*own,
        "127.0.0.1",
        "localhost",
        "LocalHost:1",
        "localhost.:80",
        "app.localhost:8080",
        "[::1]",
        "[::1]:65535",
        "127.0.0.2:3000",
    ] {
        assert_eq!(get_for(&server, host).await, 200, "{host}");
    }
}

#[tokio::test]
async fn a_foreign_name_is_refused_with_the_way_out_whatever_is_asked() {
    let server = Server::start(&ONE_DAY);
    let own = format!("rebound.example.org:{}", port(&server));
    for host in [
        &*own,
        "example.org",
        "localhost.example.org",
        "127.0.0.1.example.org",
        "192.0.2.1",
        "[2001:db8::1]",
    ] {
        assert_eq!(get_for(&server, host).await, 421, "{host}");
    }
    for path in ["/", "/events", "/events?topics=all", "/publish/chat", "/nothing", "/topics"] {
        for method in ["GET", "POST", "OPTIONS", "DELETE"] {
            let request = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
            let request = crate::common::client().request(request, format!("{}{path}", server.url));
            let detail = problem(send(request.header("Host", "a.example.org:81")).await, 421).await;
            assert!(detail.contains("--allow-host a.example.org:81"), "{method} {path}: {detail}");
        }
    }
}

#[tokio::test]
async fn names_are_added_with_one_port_or_any() {
    let server =
        Server::start(&["--allow-host", "Example.org,b.test:8443", "--allow-host", "192.0.2.1"]);
    for host in ["example.org", "EXAMPLE.ORG:1", "b.test:8443", "192.0.2.1:80", "localhost"] {
        assert_eq!(get_for(&server, host).await, 200, "{host}");
    }
    for host in ["a.example.org", "b.test", "b.test:8080", "192.0.2.2"] {
        assert_eq!(get_for(&server, host).await, 421, "{host}");
    }
}

#[tokio::test]
async fn a_request_has_exactly_one_host_and_a_sound_one() {
    let server = Server::start(&ONE_DAY);
    for (head, expected) in [
        ("GET /topics HTTP/1.1\r\n", 400),
        ("GET /topics HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n", 400),
        ("GET /topics HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\n", 400),
        ("GET /topics HTTP/1.1\r\nHost:\r\n", 400),
        ("GET /topics HTTP/1.1\r\nHost: localhost, example.org\r\n", 400),
        ("GET /topics HTTP/1.1\r\nHost: user@localhost\r\n", 400),
        ("GET /topics HTTP/1.1\r\nHost: http://localhost\r\n", 400),
        ("GET /topics HTTP/1.1\r\nHost: [::1\r\n", 400),
        ("GET /topics HTTP/1.1\r\nHost: localhost:http\r\n", 400),
        ("GET /topics HTTP/1.1\r\nhOST:   localhost  \r\n", 200),
        // No browser speaks it.
        ("GET /topics HTTP/1.0\r\n", 200),
        ("GET /topics HTTP/1.0\r\nHost: example.org\r\n", 421),
    ] {
        let answer = answer(&server, &format!("{head}Connection: close\r\n\r\n")).await;
        assert_eq!(status(&answer), expected, "{head}: {answer}");
        assert!(expected == 200 || answer.contains("application/problem+json"), "{answer}");
    }
}

#[tokio::test]
async fn a_target_with_a_host_wins_over_the_header() {
    let server = Server::start(&ONE_DAY);
    for (head, expected) in [
        ("GET http://localhost:99/topics HTTP/1.1\r\nHost: example.org\r\n", 200),
        ("GET http://example.org/topics HTTP/1.1\r\nHost: localhost\r\n", 421),
        ("GET http://localhost/topics HTTP/1.1\r\n", 400),
        ("OPTIONS * HTTP/1.1\r\nHost: example.org\r\n", 421),
    ] {
        let answer = answer(&server, &format!("{head}Connection: close\r\n\r\n")).await;
        assert_eq!(status(&answer), expected, "{head}: {answer}");
    }
}

#[tokio::test]
async fn a_server_on_all_addresses_answers_to_each_with_its_port() {
    let server = Server::start(&["--listen", "0.0.0.0:0"]);
    let port = port(&server);
    for host in [
        format!("192.0.2.1:{port}"),
        format!("[2001:db8::1]:{port}"),
        "192.0.2.1".into(),
        "localhost".into(),
    ] {
        assert_eq!(get_for(&server, &host).await, 200, "{host}");
    }
    for host in ["192.0.2.1:1", "example.org"] {
        assert_eq!(get_for(&server, host).await, 421, "{host}");
    }
}

#[test]
fn a_host_with_a_scheme_is_refused_at_the_start() {
    let output = command(&["--allow-host", "https://example.org"]).output().expect("it runs");
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(!output.status.success() && message.contains("without a scheme"), "{message}");
}
