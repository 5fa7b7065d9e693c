//! Answers without a stream, and redirects.

use std::time::{Duration, SystemTime};

use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::Value;

use super::{post, report, server};
use crate::common::{Events, Server, client, header, problem, send, within};

/// Follows no redirect.
fn still() -> Client {
    Client::builder().no_proxy().redirect(Policy::none()).build().expect("a client")
}

async fn ask(url: &str) -> Response {
    send(still().get(url)).await
}

fn location(response: &Response) -> &str {
    header(response, "location").expect("a redirect")
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
async fn a_status_brings_a_retry_after_of_seconds_a_date_or_nonsense() {
    let server = server();
    let ordered = async |value: &str| {
        let path = format!("/events?fault=status&code=429&retry-after={value}");
        let response = send(server.get(&path)).await;
        assert_eq!(response.status(), 429);
        header(&response, "retry-after").expect("Retry-After").to_owned()
    };
    assert_eq!(ordered("0").await, "0");
    assert_eq!(ordered("7").await, "7");
    assert_eq!(ordered("nonsense").await, "soon");
    for seconds in [90, -90] {
        let ahead = |time: SystemTime| {
            let distance = Duration::from_secs(90);
            if seconds > 0 { time + distance } else { time - distance }
        };
        // The header has whole seconds.
        let least = ahead(SystemTime::now()) - Duration::from_secs(1);
        let date = ordered(&format!("date:{seconds}")).await;
        assert!(date.ends_with(" GMT"), "{date}");
        let date = httpdate::parse_http_date(&date).expect("a date");
        assert!((least..=ahead(SystemTime::now())).contains(&date), "{seconds}");
    }
    let response = send(server.get("/events?fault=status")).await;
    assert_eq!(header(&response, "retry-after"), None);
}

#[tokio::test]
async fn a_statuss_body_is_as_long_as_ordered() {
    let server = server();
    for bytes in [0, 15, 1_000_000] {
        let response = send(server.get(&format!("/events?fault=status&body={bytes}"))).await;
        assert_eq!(response.status(), 503);
        assert_eq!(header(&response, "content-type"), Some("text/plain"));
        let body = within(response.text()).await.expect("a body");
        assert_eq!(body.len(), bytes);
        assert!("012345678901234".starts_with(&body[..bytes.min(15)]), "{body}");
    }
}

#[tokio::test]
async fn a_statuss_body_stays_open_as_ordered() {
    let server = server();
    let path = "/events?fault=status&body=15&body-open=1";
    let mut response = send(server.get(path)).await;
    assert_eq!(header(&response, "content-length"), None);
    assert_eq!(
        within(response.chunk()).await.expect("a chunk").as_deref(),
        Some(&b"012345678901234"[..])
    );
    let answers = async {
        for _ in 0..10 {
            report(&server, "k").await;
        }
    };
    tokio::select! {
        biased;
        end = response.chunk() => panic!("the body ended: {end:?}"),
        () = answers => {}
    }
}

#[tokio::test]
async fn a_redirect_leads_to_the_rest_of_the_query_at_this_origin_or_another() {
    let server = server();
    let query = "topics=news&key=a%20b";
    let same = ask(&format!("{}/events?redirect=same&{query}", server.url)).await;
    assert_eq!((same.status().as_u16(), location(&same)), (307, &*format!("/events?{query}")));
    assert_eq!(header(&same, "cache-control"), Some("no-store"));

    let other = ask(&format!("{}/events?{query}&redirect=other", server.url)).await;
    let target = location(&other).to_owned();
    assert!(
        target.starts_with("http://127.0.0.1:") && !target.starts_with(&server.url),
        "{target}"
    );
    assert!(target.ends_with(&format!("/events?{query}")), "{target}");
    Events::of(ask(&target).await).block().await;
    // From there the other one is the server's own.
    let back = ask(&format!("{target}&redirect=other")).await;
    assert_eq!(location(&back), format!("{}/events?{query}", server.url));

    for code in [301, 302, 303, 307, 308] {
        let url = format!("{}/events?redirect=same&redirect-code={code}", server.url);
        assert_eq!(ask(&url).await.status(), code);
    }
}

#[tokio::test]
async fn a_redirect_never_leads_away_from_the_server_whatever_the_request_says() {
    let server = Server::start(&["--faults", "--allow-host", "example.org"]);
    let url = |target| format!("{}/events?redirect={target}", server.url);
    for (name, value) in [
        ("Host", "example.org"),
        ("Host", "example.org:80"),
        ("X-Forwarded-Host", "example.org"),
        ("Origin", "https://example.org"),
    ] {
        let same = send(still().get(url("same")).header(name, value)).await;
        assert_eq!(location(&same), "/events?");
        let other = send(still().get(url("other")).header(name, value)).await;
        assert!(location(&other).starts_with("http://127.0.0.1:"), "{name}: {other:?}");
    }
}

#[tokio::test]
async fn a_redirect_and_its_target_count_as_requests_of_the_key() {
    let server = server();
    let path = "/events?redirect=other&redirect-from=2&redirect-times=1&key=k";
    server.events(path).await;
    let response = send(server.get(path)).await;
    assert!(!response.url().as_str().starts_with(&server.url), "{}", response.url());
    Events::of(response).block().await;
    let seen = report(&server, "k").await;
    assert_eq!((&seen["requests"], &seen["redirects"]), (&Value::from(3), &Value::from(1)));
    server.events(path).await;
    let seen = report(&server, "k").await;
    assert_eq!((&seen["requests"], &seen["redirects"]), (&Value::from(4), &Value::from(1)));
}

#[tokio::test]
async fn a_redirect_leads_to_a_status_so_many_times_and_then_to_the_stream() {
    let server = server();
    let path = "/events?redirect=other&fault=status&times=4&key=k";
    for _ in 0..2 {
        let response = send(server.get(path)).await;
        assert!(!response.url().as_str().starts_with(&server.url), "{}", response.url());
        problem(response, 503).await;
    }
    let response = send(server.get(path)).await;
    assert!(!response.url().as_str().starts_with(&server.url), "{}", response.url());
    Events::of(response).block().await;
    let seen = report(&server, "k").await;
    assert_eq!((&seen["requests"], &seen["redirects"]), (&Value::from(6), &Value::from(3)));
    let host = seen["last"]["host"].as_str().expect("a host");
    assert!(host.starts_with("127.0.0.1:") && !server.url.ends_with(host), "{host}");
}

#[tokio::test]
async fn a_post_is_redirected_with_its_body_or_as_a_get_by_the_status() {
    let server = server();
    for (code, method, body) in [
        (307, "POST", Value::from("words")),
        (308, "POST", Value::from("words")),
        (303, "GET", Value::Null),
    ] {
        let path = format!("/events?redirect=other&redirect-code={code}&key={code}");
        Events::of(send(server.post(&path).body("words")).await).block().await;
        let last = &report(&server, &code.to_string()).await["last"];
        assert_eq!((&last["method"], &last["body"]), (&Value::from(method), &body));
    }
}

#[tokio::test]
async fn the_port_of_redirects_is_none_of_the_extra_ports() {
    let server = server();
    for _ in 0..64 {
        post(&server, "/faults/ports", &Value::Null).await;
    }
    let response = ask(&format!("{}/events?redirect=other", server.url)).await;
    let port = response_port(&response);
    let delete = client().delete(format!("{}/faults/ports/{port}", server.url));
    problem(send(delete).await, 404).await;
    Events::of(ask(location(&response)).await).block().await;
}

fn response_port(response: &Response) -> u16 {
    reqwest::Url::parse(location(response)).expect("a URL").port().expect("a port")
}
