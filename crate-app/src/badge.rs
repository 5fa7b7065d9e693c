//! The connection's badge: its state as word, icon and colour, and how long that has been or will be.

use std::time::Duration;

use leptos::prelude::*;
use sse_signals::{Cause, CloseReason, State};

use crate::app::Connection;
use crate::{clock, format};

/// Each state's name for style sheets and tests, its word, and its icon as an SVG path on 16 × 16.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    name: &'static str,
    word: &'static str,
    icon: &'static str,
}

/// The connection's state, with a button to try again at once.
#[component]
pub(crate) fn Badge() -> impl IntoView {
    let connection = expect_context::<Connection>();
    let state = connection.state();
    let state = Memo::new(move |_| state.get());
    let look = Memo::new(move |_| state.with(look));
    let detail = detail_signal(state);
    let retry = move |_| {
        if state.with_untracked(State::is_closed) {
            connection.open();
        } else {
            connection.reconnect();
        }
    };
    view! {
        <div class="badge" data-testid="badge" data-state=move || look.get().name>
            <svg viewBox="0 0 16 16" aria-hidden="true"><path d=move || look.get().icon></path></svg>
            <div>
                // Announces the word alone: the detail changes every second.
                <span class="word" role="status">{move || look.get().word}</span>
                <span class="detail number">{detail}</span>
            </div>
            <Show when=move || state.with(offers_retry)>
                <button type="button" data-action="retry" on:click=retry>"Retry now"</button>
            </Show>
        </div>
    }
}

/// The detail, written anew each second while it counts.
fn detail_signal(state: Memo<State>) -> impl Fn() -> String + Copy {
    let now = RwSignal::new(clock::now());
    // When the state was entered, and when events could last arrive: milliseconds of `clock::now`.
    let entered = RwSignal::new(now.get_untracked());
    let cut_off = RwSignal::new(now.get_untracked());
    Effect::new(move |was_open: Option<bool>| {
        let open = state.with(State::is_open);
        let time = clock::now();
        entered.set(time);
        if open || was_open == Some(true) {
            cut_off.set(time);
        }
        now.set(time);
        open
    });
    let counting = Memo::new(move |_| state.with(counts));
    Effect::new(move |_| {
        if counting.get()
            && let Ok(interval) =
                set_interval_with_handle(move || now.set(clock::now()), Duration::from_secs(1))
        {
            on_cleanup(move || interval.clear());
        }
    });
    move || {
        let since = |start: f64| Duration::from_millis((now.get() - start).max(0.0) as u64);
        state.with(|state| detail(state, since(entered.get()), since(cut_off.get())))
    }
}

const fn counts(state: &State) -> bool {
    matches!(state, State::Connecting { .. } | State::Stale { .. } | State::Waiting { .. })
}

const fn offers_retry(state: &State) -> bool {
    matches!(state, State::Stale { .. } | State::Waiting { .. } | State::Closed(_))
}

const fn look(state: &State) -> Look {
    let (name, word, icon) = match state {
        State::Connecting { .. } => {
            ("connecting", "Connecting", "M8 2a6 6 0 1 0 6 6h-2a4 4 0 1 1-4-4z")
        }
        State::Open => ("open", "Connected", "M6.5 13 2 8.5 3.5 7l3 3 6-6L14 5.5z"),
        State::Stale { .. } => ("stale", "Silent", "M7 2h2v8H7zm0 10h2v2H7z"),
        State::Waiting { .. } => ("waiting", "Reconnecting", "M3 2h10v2L9 8l4 4v2H3v-2l4-4-4-4z"),
        State::Paused(_) => ("paused", "Paused", "M4 2h3v12H4zm5 0h3v12H9z"),
        State::Closed(reason) => (
            "closed",
            match reason {
                CloseReason::Finished => "Finished",
                CloseReason::GaveUp { .. } => "Gave up",
                _ => "Closed",
            },
            "m4 2.5 4 4 4-4L13.5 4l-4 4 4 4-1.5 1.5-4-4-4 4L2.5 12l4-4-4-4z",
        ),
        // `Idle`, and what a later version adds.
        _ => ("idle", "Not started", "M3 7h10v2H3z"),
    };
    Look { name, word, icon }
}

/// What there is to say besides the word; `in_state` is how long the state has stood, `cut_off` how long no event
/// could arrive.
fn detail(state: &State, in_state: Duration, cut_off: Duration) -> String {
    match state {
        State::Connecting { attempt } => {
            format!("attempt {attempt}, {}", format::seconds(cut_off.as_secs()))
        }
        State::Stale { silent_for } => {
            let silence = silent_for.saturating_add(in_state).as_secs();
            format!("nothing received for {}", format::seconds(silence))
        }
        State::Waiting { attempt, retry_in, cause } => {
            let (cause, next) = (describe(*cause), attempt.saturating_add(1));
            match retry_in {
                Some(wait) => {
                    let left = format::seconds(format::seconds_left(*wait, in_state));
                    format!("{cause}, attempt {next} in {left}")
                }
                None => {
                    let elapsed = format::seconds(cut_off.as_secs());
                    format!("{cause}, attempt {next} by the browser, {elapsed} so far")
                }
            }
        }
        State::Closed(CloseReason::Refused(cause)) => describe(*cause).to_owned(),
        State::Closed(CloseReason::GaveUp { attempts }) => format!("after {attempts} attempts"),
        _ => String::new(),
    }
}

const fn describe(cause: Cause) -> &'static str {
    match cause {
        Cause::Failed => "connection failed",
        Cause::Silent => "connection fell silent",
        // `Lost`, and what a later version adds.
        _ => "connection lost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const fn waiting(retry_in: Option<Duration>) -> State {
        State::Waiting { attempt: 1, retry_in, cause: Cause::Lost }
    }

    #[test]
    fn where_we_hold_the_timer_the_detail_counts_down() {
        let state = waiting(Some(s(5)));
        let text = |passed| detail(&state, s(passed), s(60));
        assert_eq!(text(0), "connection lost, attempt 2 in 5\u{a0}s");
        assert_eq!(text(4), "connection lost, attempt 2 in 1\u{a0}s");
        assert_eq!(text(9), "connection lost, attempt 2 in 0\u{a0}s");
    }

    #[test]
    fn where_the_browser_holds_it_the_detail_tells_how_long_so_far() {
        let text = detail(&waiting(None), s(1), s(61));
        assert_eq!(text, "connection lost, attempt 2 by the browser, 1\u{a0}min 1\u{a0}s so far");
    }

    #[test]
    fn silence_counts_from_the_last_event() {
        let text = detail(&State::Stale { silent_for: s(40) }, s(3), s(0));
        assert_eq!(text, "nothing received for 43\u{a0}s");
    }

    #[test]
    fn time_is_counted_only_where_it_is_shown() {
        assert!(counts(&waiting(None)) && counts(&State::Connecting { attempt: 1 }));
        assert!(!counts(&State::Open) && !counts(&State::Idle));
        assert!(!counts(&State::Closed(CloseReason::ByCaller)));
    }

    #[test]
    fn a_retry_is_offered_where_nothing_is_under_way() {
        assert!(
            offers_retry(&waiting(None)) && offers_retry(&State::Closed(CloseReason::ByCaller))
        );
        assert!(!offers_retry(&State::Open) && !offers_retry(&State::Connecting { attempt: 1 }));
    }

    #[test]
    fn every_state_has_a_word_and_an_icon_of_its_own() {
        let states = [
            State::Idle,
            State::Connecting { attempt: 1 },
            State::Open,
            State::Stale { silent_for: s(1) },
            waiting(None),
            State::Paused(sse_signals::PauseReason::ByCaller),
            State::Closed(CloseReason::ByCaller),
        ];
        for (position, one) in states.iter().enumerate() {
            for other in &states[..position] {
                let (one, other) = (look(one), look(other));
                assert_ne!((one.name, one.word, one.icon), (other.name, other.word, other.icon));
                assert!(one.name != other.name && one.word != other.word && one.icon != other.icon);
            }
        }
    }
}
