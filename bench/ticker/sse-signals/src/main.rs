//! The ticker with sse-signals: by the browser's `EventSource`, or with the feature `fetch` by that. It folds; with the feature
//! `flood` it keeps a history and handles each item too.

use leptos::mount::mount_to_body;
use leptos::prelude::*;
use sse_signals::hooks::leptos::use_event_source;
use sse_signals::{Item, Options, State};
use ticker_view::{Feed, Meter, Price, SYMBOLS, page, row_of};

#[derive(Clone, Default)]
struct Board {
    prices: [Option<Price>; SYMBOLS.len()],
    headline: Option<String>,
}

#[component]
fn Ticker() -> impl IntoView {
    let feed = use_event_source::<Feed>("/events", options());
    let mut meter = Meter::default();
    #[cfg(feature = "flood")]
    let recent = {
        feed.on(move |item| {
            if let Item::Event(event) = item {
                meter.count(&event.data);
            }
        });
        feed.history(sequence, ticker_view::RECENT)
    };
    let board = feed.fold(Board::default(), move |board, item| {
        let Item::Event(event) = item else { return };
        #[cfg(not(feature = "flood"))]
        meter.count(&event.data);
        match &event.data {
            Feed::Quote(quote) => {
                if let Some(row) = row_of(&quote.symbol) {
                    board.prices[row] = Some(quote.into());
                }
            }
            Feed::Headline(headline) => board.headline = Some(headline.text.clone()),
            Feed::End => {}
        }
    });
    let status = move || match feed.state().get() {
        State::Idle | State::Connecting { .. } => "connecting",
        State::Open => "open",
        State::Closed(_) => "closed",
        _ => "waiting",
    };
    let page = page(
        status,
        move |row| board.with(|board| board.prices[row]),
        move || board.with(|board| board.headline.clone()),
    );
    #[cfg(feature = "flood")]
    let page = ticker_view::page_of_flood(page, move || recent.with(ticker_view::joined));
    page
}

#[cfg(feature = "flood")]
fn sequence(event: &Feed) -> Option<u32> {
    match event {
        Feed::Quote(quote) => Some(quote.sequence),
        Feed::Headline(_) | Feed::End => None,
    }
}

fn options() -> Options {
    let options = Options::new();
    #[cfg(feature = "fetch")]
    let options = options.fetch(sse_signals::Fetch::new());
    #[cfg(feature = "impatient")]
    let options = {
        use std::time::Duration;
        let at_once = Duration::from_millis(1);
        options.retry(sse_signals::Retry::new().base(at_once).cap(at_once).floor(Duration::ZERO))
    };
    options
}

fn main() {
    mount_to_body(Ticker);
}
