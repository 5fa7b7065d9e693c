//! The token, and other origins' pages.

use crate::common::{ONE_DAY, Server, client, command, header, problem, send};
use reqwest::{Method, RequestBuilder, Response};

const ORIGIN: &str = "https://example.org";

fn preflight(server: &Server, origin: &str) -> RequestBuilder {
    client()
        .request(Method::OPTIONS, format!("{}/events", server.url))
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "GET")
        .header("Access-Control-Request-Headers", "authorization,last-event-id")
}

fn listed(response: &Response, name: &str) -> Vec<String> {
    let list = header(response, name).unwrap_or_default();
    list.split(',')
        .map(|item| item.trim().to_ascii_lowercase())
        .filter(|item| !item.is_empty())
        .collect()
}

#[tokio::test]
async fn other_origins_are_not_allowed_by_default() {
    let server = Server::start(&ONE_DAY);
    let response = send(server.get("/events").header("Origin", ORIGIN)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "access-control-allow-origin"), None);
}

#[tokio::test]
async fn named_origins_are_allowed_and_no_others() {
    let server =
        Server::start(&["--allow-origin", ORIGIN, "--allow-origin", "http://localhost:3000"]);
    for origin in [ORIGIN, "http://localhost:3000"] {
        let response = send(server.get("/events").header("Origin", origin)).await;
        assert_eq!(header(&response, "access-control-allow-origin"), Some(origin));
        assert_eq!(header(&response, "access-control-allow-credentials"), None);
        assert!(listed(&response, "vary").contains(&"origin".to_owned()));
    }
    let response = send(server.get("/events").header("Origin", "https://example.com")).await;
    assert_eq!(header(&response, "access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_star_allows_every_origin() {
    let server = Server::start(&["--allow-origin", "*"]);
    let response = send(server.get("/events").header("Origin", ORIGIN)).await;
    assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
    assert_eq!(header(&response, "access-control-expose-headers"), Some("retry-after"));
}

#[tokio::test]
async fn a_preflight_allows_the_cursor_and_the_token_without_asking_for_it() {
    let server = Server::start(&["--allow-origin", ORIGIN, "--token", "open-sesame"]);
    let response = send(preflight(&server, ORIGIN)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(listed(&response, "access-control-allow-methods"), ["get", "post", "put", "delete"]);
    assert_eq!(
        listed(&response, "access-control-allow-headers"),
        ["last-event-id", "authorization", "content-type"]
    );
    assert_eq!(header(&response, "access-control-max-age"), Some("7200"));

    let response = send(preflight(&server, "https://example.com")).await;
    assert_eq!(header(&response, "access-control-allow-origin"), None);
}

#[tokio::test]
async fn credentials_are_allowed_to_named_origins_by_flag() {
    let server = Server::start(&["--allow-origin", ORIGIN, "--allow-credentials"]);
    let response = send(server.get("/events").header("Origin", ORIGIN)).await;
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(header(&response, "access-control-allow-credentials"), Some("true"));
}

#[test]
fn credentials_for_every_origin_are_refused_at_the_start_with_the_reason() {
    let output =
        command(&["--allow-origin", "*", "--allow-credentials"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(
        message.contains("--allow-credentials") && message.contains("any website"),
        "{message}"
    );
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn the_token_is_taken_from_the_query_or_as_bearer() {
    let server = Server::start(&["--token", "open sesame&co"]);
    let right = [
        server.get("/events?token=open%20sesame%26co"),
        server.get("/events?topics=news&token=open+sesame%26co"),
        server.get("/events").header("Authorization", "Bearer open sesame&co"),
        server.get("/events").header("Authorization", "bearer open sesame&co"),
        server.get("/events?token=wrong").header("Authorization", "Bearer open sesame&co"),
    ];
    for request in right {
        assert_eq!(send(request).await.status(), 200);
    }
    let wrong = [
        server.get("/events"),
        server.get("/events?token="),
        server.get("/events?token=open"),
        server.get("/events?token=open+sesame%26cp"),
        server.get("/events?token=open+sesame%26co&token=x"),
        server.get("/events").header("Authorization", "open sesame&co"),
        server.get("/events").header("Authorization", "Basic open sesame&co"),
        server.get("/events").header("Authorization", "Digest open sesame&co"),
        server.get("/events").header("Authorization", "Bearer"),
        server.post("/events"),
    ];
    for request in wrong {
        let response = send(request).await;
        assert_eq!(header(&response, "www-authenticate"), Some("Bearer"));
        assert!(problem(response, 401).await.contains("token"));
    }
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_can_read_that_its_token_is_wrong() {
    let server = Server::start(&["--token", "open-sesame", "--allow-origin", ORIGIN]);
    let response = send(server.get("/events?token=x").header("Origin", ORIGIN)).await;
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
    problem(response, 401).await;
}

#[tokio::test]
async fn the_front_page_needs_no_token() {
    let server = Server::start(&["--token", "open-sesame"]);
    assert_eq!(send(server.get("/")).await.status(), 200);
}

#[tokio::test]
async fn the_query_is_never_logged() {
    let server = Server::start(&["--token", "open-sesame", "--faults"]);
    send(server.get("/events?token=open-sesame&topics=news")).await;
    send(server.get("/events?token=close-sesame")).await;
    send(server.get("/events?recent=x&token=open-sesame")).await;
    send(server.get("/nothing?token=open-sesame")).await;
    send(server.get("/events?key=k&fault=cut&token=open-sesame")).await;
    send(server.get("/events").header("Authorization", "Bearer open-sesame")).await;
    // Its answer shows that those before are logged.
    send(server.get("/last-request")).await;
    let log = server.stop().await;
    assert!(log.contains("/last-request") && log.contains("path=\"/events\""), "{log}");
    assert!(!log.contains("sesame"), "{log}");
    assert!(!log.contains("topics=news"), "{log}");
}

#[test]
fn the_help_does_not_show_the_token() {
    let output =
        command(&["--help"]).env("SSE_SIGNALS_TOKEN", "open-sesame").output().expect("it runs");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(help.contains("SSE_SIGNALS_TOKEN") && !help.contains("open-sesame"), "{help}");
}
