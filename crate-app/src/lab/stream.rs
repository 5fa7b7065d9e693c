//! The subscription, and the inspector on it.

use std::time::Duration;

use leptos::prelude::*;
use sse_signals::hooks::leptos::use_event_source;
use sse_signals::inspector::EventSourceInspector;
use sse_signals::recording::{Player, Recorder};
use sse_signals::{Fetch, Options, PauseReason, Resume, Share, State};
use sse_signals_feed::Feed;

use super::bench::Bench;
use super::setup::{self, Setup, Transport};
use super::shapes::{press, words};
use super::words::{describe_sharing, inspector_labels};
use crate::i18n::{label, text};

/// Soon, since the trouble is made on purpose: a stream of quotes is never as silent.
const STALE_AFTER: Duration = Duration::from_secs(5);
const RECONNECT_AFTER: Duration = Duration::from_secs(10);

/// The stream as it is set up, or a recording in its place.
#[component]
pub(super) fn Stream() -> impl IntoView {
    let bench = expect_context::<Bench>();
    let setup = Memo::new(move |_| bench.setup.get());
    // Another setup, another source, or the begin: a subscription of its own.
    move || {
        bench.run.track();
        let (setup, player) = (setup.get(), bench.player.get());
        view! { <Subscription setup player/> }
    }
}

#[component]
fn Subscription(setup: Setup, player: Option<Player>) -> impl IntoView {
    let bench = expect_context::<Bench>();
    let recorder = Recorder::new();
    let mut options = Options::new()
        .resume(Resume::Query("lastEventId".into()))
        .stale_after(STALE_AFTER)
        .reconnect_after(RECONNECT_AFTER)
        .record(&recorder)
        .record(&bench.tape.get_value());
    if setup.transport == Transport::Fetch {
        options = options.fetch(Fetch::new());
    }
    match setup.sharing {
        setup::Sharing::Nobody => {}
        setup::Sharing::Page => options = options.share(Share::Page),
        setup::Sharing::Browser => {
            options = options.share(Share::Browser(env!("CARGO_PKG_VERSION").into()));
        }
    }
    let is_played = player.is_some();
    if let Some(player) = &player {
        options = options.play(player);
    }
    let source = use_event_source::<Feed>(move || bench.url(), options);
    let (state, sharing) = (source.state(), source.sharing());
    let shared = words(move || describe_sharing(sharing.get()).to_owned());
    let sharing = words(move || sharing.get().to_string());
    let is_paused = move || state.get() == State::Paused(PauseReason::ByCaller);
    let pause = press(move |_| match untrack(is_paused) {
        true => source.resume(),
        false => source.pause(),
    });
    let title = words(move || match is_played {
        true => text!(lab.played_stream).to_owned(),
        false => text!(lab.stream).to_owned(),
    });
    view! {
        <div class="panel-head">
            <h2>{title}</h2>
            <p class="note" data-testid="lab-shared" data-sharing=sharing hidden=is_played>{shared}</p>
            <span class="lab-buttons" hidden=is_played>
                <button type="button" data-action="lab-reconnect" on:click=press(move |_| source.reconnect())>
                    {label!(lab.reconnect)}
                </button>
                <button
                    type="button"
                    data-action="lab-pause"
                    aria-pressed=words(move || is_paused().to_string())
                    on:click=pause
                >
                    {label!(lab.pause)}
                </button>
                <button type="button" data-action="lab-close" on:click=press(move |_| source.close())>
                    {label!(lab.close)}
                </button>
            </span>
        </div>
        <EventSourceInspector recorder labels=Signal::derive(inspector_labels)/>
    }
}
