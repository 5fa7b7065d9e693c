//! The chart of one symbol: adjusted closes as a line, volume as bars at its foot, a crosshair with its day's figures.
//!
//! uPlot draws it, which is fetched when the first chart shows. Data, pointer and keys only mark what has changed;
//! all drawing is done in one animation frame, at most once each.

mod crosshair;
mod plot;
mod series;
mod stage;
mod ticks;
mod words;

use leptos::html::Div;
use leptos::prelude::*;

use crate::app::focus_main;
use crate::format::Direction;
use crate::i18n::{self, text};
use crate::shortcuts::shortcut;
use crosshair::Crosshair;
use stage::{Drawn, Readout, Script, Spoken, Stage};

pub(crate) use series::{Bar, Range, Series};

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
    // What a screen reader asks for is there before the first key, and follows the reader's choices.
    let any = Memo::new(move |_| days.get() > 0);
    Effect::new(move |_| {
        range.track();
        symbol.track();
        any.track();
        untrack(|| stage.speak());
    });
    let title = move || symbol.get().unwrap_or_else(|| text!(chart.title).to_owned());
    let summary = move || stage.drawn.with(Drawn::summary);
    view! {
        <section
            class="panel chart"
            aria-labelledby="chart-title"
            data-testid="chart"
            data-points=days
            data-range=move || range.get().name()
            data-state=move || stage.script.get().name()
        >
            <div class="chart-head">
                <h2 id="chart-title">{title}</h2>
                <Ranges range/>
            </div>
            <Figures readout=stage.readout/>
            <div class="chart-plot">
                <div class="chart-host" role="img" node_ref=host aria-label=summary></div>
                <Handle stage/>
                <Message stage days/>
            </div>
            <p class="note">{move || text!(chart.note)}</p>
        </section>
    }
}

/// What takes the pointer and the keys. A slider, since that is what moving along the days is to a screen reader.
#[component]
fn Handle(stage: Stage) -> impl IntoView {
    let spoken = stage.spoken;
    let sentence = move || {
        spoken.with(|Spoken { readout, .. }| {
            let sentence = |readout| words::Figures::new(readout).sentence();
            readout.as_ref().map_or_else(|| text!(chart.empty).to_owned(), sentence)
        })
    };
    view! {
        <div
            class="chart-handle"
            role="slider"
            tabindex="0"
            aria-label=move || text!(chart.crosshair)
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
    for (key, option) in ["1", "2", "3", "4", "5"].into_iter().zip(Range::ALL) {
        let label = move || text!(chart.shortcut_range, range = words::range(option));
        shortcut(key, label, move || range.set(option));
    }
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
                <span>{move || words::range(option)}</span>
            </label>
        }
    };
    view! {
        <fieldset class="chart-ranges">
            <legend class="unseen">{move || text!(chart.range)}</legend>
            {Range::ALL.map(option)}
        </fieldset>
    }
}

/// The figures of the day under the crosshair, or of the newest.
#[component]
fn Figures(readout: RwSignal<Option<Readout>>) -> impl IntoView {
    let figures =
        Memo::new(move |_| readout.with(|readout| readout.as_ref().map(words::Figures::new)));
    let figure = move |figure: fn(&words::Figures) -> &String| {
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
            {part(|| text!(chart.date), figure(|figures| &figures.date), None)}
            {part(|| text!(chart.open), figure(|figures| &figures.open), None)}
            {part(|| text!(chart.high), figure(|figures| &figures.high), None)}
            {part(|| text!(chart.low), figure(|figures| &figures.low), None)}
            {part(|| text!(chart.close), figure(|figures| &figures.close), None)}
            {part(|| text!(chart.change), figure(|figures| &figures.change), Some(direction))}
            {part(|| text!(chart.volume), figure(|figures| &figures.volume), None)}
        </dl>
    }
}

/// What stands in the drawing's place while there is none.
#[component]
fn Message(stage: Stage, days: Memo<usize>) -> impl IntoView {
    let again = move |_| {
        // The button goes; the focus must not go with it.
        focus_main();
        stage.load();
    };
    view! {
        <div class="chart-message" role="status">
            {move || match stage.script.get() {
                Script::Loading => Some(view! { <p>{text!(chart.loading)}</p> }.into_any()),
                Script::Failed => Some(
                    view! {
                        <p>{text!(chart.failed)}</p>
                        <button type="button" on:click=again>{text!(chart.retry)}</button>
                    }
                    .into_any(),
                ),
                Script::Ready if days.get() == 0 => {
                    Some(view! { <p>{text!(chart.empty)}</p> }.into_any())
                }
                Script::Ready => None,
            }}
        </div>
    }
}
