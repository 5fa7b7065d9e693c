//! The ticker with leptos-use's hook, as its documentation has it: an effect reads the latest message.

use codee::string::JsonSerdeCodec;
use leptos::mount::mount_to_body;
use leptos::prelude::*;
use leptos_use_event_source::{ConnectionReadyState, UseEventSourceReturn, use_event_source};
use ticker_view::{Feed, Meter, Price, SYMBOLS, page, row_of};

#[component]
fn Ticker() -> impl IntoView {
    let UseEventSourceReturn { message, ready_state, .. } =
        use_event_source::<Feed, JsonSerdeCodec>("/events?tagged");
    // A signal a row, so that a quote touches its own row alone.
    let prices = [(); SYMBOLS.len()].map(|()| RwSignal::new(None::<Price>));
    let headline = RwSignal::new(None);
    #[cfg(feature = "flood")]
    let recent = RwSignal::new(std::collections::VecDeque::new());
    let mut meter = Meter::default();
    Effect::new(move |_| {
        message.with(|message| {
            let Some(message) = message else { return };
            meter.count(&message.data);
            match &message.data {
                Feed::Quote(quote) => {
                    if let Some(row) = row_of(&quote.symbol) {
                        prices[row].set(Some(quote.into()));
                    }
                    #[cfg(feature = "flood")]
                    recent.update(|recent| {
                        recent.push_back(quote.sequence);
                        if recent.len() > ticker_view::RECENT {
                            recent.pop_front();
                        }
                    });
                }
                Feed::Headline(news) => headline.set(Some(news.text.clone())),
                Feed::End => {}
            }
        });
    });
    let status = move || match ready_state.get() {
        ConnectionReadyState::Connecting => "connecting",
        ConnectionReadyState::Open => "open",
        ConnectionReadyState::Closing | ConnectionReadyState::Closed => "closed",
    };
    let page = page(status, move |row| prices[row].get(), move || headline.get());
    #[cfg(feature = "flood")]
    let page = ticker_view::page_of_flood(page, move || recent.with(ticker_view::joined));
    page
}

fn main() {
    mount_to_body(Ticker);
}
