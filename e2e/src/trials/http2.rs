//! How many tabs may have a stream of their own.

use fantoccini::wd::WindowHandle;

use crate::harness::{Stage, Trial};
use crate::wishes::Wish;

/// More than the six connections that a browser has to a server of HTTP/1.1.
const TABS: usize = 10;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::new("over HTTP/2 ten tabs have a stream each", ten_streams)
            .without_page()
            .without_proxy()
            .wish(Wish::AnyCertificate)
            .server(&["--tls-self-signed"]),
        Trial::new("over HTTP/1.1 the seventh tab waits for another to be closed", seventh_waits)
            .without_page()
            .without_proxy(),
    ]
}

/// Opens a stream, which is the tab's own, whatever other tabs have.
const OPEN: &str = "
    window.events = 0;
    window.source = new EventSource('/events');
    window.source.addEventListener('quote', () => window.events += 1);";

/// The stream's `readyState`, and how many events it has brought.
const SEEN: &str = "return [window.source.readyState, window.events];";

const PROTOCOL: &str = "return performance.getEntriesByType('navigation')[0].nextHopProtocol;";

/// Tabs on the server's own words, no stream in any of them yet.
async fn tabs(stage: &Stage, scheme: &str, number: usize) -> Vec<WindowHandle> {
    let page = &stage.page;
    let mut windows = vec![page.window().await];
    while windows.len() < number {
        windows.push(page.open_window().await);
    }
    for window in &windows {
        page.switch_to(window).await;
        page.goto(&format!("{scheme}://{}/", stage.server.address())).await;
    }
    windows
}

/// Waits until the stream in this tab has brought that many more events.
async fn gets_on(stage: &Stage, window: &WindowHandle, more: u64) {
    let page = &stage.page;
    page.switch_to(window).await;
    let (_, before): (u64, u64) = page.script(SEEN).await;
    let is_on = |(state, events): &(u64, u64)| *state == 1 && *events >= before + more;
    page.wait("events come", SEEN, is_on).await;
}

async fn ten_streams(stage: &mut Stage) {
    let windows = tabs(stage, "https", TABS).await;
    let page = &stage.page;
    for window in &windows {
        page.switch_to(window).await;
        assert_eq!(page.script::<String>(PROTOCOL).await, "h2");
        page.script::<()>(OPEN).await;
    }
    // All are open before any of them is asked to have got on.
    for window in &windows {
        gets_on(stage, window, 1).await;
    }
    for window in &windows {
        gets_on(stage, window, 20).await;
    }
}

async fn seventh_waits(stage: &mut Stage) {
    let windows = tabs(stage, "http", 7).await;
    let page = &stage.page;
    for window in &windows {
        page.switch_to(window).await;
        page.script::<()>(OPEN).await;
        if window != &windows[6] {
            gets_on(stage, window, 1).await;
        }
    }
    for window in &windows[..6] {
        gets_on(stage, window, 20).await;
    }
    page.switch_to(&windows[6]).await;
    assert_eq!(page.script::<(u64, u64)>(SEEN).await, (0, 0), "it is not answered");
    page.switch_to(&windows[0]).await;
    page.script::<()>("window.source.close();").await;
    gets_on(stage, &windows[6], 20).await;
}
