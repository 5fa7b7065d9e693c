//! What the measured tickers share, so that they differ in their client alone: the events, the page that shows them, and
//! the meter that tells the measuring page when the first event has come and when the last.

use leptos::prelude::*;
use serde::Deserialize;
use std::collections::VecDeque;
use wasm_bindgen::prelude::wasm_bindgen;

/// What the stream sends. By sse-signals each variant is an event of that name; the others, whose decoders are not told
/// the name, read the same enum from the data, as serde_json writes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feed {
    Quote(Quote),
    Headline(Headline),
    End,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Quote {
    pub symbol: String,
    /// US dollars.
    pub last: f64,
    /// First price of the day, US dollars.
    pub open: f64,
    /// Shares traded.
    pub volume: u64,
    /// From 1.
    pub sequence: u32,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Headline {
    pub text: String,
}

/// The rows of the table.
pub const SYMBOLS: [&str; 5] = ["AAPL", "FB", "GOOG", "IBM", "MSFT"];

/// So many of the latest quotes' sequences are shown under a flood.
pub const RECENT: usize = 100;

/// The row of a symbol.
#[must_use]
pub fn row_of(symbol: &str) -> Option<usize> {
    SYMBOLS.iter().position(|known| *known == symbol)
}

/// What a row shows, in US dollars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    last: f64,
    change: f64,
}

impl From<&Quote> for Price {
    fn from(quote: &Quote) -> Self {
        Self { last: quote.last, change: quote.last - quote.open }
    }
}

/// The page: the connection's status in a word, a row a symbol, the last headline.
pub fn page(
    status: impl Fn() -> &'static str + Send + 'static,
    price: impl Fn(usize) -> Option<Price> + Copy + Send + 'static,
    headline: impl Fn() -> Option<String> + Send + 'static,
) -> impl IntoView {
    let row = move |row: usize| {
        let cell = move |amount: fn(Price) -> f64| {
            text(move || price(row).map_or_else(String::new, |price| dollars(amount(price))))
        };
        view! {
            <tr>
                <th>{SYMBOLS.get(row).copied()}</th>
                <td>{cell(|price| price.last)}</td>
                <td>{cell(|price| price.change)}</td>
            </tr>
        }
    };
    view! {
        <p role="status">{text(move || status().to_owned())}</p>
        <table>
            <tbody>{[0, 1, 2, 3, 4].map(row)}</tbody>
        </table>
        <h2>{text(move || headline().unwrap_or_default())}</h2>
    }
}

/// The same under a flood: with the sequences of the latest quotes.
pub fn page_of_flood(
    page: impl IntoView,
    recent: impl Fn() -> String + Send + 'static,
) -> impl IntoView {
    view! {
        {page}
        <p class="recent">{text(recent)}</p>
    }
}

#[must_use]
pub fn joined(sequences: &VecDeque<u32>) -> String {
    sequences.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

/// A text that changes: of one type wherever it stands, which keeps the page small.
fn text(read: impl Fn() -> String + Send + 'static) -> impl IntoView {
    let read: Box<dyn Fn() -> String + Send> = Box::new(read);
    move || read()
}

/// By the browser: Rust's own formatting of floating point numbers would add to the size of every ticker.
fn dollars(amount: f64) -> String {
    to_fixed(amount, 2)
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["Number", "prototype", "toFixed"], js_name = call)]
    fn to_fixed(number: f64, digits: u32) -> String;
    /// The first quote is here.
    #[wasm_bindgen(js_name = benchStart)]
    fn bench_start();
    /// The stream is over. Tells how many quotes came in their order, the sequence of the last, and how many came at all.
    #[wasm_bindgen(js_name = benchEnd)]
    fn bench_end(in_order: u32, last: u32, all: u32);
}

/// Counts what a ticker receives.
#[derive(Debug, Default)]
pub struct Meter {
    in_order: u32,
    last: u32,
    all: u32,
}

impl Meter {
    /// To be told of every event.
    pub fn count(&mut self, event: &Feed) {
        match event {
            Feed::Quote(quote) => {
                if self.last == 0 {
                    bench_start();
                }
                if quote.sequence == self.last + 1 {
                    self.in_order += 1;
                }
                self.last = quote.sequence;
                self.all += 1;
            }
            Feed::Headline(_) => {}
            Feed::End => bench_end(self.in_order, self.last, self.all),
        }
    }
}
