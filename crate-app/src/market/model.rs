//! What the page knows: signals as fine as what they show, so that a price rewrites its own cell and nothing else.

use std::collections::VecDeque;
use std::sync::Arc;

use leptos::prelude::*;
use sse_signals_feed::{Headline, Quote};

use crate::accounting::Tally;
use crate::chart::{Bar, Series};

/// Trading days in a sparkline: about half a year.
pub(super) const SPARKLINE_DAYS: usize = 120;
/// Headlines on the page.
pub(super) const HEADLINES: usize = 200;
/// Symbols in the table, well above the five that the server replays; quotes of others are only counted.
pub(super) const SYMBOLS: usize = 50;

/// The signals, to be read anywhere on the page.
#[derive(Clone, Copy)]
pub(crate) struct Model {
    /// One for each symbol seen, by symbol.
    pub(super) rows: RwSignal<Vec<Row>>,
    /// Newest first.
    pub(super) headlines: RwSignal<VecDeque<Arc<Shown>>>,
    /// The last quote's day, `YYYY-MM-DD`.
    pub(crate) date: Signal<Option<String>>,
    /// The stream's figures.
    pub(crate) tally: Signal<Tally>,
    /// When the last gap was told that the reader has not dismissed, in milliseconds of `Date.now`.
    pub(super) gap_at: RwSignal<Option<f64>>,
    /// When the page last changed by what came, in milliseconds of `Date.now`.
    pub(super) as_of: RwSignal<Option<f64>>,
}

/// A symbol's row. Its signals outlive no owner: they are dropped with the last one who holds them.
#[derive(Clone)]
pub(super) struct Row {
    /// Not the symbol alone: after the replay's seam the same symbol starts a new row.
    pub(super) key: u64,
    pub(super) symbol: String,
    pub(super) days: ArcRwSignal<Days>,
    /// The chart's days; bounded by itself.
    pub(super) series: ArcRwSignal<Series>,
}

/// What a row shows.
pub(super) struct Days {
    pub(super) last: Quote,
    /// Adjusted closes of consecutive trading days, newest last.
    pub(super) closes: VecDeque<f64>,
    /// How the last price tells that it is new; none if it came with others, as a history does.
    pub(super) flash: Option<Flash>,
    /// The flush that last brought a day.
    flush: u64,
}

/// Two names for one animation: each starts it anew where the other ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flash {
    Odd,
    Even,
}

/// A headline and its key on this page: the server numbers anew after a restart.
pub(super) struct Shown {
    pub(super) key: u64,
    pub(super) headline: Headline,
}

// By their keys: the same one never changes but in its signal.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Row {
    /// A symbol's first day on this page.
    pub(super) fn new(key: u64, quote: &Quote, flush: u64) -> Self {
        let symbol = quote.symbol.clone();
        let mut series = Series::new(&*symbol);
        series.push(Bar::from_quote(quote));
        let days = ArcRwSignal::new(Days::new(quote, flush));
        Self { key, symbol, days, series: ArcRwSignal::new(series) }
    }

    /// The next day; tells nobody. Returns whether it is the first that this flush brings.
    pub(super) fn push(&self, quote: &Quote, flush: u64) -> bool {
        self.series.update_untracked(|series| series.push(Bar::from_quote(quote)));
        self.days.try_update_untracked(|days| days.push(quote, flush)) == Some(true)
    }

    /// Tells of new days.
    pub(super) fn notify(&self) {
        self.days.notify();
        self.series.notify();
    }

    /// A day may be missing here: the sparkline starts anew, the chart's line is interrupted.
    pub(super) fn break_off(&self) {
        self.days.update(|days| days.closes.clear());
        self.series.update(Series::break_off);
    }
}

impl Days {
    /// A symbol's first day on this page.
    fn new(quote: &Quote, flush: u64) -> Self {
        let closes = VecDeque::from([quote.adjusted_close]);
        Self { last: quote.clone(), closes, flash: None, flush }
    }

    /// The next day. Returns whether it is the first that this flush brings.
    fn push(&mut self, quote: &Quote, flush: u64) -> bool {
        let first = self.flush != flush;
        self.flash = first.then_some(match self.flash {
            Some(Flash::Odd) => Flash::Even,
            _ => Flash::Odd,
        });
        self.flush = flush;
        self.last.clone_from(quote);
        if self.closes.len() == SPARKLINE_DAYS {
            self.closes.pop_front();
        }
        self.closes.push_back(quote.adjusted_close);
        first
    }
}

impl Flash {
    /// A name for style sheets.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Odd => "odd",
            Self::Even => "even",
        }
    }
}
