//! The Leptos hook.

use leptos::prelude::*;
use sse_signals::hooks::leptos::use_event_source;
use sse_signals::{Options, State};

#[component]
fn Ticker() -> impl IntoView {
    let messages = use_event_source::<String>(|| Some("/events".to_owned()), Options::new());
    let latest = messages.latest(|text| Some(text.clone()));
    let history = messages.history(|text| Some(text.clone()), 10);
    let count = messages.fold(0, |count, _| *count += 1);
    messages.on(|_| unreachable!("nothing arrives on a server"));
    messages.open();
    messages.reconnect();
    messages.pause();
    messages.resume();
    messages.close();
    view! {
        <p>{move || messages.state().get().to_string()}</p>
        <p>{move || latest.get().unwrap_or_else(|| "none yet".to_owned())}</p>
        <p>{move || history.with(std::collections::VecDeque::len)} " " {count}</p>
        <p>{move || messages.error().get().map(|error| error.to_string())}</p>
    }
}

#[test]
fn a_component_with_the_hook_renders_to_html_with_the_state_idle() {
    let html = Owner::new().with(|| Ticker().to_html());
    assert!(html.contains("<p>idle</p>"), "{html}");
    assert!(html.contains("none yet"), "{html}");
}

#[test]
fn a_hook_may_be_dropped_on_another_thread_than_it_was_made_on() {
    let owner = Owner::new();
    let messages = owner.with(|| use_event_source::<String>("/events", Options::new()));
    owner.with(|| messages.on(|_| {}));
    let state = std::thread::spawn(move || {
        let state = messages.state().get_untracked();
        messages.reconnect();
        owner.cleanup();
        drop(owner);
        state
    });
    assert_eq!(state.join().expect("no panic"), State::Idle);
}
