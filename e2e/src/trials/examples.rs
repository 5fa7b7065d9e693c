//! The examples do what they show.

use tokio::process::Command;

use crate::child::Child;
use crate::harness::{Stage, Trial, front_page};
use crate::http;
use crate::page::{OBSERVE, Page};
use crate::proxy::{Cut, Proxy};

/// What an example shows, by `data-testid`.
const STATE: &str = "return document.querySelector('[data-testid=state]')?.textContent ?? ''";
const VALUE: &str = "return document.querySelector('[data-testid=value]')?.textContent ?? ''";
const ERRORS: &str = "return window.e2e.errors";

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new("leptos-counter counts, and counts on after a cut", it_moves_before_and_after_a_cut)
            .example("leptos-counter")
            .prelude(OBSERVE),
        Trial::new("yew-ticker shows prices, and goes on after a cut", it_moves_before_and_after_a_cut)
            .example("yew-ticker")
            .prelude(OBSERVE),
        Trial::new(
            "leptos-ssr is rendered without a stream, hydrated without a complaint, and goes on after a cut",
            a_rendered_page_is_hydrated,
        )
        .without_page(),
    ]
}

async fn it_moves_before_and_after_a_cut(stage: &mut Stage) {
    moves_before_and_after_a_cut(&stage.page, &stage.proxy).await;
}

async fn moves_before_and_after_a_cut(page: &Page, proxy: &Proxy) {
    let first = until_it_moves(page, "").await;
    let errors: Vec<String> = page.script(ERRORS).await;
    assert!(errors.is_empty(), "the page complains: {errors:#?}");
    let requests = proxy.counts().stream_requests;
    proxy.cut(Cut::Reset).await;
    proxy.until("the stream is asked for again", |now| now.stream_requests > requests).await;
    until_it_moves(page, &first).await;
}

/// Waits until the stream is open and the value has another digit than in `before`, and then moves once more.
async fn until_it_moves(page: &Page, before: &str) -> String {
    page.wait("the stream is open", STATE, |state: &String| state == "open").await;
    let other = |than: String| {
        move |value: &String| value.contains(|c: char| c.is_ascii_digit()) && *value != than
    };
    let first = page.wait("there is a value", VALUE, other(before.to_owned())).await;
    page.wait("the value moves on", VALUE, other(first)).await
}

async fn a_rendered_page_is_hydrated(stage: &mut Stage) {
    let config = &stage.config;
    let mut command = Command::new(config.program("example-leptos-ssr"));
    command.env("LEPTOS_SITE_ADDR", "127.0.0.1:0");
    command.env("LEPTOS_SITE_ROOT", config.examples.join("leptos-ssr"));
    let mut server = Child::start(&mut command, &stage.log);
    let address = server.address().await;
    let answer = http::get(address, "/", "").await.all().await;
    let (head, html) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    for element in [r#"data-testid="state">idle</"#, r#"data-testid="value">–</"#] {
        assert!(html.contains(element), "{element} is not rendered: {html}");
    }

    let proxy = Proxy::start(address, "", Some(front_page(address, OBSERVE).await));
    stage.page.goto(&format!("{}/", proxy.origin())).await;
    moves_before_and_after_a_cut(&stage.page, &proxy).await;
}
