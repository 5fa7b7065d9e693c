//! The badge: the connection's state as word, icon and colour, with how long that has been or will be.

use leptos::html;
use leptos::prelude::*;
use sse_signals::{PauseReason, State};

use super::panel::PANEL;
use super::strip::{self, SLICE};
use super::timeline::Condition;
use super::{Connection, Health, retry, words};
use crate::i18n::label;

/// Bars beside the word: the last 5 minutes.
const BARS: usize = 20;

/// The connection's state, with a button to try again at once and one that opens the panel.
#[component]
pub(crate) fn Badge() -> impl IntoView {
    let connection = expect_context::<Connection>();
    let health = expect_context::<Health>();
    let state = health.state;
    let details = NodeRef::<html::Button>::new();
    let detail = Memo::new(move |_| {
        let (in_state, cut_off) = (health.in_state(), health.cut_off());
        state.with(|state| words::brief(state, in_state, cut_off, health.rate.get()))
    });
    let offers_retry = Memo::new(move |_| state.with(offers_retry));
    let retry = move |_| {
        // The button goes as the attempt begins; the focus must not go with it.
        if let Some(details) = details.get_untracked() {
            let _ = details.focus();
        }
        retry(connection);
    };
    view! {
        <div
            class="badge"
            data-testid="badge"
            data-state=move || state.with(words::name)
            data-sharing=move || words::sharing_name(connection.sharing().get())
        >
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <path d=move || state.with(words::icon)></path>
            </svg>
            <div class="badge-text">
                // Announces the word alone: the detail changes every second.
                <span class="word" role="status">{move || state.with(words::word)}</span>
                <span class="detail number">{detail}</span>
            </div>
            <Show
                when=move || offers_retry.get()
                fallback=|| view! { <Strip bars=BARS/> }
            >
                <button type="button" data-action="retry" on:click=retry>{label!(shell.retry)}</button>
            </Show>
            // Its area is the whole badge.
            <button
                type="button"
                class="quiet icon details"
                data-action="connection"
                popovertarget=PANEL
                aria-label=label!(shell.connection_details)
                node_ref=details
            >
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 5.5 8 10.5 13 5.5"></path></svg>
            </button>
        </div>
    }
}

/// The last slices of time as bars; only to be looked at.
#[component]
pub(super) fn Strip(bars: usize) -> impl IntoView {
    let health = expect_context::<Health>();
    let slices = Memo::new(move |_| {
        let now = health.now.get();
        health.history.with(|history| history.slices(now, SLICE, bars))
    });
    let path = move |condition| move || slices.with(|slices| strip::path(slices, condition));
    view! {
        <svg class="strip" viewBox=strip::view_box(bars) preserveAspectRatio="none" aria-hidden="true">
            <path class="absent" d=path(None)></path>
            <path class="absent" d=path(Some(Condition::Off))></path>
            <path class="up" d=path(Some(Condition::Up))></path>
            <path class="silent" d=path(Some(Condition::Silent))></path>
            <path class="down" d=path(Some(Condition::Down))></path>
        </svg>
    }
}

/// Where nothing is under way, or only a wait.
const fn offers_retry(state: &State) -> bool {
    matches!(
        state,
        State::Stale { .. }
            | State::Waiting { .. }
            | State::Paused(PauseReason::Offline)
            | State::Closed(_)
    )
}

#[cfg(test)]
mod tests {
    use sse_signals::{Cause, CloseReason};

    use super::*;

    #[test]
    fn a_retry_is_offered_where_nothing_is_under_way() {
        let waiting = State::Waiting { attempt: 1, retry_in: None, cause: Cause::Lost };
        assert!(offers_retry(&waiting) && offers_retry(&State::Closed(CloseReason::ByCaller)));
        assert!(offers_retry(&State::Paused(PauseReason::Offline)));
        assert!(!offers_retry(&State::Open) && !offers_retry(&State::Connecting { attempt: 1 }));
        assert!(!offers_retry(&State::Paused(PauseReason::ByCaller)));
        assert!(!offers_retry(&State::Paused(PauseReason::Hidden)));
    }
}
