//! Streams in gzip or zstd, as browsers read them.

use serde_json::json;

use crate::harness::{Stage, Trial};
use crate::http;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new("a compressed stream brings each event before the next is sent", each_at_once)
            .without_page()
            .without_proxy()
            .server(&["--compress"]),
    ]
}

/// The stream counts as open once its first `ping` has come.
const OPEN: &str = "
    window.said = [];
    window.source = new EventSource('/events?topics=notify');
    window.source.addEventListener('ping', () => window.said.push('ping'), { once: true });
    window.source.addEventListener('notify', ({ data }) => window.said.push(data));
    return fetch('/openapi.json').then(({ headers }) => headers.get('content-encoding'));";

async fn each_at_once(stage: &mut Stage) {
    let page = &stage.page;
    let address = stage.server.address();
    page.goto(&format!("http://{address}/")).await;
    let coding: Option<String> = page.script(OPEN).await;
    assert!(matches!(coding.as_deref(), Some("gzip" | "zstd")), "{coding:?}");
    let last = "return window.said[window.said.length - 1] ?? '';";
    page.wait("the stream is open", last, |said: &String| said == "ping").await;
    for number in 1..=5 {
        let said = format!("number {number}");
        let answer = http::post(address, "/publish/notify", &json!({ "text": said })).await;
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        page.wait("it is there", last, |data: &String| data.contains(&said)).await;
    }
}
