//! What lies at `/`.

use std::fs;
use std::path::{Path, PathBuf};

use sse_signals_feed::Topic;

use crate::common::{ONE_DAY, Server, client, header, problem, send};

const PAGE: &str = "<!DOCTYPE html>\r\n<base href=./><title>the app</title>\r\n\
    <script type=module>alert(\"<base href='./'>\");\r\n</script><script src=\"start.js\"></script>\
    <!-- <script>none</script> --><SCRIPT>1</SCRIPT><style>2</style>";

/// Of `alert("<base href='./'>");` and a line feed, which is what browsers make of any end of a line, and of `1`.
const HASHES: [&str; 2] = [
    "'sha256-f5fTatXiY40/haHJ+MRoLZX0yH3n5+V6FDkWLTEi9Ks='",
    "'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='",
];

const HASH_OF_2: &str = "'sha256-1HNeOiZeFu7gP1lxi5tdAwGcB9i2xR+Q2jpmbuwTqzU='";

/// A built app in a folder of its own.
fn app(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(folder.join("assets")).expect("a folder");
    fs::write(folder.join("index.html"), PAGE).expect("a file");
    for file in ["app.wasm", "app.js", "app.webmanifest", "assets/style.css", "assets/icon.svg"] {
        fs::write(folder.join(file), file).expect("a file");
    }
    folder
}

fn serve(folder: &Path) -> Server {
    Server::start(&["--app", folder.to_str().expect("UTF-8")])
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
async fn the_front_page_has_a_line_for_each_topic_and_each_line_works() {
    let server = Server::start(&ONE_DAY);
    let text = send(server.get("/")).await.text().await.expect("a body");
    let lines: Vec<_> = text.lines().filter(|line| line.contains("curl")).collect();
    for topic in Topic::ALL {
        assert!(lines.iter().any(|line| line.contains(topic.name())), "{}", topic.name());
    }
    for line in lines {
        let quoted: Vec<_> = line.split('\'').collect();
        let path = quoted.iter().find_map(|it| it.strip_prefix(&server.url)).expect("an address");
        let (request, status) = match line.split_whitespace().nth(1) {
            Some("-d") if path == "/tasks" => (server.post(path).body(quoted[1].to_owned()), 201),
            Some("-d") => (server.post(path).body("hello"), 201),
            Some("-X") => (client().delete(format!("{}{path}", server.url)), 200),
            _ => (server.get(path), 200),
        };
        assert_eq!(send(request).await.status(), status, "{line}");
    }
}

#[tokio::test]
async fn the_apps_files_are_served_with_their_types_and_no_browser_may_guess_others() {
    let server = serve(&app("files"));
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/app.wasm", "application/wasm"),
        ("/app.js", "text/javascript"),
        ("/app.webmanifest", "application/manifest+json"),
        ("/assets/style.css", "text/css"),
        ("/assets/icon.svg", "image/svg+xml"),
    ] {
        let response = send(server.get(path)).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), Some(content_type), "{path}");
        assert_eq!(header(&response, "cache-control"), Some("no-cache"), "{path}");
        assert_eq!(header(&response, "x-content-type-options"), Some("nosniff"), "{path}");
        let is_page = content_type.starts_with("text/html");
        let policy = header(&response, "content-security-policy");
        assert_eq!(policy.is_some(), is_page, "{path}: {policy:?}");
        let body = response.text().await.expect("a body");
        assert!(is_page || path.ends_with(&body), "{path}: {body}");
    }
    assert_eq!(send(server.get("/events")).await.status(), 200);
}

#[tokio::test]
async fn the_page_may_run_its_own_scripts_and_load_its_own_files_alone() {
    let server = serve(&app("policy"));
    let response = send(server.get("/")).await;
    let policy = header(&response, "content-security-policy").expect("a policy");
    let directives: Vec<&str> = policy.split("; ").collect();
    let [first, second] = HASHES;
    let scripts = format!("script-src 'self' 'wasm-unsafe-eval' {first} {second}");
    let styles = format!("style-src 'self' {HASH_OF_2}");
    assert_eq!(
        directives,
        [
            "default-src 'none'",
            scripts.as_str(),
            styles.as_str(),
            "img-src 'self' data:",
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "base-uri 'self'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    );
    assert_eq!(header(&response, "referrer-policy"), Some("no-referrer"));
    assert_eq!(header(&response, "cross-origin-opener-policy"), Some("same-origin"));
    let permissions = header(&response, "permissions-policy").expect("a policy");
    assert!(permissions.split(", ").all(|feature| feature.ends_with("=()")), "{permissions}");
}

#[tokio::test]
async fn a_rebuilt_page_is_served_with_the_policy_for_its_own_scripts() {
    let folder = app("rebuilt");
    let server = serve(&folder);
    fs::remove_file(folder.join("index.html")).expect("the file is there");
    let detail = problem(send(server.get("/")).await, 503).await;
    assert!(detail.contains("try again"), "{detail}");
    fs::write(folder.join("index.html"), "<script>2</script>").expect("a file");
    let response = send(server.get("/")).await;
    let policy = header(&response, "content-security-policy").expect("a policy");
    assert!(policy.contains(HASH_OF_2) && !policy.contains(HASHES[1]), "{policy}");
    assert_eq!(response.text().await.expect("a body"), "<script>2</script>");
}

#[tokio::test]
async fn a_path_without_an_extension_is_the_apps_to_route_and_knows_the_way_to_its_files() {
    let server = serve(&app("routes"));
    for (path, base) in [
        ("/", "./"),
        ("/index.html", "./"),
        ("/about", "./"),
        ("/symbols/AAPL", "../"),
        ("/assets", "./"),
        ("/assets/", "../"),
        ("/a.b/c/d", "../../"),
        ("/symbols//?x=1.5/6", "../../"),
    ] {
        let response = send(server.get(path)).await;
        assert_eq!(response.status(), 200, "{path}");
        assert!(header(&response, "content-security-policy").is_some(), "{path}");
        let body = response.text().await.expect("a body");
        // The one inside the script is no element.
        let page = PAGE.replace("<base href=./>", &format!("<base href=\"{base}\">"));
        assert_eq!(body, page, "{path}");
    }
}

#[tokio::test]
async fn a_missing_file_is_a_problem_and_so_is_posting_to_one() {
    let server = serve(&app("missing"));
    problem(send(server.get("/old-app.wasm")).await, 404).await;
    problem(send(server.get("/assets/..%2f..%2fsecret.txt")).await, 404).await;
    problem(send(server.post("/index.html")).await, 405).await;
}
