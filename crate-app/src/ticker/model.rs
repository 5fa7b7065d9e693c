//! What the page knows: folded from the stream item by item, and read by the parts of the page in signals as fine
//! as what they show, so that a price rewrites its own cell and nothing else.

use std::collections::VecDeque;
use std::sync::Arc;

use leptos::prelude::*;
use sse_signals::Item;
use sse_signals_feed::{Feed, Headline, Quote, Topic};

use crate::accounting::{Accounts, Tally, Verdict};
use crate::clock;

/// Trading days in a sparkline: about half a year.
pub(super) const SPARKLINE_DAYS: usize = 120;
/// Headlines on the page.
const HEADLINES: usize = 50;
/// Symbols in the table, well above the five that the server replays; quotes of others are only counted.
const SYMBOLS: usize = 50;

/// The signals, to be read anywhere on the page.
#[derive(Clone, Copy)]
pub(crate) struct Model {
    /// One for each symbol seen, by symbol.
    pub(super) rows: RwSignal<Vec<Row>>,
    /// Newest first.
    pub(crate) headlines: RwSignal<VecDeque<Arc<Shown>>>,
    /// The last quote's day, `YYYY-MM-DD`.
    pub(crate) date: RwSignal<Option<String>>,
    pub(crate) tally: RwSignal<Tally>,
    /// The time of day of the last gap that the reader has not dismissed.
    pub(super) gap_at: RwSignal<Option<String>>,
}

/// A symbol's row. Its signal outlives no owner: a row is dropped with the last one who holds it.
#[derive(Clone)]
pub(super) struct Row {
    /// Not the symbol alone: after the replay's seam the same symbol starts a new row.
    pub(super) key: u64,
    pub(super) symbol: String,
    pub(super) days: ArcRwSignal<Days>,
}

/// What a row shows.
pub(super) struct Days {
    pub(super) last: Quote,
    /// Adjusted closes of consecutive trading days, newest last.
    pub(super) closes: VecDeque<f64>,
}

/// A headline and its key on this page: the server numbers anew after a restart.
pub(crate) struct Shown {
    pub(crate) key: u64,
    pub(crate) headline: Headline,
}

impl Model {
    /// Empty, under the current reactive owner.
    pub(crate) fn new() -> Self {
        Self {
            rows: RwSignal::default(),
            headlines: RwSignal::default(),
            date: RwSignal::default(),
            tally: RwSignal::default(),
            gap_at: RwSignal::default(),
        }
    }
}

/// Folds the stream into a [`Model`].
pub(crate) struct Fold {
    model: Model,
    accounts: Accounts,
    next_key: u64,
    time_of_day: fn() -> String,
}

impl Fold {
    /// Writes into `model`.
    pub(crate) fn new(model: Model) -> Self {
        Self { model, accounts: Accounts::default(), next_key: 0, time_of_day: clock::time_of_day }
    }

    /// Takes the next item of the stream.
    pub(crate) fn apply(&mut self, item: &Item<Feed>) {
        match item {
            Item::Event(event) => match self.accounts.event(&event.id, &event.data) {
                Verdict::Fresh => self.event(&event.data),
                Verdict::FreshAfterHole => {
                    if event.data.topic() == Topic::Quotes {
                        self.restart_sparklines();
                    }
                    self.event(&event.data);
                }
                Verdict::FreshAfterBreak => {
                    self.break_off();
                    self.event(&event.data);
                }
                Verdict::Doubled => {}
            },
            Item::Gap(_) => {
                self.accounts.gap();
                self.break_off();
            }
            Item::Malformed(malformed) => self.accounts.malformed(&malformed.name),
            // `Lagged`, which the next event's sequence shows as a hole.
            _ => {}
        }
        self.model.tally.set(self.accounts.tally());
    }

    fn event(&mut self, feed: &Feed) {
        match feed {
            Feed::Quote(quote) => self.quote(quote),
            Feed::News(headline) => {
                let shown = Arc::new(Shown { key: self.key(), headline: headline.clone() });
                self.model.headlines.update(|headlines| {
                    headlines.push_front(shown);
                    headlines.truncate(HEADLINES);
                });
            }
        }
    }

    fn quote(&mut self, quote: &Quote) {
        let date = &quote.date;
        let known = self.model.date.with_untracked(|known| {
            // ISO dates are ordered as text.
            known.as_ref().map(|known| known.cmp(date))
        });
        if known.is_some_and(std::cmp::Ordering::is_gt) {
            // The replay began anew: some symbols are not quoted yet, and no sparkline spans the seam.
            self.model.rows.set(Vec::new());
        }
        if !known.is_some_and(std::cmp::Ordering::is_eq) {
            self.model.date.set(Some(date.clone()));
        }

        let position = self
            .model
            .rows
            .with_untracked(|rows| rows.binary_search_by(|row| row.symbol.cmp(&quote.symbol)));
        match position {
            Ok(position) => self.model.rows.with_untracked(|rows| {
                if let Some(row) = rows.get(position) {
                    row.days.update(|days| days.push(quote));
                }
            }),
            Err(position) if self.model.rows.with_untracked(Vec::len) < SYMBOLS => {
                let days = ArcRwSignal::new(Days {
                    last: quote.clone(),
                    closes: VecDeque::from([quote.adjusted_close]),
                });
                let row = Row { key: self.key(), symbol: quote.symbol.clone(), days };
                self.model.rows.update(|rows| rows.insert(position, row));
            }
            Err(_) => {}
        }
    }

    /// Days may be missing from here on: tells the reader, and starts the sparklines anew.
    fn break_off(&mut self) {
        self.model.gap_at.set(Some((self.time_of_day)()));
        self.restart_sparklines();
    }

    /// A day is missing, of some symbol or other.
    fn restart_sparklines(&self) {
        self.model.rows.with_untracked(|rows| {
            for row in rows {
                row.days.update(|days| days.closes.clear());
            }
        });
    }

    const fn key(&mut self) -> u64 {
        self.next_key += 1;
        self.next_key
    }
}

impl Days {
    fn push(&mut self, quote: &Quote) {
        self.last.clone_from(quote);
        if self.closes.len() == SPARKLINE_DAYS {
            self.closes.pop_front();
        }
        self.closes.push_back(quote.adjusted_close);
    }
}

#[cfg(test)]
mod tests {
    use sse_signals::{Event, Gap};

    use super::*;
    use crate::samples;

    /// Runs the body with an empty model, under a reactive owner of its own.
    fn with_fold(body: impl FnOnce(&mut Fold, Model)) {
        let owner = Owner::new();
        owner.with(|| {
            let model = Model::new();
            let mut fold = Fold { time_of_day: || "12:00:00".to_owned(), ..Fold::new(model) };
            body(&mut fold, model);
        });
    }

    fn event(epoch: &str, data: Feed) -> Item<Feed> {
        Item::Event(Event { id: format!("{epoch}-{}", data.sequence()), data })
    }

    fn symbols(model: Model) -> Vec<String> {
        model.rows.with_untracked(|rows| rows.iter().map(|row| row.symbol.clone()).collect())
    }

    fn closes(model: Model, symbol: &str) -> Vec<f64> {
        model.rows.with_untracked(|rows| {
            let row = rows.iter().find(|row| row.symbol == symbol).expect("a row");
            row.days.with_untracked(|days| days.closes.iter().copied().collect())
        })
    }

    #[test]
    fn rows_stand_by_symbol_as_they_appear() {
        with_fold(|fold, model| {
            for (sequence, symbol) in [(1, "MSFT"), (2, "AAPL"), (3, "IBM"), (4, "AAPL")] {
                fold.apply(&event("e", samples::quote(symbol, sequence)));
            }
            assert_eq!(symbols(model), ["AAPL", "IBM", "MSFT"]);
            assert_eq!(closes(model, "AAPL"), [2.0, 4.0]);
        });
    }

    #[test]
    fn a_doubled_event_is_not_applied_twice() {
        with_fold(|fold, model| {
            for _ in 0..2 {
                fold.apply(&event("e", samples::quote("IBM", 1)));
                fold.apply(&event("e", samples::news(1)));
            }
            assert_eq!(closes(model, "IBM"), [1.0]);
            assert_eq!(model.headlines.with_untracked(VecDeque::len), 1);
            assert_eq!(model.tally.get_untracked().doubled, 2);
        });
    }

    #[test]
    fn histories_are_bounded_and_keep_the_newest() {
        with_fold(|fold, model| {
            for sequence in 1..=500 {
                fold.apply(&event("e", samples::quote("IBM", sequence)));
                fold.apply(&event("e", samples::news(sequence)));
            }
            let closes = closes(model, "IBM");
            assert_eq!((closes.len(), closes.last()), (SPARKLINE_DAYS, Some(&500.0)));
            model.headlines.with_untracked(|headlines| {
                assert_eq!(headlines.len(), HEADLINES);
                assert_eq!(headlines[0].headline.sequence, 500);
            });
        });
    }

    #[test]
    fn symbols_are_bounded() {
        with_fold(|fold, model| {
            for sequence in 1..=2 * SYMBOLS as u64 {
                fold.apply(&event("e", samples::quote(&format!("S{sequence}"), sequence)));
            }
            assert_eq!(model.rows.with_untracked(Vec::len), SYMBOLS);
            assert_eq!(model.tally.get_untracked().received, 2 * SYMBOLS as u64);
        });
    }

    #[test]
    fn where_the_replay_begins_anew_the_rows_do_too() {
        with_fold(|fold, model| {
            fold.apply(&event("e", samples::quote_on("FB", 1, "2013-03-01", Some(0.1))));
            fold.apply(&event("e", samples::quote_on("IBM", 2, "2013-03-01", Some(0.1))));
            fold.apply(&event("e", samples::quote_on("IBM", 3, "2000-03-01", None)));
            assert_eq!(symbols(model), ["IBM"]);
            assert_eq!(closes(model, "IBM"), [3.0]);
            assert_eq!(model.date.get_untracked().as_deref(), Some("2000-03-01"));
        });
    }

    #[test]
    fn a_gap_is_noticed_and_breaks_the_sparklines() {
        with_fold(|fold, model| {
            fold.apply(&event("e", samples::quote("IBM", 1)));
            fold.apply(&Item::Gap(Gap::Resync));
            assert_eq!(model.gap_at.get_untracked().as_deref(), Some("12:00:00"));
            fold.apply(&event("e", samples::quote("IBM", 9)));
            assert_eq!(closes(model, "IBM"), [9.0]);
            let expected = Tally { received: 2, lost: 7, gaps: 1, ..Tally::default() };
            assert_eq!(model.tally.get_untracked(), expected);
        });
    }

    #[test]
    fn a_loss_of_quotes_breaks_the_sparklines_and_one_of_headlines_does_not() {
        with_fold(|fold, model| {
            fold.apply(&event("e", samples::quote("IBM", 1)));
            fold.apply(&event("e", samples::quote("MSFT", 2)));
            fold.apply(&event("e", samples::news(1)));
            fold.apply(&Item::Lagged(2));
            fold.apply(&event("e", samples::news(4)));
            fold.apply(&event("e", samples::quote("IBM", 3)));
            assert_eq!(closes(model, "IBM"), [1.0, 3.0]);

            fold.apply(&Item::Lagged(1));
            fold.apply(&event("e", samples::quote("IBM", 5)));
            assert_eq!((closes(model, "IBM"), closes(model, "MSFT")), (vec![5.0], vec![]));
            assert_eq!((model.tally.get_untracked().lost, model.gap_at.get_untracked()), (3, None));
        });
    }

    #[test]
    fn a_new_epoch_is_noticed_even_if_nobody_told() {
        with_fold(|fold, model| {
            fold.apply(&event("a", samples::quote("IBM", 1)));
            fold.apply(&event("b", samples::quote("IBM", 1)));
            assert!(model.gap_at.get_untracked().is_some());
            assert_eq!(model.tally.get_untracked().doubled, 0);
        });
    }
}
