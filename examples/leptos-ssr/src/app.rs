//! The page, rendered by the server and then taken over by the browser.

use std::time::Duration;

use leptos::hydration::{AutoReload, HydrationScripts};
use leptos::prelude::*;
use sse_signals::Options;
use sse_signals::hooks::leptos::use_event_source;

use crate::feed::Feed;

/// What the browser hydrates: the body's content.
#[component]
pub fn App() -> impl IntoView {
    // On the server there is nothing to connect with: the hook does nothing and its state is "idle", so that is what the
    // HTML says, and with what the browser starts.
    let feed = use_event_source::<Feed>(
        "/events",
        // An event comes each second.
        Options::new().stale_after(Duration::from_secs(5)),
    );
    let uptime = feed.latest(|event| match event {
        Feed::Uptime(seconds) => Some(*seconds),
        Feed::Readers(_) => None,
    });
    let readers = feed.latest(|event| match event {
        Feed::Readers(readers) => Some(*readers),
        Feed::Uptime(_) => None,
    });
    // What is not known yet is the same text on the server and in the browser.
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let uptime = move || or_dash(uptime.get().map(|seconds| format!("{seconds} s")));
    let readers = move || or_dash(readers.get().map(|readers| readers.to_string()));

    view! {
        <h1>"Rendered by the server"</h1>
        <p role="status" data-testid="state">{move || feed.state().get().to_string()}</p>
        <table>
            <tbody>
                <tr><th>"the server runs for"</th><td data-testid="value">{uptime}</td></tr>
                <tr><th>"pages that listen"</th><td data-testid="readers">{readers}</td></tr>
            </tbody>
        </table>
        <p><button on:click=move |_| feed.reconnect()>"Retry now"</button></p>
    }
}

/// The whole document, for the server alone.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>"Rendered by the server"</title>
                <link rel="icon" href=ICON/>
                <style>{STYLE}</style>
                <AutoReload options=options.clone()/>
                <HydrationScripts options/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle \
                    cx='8' cy='8' r='7' fill='%231d5fc4'/%3E%3C/svg%3E";

const STYLE: &str = "body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; \
                     font: 1rem/1.5 system-ui, sans-serif; } \
                     td, th { padding: 0.1rem 1rem 0.1rem 0; text-align: start; }";
