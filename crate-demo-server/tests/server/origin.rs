//! Pages of other origins change nothing.

use reqwest::Method;

use crate::common::{ONE_DAY, Server, client, header, problem, send};
use crate::raw;

fn request(server: &Server, method: &Method, path: &str, origin: &str) -> reqwest::RequestBuilder {
    let url = format!("{}{path}", server.url);
    client().request(method.clone(), url).header("Origin", origin).body("hello")
}

#[tokio::test]
async fn a_page_of_a_foreign_origin_can_not_change_anything() {
    let server = Server::start(&["--faults", "--speed", "0.001"]);
    let mut chat = server.events("/events?topics=chat").await;
    let port = server.url.rsplit(':').next().expect("a port");
    for origin in [
        "https://example.org",
        "null",
        "",
        "http://localhost",
        "http://127.0.0.1:1",
        &format!("http://localhost:{port}"),
        &format!("http://127.0.0.1:{port}.example.org"),
        &format!("ftp://127.0.0.1:{port}"),
        &format!("127.0.0.1:{port}"),
        &format!("http://127.0.0.1:{port}/"),
    ] {
        for (method, path) in [
            (Method::POST, "/publish/chat"),
            (Method::POST, "/publish/nothing"),
            (Method::POST, "/events"),
            (Method::POST, "/faults/ports"),
            (Method::POST, "/faults/keys/k/cut"),
            (Method::PUT, "/faults/ports/1"),
            (Method::DELETE, "/faults/ports/1"),
            (Method::PATCH, "/publish/chat"),
        ] {
            let response = send(request(&server, &method, path, origin)).await;
            assert_eq!(header(&response, "access-control-allow-origin"), None);
            let detail = problem(response, 403).await;
            assert!(detail.contains("--allow-origin"), "{method} {path} {origin}: {detail}");
        }
    }
    // Reading is up to the browser, which goes by the CORS headers.
    assert_eq!(
        send(request(&server, &Method::GET, "/topics", "https://example.org")).await.status(),
        200
    );
    assert_eq!(send(server.post("/publish/chat").body("from curl")).await.status(), 201);
    assert!(chat.event().await.data.expect("data").contains("from curl"));
}

#[tokio::test]
async fn a_page_of_the_servers_own_origin_may_publish() {
    let server = Server::start(&["--allow-host", "example.org,b.test", "--speed", "0.001"]);
    let port = server.url.rsplit(':').next().expect("a port");
    for (host, origin) in [
        (format!("127.0.0.1:{port}"), format!("http://127.0.0.1:{port}")),
        ("localhost:5000".into(), "http://localhost:5000".into()),
        ("LOCALHOST:5000".into(), "http://localhost:5000".into()),
        ("[::1]:80".into(), "http://[::1]".into()),
        // Behind a proxy with TLS.
        ("example.org".into(), "https://example.org".into()),
        ("example.org:443".into(), "https://example.org".into()),
        ("example.org:8443".into(), "https://example.org:8443".into()),
    ] {
        let response =
            send(server.post("/publish/chat").header("Host", &host).header("Origin", &origin))
                .await;
        assert_eq!(response.status(), 201, "{host} {origin}");
    }
    for (host, origin) in [
        ("example.org", "https://b.test"),
        ("example.org:443", "http://example.org"),
        ("example.org:8443", "https://example.org"),
        ("example.org", "https://a.example.org"),
    ] {
        let response =
            send(server.post("/publish/chat").header("Host", host).header("Origin", origin)).await;
        assert_eq!(response.status(), 403, "{host} {origin}");
    }
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_publish_and_is_told_so_by_the_preflight() {
    let origin = "https://example.org";
    let server = Server::start(&["--allow-origin", origin, "--speed", "0.001"]);
    let preflight = request(&server, &Method::OPTIONS, "/publish/chat", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "content-type");
    let response = send(preflight).await;
    assert_eq!(response.status(), 200);
    assert!(header(&response, "access-control-allow-methods").expect("methods").contains("POST"));
    assert!(
        header(&response, "access-control-allow-headers")
            .expect("headers")
            .contains("content-type")
    );
    let response = send(request(&server, &Method::POST, "/publish/chat", origin)).await;
    assert_eq!(response.status(), 201);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(origin));
    for other in ["https://example.com", "http://example.org", "https://example.org:8443", "null"] {
        let response = send(request(&server, &Method::POST, "/publish/chat", other)).await;
        assert_eq!(response.status(), 403, "{other}");
    }
}

#[tokio::test]
async fn a_star_lets_every_page_publish() {
    let server = Server::start(&["--allow-origin", "*", "--speed", "0.001"]);
    for origin in ["https://example.org", "null"] {
        let response = send(request(&server, &Method::POST, "/publish/chat", origin)).await;
        assert_eq!(response.status(), 201, "{origin}");
    }
}

#[tokio::test]
async fn two_origins_are_none_of_ours() {
    let server = Server::start(&ONE_DAY);
    let request = "POST /publish/chat HTTP/1.1\r\nHost: localhost:80\r\nOrigin: http://localhost\r\nOrigin: http://a.test\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n";
    assert_eq!(raw::status(&raw::answer(&server, request).await), 403);
}

#[tokio::test]
async fn a_foreign_page_learns_nothing_of_tokens() {
    let server = Server::start(&["--publish-token", "open-sesame"]);
    for token in ["open-sesame", "close-sesame"] {
        let path = format!("/publish/chat?token={token}");
        problem(send(request(&server, &Method::POST, &path, "https://example.org")).await, 403)
            .await;
    }
}
