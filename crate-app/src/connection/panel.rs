//! The panel that the badge opens: the state in full, the strip, the figures, the last connections.

use leptos::prelude::*;
use leptos::web_sys::{Event, HtmlElement};
use sse_signals::{PauseReason, State};
use wasm_bindgen::JsCast;

use super::badge::Strip;
use super::strip::SLICE;
use super::timeline::Entry;
use super::{Connection, Health, retry, words};
use crate::accounting::Tally;
use crate::format;
use crate::i18n::{label, text};

/// The panel's id. A popover, so that the browser closes it by Escape or a click elsewhere and gives the focus back.
pub(super) const PANEL: &str = "connection-panel";

/// Bars in the strip: the last 15 minutes.
const BARS: usize = 60;

/// Opens the panel, or closes it.
pub(crate) fn toggle_panel() {
    if let Some(panel) = panel() {
        // Fails where a browser has no popovers.
        let _ = panel.toggle_popover();
    }
}

fn panel() -> Option<HtmlElement> {
    document().get_element_by_id(PANEL)?.dyn_into().ok()
}

/// The panel, closed at first. Nothing is in it while it is closed.
#[component]
pub(crate) fn ConnectionPanel(tally: Signal<Tally>) -> impl IntoView {
    let open = RwSignal::new(false);
    let toggled = move |event: Event| {
        let state = js_sys::Reflect::get(&event, &"newState".into()).ok();
        open.set(state.and_then(|state| state.as_string()).as_deref() == Some("open"));
    };
    view! {
        <div
            id=PANEL
            class="popover connection-panel"
            data-testid="connection-panel"
            role="dialog"
            aria-labelledby="connection-title"
            popover="auto"
            tabindex="-1"
            autofocus
            on:beforetoggle=toggled
        >
            <Show when=move || open.get()>
                <Details tally/>
            </Show>
        </div>
    }
}

#[component]
fn Details(tally: Signal<Tally>) -> impl IntoView {
    let connection = expect_context::<Connection>();
    let health = expect_context::<Health>();
    let state = health.state;
    let step = move || {
        let in_state = health.in_state();
        state.with(|state| words::next_step(state, in_state))
    };
    let share = move || {
        let now = health.now.get();
        let share = health.history.with(|history| history.share_up(now, SLICE * BARS as f64));
        share.map(|share| text!(shell.share_up, share = format::percent_unsigned(share)))
    };
    let figures = move |label: fn() -> &'static str, value: fn(&Tally) -> u64| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd class="number">{move || format::integer(tally.with(value))}</dd>
            </div>
        }
    };
    view! {
        <div class="dialog-body">
            <div class="dialog-head">
                <h2 id="connection-title">{label!(shell.connection)}</h2>
                <button
                    type="button"
                    class="quiet"
                    data-action="close"
                    popovertarget=PANEL
                    popovertargetaction="hide"
                >
                    {label!(shell.close)}
                </button>
            </div>
            <div class="connection-state" data-state=move || state.with(words::name)>
                <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                    <path d=move || state.with(words::icon)></path>
                </svg>
                <div class="badge-text">
                    <span class="word">{move || state.with(words::word)}</span>
                    <span class="detail number">{step}</span>
                </div>
                <button
                    type="button"
                    data-action="retry"
                    disabled=move || state.with(|state| *state == State::Paused(PauseReason::ByCaller))
                    on:click=move |_| retry(connection)
                >
                    {label!(shell.reconnect)}
                </button>
            </div>
            <p class="note" data-testid="sharing">
                {move || words::sharing(connection.sharing().get())}
            </p>
            <div>
                <Strip bars=BARS/>
                <p class="strip-legend note number">
                    <span>{label!(shell.strip_start)}</span>
                    <span>{share}</span>
                    <span>{label!(shell.strip_end)}</span>
                </p>
            </div>
            <dl class="figures">
                <div>
                    <dt>{label!(shell.rate)}</dt>
                    <dd class="number">{move || health.rate.get().map_or_else(|| "–".to_owned(), format::one_decimal)}</dd>
                </div>
                {figures(|| text!(shell.received), |tally| tally.received)}
                {figures(|| text!(shell.lost), |tally| tally.lost)}
                {figures(|| text!(shell.doubled), |tally| tally.doubled)}
                {figures(|| text!(shell.gaps), |tally| tally.gaps)}
                {figures(|| text!(shell.malformed), |tally| tally.malformed)}
            </dl>
            <div>
                <h3>{label!(shell.last_connections)}</h3>
                <ol class="connections">
                    <For
                        each=move || health.history.with(|history| history.newest_first().copied().collect::<Vec<_>>())
                        // Each change of an entry makes a new item: they are few, and change seldom.
                        key=|entry| {
                            let (opened, ended) = (entry.opened.is_some(), entry.ended.is_some());
                            (entry.key, entry.attempts, entry.failure, entry.offline, opened, ended)
                        }
                        children=move |entry| view! { <Item entry/> }
                    />
                </ol>
            </div>
        </div>
    }
}

/// One connection of the timeline.
#[component]
fn Item(entry: Entry) -> impl IntoView {
    let health = expect_context::<Health>();
    let outcome = match (entry.opened, entry.ended) {
        (Some(_), None) => "up",
        (None, None) => "trying",
        (Some(_), Some(_)) => "over",
        (None, Some(_)) => "never",
    };
    // Only what goes on is written anew.
    let stood = move || {
        let now = if entry.ended.is_some() { 0.0 } else { health.now.get() };
        words::stood(&entry, now)
    };
    view! {
        <li data-testid="connection" data-outcome=outcome>
            <span class="number">
                {move || format::time_of_day(entry.offset + entry.opened.unwrap_or(entry.began))}
            </span>
            <span class="number">{stood}</span>
            <span class="note number">{move || words::circumstances(&entry)}</span>
        </li>
    }
}
