//! An event stream without a framework: a task reads it and writes to the page.

use serde::Deserialize;
use sse_signals::{EventSource, Item, Options, States};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Document, Element, UrlSearchParams, window};

#[cfg(test)]
mod tests;

/// What the server sends: `event: update`, and events without a name, which are called `message`. Text stays as it
/// is; anything but a `String` would be read as JSON.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
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

/// What has come so far. Apart from the page, so that it can be tested without one.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    events: u64,
    update: Option<String>,
    message: Option<String>,
    problem: Option<String>,
}

impl Seen {
    fn take(&mut self, item: Item<Feed>) {
        match item {
            Item::Event(event) => {
                self.events += 1;
                match event.data {
                    Feed::Update(text) => self.update = Some(text),
                    Feed::Message(text) => self.message = Some(text),
                }
            }
            // Only of interest where each event counts: then load anew what they were about.
            Item::Gap(_) | Item::Lagged(_) => {}
            Item::Malformed(malformed) => self.problem = Some(malformed.error.to_string()),
            // There may be more kinds one day.
            _ => {}
        }
    }
}

impl Page {
    /// As text, never as HTML: what comes from the wire stays text.
    fn show(&self, seen: &Seen) {
        self.events.set_text_content(Some(&seen.events.to_string()));
        let texts = [
            (&self.update, &seen.update),
            (&self.message, &seen.message),
            (&self.problem, &seen.problem),
        ];
        for (element, text) in texts {
            if text.is_some() {
                element.set_text_content(text.as_deref());
            }
        }
    }
}

/// Reads until the stream is over, which it only is once it was closed: it reconnects by itself.
async fn read(mut source: EventSource<Feed>, page: Page) {
    let mut seen = Seen::default();
    while let Some(item) = source.next().await {
        seen.take(item);
        page.show(&seen);
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
