//! The demo server's prices, in Yew.

use std::collections::BTreeMap;

use serde::Deserialize;
use sse_signals::hooks::yew::{use_event_source, use_fold};
use sse_signals::{Error, Item, Options};
use yew::prelude::*;

#[cfg(test)]
mod tests;

/// What the server sends: the variant is an event of that name (`quote`), its content the JSON in the event's data.
/// Events of other names are not listened to.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "kebab-case")]
enum Feed {
    Quote(Quote),
}

/// Fields of the JSON that are not named here are skipped.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
struct Quote {
    symbol: String,
    date: String,
    /// US dollars.
    close: f64,
    /// Against the day before, as a fraction.
    change: Option<f64>,
}

/// The last quote of each symbol.
type Quotes = BTreeMap<String, Quote>;

/// Apart from the component, so that it can be tested without a page.
fn keep(quotes: &mut Quotes, item: &Item<Feed>) {
    if let Item::Event(event) = item {
        let Feed::Quote(quote) = &event.data;
        quotes.insert(quote.symbol.clone(), quote.clone());
    }
}

#[component]
fn Ticker() -> Html {
    // Opened when the component is mounted, closed when it goes. It reconnects by itself.
    let feed = use_event_source::<Feed>("/events", Options::new());

    // Each event is folded in, in order; the component is rendered at most once a frame.
    let quotes = use_fold(&feed, Quotes::new, keep);

    let retry = {
        let feed = feed.clone();
        move |_| feed.reconnect()
    };
    html! {
        <>
            <h1>{ "Ticker" }</h1>
            // In words: "open", or "waiting, attempt 2, connection failed, retry in 1.4 s".
            <p role="status" data-testid="state">{ feed.state().to_string() }</p>
            <p><button onclick={retry}>{ "Retry now" }</button></p>
            <table>
                <thead>
                    <tr><th>{ "symbol" }</th><th>{ "day" }</th><th>{ "close" }</th><th>{ "change" }</th></tr>
                </thead>
                <tbody data-testid="value">{ for quotes.values().map(row) }</tbody>
            </table>
            // None, unless something is wrong: a bad URL, a failed connection, data that does not fit the type.
            <p data-testid="problem">{ feed.error().as_ref().map(Error::to_string) }</p>
        </>
    }
}

fn row(quote: &Quote) -> Html {
    let change = quote.change.map(|change| format!("{:+.2} %", change * 100.0));
    html! {
        <tr key={quote.symbol.clone()}>
            <th>{ &quote.symbol }</th>
            <td>{ &quote.date }</td>
            <td>{ format!("{:.2}", quote.close) }</td>
            <td>{ change }</td>
        </tr>
    }
}

fn main() {
    yew::Renderer::<Ticker>::new().render();
}
