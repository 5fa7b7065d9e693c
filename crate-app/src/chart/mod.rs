//! The chart of one symbol: adjusted closes as a line, volume as bars at its foot, a crosshair with its day's figures.
//!
//! uPlot draws it, which is fetched when the first chart shows. Data, pointer and keys only mark what has changed;
//! all drawing is done in one animation frame, at most once each.

mod crosshair;
mod plot;
mod series;
mod text;
mod ticks;

use std::ops;

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::format::{self, Direction};
use crate::i18n::{self, text as words};
use crosshair::Crosshair;
use plot::{Frame, Plot};

pub(crate) use series::{Bar, Range, Series};

/// One day's figures, as they stand above the drawing.
#[derive(Clone, Debug, PartialEq)]
struct Readout {
    bar: Bar,
    /// Against the day before, as a fraction.
    change: Option<f64>,
}

/// What the drawing shows, for those who can't see it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Drawn {
    symbol: String,
    days: usize,
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
struct Spoken {
    /// From 1, among `days`.
    day: usize,
    days: usize,
    readout: Option<Readout>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Loading,
    Ready,
    Failed,
}

/// The parts of one chart, to be reached from its events and its frame.
#[derive(Clone, Copy)]
struct Stage {
    series: Signal<Option<ArcRwSignal<Series>>>,
    range: RwSignal<Range>,
    script: RwSignal<Script>,
    readout: RwSignal<Option<Readout>>,
    drawn: RwSignal<Drawn>,
    spoken: RwSignal<Spoken>,
    crosshair: StoredValue<Crosshair>,
    /// Whether the drawing shows less than is known.
    outdated: StoredValue<bool>,
    plot: StoredValue<Option<Plot>, LocalStorage>,
    frame: StoredValue<Option<Frame>, LocalStorage>,
}

/// Shows a symbol's days, as they come, within a range that the reader chooses.
#[component]
pub(crate) fn Chart(
    /// The symbol's days; none where no symbol is chosen, or nothing is known of it yet.
    #[prop(into)]
    series: Signal<Option<ArcRwSignal<Series>>>,
    /// How far back it goes.
    #[prop(optional)]
    range: RwSignal<Range>,
) -> impl IntoView {
    let stage = Stage::new(series, range);
    let host = NodeRef::<Div>::new();
    stage.load();
    Effect::new(move |_| {
        if let (Some(host), Script::Ready) = (host.get(), stage.script.get()) {
            stage.make_plot(&host);
        }
    });
    Effect::new(move |_| {
        stage.range.track();
        // The axes' labels are in the page's language.
        i18n::locale();
        stage.series.with(|series| series.as_ref().map(Track::track));
        stage.redraw();
    });

    let days = Memo::new(move |_| stage.drawn.with(|drawn| drawn.days));
    let symbol = Memo::new(move |_| {
        let symbol = |series: &ArcRwSignal<Series>| series.with(|series| series.symbol.clone());
        series.with(|series| series.as_ref().map(symbol))
    });
    let summary = move || stage.drawn.with(Drawn::summary);
    view! {
        <section
            class="panel chart"
            aria-labelledby="chart-title"
            data-testid="chart"
            data-points=days
            data-range=move || range.get().name()
        >
            <div class="chart-head">
                <h2 id="chart-title">{symbol}</h2>
                <Ranges range/>
            </div>
            <Figures readout=stage.readout/>
            <div class="chart-plot">
                <div class="chart-host" role="img" node_ref=host aria-label=summary></div>
                <Handle stage/>
                <Message stage days/>
            </div>
            <p class="note">{move || words!(chart.note)}</p>
        </section>
    }
}

/// What takes the pointer and the keys. A slider, since that is what moving along the days is to a screen reader.
#[component]
fn Handle(stage: Stage) -> impl IntoView {
    let spoken = stage.spoken;
    let sentence = move || {
        spoken.with(|Spoken { readout, .. }| {
            let sentence = |readout| text::Figures::new(readout).sentence();
            readout.as_ref().map_or_else(|| words!(chart.empty).to_owned(), sentence)
        })
    };
    view! {
        <div
            class="chart-handle"
            role="slider"
            tabindex="0"
            aria-label=move || words!(chart.crosshair)
            aria-valuemin="1"
            aria-valuemax=move || spoken.with(|spoken| spoken.days.max(1))
            aria-valuenow=move || spoken.with(|spoken| spoken.day.max(1))
            aria-valuetext=sentence
            on:pointermove=move |event| stage.pointed(&event)
            on:pointerdown=move |event| stage.pointed(&event)
            on:pointerleave=move |event| stage.pointer_left(&event)
            on:keydown=move |event| stage.key(&event)
            on:focus=move |_| stage.speak()
            on:blur=move |_| stage.hold(Crosshair::Off)
        ></div>
    }
}

/// The ranges to choose from.
#[component]
fn Ranges(range: RwSignal<Range>) -> impl IntoView {
    let option = move |option: Range| {
        view! {
            <label>
                <input
                    type="radio"
                    name="chart-range"
                    value=option.name()
                    prop:checked=move || range.get() == option
                    on:change=move |_| range.set(option)
                />
                <span>{move || text::range(option)}</span>
            </label>
        }
    };
    view! {
        <fieldset class="chart-ranges">
            <legend class="unseen">{move || words!(chart.range)}</legend>
            {Range::ALL.map(option)}
        </fieldset>
    }
}

/// The figures of the day under the crosshair, or of the newest.
#[component]
fn Figures(readout: RwSignal<Option<Readout>>) -> impl IntoView {
    let figures =
        Memo::new(move |_| readout.with(|readout| readout.as_ref().map(text::Figures::new)));
    let figure = move |figure: fn(&text::Figures) -> &String| {
        move || figures.with(|figures| figures.as_ref().map(|figures| figure(figures).clone()))
    };
    let date = move || readout.with(|readout| Some(readout.as_ref()?.bar.date.clone()));
    let direction = move || {
        let change = readout.with(|readout| readout.as_ref()?.change);
        change.map(|change| Direction::of(change).name())
    };
    let part = |name: fn() -> &'static str, figure, direction: Option<_>| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd class="number" data-direction=direction>{figure}</dd>
            </div>
        }
    };
    view! {
        <dl class="chart-readout" data-testid="chart-readout" data-date=date>
            {part(|| words!(chart.date), figure(|figures| &figures.date), None)}
            {part(|| words!(chart.open), figure(|figures| &figures.open), None)}
            {part(|| words!(chart.high), figure(|figures| &figures.high), None)}
            {part(|| words!(chart.low), figure(|figures| &figures.low), None)}
            {part(|| words!(chart.close), figure(|figures| &figures.close), None)}
            {part(|| words!(chart.change), figure(|figures| &figures.change), Some(direction))}
            {part(|| words!(chart.volume), figure(|figures| &figures.volume), None)}
        </dl>
    }
}

/// What stands in the drawing's place while there is none.
#[component]
fn Message(stage: Stage, days: Memo<usize>) -> impl IntoView {
    view! {
        <div class="chart-message" role="status">
            {move || match stage.script.get() {
                Script::Loading => Some(view! { <p>{words!(chart.loading)}</p> }.into_any()),
                Script::Failed => Some(
                    view! {
                        <p>{words!(chart.failed)}</p>
                        <button type="button" on:click=move |_| stage.load()>{words!(chart.retry)}</button>
                    }
                    .into_any(),
                ),
                Script::Ready if days.get() == 0 => {
                    Some(view! { <p>{words!(chart.empty)}</p> }.into_any())
                }
                Script::Ready => None,
            }}
        </div>
    }
}

impl Stage {
    fn new(series: Signal<Option<ArcRwSignal<Series>>>, range: RwSignal<Range>) -> Self {
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

    fn load(self) {
        self.script.set(Script::Loading);
        spawn_local(async move {
            let script = if plot::load().await { Script::Ready } else { Script::Failed };
            // The chart may be gone by then.
            self.script.try_set(script);
        });
    }

    fn make_plot(self, host: &web_sys::Element) {
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
    fn redraw(self) {
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
    fn hold(self, crosshair: Crosshair) {
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

    fn pointed(self, event: &PointerEvent) {
        self.hold(Crosshair::Pointer(f64::from(event.client_x())));
    }

    /// A finger that is lifted leaves too, but its day is to be read then: that ends with the focus.
    fn pointer_left(self, event: &PointerEvent) {
        let pointed = self.crosshair.try_with_value(|held| matches!(held, Crosshair::Pointer(_)));
        if pointed == Some(true) && event.pointer_type() != "touch" {
            self.hold(Crosshair::Off);
        }
    }

    fn key(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key() {
            return;
        }
        let key = event.key();
        if key == "Escape" {
            self.hold(Crosshair::Off);
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
    fn speak(self) {
        let spoken = self.read(|series, window| {
            let position = self.position(series, &window);
            let day = position.map_or(window.len(), |position| position + 1);
            Spoken { day, days: window.len(), readout: readout(series, &window, position) }
        });
        self.spoken.set(spoken.unwrap_or_default());
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
    fn summary(&self) -> String {
        if self.days == 0 {
            return words!(chart.empty).to_owned();
        }
        words!(
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
