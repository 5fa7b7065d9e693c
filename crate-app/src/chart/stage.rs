//! The state of one chart, and what its events and its frame do with it.

use std::ops;

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::Element;

use super::crosshair::{self, Crosshair};
use super::plot::{self, Frame, Plot};
use super::series::{Bar, Range, Series};
use crate::format;
use crate::i18n::text;

/// One day's figures, as they stand above the drawing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Readout {
    pub(super) bar: Bar,
    /// Against the day before, as a fraction.
    pub(super) change: Option<f64>,
}

/// What the drawing shows, for those who can't see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Drawn {
    symbol: String,
    pub(super) days: usize,
    /// `YYYY-MM-DD`.
    first: String,
    last: String,
    /// Of the closes.
    low: f64,
    high: f64,
}

/// What the crosshair says to a screen reader: written when the reader moves it, so that prices that come by are not
/// read out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spoken {
    /// From 1, among `days`.
    pub(super) day: usize,
    pub(super) days: usize,
    pub(super) readout: Option<Readout>,
}

/// What has become of uPlot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Loading,
    Ready,
    Failed,
}

/// The parts of one chart, to be reached from its events and its frame.
#[derive(Clone, Copy)]
pub(super) struct Stage {
    pub(super) series: Signal<Option<ArcRwSignal<Series>>>,
    pub(super) range: RwSignal<Range>,
    pub(super) script: RwSignal<Script>,
    pub(super) readout: RwSignal<Option<Readout>>,
    pub(super) drawn: RwSignal<Drawn>,
    pub(super) spoken: RwSignal<Spoken>,
    crosshair: StoredValue<Crosshair>,
    /// Whether the drawing shows less than is known.
    outdated: StoredValue<bool>,
    plot: StoredValue<Option<Plot>, LocalStorage>,
    frame: StoredValue<Option<Frame>, LocalStorage>,
}

impl Stage {
    pub(super) fn new(series: Signal<Option<ArcRwSignal<Series>>>, range: RwSignal<Range>) -> Self {
        let stage = Self {
            series,
            range,
            script: RwSignal::new(Script::Loading),
            readout: RwSignal::default(),
            drawn: RwSignal::default(),
            spoken: RwSignal::default(),
            crosshair: StoredValue::default(),
            outdated: StoredValue::new(true),
            plot: StoredValue::new_local(None),
            frame: StoredValue::new_local(None),
        };
        stage.frame.set_value(Some(Frame::new(move || untrack(|| stage.show()))));
        stage
    }

    pub(super) fn load(self) {
        self.script.set(Script::Loading);
        spawn_local(async move {
            let script = if plot::load().await { Script::Ready } else { Script::Failed };
            // The chart may be gone by then.
            self.script.try_set(script);
        });
    }

    pub(super) fn make_plot(self, host: &Element) {
        if self.plot.with_value(Option::is_some) {
            return;
        }
        match Plot::new(host, move || self.redraw()) {
            Some(plot) => self.plot.set_value(Some(plot)),
            None => self.script.set(Script::Failed),
        }
        self.redraw();
    }

    /// Draws in the next frame.
    pub(super) fn redraw(self) {
        self.outdated.set_value(true);
        self.request();
    }

    fn request(self) {
        self.frame.try_with_value(|frame| {
            if let Some(frame) = frame {
                frame.request();
            }
        });
    }

    /// Moves the crosshair in the next frame. The focus and the pointer also leave a chart that is being removed.
    pub(super) fn hold(self, crosshair: Crosshair) {
        self.crosshair.try_set_value(crosshair);
        self.request();
    }

    /// Reads the chosen days, if any: the series and their window in it.
    fn read<T>(self, read: impl FnOnce(&Series, ops::Range<usize>) -> T) -> Option<T> {
        let range = self.range.get_untracked();
        let series = self.series.get_untracked()?;
        Some(series.with_untracked(|series| read(series, series.window(range))))
    }

    /// The frame: brings the drawing, the crosshair and the figures up to date.
    fn show(self) {
        let outdated = self.outdated.get_value();
        self.outdated.set_value(false);
        let shown = self.read(|series, window| {
            let drawn = !outdated || self.draw(series, &window);
            let position = self.position(series, &window);
            let pointed = self.with_plot(|plot| plot.point(position)).unwrap_or(true);
            let drawing = outdated.then(|| Drawn::new(series, &window));
            (drawn && pointed, drawing, readout(series, &window, position))
        });
        let (good, drawing, readout) =
            shown.unwrap_or_else(|| (true, Some(Drawn::default()), None));
        if !good {
            self.plot.set_value(None);
            self.script.set(Script::Failed);
        }
        if let Some(drawing) = drawing.filter(|new| self.drawn.with_untracked(|old| old != new)) {
            self.drawn.set(drawing);
        }
        if self.readout.with_untracked(|old| *old != readout) {
            self.readout.set(readout);
        }
    }

    /// Whether that went well, which it does where there is nothing to draw on yet.
    fn draw(self, series: &Series, window: &ops::Range<usize>) -> bool {
        let bars = series.bars.range(window.clone());
        self.with_plot(|plot| plot.draw(bars, &series.breaks_in(window))).unwrap_or(true)
    }

    fn with_plot<T>(self, body: impl FnOnce(&Plot) -> T) -> Option<T> {
        self.plot.with_value(|plot| plot.as_ref().map(body))
    }

    /// The crosshair's position in the window.
    fn position(self, series: &Series, window: &ops::Range<usize>) -> Option<usize> {
        let across = |client_x| self.with_plot(|plot| plot.across(client_x)).flatten();
        self.crosshair.with_value(|crosshair| crosshair.position(series, window, across))
    }

    pub(super) fn pointed(self, event: &PointerEvent) {
        self.hold(Crosshair::Pointer(f64::from(event.client_x())));
    }

    /// A finger that is lifted leaves too, but its day is to be read then: that ends with the focus.
    pub(super) fn pointer_left(self, event: &PointerEvent) {
        let pointed = self.crosshair.try_with_value(|held| matches!(held, Crosshair::Pointer(_)));
        if pointed == Some(true) && event.pointer_type() != "touch" {
            self.hold(Crosshair::Off);
        }
    }

    pub(super) fn key(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key() {
            return;
        }
        let key = event.key();
        if key == "Escape" {
            self.hold(Crosshair::Off);
            self.speak();
            return;
        }
        let day = self.read(|series, window| {
            let last = window.len().checked_sub(1)?;
            let position = self.position(series, &window).unwrap_or(last);
            let position = crosshair::moved(&key, position, window.len())?;
            Some(series.bars.get(window.start + position)?.date.clone())
        });
        if let Some(day) = day.flatten() {
            event.prevent_default();
            self.hold(Crosshair::Day(day));
            self.speak();
        }
    }

    /// Says where the crosshair is, or the newest day.
    pub(super) fn speak(self) {
        let spoken = self.read(|series, window| {
            let position = self.position(series, &window);
            let day = position.map_or(window.len(), |position| position + 1);
            Spoken { day, days: window.len(), readout: readout(series, &window, position) }
        });
        self.spoken.set(spoken.unwrap_or_default());
    }
}

impl Script {
    /// A name for tests.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Failed => "failed",
        }
    }
}

impl Drawn {
    fn new(series: &Series, window: &ops::Range<usize>) -> Self {
        let bars = series.bars.range(window.clone());
        let closes = bars.clone().map(|bar| bar.close);
        let date = |bar: Option<&Bar>| bar.map(|bar| bar.date.clone()).unwrap_or_default();
        Self {
            symbol: series.symbol.clone(),
            days: window.len(),
            first: date(bars.clone().next()),
            last: date(bars.clone().next_back()),
            low: closes.clone().fold(f64::INFINITY, f64::min),
            high: closes.fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// In one sentence.
    pub(super) fn summary(&self) -> String {
        if self.days == 0 {
            return text!(chart.empty).to_owned();
        }
        text!(
            chart.summary,
            symbol = self.symbol.as_str(),
            days = format::integer(self.days as u64),
            first = format::date(&self.first),
            last = format::date(&self.last),
            low = format::price(self.low),
            high = format::price(self.high)
        )
    }
}

/// The figures of the day at a position of the window, or of its newest.
fn readout(
    series: &Series,
    window: &ops::Range<usize>,
    position: Option<usize>,
) -> Option<Readout> {
    let position = position.map_or(window.end.checked_sub(1)?, |position| window.start + position);
    let bar = series.bars.get(position)?.clone();
    Some(Readout { bar, change: series.change(position) })
}
