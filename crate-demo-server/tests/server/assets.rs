//! What lies at `/`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{ONE_DAY, Server, header, problem, send};

/// A built app in a folder of its own.
fn app(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("assets")).expect("a folder");
    fs::write(folder.join("index.html"), "<title>the app</title>").expect("a file");
    fs::write(folder.join("app.wasm"), "wasm").expect("a file");
    fs::write(folder.join("assets/style.css"), "body {}").expect("a file");
    folder
}

#[tokio::test]
async fn without_an_app_the_front_page_says_in_plain_text_what_this_is() {
    let server = Server::start(&ONE_DAY);
    let response = send(server.get("/")).await;
    assert_eq!(header(&response, "content-type"), Some("text/plain; charset=utf-8"));
    let text = response.text().await.expect("a body");
    assert!(text.contains(&format!("curl -N '{}/events'", server.url)), "{text}");
}

#[tokio::test]
async fn the_apps_files_are_served_with_their_types() {
    let folder = app("files");
    let server = Server::start(&["--app", folder.to_str().expect("UTF-8")]);
    for (path, content_type, body) in [
        ("/", "text/html", "<title>the app</title>"),
        ("/index.html", "text/html", "<title>the app</title>"),
        ("/app.wasm", "application/wasm", "wasm"),
        ("/assets/style.css", "text/css", "body {}"),
    ] {
        let response = send(server.get(path)).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), Some(content_type), "{path}");
        assert_eq!(header(&response, "cache-control"), Some("no-cache"), "{path}");
        assert_eq!(response.text().await.expect("a body"), body, "{path}");
    }
    assert_eq!(send(server.get("/events")).await.status(), 200);
}

#[tokio::test]
async fn a_path_without_an_extension_is_the_apps_to_route() {
    let folder = app("routes");
    let server = Server::start(&["--app", folder.to_str().expect("UTF-8")]);
    for path in ["/symbols/AAPL", "/about", "/a.b/c", "/symbols/?x=1.5"] {
        let response = send(server.get(path)).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.text().await.expect("a body"), "<title>the app</title>", "{path}");
    }
}

#[tokio::test]
async fn a_missing_file_is_a_problem_and_so_is_posting_to_one() {
    let folder = app("missing");
    let server = Server::start(&["--app", folder.to_str().expect("UTF-8")]);
    problem(send(server.get("/old-app.wasm")).await, 404).await;
    problem(send(server.get("/assets/..%2f..%2fsecret.txt")).await, 404).await;
    problem(send(server.post("/index.html")).await, 405).await;
}
