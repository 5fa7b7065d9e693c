//! Counts the events of the demo server by kind, and shows how the connection is doing.

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use serde::Deserialize;
use sse_signals::hooks::leptos::{UseEventSource, use_event_source};
use sse_signals::{Item, Options};

#[cfg(test)]
mod tests;

/// What the server sends: each variant is an event of that name (`quote`, `news`), its fields are the JSON in the
/// event's data. Fields that are not named here are skipped.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "kebab-case")]
enum Feed {
    Quote { symbol: String },
    News { symbol: String },
}

/// Quotes and news so far. Apart from the page, so that it can be tested without one.
fn counts(feed: UseEventSource<Feed>) -> ReadSignal<(u64, u64)> {
    // Every item counts, so it is folded: `latest` alone would only keep the last of those that come together.
    feed.fold((0, 0), |(quotes, news), item| {
        if let Item::Event(event) = item {
            match event.data {
                Feed::Quote { .. } => *quotes += 1,
                Feed::News { .. } => *news += 1,
            }
        }
    })
}

#[component]
fn Counter() -> impl IntoView {
    // Opened when the component is mounted, closed when it goes. It reconnects by itself.
    let feed = use_event_source::<Feed>("/events", Options::new());

    let counts = counts(feed);
    let symbol = feed.latest(|event| match event {
        Feed::Quote { symbol } | Feed::News { symbol } => Some(symbol.clone()),
    });

    view! {
        <h1>"Counter"</h1>
        // In words: "open", or "waiting, attempt 2, connection failed, retry in 1.4 s".
        <p role="status" data-testid="state">{move || feed.state().get().to_string()}</p>
        <p>
            // Not needed, since it retries by itself: only for the impatient.
            <button on:click=move |_| feed.reconnect()>"Retry now"</button>
        </p>
        <table>
            <tbody>
                <tr><th>"quotes"</th><td data-testid="value">{move || counts.get().0}</td></tr>
                <tr><th>"news"</th><td data-testid="news">{move || counts.get().1}</td></tr>
                <tr><th>"last about"</th><td>{symbol}</td></tr>
            </tbody>
        </table>
        // None, unless something is wrong: a bad URL, a failed connection, data that does not fit the type.
        <p data-testid="problem">{move || feed.error().get().map(|error| error.to_string())}</p>
    }
}

fn main() {
    // A panic is told on the browser's console.
    console_error_panic_hook::set_once();
    mount_to_body(Counter);
}
