//! The ticker with gloo-net's `EventSource` and serde_json, written into the signals of the same page. That client has no
//! signal of its state: open is what has sent something, closed is what has failed.

use futures_util::StreamExt as _;
use gloo_net::eventsource::futures::EventSource;
use leptos::mount::mount_to_body;
use leptos::prelude::*;
use leptos::task::spawn_local;
use ticker_view::{Feed, Meter, Price, SYMBOLS, page, row_of};

#[component]
fn Ticker() -> impl IntoView {
    let status = RwSignal::new("connecting");
    let prices = [(); SYMBOLS.len()].map(|()| RwSignal::new(None::<Price>));
    let headline = RwSignal::new(None);
    spawn_local(async move {
        let Ok(mut source) = EventSource::new("/events?tagged") else { return };
        let Ok(mut messages) = source.subscribe("message") else { return };
        let mut meter = Meter::default();
        while let Some(Ok((_, message))) = messages.next().await {
            if status.get_untracked() != "open" {
                status.set("open");
            }
            let data = message.data().as_string().unwrap_or_default();
            let Ok(event) = serde_json::from_str::<Feed>(&data) else { continue };
            meter.count(&event);
            match event {
                Feed::Quote(quote) => {
                    if let Some(row) = row_of(&quote.symbol) {
                        prices[row].set(Some((&quote).into()));
                    }
                }
                Feed::Headline(news) => headline.set(Some(news.text)),
                Feed::End => {}
            }
        }
        status.set("closed");
    });
    page(move || status.get(), move |row| prices[row].get(), move || headline.get())
}

fn main() {
    mount_to_body(Ticker);
}
