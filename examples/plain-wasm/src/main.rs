//! An event stream without a framework: a task reads it and writes to the page.

use serde::Deserialize;
use sse_signals::{EventSource, Item, Options, States};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Element, UrlSearchParams, window};

/// What the server sends: `event: update`, and events without a name, which are called `message`. Text stays as it
/// is; anything but a `String` would be read as JSON.
#[derive(Deserialize)]
enum Feed {
    #[serde(rename = "update")]
    Update(String),
    #[serde(rename = "message")]
    Message(String),
}

/// Where the page shows what arrives.
struct Page {
    state: Element,
    update: Element,
    message: Element,
    events: Element,
    problem: Element,
}

impl Page {
    /// None if the page lacks one of them.
    fn find(document: &Document) -> Option<Self> {
        let find = |name| document.query_selector(&format!("[data-testid={name}]")).ok().flatten();
        Some(Self {
            state: find("state")?,
            update: find("update")?,
            message: find("message")?,
            events: find("value")?,
            problem: find("problem")?,
        })
    }
}

/// Reads until the stream is over, which it only is once it was closed: it reconnects by itself.
async fn read(mut source: EventSource<Feed>, page: Page) {
    let mut events = 0_u64;
    while let Some(item) = source.next().await {
        // As text, never as HTML: what comes from the wire stays text.
        match item {
            Item::Event(event) => {
                events += 1;
                page.events.set_text_content(Some(&events.to_string()));
                match event.data {
                    Feed::Update(text) => page.update.set_text_content(Some(&text)),
                    Feed::Message(text) => page.message.set_text_content(Some(&text)),
                }
            }
            // Only of interest where each event counts: then load anew what they were about.
            Item::Gap(_) | Item::Lagged(_) => {}
            Item::Malformed(malformed) => {
                page.problem.set_text_content(Some(&malformed.error.to_string()));
            }
            // There may be more kinds one day.
            _ => {}
        }
    }
}

/// In words: "open", or "waiting, attempt 2, connection failed, retry in 1.4 s".
async fn show(mut states: States, element: Element) {
    while let Some(state) = states.next().await {
        element.set_text_content(Some(&state.to_string()));
    }
}

/// `events` beside this page, or what `?url=` says.
fn url() -> String {
    let query = window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    UrlSearchParams::new_with_str(&query)
        .ok()
        .and_then(|parameters| parameters.get("url"))
        .unwrap_or_else(|| "events".to_owned())
}

fn main() {
    // A panic is told on the browser's console.
    console_error_panic_hook::set_once();
    let document = window().and_then(|window| window.document());
    let page = document.as_ref().and_then(Page::find).expect("index.html has these elements");
    match EventSource::open(&url(), Options::new()) {
        Ok(source) => {
            spawn_local(show(source.states(), page.state.clone()));
            spawn_local(read(source, page));
        }
        // The browser can't parse the URL.
        Err(error) => page.problem.set_text_content(Some(&error.to_string())),
    }
}
