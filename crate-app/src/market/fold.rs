//! Folds the stream into a [`Model`], flush by flush.

use std::cmp::Ordering;
use std::sync::Arc;

use leptos::prelude::*;
use sse_signals::Item;
use sse_signals_feed::{Feed, Headline, Quote, Topic};

use super::model::{HEADLINES, Model, Row, SYMBOLS, Shown};
use crate::accounting::{Accounts, Tally, Verdict};

/// What an item changes on the page.
#[derive(Debug)]
pub(super) enum Change {
    /// An event to show.
    Event(Feed),
    /// One that comes after others of its topic were lost.
    AfterHole(Feed),
    /// One that comes after a break that nobody told of, noticed at this time.
    AfterBreak(Feed, f64),
    /// A break, told at this time.
    Gap(f64),
}

/// Counts what comes, and writes it into a [`Model`]. Who reads that is told once a flush, however much came. Times are
/// milliseconds since 1970.
pub(super) struct Fold {
    model: Model,
    date: RwSignal<Option<String>>,
    tally: RwSignal<Tally>,
    accounts: Accounts,
    next_key: u64,
    /// Counts flushes.
    flush: u64,
    /// Who is to be told of new days at the end of the flush.
    touched: Vec<Row>,
    now: fn() -> f64,
}

impl Fold {
    /// With an empty model, under the current reactive owner.
    pub(super) fn new(now: fn() -> f64) -> Self {
        let date = RwSignal::default();
        let tally = RwSignal::default();
        let model = Model {
            rows: RwSignal::default(),
            headlines: RwSignal::default(),
            date: date.into(),
            tally: tally.into(),
            gap_at: RwSignal::default(),
            as_of: RwSignal::default(),
        };
        Self {
            model,
            date,
            tally,
            accounts: Accounts::default(),
            next_key: 0,
            flush: 0,
            touched: Vec::new(),
            now,
        }
    }

    pub(super) const fn model(&self) -> Model {
        self.model
    }

    /// Counts an item as it arrives, whenever it will be shown. None if it changes nothing else.
    pub(super) fn count(&mut self, item: &Item<Feed>) -> Option<Change> {
        match item {
            Item::Event(event) => match self.accounts.event(event.id(), &event.data) {
                Verdict::Fresh => Some(Change::Event(event.data.clone())),
                Verdict::FreshAfterHole => Some(Change::AfterHole(event.data.clone())),
                Verdict::FreshAfterBreak => {
                    Some(Change::AfterBreak(event.data.clone(), (self.now)()))
                }
                Verdict::Doubled => None,
            },
            Item::Gap(_) => {
                self.accounts.gap();
                Some(Change::Gap((self.now)()))
            }
            Item::Malformed(malformed) => {
                self.accounts.malformed(&malformed.name);
                None
            }
            // `Lagged`, which the next event's sequence shows as a hole.
            _ => None,
        }
    }

    /// Publishes what was counted.
    pub(super) fn publish_tally(&self) {
        self.tally.set(self.accounts.tally());
    }

    /// Shows what was counted.
    pub(super) fn apply(&mut self, changes: impl IntoIterator<Item = Change>) {
        self.flush += 1;
        let mut headlines = Vec::new();
        for change in changes {
            let feed = match change {
                Change::Event(feed) => feed,
                Change::AfterHole(feed) => {
                    if feed.topic() == Topic::Quotes {
                        self.break_lines();
                    }
                    feed
                }
                Change::AfterBreak(feed, time) => {
                    self.break_off(time);
                    feed
                }
                Change::Gap(time) => {
                    self.break_off(time);
                    continue;
                }
            };
            match feed {
                Feed::Quote(quote) => self.quote(&quote),
                Feed::News(headline) => headlines.push(self.shown(headline)),
                // The page asks for no other topic.
                _ => {}
            }
        }
        for row in self.touched.drain(..) {
            row.notify();
        }
        if !headlines.is_empty() {
            self.model.headlines.update(|shown| {
                for headline in headlines {
                    shown.push_front(headline);
                }
                shown.truncate(HEADLINES);
            });
        }
        self.model.as_of.set(Some((self.now)()));
    }

    fn quote(&mut self, quote: &Quote) {
        let date = &quote.date;
        let known = self.date.with_untracked(|known| {
            // ISO dates are ordered as text.
            known.as_ref().map(|known| known.cmp(date))
        });
        if known.is_some_and(Ordering::is_gt) {
            // The replay began anew: some symbols are not quoted yet, and no line spans the seam.
            self.model.rows.set(Vec::new());
        }
        if !known.is_some_and(Ordering::is_eq) {
            self.date.set(Some(date.clone()));
        }

        let position = self
            .model
            .rows
            .with_untracked(|rows| rows.binary_search_by(|row| row.symbol.cmp(&quote.symbol)));
        match position {
            Ok(position) => {
                let flush = self.flush;
                let row = self.model.rows.with_untracked(|rows| rows.get(position).cloned());
                if let Some(row) = row
                    && row.push(quote, flush)
                {
                    self.touched.push(row);
                }
            }
            Err(position) if self.model.rows.with_untracked(Vec::len) < SYMBOLS => {
                let row = Row::new(self.key(), quote, self.flush);
                self.model.rows.update(|rows| rows.insert(position, row));
            }
            Err(_) => {}
        }
    }

    fn shown(&mut self, headline: Headline) -> Arc<Shown> {
        Arc::new(Shown { key: self.key(), headline })
    }

    /// Days may be missing from here on: tells the reader, and breaks the lines.
    fn break_off(&self, time: f64) {
        self.model.gap_at.set(Some(time));
        self.break_lines();
    }

    /// A day is missing, of some symbol or other.
    fn break_lines(&self) {
        self.model.rows.with_untracked(|rows| {
            for row in rows {
                row.break_off();
            }
        });
    }

    const fn key(&mut self) -> u64 {
        self.next_key += 1;
        self.next_key
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use sse_signals::{Event, Gap};

    use super::super::model::{Days, Flash, SPARKLINE_DAYS};
    use super::*;
    use crate::chart::{Bar, Series};
    use crate::samples;

    /// Runs the body with an empty model, under a reactive owner of its own.
    fn with_fold(body: impl FnOnce(&mut Fold, Model)) {
        let owner = Owner::new();
        owner.with(|| {
            let mut fold = Fold::new(|| 12.5);
            let model = fold.model();
            body(&mut fold, model);
        });
    }

    impl Fold {
        /// Counts and shows at once.
        fn take(&mut self, items: impl IntoIterator<Item = Item<Feed>>) {
            let changes: Vec<_> = items.into_iter().filter_map(|item| self.count(&item)).collect();
            self.apply(changes);
            self.publish_tally();
        }
    }

    fn event(epoch: &str, data: Feed) -> Item<Feed> {
        Item::Event(Event::new(format!("{epoch}-{}", data.sequence()), data))
    }

    fn symbols(model: Model) -> Vec<String> {
        model.rows.with_untracked(|rows| rows.iter().map(|row| row.symbol.clone()).collect())
    }

    fn closes(model: Model, symbol: &str) -> Vec<f64> {
        days(model, symbol, |days| days.closes.iter().copied().collect())
    }

    #[test]
    fn rows_stand_by_symbol_as_they_appear() {
        with_fold(|fold, model| {
            for (sequence, symbol) in [(1, "MSFT"), (2, "AAPL"), (3, "IBM"), (4, "AAPL")] {
                fold.take([event("e", samples::quote(symbol, sequence))]);
            }
            assert_eq!(symbols(model), ["AAPL", "IBM", "MSFT"]);
            assert_eq!(closes(model, "AAPL"), [2.0, 4.0]);
        });
    }

    #[test]
    fn a_doubled_event_is_not_applied_twice() {
        with_fold(|fold, model| {
            for _ in 0..2 {
                fold.take([event("e", samples::quote("IBM", 1))]);
                fold.take([event("e", samples::news(1))]);
            }
            assert_eq!(closes(model, "IBM"), [1.0]);
            assert_eq!(model.headlines.with_untracked(VecDeque::len), 1);
            assert_eq!(model.tally.get_untracked().doubled, 2);
        });
    }

    #[test]
    fn histories_are_bounded_and_keep_the_newest() {
        with_fold(|fold, model| {
            for sequence in 1..=2_000 {
                fold.take([event("e", samples::quote("IBM", sequence))]);
                fold.take([event("e", samples::news(sequence))]);
            }
            let closes = closes(model, "IBM");
            assert_eq!((closes.len(), closes.last()), (SPARKLINE_DAYS, Some(&2_000.0)));
            assert_eq!(
                row(model, "IBM").series.with_untracked(|series| series.bars.len()),
                Series::DAYS
            );
            model.headlines.with_untracked(|headlines| {
                assert_eq!(headlines.len(), HEADLINES);
                assert_eq!(headlines[0].headline.sequence, 2_000);
            });
        });
    }

    #[test]
    fn symbols_are_bounded() {
        with_fold(|fold, model| {
            for sequence in 1..=2 * SYMBOLS as u64 {
                fold.take([event("e", samples::quote(&format!("S{sequence}"), sequence))]);
            }
            assert_eq!(model.rows.with_untracked(Vec::len), SYMBOLS);
            assert_eq!(model.tally.get_untracked().received, 2 * SYMBOLS as u64);
        });
    }

    #[test]
    fn where_the_replay_begins_anew_the_rows_do_too() {
        with_fold(|fold, model| {
            fold.take([event("e", samples::quote_on("FB", 1, "2013-03-01", Some(0.1)))]);
            fold.take([event("e", samples::quote_on("IBM", 2, "2013-03-01", Some(0.1)))]);
            fold.take([event("e", samples::quote_on("IBM", 3, "2000-03-01", None))]);
            assert_eq!(symbols(model), ["IBM"]);
            assert_eq!(closes(model, "IBM"), [3.0]);
            assert_eq!(model.date.get_untracked().as_deref(), Some("2000-03-01"));
        });
    }

    #[test]
    fn a_gap_is_noticed_and_breaks_the_sparklines() {
        with_fold(|fold, model| {
            fold.take([event("e", samples::quote("IBM", 1))]);
            fold.take([Item::Gap(Gap::Resync)]);
            assert_eq!(model.gap_at.get_untracked(), Some(12.5));
            fold.take([event("e", samples::quote("IBM", 9))]);
            assert_eq!(closes(model, "IBM"), [9.0]);
            let expected = Tally { received: 2, lost: 7, gaps: 1, ..Tally::default() };
            assert_eq!(model.tally.get_untracked(), expected);
        });
    }

    #[test]
    fn a_loss_of_quotes_breaks_the_sparklines_and_one_of_headlines_does_not() {
        with_fold(|fold, model| {
            fold.take([event("e", samples::quote("IBM", 1))]);
            fold.take([event("e", samples::quote("MSFT", 2))]);
            fold.take([event("e", samples::news(1))]);
            fold.take([Item::Lagged(2)]);
            fold.take([event("e", samples::news(4))]);
            fold.take([event("e", samples::quote("IBM", 3))]);
            assert_eq!(closes(model, "IBM"), [1.0, 3.0]);

            fold.take([Item::Lagged(1)]);
            fold.take([event("e", samples::quote("IBM", 5))]);
            assert_eq!((closes(model, "IBM"), closes(model, "MSFT")), (vec![5.0], vec![]));
            assert_eq!((model.tally.get_untracked().lost, model.gap_at.get_untracked()), (3, None));
        });
    }

    #[test]
    fn a_new_epoch_is_noticed_even_if_nobody_told() {
        with_fold(|fold, model| {
            fold.take([event("a", samples::quote("IBM", 1))]);
            fold.take([event("b", samples::quote("IBM", 1))]);
            assert!(model.gap_at.get_untracked().is_some());
            assert_eq!(model.tally.get_untracked().doubled, 0);
        });
    }

    fn row(model: Model, symbol: &str) -> Row {
        let row = |rows: &Vec<Row>| rows.iter().find(|row| row.symbol == symbol).cloned();
        model.rows.with_untracked(row).expect("a row")
    }

    fn days<T>(model: Model, symbol: &str, look: impl FnOnce(&Days) -> T) -> T {
        row(model, symbol).days.with_untracked(look)
    }

    #[test]
    fn the_chart_has_every_day_and_knows_where_one_is_missing() {
        with_fold(|fold, model| {
            let mut expected = Series::new("IBM");
            for sequence in [1, 2, 4, 5] {
                let quote = samples::quote("IBM", sequence);
                if sequence == 4 {
                    expected.break_off();
                }
                if let Feed::Quote(quote) = &quote {
                    expected.push(Bar::from_quote(quote));
                }
                fold.take([event("e", quote)]);
            }
            assert_eq!(row(model, "IBM").series.get_untracked(), expected);
        });
    }

    #[test]
    fn a_price_that_comes_alone_flashes_and_a_history_does_not() {
        with_fold(|fold, model| {
            let quote = |sequence| event("e", samples::quote("IBM", sequence));
            let flash = || days(model, "IBM", |days| days.flash);
            fold.take((1..=300).map(quote));
            assert_eq!(flash(), None);
            fold.take([quote(301)]);
            assert_eq!(flash(), Some(Flash::Odd));
            fold.take([quote(302)]);
            assert_eq!(flash(), Some(Flash::Even));
            fold.take([quote(303)]);
            assert_eq!(flash(), Some(Flash::Odd));
            fold.take((304..=305).map(quote));
            assert_eq!(flash(), None);
        });
    }

    #[test]
    fn a_burst_tells_each_row_once() {
        with_fold(|fold, model| {
            fold.take([event("e", samples::quote("IBM", 1))]);
            let times = Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let counted = Arc::clone(&times);
            let row = row(model, "IBM");
            let _effect = ImmediateEffect::new(move || {
                row.days.track();
                counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            });
            fold.take((2..=600).map(|sequence| event("e", samples::quote("IBM", sequence))));
            assert_eq!(times.load(std::sync::atomic::Ordering::Relaxed), 2, "at first, and once");
            assert_eq!(days(model, "IBM", |days| days.last.sequence), 600);
        });
    }

    #[test]
    fn the_page_knows_how_old_it_is() {
        with_fold(|fold, model| {
            assert_eq!(model.as_of.get_untracked(), None);
            fold.take([event("e", samples::news(1))]);
            assert_eq!(model.as_of.get_untracked(), Some(12.5));
        });
    }

    #[test]
    fn what_waits_is_counted_already_and_a_gap_keeps_its_place_and_time() {
        with_fold(|fold, model| {
            fold.take([event("e", samples::quote("IBM", 1))]);
            let items = [
                event("e", samples::quote("IBM", 2)),
                event("e", samples::quote("IBM", 2)),
                Item::Gap(Gap::Resync),
                event("e", samples::quote("IBM", 9)),
            ];
            let waiting: Vec<_> = items.iter().filter_map(|item| fold.count(item)).collect();
            fold.publish_tally();
            let expected = Tally { received: 4, lost: 6, doubled: 1, gaps: 1, malformed: 0 };
            assert_eq!(model.tally.get_untracked(), expected);
            assert_eq!((closes(model, "IBM"), model.gap_at.get_untracked()), (vec![1.0], None));

            fold.now = || 99.0;
            fold.apply(waiting);
            assert_eq!(closes(model, "IBM"), [9.0]);
            assert_eq!(model.gap_at.get_untracked(), Some(12.5));
            assert_eq!(model.tally.get_untracked(), expected);
        });
    }
}
