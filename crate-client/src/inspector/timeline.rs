//! The states over time, as a strip to be looked at and as a list to be read.

use std::fmt::Write as _;
use std::time::Duration;

use leptos::prelude::*;

use super::{Inspector, rows, words};
use crate::State;

/// States that are shown.
pub(super) const STATES: usize = 50;

/// Size of the strip, in user units: as wide as all of the time.
const WIDTH: u32 = 1_000;
const HEIGHT: u32 = 10;
/// Of a state that was short: it must be seen.
const LEAST: u32 = 2;

/// A state, and when it was entered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    /// Its place among all entries that there ever were.
    pub(super) number: u64,
    pub(super) at: Duration,
    pub(super) state: State,
    pub(super) detail: Option<String>,
}

const NAMES: [&str; 7] = ["idle", "connecting", "open", "stale", "waiting", "paused", "closed"];

/// For style sheets.
pub(super) const fn name(state: &State) -> &'static str {
    let [idle, connecting, open, stale, waiting, paused, closed] = NAMES;
    match state {
        State::Idle => idle,
        State::Connecting { .. } => connecting,
        State::Open => open,
        State::Stale { .. } => stale,
        State::Waiting { .. } => waiting,
        State::Paused(_) => paused,
        State::Closed(_) => closed,
    }
}

/// An SVG path of the spans of that name, oldest first, until `now`.
fn path(spans: &[Span], now: Duration, wanted: &str) -> String {
    let begin = spans.first().map_or(now, |span| span.at);
    let length = now.saturating_sub(begin).as_secs_f64();
    // The cast saturates, and makes 0 of what is no number.
    let place =
        |at: Duration| (at.saturating_sub(begin).as_secs_f64() / length * f64::from(WIDTH)) as u32;
    let ends = spans.iter().skip(1).map(|span| span.at).chain([now]);
    let mut path = String::new();
    for (span, end) in spans.iter().zip(ends).filter(|(span, _)| name(&span.state) == wanted) {
        let left = place(span.at).min(WIDTH - LEAST);
        let width = place(end).saturating_sub(left).max(LEAST);
        // Writing to a string can't fail.
        let _ = write!(path, "M{left} 0h{width}v{HEIGHT}h-{width}z");
    }
    path
}

#[component]
pub(super) fn Timeline(inspector: Inspector) -> impl IntoView {
    let Inspector { shown, labels, .. } = inspector;
    let paths = NAMES.map(|name| {
        let path = words(move || shown.with(|shown| path(&shown.states, shown.elapsed, name)));
        view! { <path data-state=name d=path></path> }
    });
    let states = move || {
        let states = shown.with(|shown| shown.states.clone());
        states.into_iter().rev().collect::<Vec<_>>()
    };
    let line = move |span: Span| {
        let Span { number, at, state, detail } = span;
        let name = name(&state);
        let told = words(move || {
            let state = labels.with(|labels| (labels.state)(&state));
            detail.as_ref().map_or_else(|| state.clone(), |detail| format!("{state}: {detail}"))
        });
        let lasted = words(move || {
            shown.with(|shown| {
                let next = shown.states.iter().find(|span| span.number > number);
                let end = next.map_or(shown.elapsed, |next| next.at);
                format!("{}\u{a0}s", rows::time(end.saturating_sub(at)))
            })
        });
        view! {
            <li data-state=name>
                <span class="sse-inspector-time">{rows::time(at)}</span>
                <span class="sse-inspector-words">{told}</span>
                <span class="sse-inspector-lasted">{lasted}</span>
            </li>
        }
    };
    view! {
        <svg class="sse-inspector-strip" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
            {paths.into_iter().collect_view()}
        </svg>
        <details class="sse-inspector-states">
            <summary>{inspector.label(|labels| labels.states)}</summary>
            <ol>
                <For each=states key=|span| span.number children=line/>
            </ol>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn spans() -> Vec<Span> {
        let states = [(10, State::Connecting { attempt: 1 }), (10, State::Open), (18, State::Idle)];
        states
            .into_iter()
            .zip(0..)
            .map(|((at, state), number)| Span { number, at: s(at), state, detail: None })
            .collect()
    }

    #[test]
    fn a_state_is_as_wide_as_it_was_long_and_can_always_be_seen() {
        assert_eq!(path(&spans(), s(20), "open"), "M0 0h800v10h-800z");
        assert_eq!(path(&spans(), s(20), "idle"), "M800 0h200v10h-200z");
        assert_eq!(path(&spans(), s(20), "connecting"), "M0 0h2v10h-2z");
        assert_eq!(path(&spans(), s(20), "closed"), "");
    }

    #[test]
    fn before_any_time_has_passed_nothing_is_wider_than_the_strip() {
        assert_eq!(path(&spans()[..1], s(10), "connecting"), "M0 0h2v10h-2z");
        assert_eq!(path(&[], s(10), "open"), "");
    }
}
